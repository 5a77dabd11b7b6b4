"""Puts the delivery together from the settings."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from structlog.typing import FilteringBoundLogger

from bot.delivery.backoff import BackoffPolicy
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import Sender
from bot.delivery.timers import Timers
from bot.ports import Chance, Channel, Clock, Store, Timer
from bot.settings import Settings
from dialogs.event import ChannelName


@dataclass(slots=True, kw_only=True)
class Delivering:
    """What delivers: ``sender`` within a turn, ``courier`` and the timers beside them."""

    sender: Sender
    courier: Courier
    store: Store
    clock: Clock
    log: FilteringBoundLogger
    _timers: list[Timers] = field(default_factory=list)

    def work(self, ring: Callable[[Timer], Awaitable[None]]) -> list[Coroutine[Any, Any, None]]:
        """Return what is to run as tasks until ``stop``; ``ring`` handles a timer that is due."""
        timers = Timers(store=self.store, ring=ring, clock=self.clock, log=self.log)
        self._timers.append(timers)
        return [self.courier.run(), timers.run()]

    async def stop(self) -> None:
        """Let the tasks end: sends under way are finished, leases given back."""
        for timers in self._timers:
            await timers.stop()
        await self.courier.stop()


def make_delivering(
    settings: Settings,
    *,
    store: Store,
    channels: Mapping[ChannelName, Channel],
    teams_can_open: bool,
    clock: Clock,
    chance: Chance,
    log: FilteringBoundLogger,
) -> Delivering:
    """Return the delivery over these channels; ``teams_can_open`` tells whether it may start conversations there."""
    recipients = StoredRecipients(store=store)
    limiter = Limiter(Rates(lane_per_second=settings.send_rate_per_second))
    sender = Sender(
        channels=channels,
        recipients=recipients,
        limiter=limiter,
        backoff=BackoffPolicy(),
        clock=clock,
        chance=chance,
        opens_teams=teams_can_open,
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
    )
    return Delivering(sender=sender, courier=courier, store=store, clock=clock, log=log)
