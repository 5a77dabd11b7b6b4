"""Overlay: a few extra phrasings on top of a trained index, which itself stays unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from knowledge.matching.encoder import Vectors
from knowledge.matching.head import RIDGE, Floats, Places, blend
from knowledge.matching.lexical import LexicalIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.reading import Reading

# Upper limit of the floor, so that a phrasing always matches its own text, even if another article is close.
_HIGHEST_FLOOR = np.float32(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The extra phrasings and the scores they add.

    Attributes:
        owner: position of each phrasing's article in the index.
        weights: shape (articles, phrasings).
        placed: the phrasings in the meaning space, if there is an encoder.
        floor: similarity of each phrasing to the nearest phrasing of another article in the index. Only utterances
            above it are affected, so that the index keeps its own answers.
    """

    phrasings: Sequence[Phrasing]
    owner: Places
    index: LexicalIndex
    projected: Vectors | None
    weights: Floats
    floor: Floats

    @classmethod
    def fit(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        owner: Places,
        index: LexicalIndex,
        readings: Sequence[Reading],
        projected: Vectors | None,
        kernel: Floats,
        among: Places,
        scores: Floats,
    ) -> Self:
        """Fit the residual between the index's scores and the right articles by ridge regression.

        Args:
            kernel: similarity of the phrasings to the index's rows: shape (phrasings, rows).
            among: position of each row's article.
            scores: the index's own scores: shape (phrasings, articles).
        """
        floor = np.where(among == owner[:, None], np.float32(0), kernel).max(axis=1, initial=0.0).astype(np.float32)
        floor = np.minimum(floor, _HIGHEST_FLOOR)
        letters = np.stack([index.likeness(reading) for reading in readings])
        near = _above(blend(letters, None if projected is None else projected @ projected.T), floor).astype(np.float64)
        near[np.diag_indices(len(near))] = 1 + RIDGE
        left = (owner[:, None] == np.arange(scores.shape[1])) - scores
        weights = np.linalg.solve(near, left).astype(np.float32)
        return cls(
            phrasings=tuple(phrasings),
            owner=owner,
            index=index,
            projected=projected,
            weights=np.ascontiguousarray(weights.T),
            floor=floor,
        )

    def kernel(self, reading: Reading, vector: Floats | None) -> tuple[Floats, Floats | None, Floats]:
        """Return the similarities to each phrasing: by letters, by meaning, and blended above the floor."""
        letters = self.index.likeness(reading)
        meaning = None if vector is None or self.projected is None else np.vecdot(self.projected, vector)
        return letters, meaning, _above(blend(letters, meaning), self.floor)


def _above(likeness: Floats, floor: Floats) -> Floats:
    """Scale each similarity from [floor, 1] to [0, 1]."""
    return np.asarray(np.maximum(likeness - floor, 0) / (1 - floor), dtype=np.float32)
