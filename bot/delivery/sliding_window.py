"""Upper bound on the sends that reached the service within a window, despite network delay."""

from bisect import insort
from collections import deque
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Final

_MAX_TOLERATED: Final = timedelta(seconds=0.1)
_BURST: Final = 0.16
_LOOK_AGAIN_SECONDS: Final = 0.01
# Times ``most``: a stall holds back at most ``most`` sends, so it stays a small part of one sample.
_ANSWERS_PER_SAMPLE: Final = 8


class _Latency:
    """Response times: ``quickest`` and the ``usual`` extra; both zero until the first sample is complete."""

    def __init__(self, sample_size: int) -> None:
        self._sample_size = sample_size
        self._samples: list[float] = []
        self.quickest = timedelta(0)
        self.usual = timedelta(0)

    def add_sample(self, took: timedelta) -> None:
        """Add one response time."""
        self.quickest = min(self.quickest, took)
        self._samples.append(took.total_seconds())
        if len(self._samples) >= self._sample_size:
            quickest = min(self._samples)
            self.quickest = timedelta(seconds=quickest)
            # For an even distribution, twice the median covers the whole range.
            self.usual = min(_MAX_TOLERATED, timedelta(seconds=2 * (median(self._samples) - quickest)))
            self._samples.clear()


class SlidingWindow:
    """Admits at most ``most`` sends in any ``window``, by the time they can have arrived.

    A send arrives between its sending and its answer. When the answer takes the usual time, the send counts at its
    sending time. When it takes longer, the send may have been held up and may have arrived together with others just
    before the answer, so it counts at that time. An unanswered send may arrive any moment and always counts, unless its
    delay is still usual. A service that stalls therefore sees no more than its limit. Where the response time
    varies by up to 0.1 s, it may see the sends of that 0.1 s, too; any 0.1 s admits at most about a sixth
    of ``most``.
    """

    def __init__(self, *, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._latency = _Latency(_ANSWERS_PER_SAMPLE * most)
        self._arrived: list[datetime] = []
        self._open: dict[str, tuple[datetime, int]] = {}
        self._sent: deque[datetime] = deque()

    def allow(self, most: int) -> None:
        """Change the limit to ``most``."""
        self._most = most

    @property
    def _most_at_once(self) -> int:
        return max(2, ceil(self._most * _BURST))

    def admit(self, key: str, *, now: datetime, calls: int = 1) -> float:
        """Admit the send ``key`` and return 0, or return the seconds after which to ask again."""
        self._drop_old(now)
        over = len(self._arrived) + sum(self._counted(now)) + calls - self._most
        if over > 0:
            if over > len(self._arrived):
                return _LOOK_AGAIN_SECONDS
            return max((self._arrived[over - 1] + self._window - now).total_seconds(), 1e-6)
        while self._sent and self._sent[0] <= now - _MAX_TOLERATED:
            self._sent.popleft()
        if len(self._sent) + calls > self._most_at_once and self._sent:
            return max((self._sent[0] + _MAX_TOLERATED - now).total_seconds(), 1e-6)
        self._open[key] = (now, calls)
        self._sent.extend([now] * calls)
        return 0.0

    def record_answer(self, key: str, *, now: datetime) -> None:
        """Record that the send was answered, with any result. A key that never entered is ignored."""
        if key not in self._open:
            return
        sent_at, calls = self._open.pop(key)
        took = now - sent_at
        # Held up on the way, it may have arrived together with later sends: count it when it can have arrived last.
        held_up = took > self._latency.quickest + self._latency.usual
        self.count(now=now - self._latency.quickest if held_up else sent_at, calls=calls)
        self._latency.add_sample(took)

    def count(self, *, now: datetime, calls: int = 1) -> None:
        """Count sends that were made without asking."""
        for _ in range(calls):
            insort(self._arrived, now)

    def _counted(self, now: datetime) -> list[int]:
        """Return the calls of unanswered sends that count."""
        usual = now - self._latency.quickest - self._latency.usual
        return [calls for sent_at, calls in self._open.values() if sent_at < usual or sent_at > now - self._window]

    def _drop_old(self, now: datetime) -> None:
        gone = 0
        while gone < len(self._arrived) and self._arrived[gone] <= now - self._window:
            gone += 1
        del self._arrived[:gone]
