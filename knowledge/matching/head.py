"""Supervised layer: kernel ridge regression from similarity to article, solved exactly.

Source: ridge regression with a kernel, e.g. Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
section 2.2 (prediction) and 5.4.2 (leave-one-out predictions from one inverse).
"""

from __future__ import annotations

from collections.abc import Iterator

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
    """Return ``blend`` of two tables, in blocks of rows.

    A single step would need memory for three more tables.
    """
    found = np.empty_like(letters)
    for rows in _blocks(len(letters)):
        found[rows] = blend(letters[rows], None if meaning is None else meaning[rows])
    return found


def _blocks(size: int) -> Iterator[slice]:
    for start in range(0, size, _BLOCK):
        yield slice(start, min(start + _BLOCK, size))


def _faded(likeness: Floats, fade: float) -> Floats:
    faded: Floats = likeness - np.float32(1)
    faded *= np.float32(fade)
    return np.exp(faded, out=faded)


def goal(owner: Places) -> Floats:
    """Return the one-hot targets: shape (rows, articles). Rows of ``NOWHERE`` are all 0."""
    return np.asarray(owner[:, None] == np.arange(int(owner.max()) + 1), dtype=np.float32)


def invert(kernel: Floats) -> Floats:
    """Return the regularized inverse of ``kernel``, in place.

    Its product with ``goal`` is the weights.

    Uses blockwise Gauss-Jordan elimination, which needs no pivoting for a positive definite matrix, because NumPy's
    inversion needs eight times the memory. ``kernel`` is overwritten.
    """
    kernel[np.diag_indices(len(kernel))] += np.float32(RIDGE)
    size = len(kernel)
    for block in _blocks(size):
        pivot = np.linalg.inv(kernel[block, block].astype(np.float64)).astype(np.float32)
        column = kernel[:, block].copy()
        row = pivot @ kernel[block]
        for other in _blocks(size):
            if other != block:
                kernel[other] -= column[other] @ row
                kernel[other, block] = -column[other] @ pivot
        kernel[block] = row
        kernel[block, block] = pivot
    return kernel


def without(inverse: Floats, weights: Floats, owner: Places, out: Places) -> Floats:
    """Return the scores of the rows ``out`` as if they had not been learned: shape (rows out, articles)."""
    gap = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
    scores: Floats = np.asarray(owner[out][:, None] == np.arange(weights.shape[1]), dtype=np.float32) - gap
    return scores


def nearest(likeness: Floats, owner: Places) -> NDArray[np.float64]:
    """Return each row's similarity to the nearest phrasing of each article.

    ``owner`` increases without gaps.
    """
    return np.maximum.reduceat(likeness, _starts(owner), axis=-1).astype(np.float64)


def crowding(likeness: Floats, owner: Places, among: Places) -> NDArray[np.float64]:
    """Return the similarity of each article's phrasings to other articles: the mean over their nearest.

    A question must exceed it to be more than a neighbour. With one article the result is 0.

    Args:
        likeness: between all phrasings.
        owner: article of each phrasing in ``among``; increases without gaps.
        among: the phrasings to use.
    """
    starts = _starts(owner)
    if len(starts) == 1:
        return np.zeros(1)
    found = np.empty(len(among))
    for rows in _blocks(len(among)):
        own = nearest(likeness[np.ix_(among[rows], among)], owner)
        own[np.arange(len(own)), owner[rows]] = -np.inf
        found[rows] = own.max(axis=1)
    return np.asarray(np.add.reduceat(found, starts) / np.diff(np.append(starts, len(owner))))


def _starts(owner: Places) -> Places:
    return np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
