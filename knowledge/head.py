"""The supervised layer: kernel ridge regression from likeness to article, solved exactly.

Its strength is what it gives for free: what it would have said of each phrasing had it not seen that phrasing, or
not seen any phrasing of that article. Confidence is learned from these.
Source: the leave-one-out formula for ridge regression, e.g. Rasmussen and Williams, Gaussian Processes for Machine
Learning, 2006, section 5.4.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

RIDGE = 0.1
"""Trust in single phrasings: the variance of their label noise beside a kernel of 1. The results are flat around it."""


def targets(owner: NDArray[np.int64], articles: int) -> Doubles:
    """Return 1 where a phrasing belongs to an article, else 0: shape (phrasings, articles)."""
    return np.eye(articles)[owner]


def solve(kernel: Floats, goal: Doubles) -> Floats:
    """Return the weight of each phrasing for each article: shape (phrasings, articles)."""
    damped = kernel + RIDGE * np.eye(len(kernel), dtype=np.float32)
    return np.asarray(np.linalg.solve(damped, goal.astype(np.float32)), dtype=np.float32)


class HeldOut:
    """What the layer says of phrasings it has not seen. Costs one inverse of the kernel."""

    def __init__(self, kernel: Floats, owner: NDArray[np.int64]) -> None:
        self._owner = owner
        self._goal = targets(owner, int(owner.max()) + 1)
        self._inverse = np.linalg.inv(kernel.astype(np.float64) + RIDGE * np.eye(len(kernel)))
        self._weights = self._inverse @ self._goal

    def without_itself(self) -> Doubles:
        """Return the scores of each phrasing, had only it been left out: shape (phrasings, articles)."""
        return self._goal - self._weights / np.diag(self._inverse)[:, None]

    def without_its_article(self) -> Doubles:
        """Return the scores of each phrasing, had its whole article been left out."""
        scores = np.empty_like(self._weights)
        for article in range(self._goal.shape[1]):
            rows = np.flatnonzero(self._owner == article)
            block = self._inverse[np.ix_(rows, rows)]
            scores[rows] = self._goal[rows] - np.linalg.solve(block, self._weights[rows])
        return scores
