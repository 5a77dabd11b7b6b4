"""Wiring of delivery: turns and the courier share one sender."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from bot.delivery.courier import Courier
from bot.delivery.in_flight import ANSWERING, COURIER, InFlight, Presence
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.delivery.substitutes import TextsOf, completed
from bot.ports import Channel, Clock, RandomSource, SendingChannel, Settled, Store
from bot.settings.model import Settings
from bot.support.supervision import Supervisor
from dialogs.core.channel import Channels
from dialogs.core.event import ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """The parts that deliver messages. Turns use ``sender`` too, so that replies count against the same limits.

    A process without the courier runs ``presence``.
    """

    sender: DeliverySender
    courier: Courier
    presence: Presence


def make_delivering(
    settings: Settings,
    *,
    store: Store,
    channels: Mapping[ChannelName, Channel | SendingChannel],
    specs: Channels,
    texts_of: TextsOf,
    clock: Clock,
    rng: RandomSource,
    on_settled: Callable[[Settled], None],
    log: FilteringBoundLogger,
    supervisor: Supervisor,
) -> Delivering:
    """Return the parts that deliver through ``channels``, the open ones of ``specs``.

    ``texts_of`` returns the texts in a recipient's language.
    """
    reach = "".join(f".{name}" for name in sorted(channels) if not specs.of(name).keeps)
    whole = {name: completed(channel, specs.of(name), texts_of=texts_of) for name, channel in channels.items()}
    recipients = StoredRecipients(store=store)
    limiter = Limiter(Rates(lane_per_second=settings.send_rate_per_second))
    sender = DeliverySender(
        channels=whole,
        specs=specs,
        recipients=recipients,
        limiter=limiter,
        backoff=BackoffPolicy(),
        clock=clock,
        rng=rng,
    )
    courier = Courier(
        store=store,
        sender=sender,
        recipients=recipients,
        limiter=limiter,
        clock=clock,
        rng=rng,
        log=log,
        supervisor=supervisor,
        concurrency=settings.send_concurrency,
        name=COURIER + reach,
        on_settled=on_settled,
    )
    in_flight = InFlight(store=store, limiter=limiter, clock=clock, rng=rng, log=log, name=ANSWERING + reach)
    presence = Presence(in_flight=in_flight, clock=clock, log=log, supervisor=supervisor)
    return Delivering(sender=sender, courier=courier, presence=presence)
