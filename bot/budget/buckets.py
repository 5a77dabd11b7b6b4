"""Token buckets: a burst at once, then a steady rate, separately for each key."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from bot.ports import Clock

# About 5 MB.
MAX_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``burst`` at once; one more becomes free ``per_minute`` times a minute."""

    burst: int
    per_minute: float


class TokenBuckets:
    """One bucket per key, in bounded memory.

    A bucket is stored as the moment it will be full again (the generic cell rate algorithm), so a full bucket needs no
    entry. Above ``most_keys`` the least recently used key is removed, which gives it a full bucket.

    Why not a library: ``limits`` keeps every key until a timer thread expires it, ``aiolimiter`` has one bucket per
    limiter and waits instead of refusing, and neither accepts a clock.
    """

    def __init__(self, rate: Rate, *, clock: Clock, most_keys: int = MAX_KEYS) -> None:
        self._rate = rate
        self._clock = clock
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, *, tokens: int = 1, factor: float = 1.0) -> float:
        """Take tokens and return 0.0, or the seconds until free.

        Args:
            tokens: how many; more than a burst count as a burst.
            factor: multiplies burst and rate, for a key that stands for many people.
        """
        now, full_at, gap, room = self._look(key, factor)
        taken = min(tokens * gap, room)
        wait = full_at + taken - (now + room)
        # Rounding can make one of two equal sums slightly larger; a microsecond is no wait.
        if wait > 1e-6:
            return wait
        self._full_at[key] = full_at + taken
        self._full_at.move_to_end(key)
        self._drop_full(now)
        return 0.0

    def wait(self, key: str, *, factor: float = 1.0) -> float:
        """Return the seconds until a token is free, 0.0 when one is; takes none."""
        now, full_at, gap, room = self._look(key, factor)
        wait = full_at + gap - (now + room)
        return wait if wait > 1e-6 else 0.0

    def __len__(self) -> int:
        return len(self._full_at)

    def _look(self, key: str, factor: float) -> tuple[float, float, float, float]:
        now = self._clock.now().timestamp()
        gap = 60.0 / (self._rate.per_minute * factor)
        room = self._rate.burst * factor * gap
        # A wall clock can go back; a bucket cannot be emptier than empty.
        full_at = min(max(self._full_at.get(key, now), now), now + room)
        return now, full_at, gap, room

    def _drop_full(self, now: float) -> None:
        while len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
        for _ in range(2):  # remove more than were added, so that full buckets do not accumulate
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now:
                return
            del self._full_at[oldest]
            if not self._full_at:
                return
