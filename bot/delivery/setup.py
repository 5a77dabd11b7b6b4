"""Puts delivery together: one sender for turns and courier, and the two loops that never end by themselves."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from bot.delivery.backoff import BackoffPolicy
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import Sender
from bot.delivery.timers import Timers
from bot.ports import Chance, Channel, Clock, Settled, Store, Timer
from bot.settings import Settings
from dialogs.event import ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What gets messages out. ``sender`` also serves the turns, so that replies count against the same limits."""

    sender: Sender
    courier: Courier

    def timers(
        self,
        *,
        store: Store,
        ring: Callable[[Timer], Awaitable[None]],
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> Timers:
        """Return the loop that rings what is due."""
        return Timers(store=store, ring=ring, clock=clock, log=log)


def make_delivering(
    settings: Settings,
    *,
    store: Store,
    channels: Mapping[ChannelName, Channel],
    opens_teams: bool,
    clock: Clock,
    chance: Chance,
    seen: Callable[[Settled], None],
    log: FilteringBoundLogger,
) -> Delivering:
    """Return the parts that deliver through ``channels``."""
    recipients = StoredRecipients(store=store)
    limiter = Limiter(Rates(lane_per_second=settings.send_rate_per_second))
    sender = Sender(
        channels=channels,
        recipients=recipients,
        limiter=limiter,
        backoff=BackoffPolicy(),
        clock=clock,
        chance=chance,
        opens_teams=opens_teams,
    )
    courier = Courier(
        store=store,
        sender=sender,
        recipients=recipients,
        limiter=limiter,
        clock=clock,
        chance=chance,
        log=log,
        concurrency=settings.send_concurrency,
        seen=seen,
    )
    return Delivering(sender=sender, courier=courier)
