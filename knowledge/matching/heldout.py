"""Ask phrasings as if they were new: what the matcher would say of each, had it not seen it, or not its article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.calibration import DEPTH, Examples, evidence_of
from knowledge.matching.head import NOWHERE, Floats, crowding, goal, nearest, without

FOLDS = 5
"""A fifth is held out at a time: few enough to be quick, and what is left is nearly the index."""

NEAR = 0.1
"""The share of traffic that comes near an article and is answered by none."""

FAR = 0.1
"""The share of traffic that is far from every article."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Phrasings sorted by article, then questions of elsewhere; every likeness is between each row and each phrasing.

    Attributes:
        owner: the article of each row, rising, none left out; ``NOWHERE`` for the questions at the end.
        inverse: of the kernel between all rows.
        letters, meaning: likeness, shape (rows, phrasings); the latter is None without an encoder.
    """

    owner: Places
    inverse: Floats
    letters: Floats
    meaning: Floats | None


def hold_out(material: Material) -> Examples | None:
    """Return what held-out phrasings teach, or None when every article has one phrasing, or there is one article."""
    own = material.owner[material.owner != NOWHERE]
    count = np.bincount(own)
    if len(count) < 2 or count.max() < 2:
        return None
    evidence: list[NDArray[np.float64]] = []
    right: list[NDArray[np.bool_]] = []
    kind: list[Places] = []
    place: list[Places] = []
    weights = material.inverse @ goal(material.owner)
    for out, there in _rounds(material.owner, count):
        best, found = _ask(material, weights, out, own)
        depth = best.shape[1]
        evidence.append(found.reshape(len(out) * depth, -1))
        right.append(((best == material.owner[out][:, None]) & there).ravel())
        kind.append(np.repeat(np.where(material.owner[out] == NOWHERE, _FAR, _HERE if there else _NEAR), depth))
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
    """Yield (rows left out and asked, whether their article is still there) for every fold."""
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


def _ask(material: Material, weights: Floats, out: Places, own: Places) -> tuple[Places, NDArray[np.float64]]:
    """Return the best articles of the rows ``out`` and the evidence for each, had those rows not been learned."""
    keep = np.setdiff1d(np.arange(len(own)), out)
    articles, owner = np.unique(own[keep], return_inverse=True)
    scores = without(material.inverse, weights, material.owner, out)[:, articles].astype(np.float64)
    letters, meaning = (
        None if likeness is None else nearest(likeness[np.ix_(out, keep)], owner)
        for likeness in (material.letters, material.meaning)
    )
    assert letters is not None  # noqa: S101  there always are letters
    witness = material.letters if material.meaning is None else material.meaning
    crowd = crowding(witness, owner, keep)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    found = [
        evidence_of(scores[at], letters[at], None if meaning is None else meaning[at], crowd, best[at])
        for at in range(len(out))
    ]
    return articles[best], np.stack(found)
