"""Choose the number of cores for a sentence by recent speed."""

from __future__ import annotations

from typing import Final

# Calls between tries of the other number: often enough to notice that other load started or ended.
TRY_AGAIN: Final = 16

# Upper limit in calls. A try that was slower doubles the wait for the next one, since each slows one user down.
SELDOM: Final = 128

# Weight (0–1) of the newest measurement in the mean; larger for tries, since there are few.
_FRESH, _FRESH_TRY = 0.2, 0.5


class ThreadChoice:
    """Chooses between one core and all of them, by measured seconds per unit of work.

    Two cores read a sentence in half the time when both are free; when one is busy they wait for each other, and a
    single core is faster.
    """

    def __init__(self, cores: int) -> None:
        self._choices = (cores, 1)
        self._taken: dict[int, float] = {}
        self._calls = 0
        self._wait = TRY_AGAIN
        self._trying = False

    def choose(self) -> int:
        """Return the number of cores for the next call."""
        self._calls += 1
        best = self._best()
        self._trying = self._calls >= self._wait
        if self._trying:
            return next((cores for cores in self._choices if cores != best), best)
        return best

    def note(self, cores: int, *, seconds: float, work: int) -> None:
        """Record the duration of a call on this number of cores."""
        seconds_each = seconds / max(work, 1)
        before = self._taken.get(cores, seconds_each)
        fresh = _FRESH_TRY if self._trying else _FRESH
        best = self._best()
        self._taken[cores] = (1 - fresh) * before + fresh * seconds_each
        if self._best() != best:
            self._calls, self._wait = 0, TRY_AGAIN
        elif self._trying:
            self._calls, self._wait = 0, min(2 * self._wait, SELDOM)

    def _best(self) -> int:
        return min(self._choices, key=lambda cores: self._taken.get(cores, 0.0))
