"""Leave-out predictions: the result for a phrasing as if it, or its article, had not been learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.calibration import DEPTH, Examples, evidence_of
from knowledge.matching.head import NOWHERE, Floats, nearest, rivals, without

# A fifth is left out at a time: fast, and the rest is nearly the full index.
FOLDS = 5

# Assumed share of traffic that is close to an article, but answered by none.
NEAR = 0.1

# Assumed share of traffic that is far from every article.
FAR = 0.1

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Phrasings sorted by article, followed by unrelated questions.

    Attributes:
        owner: article of each row, increasing without gaps; ``NOWHERE`` for the questions at the end.
        inverse: inverse of the kernel between all rows.
        weights: of each row for each article.
        letters, meaning: similarity, shape (rows, phrasings); ``meaning`` is None without an encoder.
    """

    owner: Places
    inverse: Floats
    weights: Floats
    letters: Floats
    meaning: Floats | None


def hold_out(case: LeaveOut) -> Examples | None:
    """Return the examples from leave-out predictions.

    None if every article has one phrasing, or if there is only one article.
    """
    own = case.owner[case.owner != NOWHERE]
    count = np.bincount(own)
    if len(count) < 2 or count.max() < 2:
        return None
    evidence: list[NDArray[np.float64]] = []
    right: list[NDArray[np.bool_]] = []
    kind: list[Places] = []
    place: list[Places] = []
    for out, there in _rounds(case.owner, count):
        best, found = _ask(case, out, own)
        depth = best.shape[1]
        evidence.append(found.reshape(len(out) * depth, -1))
        right.append(((best == case.owner[out][:, None]) & there).ravel())
        kind.append(np.repeat(np.where(case.owner[out] == NOWHERE, _FAR, _HERE if there else _NEAR), depth))
        place.append(np.tile(np.arange(depth), len(out)))
    of, first = np.concatenate(kind), np.concatenate(place) == 0
    asked = np.maximum(np.bincount(of[first], minlength=3), 1)
    share = np.array([1 - NEAR - FAR, NEAR, FAR])
    return Examples(
        evidence=np.concatenate(evidence),
        right=np.concatenate(right),
        first=first,
        weight=(share / asked * first.sum())[of],
    )


_HERE, _NEAR, _FAR = range(3)


def _rounds(owner: Places, count: Places) -> Iterator[tuple[Places, bool]]:
    """Yield (rows left out, whether their article remains) for every fold."""
    own = owner[owner != NOWHERE]
    turn = np.arange(len(own)) - np.repeat(np.cumsum(count) - count, count)
    for fold in range(FOLDS):
        out = np.flatnonzero((count[own] > 1) & ((turn + own) % FOLDS == fold))
        if len(out):
            yield out, True
        gone = own % FOLDS == fold
        if gone.any() and not gone.all():
            away = np.arange(len(own), len(owner))
            yield np.concatenate([np.flatnonzero(gone), away[away % FOLDS == fold]]), False


def _ask(case: LeaveOut, out: Places, own: Places) -> tuple[Places, NDArray[np.float64]]:
    """Return the best articles of the rows ``out`` and their evidence, as if the rows had not been learned."""
    keep = np.setdiff1d(np.arange(len(own)), out)
    articles, owner = np.unique(own[keep], return_inverse=True)
    scores = without(case.inverse, case.weights, case.owner, out)[:, articles].astype(np.float64)
    letters, meaning = (
        None if likeness is None else nearest(likeness[np.ix_(out, keep)], owner)
        for likeness in (case.letters, case.meaning)
    )
    assert letters is not None  # noqa: S101  letters are never None
    witness = case.letters if case.meaning is None else case.meaning
    crowd = rivals(witness, owner, keep).crowding(owner)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    found = [
        evidence_of(scores[at], letters[at], None if meaning is None else meaning[at], crowd, best[at])
        for at in range(len(out))
    ]
    return articles[best], np.stack(found)
