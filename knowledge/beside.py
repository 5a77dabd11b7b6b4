"""Phrasings laid beside a trained index: some askers' own, of which the index itself learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from knowledge.encoder import Vectors
from knowledge.head import RIDGE, Floats, Places, blend
from knowledge.lexical import LexicalIndex
from knowledge.match import Phrasing
from knowledge.reading import Reading

_LAST = np.float32(0.95)
"""A floor no phrasing's own text lies below, however near another article's comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a few phrasings add to the scores of an index.

    Attributes:
        owner: the place of each one's article in the index.
        weights: shape (articles, phrasings).
        placed: their meaning, if there is an encoder.
        floor: how near the index's phrasings of other articles come to each. It speaks only of what comes nearer, so
            that what the index was taught to answer stays as it is.
    """

    phrasings: Sequence[Phrasing]
    owner: Places
    index: LexicalIndex
    placed: Vectors | None
    weights: Floats
    floor: Floats

    @classmethod
    def learn(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        owner: Places,
        index: LexicalIndex,
        readings: Sequence[Reading],
        placed: Vectors | None,
        kernel: Floats,
        among: Places,
        scores: Floats,
    ) -> Self:
        """Learn what the index does not say of them yet.

        It is a ridge regression like the index's own, of what is left when ``scores``, the index's own for each of them
        by article, are taken from what they ought to be.

        Args:
            kernel: their likeness to the index's rows: shape (phrasings, rows).
            among: the article of each of those rows.
        """
        floor = np.where(among == owner[:, None], np.float32(0), kernel).max(axis=1, initial=0.0).astype(np.float32)
        floor = np.minimum(floor, _LAST)
        letters = np.stack([index.likeness(reading) for reading in readings])
        near = _above(blend(letters, None if placed is None else placed @ placed.T), floor).astype(np.float64)
        near[np.diag_indices(len(near))] = 1 + RIDGE
        left = (owner[:, None] == np.arange(scores.shape[1])) - scores
        weights = np.linalg.solve(near, left).astype(np.float32)
        return cls(
            phrasings=tuple(phrasings),
            owner=owner,
            index=index,
            placed=placed,
            weights=np.ascontiguousarray(weights.T),
            floor=floor,
        )

    def kernel(self, reading: Reading, vector: Floats | None) -> tuple[Floats, Floats | None, Floats]:
        """Return the likeness of an utterance to each by letters, by meaning, and by both above the floor."""
        letters = self.index.likeness(reading)
        meaning = None if vector is None or self.placed is None else self.placed @ vector
        return letters, meaning, _above(blend(letters, meaning), self.floor)


def _above(likeness: Floats, floor: Floats) -> Floats:
    """Return how far each likeness lies between its floor, 0, and the same text, 1."""
    return np.asarray(np.maximum(likeness - floor, 0) / (1 - floor), dtype=np.float32)
