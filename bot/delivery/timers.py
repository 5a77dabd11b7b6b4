"""Rings what is due."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.rest import rest
from bot.ports import Clock, Store, StoreUnavailable, Timer

_AT_ONCE: Final = 16
_LOOK_AHEAD: Final = 100
_LONGEST_REST_SECONDS: Final = 0.25
_LONGEST_PAUSE: Final = timedelta(minutes=10)


class Timers:
    """Hands timers to the turn that handles them. A timer whose turn fails rings again later, and delays no other."""

    def __init__(
        self,
        *,
        store: Store,
        ring: Callable[[Timer], Awaitable[None]],
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self._store = store
        self._ring_one = ring
        self._clock = clock
        self._log = log
        self._failed: dict[str, tuple[int, datetime]] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Ring until ``stop``; turns under way are finished."""
        while not self._stop.is_set():
            try:
                if not await self.tick():
                    await rest(self._clock.sleep(await self._pause_seconds()), self._stop)
            except StoreUnavailable:
                self._log.error("store_unavailable")
                await rest(self._clock.sleep(1.0), self._stop)

    async def stop(self) -> None:
        """Make ``run`` come to its end."""
        self._stop.set()

    async def tick(self) -> bool:
        """Ring some of the timers that are due now, several at once. Return whether there were any."""
        now = self._clock.now()
        due = await self._store.timers_due(now=now, limit=_LOOK_AHEAD)
        ready = [timer for timer in due if self._failed.get(timer.key, (0, now))[1] <= now][:_AT_ONCE]
        async with asyncio.TaskGroup() as turns:
            for timer in ready:
                turns.create_task(self._ring(timer))
        return bool(ready)

    async def _ring(self, timer: Timer) -> None:
        try:
            await self._ring_one(timer)
        except StoreUnavailable:
            self._log.error("store_unavailable", timer=timer.verb)
            self._failed[timer.key] = (1, self._clock.now() + timedelta(seconds=1))
        except Exception:
            failures = self._failed.get(timer.key, (0, timer.at))[0] + 1
            again = self._clock.now() + min(timedelta(seconds=2**failures), _LONGEST_PAUSE)
            self._failed[timer.key] = (failures, again)
            self._log.exception("timer_failed", verb=timer.verb, failures=failures)
        else:
            self._failed.pop(timer.key, None)

    async def _pause_seconds(self) -> float:
        next_at = await self._store.next_timer_at()
        if next_at is None:
            return _LONGEST_REST_SECONDS
        return max(0.001, min(_LONGEST_REST_SECONDS, (next_at - self._clock.now()).total_seconds()))
