"""Likeness by meaning: the encoder's space, bent so that what does not matter counts less.

Vectors of one question in two languages differ; so do those of a text typed with errors, and of two phrasings of one
article. Those differences say nothing about which article is meant, so the directions they take are shortened.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.encoder import Vectors

STRENGTH = 0.3
"""How far noise bends the space: at 1 as much as the space resists; 0 leaves it straight. Results are flat from 0.1
to 1."""

FILE: Final = "noise.f16"
DIMENSIONS: Final = 384


@cache
def common_noise() -> NDArray[np.float64]:
    """Return the covariance of what language and typing errors do to the vectors of multilingual-e5-small.

    Shape (384, 384), about 0.7 a dimension. It lies in a file of the package, see ``data/NOTICE``, read once.
    """
    data = (files("knowledge.language") / "lexicon" / "data" / FILE).read_bytes()
    return np.frombuffer(data, dtype="<f2").reshape(DIMENSIONS, DIMENSIONS).astype(np.float64)


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
    def learn(cls, vectors: Vectors, owner: NDArray[np.int64]) -> Self:
        """Return the space where the directions that tell no articles apart are shortened.

        Args:
            vectors: of the phrasings; ``owner`` is the article of each.
        """
        size = vectors.shape[1]
        noise = within(vectors, owner)
        own = float(np.trace(noise)) / size
        if own > 0:
            noise /= own
        if size == DIMENSIONS:
            noise = noise + common_noise()
        mean = float(np.trace(noise)) / size
        if mean <= 0:
            return cls.plain(vectors)
        values, axes = np.linalg.eigh((STRENGTH * noise / mean + np.eye(size)) / (1 + STRENGTH))
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
