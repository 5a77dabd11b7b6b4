"""Likeness by meaning: the encoder's space, bent so that what does not matter counts less.

Vectors of one question typed twice, once with errors, differ; so do those of two phrasings of one article. Those
differences say nothing about which article is meant, so the directions they take are shortened (whitened).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningSpace:
    """Where the vectors of the index lie, and how to bend them."""

    centre: Vectors
    bend: Vectors

    @classmethod
    def plain(cls, vectors: Vectors) -> Self:
        """Return the space that only moves the centre of the phrasings to zero."""
        return cls(centre=vectors.mean(axis=0), bend=np.eye(vectors.shape[1], dtype=np.float32))

    @classmethod
    def bent(cls, vectors: Vectors, *, noise: NDArray[np.float64], strength: float) -> Self:
        """Return the space where the directions of ``noise``, a covariance, are shortened.

        ``strength`` above 0: at 1 a direction with twice the mean noise counts 0.8 of one with the mean.
        """
        size = noise.shape[0]
        scaled = noise * (size / max(float(np.trace(noise)), 1e-12))
        values, axes = np.linalg.eigh((strength * scaled + np.eye(size)) / (1 + strength))
        bend = (axes * np.maximum(values, 1e-9) ** -0.5) @ axes.T
        return cls(centre=vectors.mean(axis=0), bend=bend.astype(np.float32))

    def place(self, vectors: Vectors) -> Vectors:
        """Return the vectors in this space, each of length one."""
        placed = (vectors - self.centre) @ self.bend
        length = np.maximum(np.linalg.norm(placed, axis=-1, keepdims=True), 1e-9)
        return np.asarray(placed / length, dtype=np.float32)


def within(vectors: Vectors, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the covariance of phrasings around the mean of their article; zero where each has one phrasing."""
    articles = int(owner.max()) + 1
    count = np.bincount(owner, minlength=articles)
    means = np.zeros((articles, vectors.shape[1]))
    np.add.at(means, owner, vectors)
    means /= np.maximum(count, 1)[:, None]
    left = vectors - means[owner]
    freedom = len(vectors) - int((count > 0).sum())
    return np.asarray(left.T @ left / max(freedom, 1), dtype=np.float64)


def between(pairs: Sequence[tuple[Vectors, Vectors]]) -> NDArray[np.float64]:
    """Return the covariance of the differences between vectors that mean the same."""
    gap = np.stack([one - two for one, two in pairs]).astype(np.float64)
    return np.asarray(gap.T @ gap / len(gap), dtype=np.float64)
