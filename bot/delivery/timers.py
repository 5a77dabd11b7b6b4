"""Ring due timers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, Store, StoreUnavailable, Timer
from bot.support.supervision import wait_or_stop

_AT_ONCE: Final = 16
# How long a process holds a timer it rings; after a crash, another process takes it when the hold ends. After a
# failed turn the timer is released at once, for any process to ring after the pause.
_HOLD: Final = timedelta(seconds=10)
_OVERDUE: Final = timedelta(milliseconds=50)
_LONGEST_SLEEP_SECONDS: Final = 0.25
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_MAX_COUNTED: Final = 20
# Pause after a ring, as a share of its turn's duration: jobs with many steps leave time for interactive turns.
REST_SHARE: Final = 0.25


class Timers:
    """Runs a turn for each due timer. A failed turn is retried later and delays no other timer.

    A timer that is due again at once pauses first, for ``rest_share`` of its turn's duration.
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
        self._run_turn = ring
        self._clock = clock
        self._log = log
        self._rest_share = rest_share
        self._failures: dict[str, int] = {}
        self._paused_until: dict[str, datetime] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Ring until ``stop``; running turns are finished."""
        while not self._stop.is_set():
            try:
                if not await self.tick():
                    await wait_or_stop(self._clock.sleep(await self._pause_seconds()), self._stop)
            except StoreUnavailable:
                self._log.debug("store_unavailable")
                await wait_or_stop(self._clock.sleep(1.0), self._stop)

    async def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()

    async def tick(self) -> bool:
        """Ring some of the due timers concurrently. Return whether there were any."""
        now = self._clock.now()
        self._paused_until = {key: until for key, until in self._paused_until.items() if until > now}
        ready = await self._store.take_timers(now=now, hold_for=_HOLD, limit=_AT_ONCE, but=self._paused_until)
        async with asyncio.TaskGroup() as turns:
            for timer in ready:
                turns.create_task(self._ring(timer))
        return bool(ready)

    async def _ring(self, timer: Timer) -> None:
        began = self._clock.now()
        try:
            await self._run_turn(timer)
        except StoreUnavailable as fault:
            self._log.debug("store_unavailable", timer=timer.verb)
            # An unavailable store is no fault of this timer, so its pause does not grow.
            self._failures[timer.key] = 1
            await self._try_again(timer, timedelta(seconds=1), f"store_{fault.cause}")
        except Exception:
            failures = self._failures[timer.key] = min(self._failures.get(timer.key, 0) + 1, _MAX_COUNTED)
            self._log.exception("timer_failed", verb=timer.verb, failures=failures)
            await self._try_again(timer, min(timedelta(seconds=2**failures), _LONGEST_PAUSE), "internal")
        else:
            self._failures.pop(timer.key, None)
            # Jobs of many steps set their timer for now; without a rest they would leave no time for questions.
            self._paused_until[timer.key] = self._clock.now() + (self._clock.now() - began) * self._rest_share

    async def _try_again(self, timer: Timer, pause: timedelta, cause: str) -> None:
        """Release the timer for any process to ring after the pause."""
        self._turn_failed(cause)
        at = self._paused_until[timer.key] = self._clock.now() + pause
        try:
            await self._store.release_timer(timer, at=at)
        except StoreUnavailable:
            self._log.debug("store_unavailable", timer=timer.verb)  # the hold expires by itself

    async def _pause_seconds(self) -> float:
        next_at = await self._store.next_timer_at()
        if next_at is None:
            return _LONGEST_SLEEP_SECONDS
        now = self._clock.now()
        if next_at <= now and self._paused_until:
            next_at = min(self._paused_until.values())
        if next_at <= now - _OVERDUE:  # another process rings it
            return _LONGEST_SLEEP_SECONDS
        return max(0.001, min(_LONGEST_SLEEP_SECONDS, (next_at - now).total_seconds()))
