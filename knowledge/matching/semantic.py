"""Similarity by meaning: the encoder's vector space, and how its vectors are compared.

Vectors differ for one question in two languages, for a text with typing errors, and for two phrasings of one article.
These differences do not help to identify the article, so their directions are shortened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.encoder import Vectors
from knowledge.matching.features import Floats, Places

# Learn how vectors are compared, so that a phrasing is nearest to the others of its article.

# Number of phrasings from which a learned comparison is better than the closed form it starts from: it has 150,000
# values to learn.
FEWEST: Final = 20_000

_STEPS: Final = 150
# Phrasings of a step, and those that they are compared with.
_OWN, _OTHERS = 1024, 8192
# Larger: only the nearest phrasings count.
_SHARPNESS: Final = 16.0
_RATE: Final = 0.001
# Standard deviation of the noise added to each dimension of a vector, whose length is about one: other words for the
# same question.
_NOISE: Final = 0.01
# Similarity above which two phrasings are one in two languages: they teach nothing.
_SAME: Final = 0.97
# Share of a step in the average.
_LATEST: Final = 0.02
_SEED: Final = 20_040
_TINY: Final = np.float32(1e-12)


@dataclass(slots=True)
class _Adam:
    """Moving averages of a gradient and of its square."""

    mean: Floats
    square: Floats
    steps: int = field(default=0)

    def step(self, gradient: Floats) -> Floats:
        """Return what to subtract."""
        self.steps += 1
        self.mean += 0.1 * (gradient - self.mean)
        self.square += 0.001 * (gradient * gradient - self.square)
        mean = self.mean / (1 - 0.9**self.steps)
        square = self.square / (1 - 0.999**self.steps)
        return np.asarray(_RATE * mean / (np.sqrt(square) + 1e-8), dtype=np.float32)


def learn_transform(vectors: Floats, owner: Places, start: Floats) -> Floats:
    """Return a transformation after which the nearest phrasings of a phrasing are those of its article.

    Args:
        vectors: of the phrasings, with their centre at zero: shape (phrasings, dimensions).
        owner: article of each phrasing.
        start: the transformation to begin with: shape (dimensions, dimensions).
    """
    random = np.random.default_rng(_SEED)
    transform, average = start.copy(), start.copy()
    adam = _Adam(mean=np.zeros_like(start), square=np.zeros_like(start))
    for number in range(1, _STEPS + 1):
        own = random.choice(len(vectors), min(_OWN, len(vectors)), replace=False)
        others = random.choice(len(vectors), min(_OTHERS, len(vectors)), replace=False)
        noise = _NOISE * random.standard_normal((len(own), vectors.shape[1]), dtype=np.float32)
        distinct = own[:, None] != others[None, :]
        related = owner[own][:, None] == owner[others][None, :]
        transform -= adam.step(
            _gradient(vectors[own] + noise, vectors[others], transform, other=distinct, related=related)
        )
        average += (transform - average) * max(_LATEST, 1 / number)
    return average


def _gradient(
    own: Floats, others: Floats, transform: Floats, *, other: NDArray[np.bool_], related: NDArray[np.bool_]
) -> Floats:
    """Return the gradient of the mean negative logarithm of the share that phrasings of the own article have.

    Args:
        other: whether two rows are different phrasings: shape (own, others).
        related: whether they are of one article.
    """
    (near, near_length), (far, far_length) = _normalized(own @ transform), _normalized(others @ transform)
    likeness = near @ far.T
    counted = other & (likeness <= _SAME)
    weight = np.exp(
        _SHARPNESS * (likeness - likeness.max(axis=1, keepdims=True)), where=counted, out=np.zeros_like(likeness)
    )
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), _TINY)
    right = share * related
    sure = right.sum(axis=1, keepdims=True)
    # Without any phrasing of its article among the others, a phrasing has no direction to move in.
    pull = np.where(sure > _TINY, share - right / np.maximum(sure, _TINY), 0) * np.float32(_SHARPNESS / len(own))
    gradient: Floats = own.T @ _through_length(pull @ far, near, near_length)
    gradient += others.T @ _through_length(pull.T @ near, far, far_length)
    return gradient


def _normalized(vectors: Floats) -> tuple[Floats, Floats]:
    """Return vectors of length one, and the lengths they had."""
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
    return vectors / length, length


def _through_length(gradient: Floats, unit: Floats, length: Floats) -> Floats:
    """Return the gradient by vectors from that by the same vectors at length one."""
    along = (gradient * unit).sum(axis=1, keepdims=True)
    moved: Floats = (gradient - unit * along) / length
    return moved


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
