"""Matching off the event loop: one thread per matcher, with an estimate of its queue."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")

FIRST_GUESS_SECONDS: Final = 0.01
# Weight (0–1) of the latest service time in the running mean: about ten questions are remembered.
NEWEST_SHARE: Final = 0.2
WINDOW_SECONDS: Final = 2.0
PROBE_SECONDS: Final = 0.25
EASED_SHARE: Final = 0.5


class MatchingThread:
    """Runs work in its own thread and estimates the next caller's wait.

    Work is done first come, first served.

    The estimate is the number of waiting calls times the mean of recent service times; for running work it is at least
    the time that work has already taken. ``monotonic`` returns the time in seconds.
    """

    def __init__(self, name: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._monotonic = monotonic
        self._waiting = 0
        self._service_seconds = FIRST_GUESS_SECONDS
        self._began: float | None = None

    @property
    def idle(self) -> bool:
        """Whether no work is running or waiting."""
        return not self._waiting

    @property
    def service_seconds(self) -> float:
        """Mean service time of recent work."""
        return self._service_seconds

    @property
    def wait_seconds(self) -> float:
        """Estimated wait of work handed in now, before it begins."""
        if not self._waiting:
            return 0.0
        in_flight = 0.0 if self._began is None else self._monotonic() - self._began
        return self._waiting * self._service_seconds + max(0.0, in_flight - self._service_seconds)

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of ``work``, or raise its exception."""
        self._waiting += 1
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._timed, work)
        done.add_done_callback(self._left)
        return await done

    def close(self) -> None:
        """Let the thread end after the work already handed in."""
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


class Pressure:
    """Decides which utterances use the encoder.

    All do while its queue is short, almost none while it is long.

    The encoder takes the processor from everything else, so that a queue kept just below the limit would slow
    everything down. Once the wait passes ``most_wait_seconds``, only one utterance in ``PROBE_SECONDS`` is admitted, to
    an idle thread, to measure the current service time. This ends when all utterances together would keep the encoder
    busy for less than ``EASED_SHARE`` of the time.
    """

    def __init__(
        self, thread: MatchingThread, *, most_wait_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._thread = thread
        self._most_wait_seconds = most_wait_seconds
        self._monotonic = monotonic
        self._asked: deque[float] = deque()
        self._pressed = False
        self._probed_at = 0.0

    def admits(self) -> bool:
        """Return whether the current utterance is matched with the encoder."""
        now = self._monotonic()
        self._asked.append(now)
        while self._asked[0] < now - WINDOW_SECONDS:
            self._asked.popleft()
        if self._thread.wait_seconds > self._most_wait_seconds:
            self._pressed = True
        elif self._pressed and self._thread.idle:
            busy_share = len(self._asked) / WINDOW_SECONDS * self._thread.service_seconds
            if busy_share < EASED_SHARE:
                self._pressed = False
            elif now - self._probed_at >= PROBE_SECONDS:
                self._probed_at = now
                return True
        return not self._pressed
