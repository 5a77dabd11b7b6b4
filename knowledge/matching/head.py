"""The supervised layer: kernel ridge regression from likeness to article, solved exactly.

Source: ridge regression with a kernel, e.g. Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
section 2.2 (the prediction) and 5.4.2 (what it would have been without some of its examples, from one inverse).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

RIDGE = 0.05
"""Doubt about single phrasings: the variance of their label noise, beside a kernel of 1. Results are flat around it."""

LETTERS = 0.3
"""What likeness by letters and words counts beside meaning, when there is an encoder: the weaker of two witnesses."""

_FADE_LETTERS, _FADE_MEANING = 1.0, 3.0
"""How fast evidence fades with distance, as exp(fade · (likeness - 1)): vectors crowd nearer to 1 than letters do."""

_BLOCK = 256

NOWHERE = -1
"""The article of a question that none answers."""


def blend(letters: Floats, meaning: Floats | None) -> Floats:
    """Return one likeness of the two, 1 for the same text; far ones fade, so that a near phrasing speaks loudest."""
    near = _faded(letters, _FADE_LETTERS)
    if meaning is None:
        return near
    far = _faded(meaning, _FADE_MEANING)
    near *= np.float32(LETTERS)
    far *= np.float32(1 - LETTERS)
    near += far
    return near


def kernel(letters: Floats, meaning: Floats | None) -> Floats:
    """Return the blend of two tables, made a block of rows at a time: at once it would take the space of three more."""
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
    """Return 1 where a row is of an article, else 0: shape (rows, articles). Rows of ``NOWHERE`` are all 0."""
    return np.asarray(owner[:, None] == np.arange(int(owner.max()) + 1), dtype=np.float32)


def invert(kernel: Floats) -> Floats:
    """Return the inverse that all predictions come from; its product with ``goal`` is the rows' weights by article.

    ``kernel`` is used up: it becomes the inverse, block by block (Gauss and Jordan's way, which needs no pivots where
    a matrix is positive definite), for the library's own inversion takes eight times the space.
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
    """Return the scores that the rows ``out`` would get had none of them been learned: shape (rows out, articles)."""
    gap = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
    scores: Floats = np.asarray(owner[out][:, None] == np.arange(weights.shape[1]), dtype=np.float32) - gap
    return scores


def nearest(likeness: Floats, owner: Places) -> NDArray[np.float64]:
    """Return each row's likeness to the nearest phrasing of each article; ``owner`` rises and leaves none out."""
    return np.maximum.reduceat(likeness, _starts(owner), axis=-1).astype(np.float64)


def crowding(likeness: Floats, owner: Places, among: Places) -> NDArray[np.float64]:
    """Return how near the phrasings of each article lie to those of others: the mean of each one's nearest.

    A question must come nearer than that to be more than a neighbour. With one article there are no others, and nothing
    is near.

    Args:
        likeness: between all phrasings.
        among: those that count, and ``owner`` the article of each; it rises and leaves none out.
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
