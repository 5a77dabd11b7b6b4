"""Timers in memory, earliest first."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from bot.ports import Timer


def _position(timer: Timer) -> tuple[datetime, str]:
    return timer.at, timer.key


class TimerQueue:
    """Timers by key and by time."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}
        self._ordered: list[Timer] = []

    def __iter__(self) -> Iterator[Timer]:
        return iter(list(self._ordered))

    def get(self, key: str) -> Timer | None:
        return self._timers.get(key)

    def put(self, key: str, timer: Timer | None) -> None:
        """Set or move the timer, or cancel it (None)."""
        old = self._timers.pop(key, None)
        if old is not None:
            del self._ordered[bisect_left(self._ordered, _position(old), key=_position)]
        if timer is not None:
            self._timers[key] = timer
            insort(self._ordered, timer, key=_position)

    def due(self, now: datetime, limit: int, *, but: Collection[str] = ()) -> Sequence[Timer]:
        """Return timers due at ``now``, earliest first, without those in ``but``."""
        due: list[Timer] = []
        for timer in self._ordered:
            if timer.at > now or len(due) >= limit:
                break
            if timer.key not in but:
                due.append(timer)
        return due

    def next_at(self) -> datetime | None:
        """Return when the next timer rings, or None."""
        return self._ordered[0].at if self._ordered else None
