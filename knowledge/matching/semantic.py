"""Similarity by meaning: the encoder's vector space, with irrelevant directions shortened.

Vectors differ for one question in two languages, for a text with typing errors, and for two phrasings of one article.
These differences do not help to identify the article, so their directions are shortened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.encoder import Vectors
from knowledge.matching.metric import FEWEST, learn_transform

# Strength of the transformation; 0 leaves the space unchanged. Results are insensitive to it from 0.1 to 1.
STRENGTH = 0.3

FILE: Final = "noise.f16"
DIMENSIONS: Final = 384
# Largest number of a row of 8 bits.
LARGEST: Final = 127.0


@cache
def common_noise() -> NDArray[np.float64]:
    """Return the covariance of the effect of language and typing errors on multilingual-e5-small vectors.

    Shape (384, 384), about 0.7 per dimension. Read once from a package file, see ``data/NOTICE``.
    """
    data = (files("knowledge.language") / "lexicon" / "data" / FILE).read_bytes()
    return np.frombuffer(data, dtype="<f2").reshape(DIMENSIONS, DIMENSIONS).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningSpace:
    """The centre of the index's vectors, and the transformation matrix."""

    centre: Vectors
    transform: Vectors

    @classmethod
    def centred(cls, vectors: Vectors) -> Self:
        """Return the space that only moves the centre of the phrasings to zero."""
        return cls(centre=vectors.mean(axis=0), transform=np.eye(vectors.shape[1], dtype=np.float32))

    @classmethod
    def fit(cls, vectors: Vectors, owner: NDArray[np.int64]) -> Self:
        """Return the space with directions shortened that do not distinguish articles.

        Args:
            vectors: of the phrasings.
            owner: article of each phrasing.
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
            return cls.centred(vectors)
        values, axes = np.linalg.eigh((STRENGTH * noise / mean + np.eye(size)) / (1 + STRENGTH))
        bend = ((axes * np.maximum(values, 1e-9) ** -0.5) @ axes.T).astype(np.float32)
        return cls(centre=vectors.mean(axis=0), transform=bend)

    @classmethod
    def learn(cls, vectors: Vectors, owner: NDArray[np.int64]) -> Self:
        """Return the space of ``fit``; with ``FEWEST`` phrasings or more, its transformation learned further."""
        space = cls.fit(vectors, owner)
        if len(vectors) < FEWEST:
            return space
        return replace(space, transform=learn_transform(vectors - space.centre, owner, space.transform))

    def rounded(self) -> Self:
        """Return the space as it is kept, in half precision."""
        return replace(self, transform=self.transform.astype(np.float16).astype(np.float32))

    def project(self, vectors: Vectors) -> Vectors:
        """Return the vectors in this space, normalized to length one."""
        moved = vectors - self.centre
        # ``@`` uses several threads, which wait for each other tens of milliseconds on busy cores: not for one vector.
        projected = np.einsum("d,dc->c", moved, self.transform) if moved.ndim == 1 else moved @ self.transform
        length = np.maximum(np.linalg.norm(projected, axis=-1, keepdims=True), 1e-9)
        return np.asarray(projected / length, dtype=np.float32)

    def rows(self, vectors: Vectors) -> NDArray[np.int8]:
        """Return the vectors in this space, with 8 bits a number."""
        rows: NDArray[np.int8] = np.rint(self.project(vectors) * LARGEST).astype(np.int8)
        return rows

    @staticmethod
    def of_rows(rows: NDArray[np.int8]) -> Vectors:
        """Return the vectors given to ``rows``, in this space."""
        return rows.astype(np.float32) / np.float32(LARGEST)


def within(vectors: Vectors, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the covariance of phrasings around the mean of their article.

    Zero with one phrasing per article.
    """
    articles = int(owner.max()) + 1
    count = np.bincount(owner, minlength=articles)
    means = np.zeros((articles, vectors.shape[1]))
    np.add.at(means, owner, vectors)
    means /= np.maximum(count, 1)[:, None]
    left = vectors - means[owner]
    freedom = len(vectors) - int((count > 0).sum())
    return np.asarray(left.T @ left / max(freedom, 1), dtype=np.float64)
