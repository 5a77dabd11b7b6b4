"""Learn how vectors are compared, so that a phrasing is nearest to the others of its article.

Source: Goldberger et al., Neighbourhood Components Analysis, 2004, in steps of Kingma and Ba, Adam, 2015; the result is
the average of the last steps, as in Polyak and Juditsky, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.features import Floats, Places

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
