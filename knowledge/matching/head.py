"""Supervised layer: kernel ridge regression from similarity to article, solved exactly.

Source: ridge regression with a kernel, e.g. Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
section 2.2 (prediction) and 5.4.2 (leave-one-out predictions from one inverse).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

# Variance of the label noise of phrasings, for a kernel of 1. Results are insensitive to it.
RIDGE = 0.05

# Weight of similarity by letters, if there is an encoder. The rest is the weight of meaning.
LETTERS = 0.3

# Decay of evidence with distance: exp(fade · (likeness - 1)). Vectors are closer to 1 than letter similarities, so
# they decay faster.
_FADE_LETTERS, _FADE_MEANING = 1.0, 3.0

_BLOCK = 256

# Owner of a question that no article answers.
NOWHERE = -1


def blend(letters: Floats, meaning: Floats | None) -> Floats:
    """Return one similarity of the two, 1 for equal texts.

    The decay gives near phrasings most weight.
    """
    near = _faded(letters, _FADE_LETTERS)
    if meaning is None:
        return near
    far = _faded(meaning, _FADE_MEANING)
    near *= np.float32(LETTERS)
    far *= np.float32(1 - LETTERS)
    near += far
    return near


def kernel(letters: Floats, meaning: Floats | None) -> Floats:
    """Return ``blend`` of two tables, in blocks of rows: a single step would need memory for three more tables."""
    found = np.empty_like(letters)
    for rows in blocks(len(letters)):
        found[rows] = blend(letters[rows], None if meaning is None else meaning[rows])
    return found


def blocks(size: int) -> Iterator[slice]:
    """Yield the rows of a table in portions, so that what is computed of each needs little memory."""
    for start in range(0, size, _BLOCK):
        yield slice(start, min(start + _BLOCK, size))


def _faded(likeness: Floats, fade: float) -> Floats:
    faded: Floats = likeness - np.float32(1)
    faded *= np.float32(fade)
    return np.exp(faded, out=faded)


def goal(owner: Places) -> Floats:
    """Return the one-hot targets: shape (rows, articles). Rows of ``NOWHERE`` are all 0."""
    return np.asarray(owner[:, None] == np.arange(int(owner.max()) + 1), dtype=np.float32)


def without(inverse: Floats, weights: Floats, owner: Places, out: Places) -> Floats:
    """Return the scores of the rows ``out`` as if they had not been learned: shape (rows out, articles)."""
    gap = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
    scores: Floats = np.asarray(owner[out][:, None] == np.arange(weights.shape[1]), dtype=np.float32) - gap
    return scores


def nearest(likeness: Floats, owner: Places) -> NDArray[np.float64]:
    """Return each row's similarity to the nearest phrasing of each article.

    ``owner`` increases without gaps.
    """
    return nearest_from(likeness, first_rows(owner))


def nearest_from(likeness: Floats, starts: Places) -> NDArray[np.float64]:
    """Return ``nearest``, from the position of each article's first phrasing."""
    return np.maximum.reduceat(likeness, starts, axis=-1).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """The most similar other article of each phrasing.

    Attributes:
        likeness: similarity to its nearest phrasing.
        article: its position.
    """

    likeness: NDArray[np.float64]
    article: Places

    @classmethod
    def of_size(cls, size: int) -> Self:
        """Return the rivals of so many phrasings, still to be noted."""
        return cls(likeness=np.empty(size), article=np.empty(size, dtype=np.int64))

    def set_rows(self, rows: slice, likeness: Floats, owner: Places) -> None:
        """Set the rivals of some phrasings from their similarity to all: shape (rows, phrasings)."""
        own = nearest(likeness, owner)
        place = np.arange(len(own))
        own[place, owner[rows]] = -np.inf
        self.article[rows] = own.argmax(axis=1)
        self.likeness[rows] = own[place, self.article[rows]]

    def crowding(self, owner: Places) -> NDArray[np.float64]:
        """Return the similarity of each article's phrasings to other articles: the mean over their nearest.

        A question must exceed it to be more than a neighbour. With one article the result is 0.

        Args:
            owner: article of each phrasing; increases without gaps.
        """
        starts = first_rows(owner)
        if len(starts) == 1:
            return np.zeros(1)
        return np.asarray(np.add.reduceat(self.likeness, starts) / np.diff(np.append(starts, len(owner))))


def rivals(likeness: Floats, owner: Places, among: Places) -> Rivals:
    """Return the nearest other article of each phrasing; similarity minus infinity if there is only one article.

    Args:
        likeness: between all phrasings.
        owner: article of each phrasing in ``among``; increases without gaps.
        among: the phrasings to use.
    """
    found = Rivals.of_size(len(among))
    for rows in blocks(len(among)):
        found.set_rows(rows, likeness[np.ix_(among[rows], among)], owner)
    return found


def first_rows(owner: Places) -> Places:
    """Return the position of each article's first phrasing; ``owner`` increases without gaps."""
    return np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
