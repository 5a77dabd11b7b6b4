"""Matching off the event loop: one thread a matcher, and how long its queue is."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")

FIRST_GUESS_SECONDS: Final = 0.01
NEWEST_SHARE: Final = 0.2
"""What the latest service time counts in the running mean: about ten questions are remembered."""


class OneThread:
    """Does work in a thread of its own, first come, first served, and estimates the wait of the next caller.

    The estimate is the number of those waiting times the mean of recent service times; for the work under way it is at
    least the time it has taken already. ``monotonic`` is the time in seconds.
    """

    def __init__(self, name: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._monotonic = monotonic
        self._waiting = 0
        self._service_seconds = FIRST_GUESS_SECONDS
        self._began: float | None = None

    @property
    def wait_seconds(self) -> float:
        """How long work that is handed in now would wait before it begins."""
        if not self._waiting:
            return 0.0
        under_way = 0.0 if self._began is None else self._monotonic() - self._began
        return self._waiting * self._service_seconds + max(0.0, under_way - self._service_seconds)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` does. Raises what it raises."""
        self._waiting += 1
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._timed, work)
        done.add_done_callback(self._left)
        return await done

    def close(self) -> None:
        """Let the thread end when what was handed in is done."""
        self._thread.shutdown(wait=False)

    def _left(self, _: asyncio.Future[Any]) -> None:
        self._waiting -= 1

    def _timed(self, work: Callable[[], T]) -> T:
        began = self._began = self._monotonic()
        try:
            return work()
        finally:
            self._began = None
            took = self._monotonic() - began
            self._service_seconds += NEWEST_SHARE * (took - self._service_seconds)
