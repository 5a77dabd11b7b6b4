"""Rings what is due."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, Store, StoreUnavailable, Timer
from bot.support.wait import wait_or_stop

_AT_ONCE: Final = 16
_HOLD: Final = timedelta(seconds=10)
"""So long a timer rings in one process alone; when it dies meanwhile, another one takes over. One whose turn failed is
let go of at once, for whichever process comes first after the pause."""
_OVERDUE: Final = timedelta(milliseconds=50)
_LONGEST_REST_SECONDS: Final = 0.25
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_MOST_COUNTED: Final = 20
REST_SHARE: Final = 0.25
"""Of the time a turn took. What goes on in portions, one ring after the other, leaves so much to those who ask."""


class Timers:
    """Hands timers to the turn that handles them. A timer whose turn fails rings again later, and delays no other.

    One that is due again at once rests a while: for ``rest_share`` of the time its turn took.
    """

    def __init__(
        self,
        *,
        store: Store,
        ring: Callable[[Timer], Awaitable[None]],
        clock: Clock,
        log: FilteringBoundLogger,
        rest_share: float = REST_SHARE,
        turn_failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._turn_failed = turn_failed
        self._store = store
        self._ring_one = ring
        self._clock = clock
        self._log = log
        self._rest_share = rest_share
        self._failures: dict[str, int] = {}
        self._held: dict[str, datetime] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Ring until ``stop``; turns under way are finished."""
        while not self._stop.is_set():
            try:
                if not await self.tick():
                    await wait_or_stop(self._clock.sleep(await self._pause_seconds()), self._stop)
            except StoreUnavailable:
                self._log.debug("store_unavailable")
                await wait_or_stop(self._clock.sleep(1.0), self._stop)

    async def stop(self) -> None:
        """Make ``run`` come to its end."""
        self._stop.set()

    async def tick(self) -> bool:
        """Ring some of the timers that are due now, several at once. Return whether there were any."""
        now = self._clock.now()
        self._held = {key: until for key, until in self._held.items() if until > now}
        ready = await self._store.take_timers(now=now, hold_for=_HOLD, limit=_AT_ONCE, but=self._held)
        async with asyncio.TaskGroup() as turns:
            for timer in ready:
                turns.create_task(self._ring(timer))
        return bool(ready)

    async def _ring(self, timer: Timer) -> None:
        began = self._clock.now()
        try:
            await self._ring_one(timer)
        except StoreUnavailable as fault:
            self._log.debug("store_unavailable", timer=timer.verb)
            self._failures[timer.key] = 1
            await self._try_again(timer, timedelta(seconds=1), f"store_{fault.cause}")
        except Exception:
            failures = self._failures[timer.key] = min(self._failures.get(timer.key, 0) + 1, _MOST_COUNTED)
            self._log.exception("timer_failed", verb=timer.verb, failures=failures)
            await self._try_again(timer, min(timedelta(seconds=2**failures), _LONGEST_PAUSE), "internal")
        else:
            self._failures.pop(timer.key, None)
            self._held[timer.key] = self._clock.now() + (self._clock.now() - began) * self._rest_share

    async def _try_again(self, timer: Timer, pause: timedelta, cause: str) -> None:
        """Let any process ring it after the pause."""
        self._turn_failed(cause)
        at = self._held[timer.key] = self._clock.now() + pause
        try:
            await self._store.release_timer(timer, at=at)
        except StoreUnavailable:
            self._log.debug("store_unavailable", timer=timer.verb)  # its hold runs out by itself

    async def _pause_seconds(self) -> float:
        next_at = await self._store.next_timer_at()
        if next_at is None:
            return _LONGEST_REST_SECONDS
        now = self._clock.now()
        if next_at <= now and self._held:
            next_at = min(self._held.values())
        if next_at <= now - _OVERDUE:  # another process rings it
            return _LONGEST_REST_SECONDS
        return max(0.001, min(_LONGEST_REST_SECONDS, (next_at - now).total_seconds()))
