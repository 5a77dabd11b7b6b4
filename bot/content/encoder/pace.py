"""How many cores a sentence should use: what was faster lately, on a machine that others use too."""

from __future__ import annotations

from typing import Final

TRY_AGAIN: Final = 16
"""After so many calls the other number is tried: often enough to notice that a neighbour came or went."""

SELDOM: Final = 128
"""A try that is lost doubles the wait for the next, up to this, for each makes one person wait longer."""

_FRESH, _FRESH_TRY = 0.2, 0.5
"""What the last measurement counts beside the ones before it; more where it was a try, for those are few."""


class ThreadChoice:
    """Chooses between one core and all of them by measured seconds a unit of work.

    Two cores read a sentence in half the time when both are free; when one is busy they wait for each other, and one
    alone is faster.
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
        """Take in how long a call took on so many cores."""
        each = seconds / max(work, 1)
        before = self._taken.get(cores, each)
        fresh = _FRESH_TRY if self._trying else _FRESH
        best = self._best()
        self._taken[cores] = (1 - fresh) * before + fresh * each
        if self._best() != best:
            self._calls, self._wait = 0, TRY_AGAIN
        elif self._trying:
            self._calls, self._wait = 0, min(2 * self._wait, SELDOM)

    def _best(self) -> int:
        return min(self._choices, key=lambda cores: self._taken.get(cores, 0.0))
