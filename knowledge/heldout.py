"""Ask phrasings as if they were new: what the matcher would say of each, had it not seen it, or not its article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import DEPTH, Examples, evidence_of
from knowledge.encoder import Vectors
from knowledge.head import Floats, blend, nearest, solve
from knowledge.semantic import MeaningSpace

FOLDS = 5
"""A fifth is held out at a time: few enough to be quick, and what is left is nearly the index."""

NEAR = 0.1
"""The share of traffic that comes near an article and is answered by none; as much again is far from all of them."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Phrasings sorted by article, and the same asked again.

    Attributes:
        owner: the article of each phrasing, rising, none left out.
        letters: lexical likeness between phrasings, shape (phrasings, phrasings).
        vectors: the encoder's, or None without one.
        noise: covariance of what typing errors do to vectors, or None.
        base: of each question asked, the phrasing it comes from; undamaged ones are asked first, in order.
        asked_letters, asked_vectors: the questions beside the phrasings.
    """

    owner: Places
    letters: Floats
    vectors: Vectors | None
    noise: NDArray[np.float64] | None
    base: Places
    asked_letters: Floats
    asked_vectors: Vectors | None


def hold_out(material: Material) -> Examples | None:
    """Return what held-out phrasings teach, or None when every article has one phrasing, or there is one article."""
    owner, base = material.owner, material.base
    count = np.bincount(owner)
    if len(count) < 2 or count.max() < 2:
        return None
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    evidence: list[NDArray[np.float64]] = []
    right: list[bool] = []
    inside: list[bool] = []
    first: list[bool] = []
    for out, asked, gold in _rounds(owner, base, turn, count):
        for row, found in _ask(material, keep=np.flatnonzero(~out), asked=asked):
            for place, (article, clues) in enumerate(zip(*found, strict=True)):
                evidence.append(clues)
                right.append(gold and bool(article == owner[base[row]]))
                inside.append(gold)
                first.append(place == 0)
    known, leading = np.array(inside), np.array(first)
    asked_in, asked_out = int((known & leading).sum()), int((~known & leading).sum())
    traffic = asked_in + asked_out
    weight = np.where(known, (1 - NEAR) * traffic / max(asked_in, 1), NEAR * traffic / max(asked_out, 1))
    return Examples(evidence=np.stack(evidence), right=np.array(right), first=leading, weight=weight)


def _rounds(
    owner: Places, base: Places, turn: Places, count: Places
) -> Iterator[tuple[NDArray[np.bool_], Places, bool]]:
    """Yield (phrasings left out, questions asked, whether their article is still there) for every fold."""
    shared = count[owner] > 1
    for fold in range(FOLDS):
        out = shared & ((turn + owner) % FOLDS == fold)
        if out.any():
            yield out, np.flatnonzero(out[base]), True
        gone = owner % FOLDS == fold
        if gone.any() and not gone.all():
            yield gone, np.flatnonzero(gone[base]), False


def _ask(
    material: Material, *, keep: Places, asked: Places
) -> Iterator[tuple[int, tuple[Places, NDArray[np.float64]]]]:
    """Yield each question with its best articles and their evidence, had only the phrasings ``keep`` been there."""
    articles, owner = np.unique(material.owner[keep], return_inverse=True)
    letters = material.asked_letters[np.ix_(asked, keep)]
    meaning: Floats | None = None
    between: Floats | None = None
    if material.vectors is not None and material.asked_vectors is not None:
        space = MeaningSpace.learn(material.vectors[keep], owner, noise=material.noise)
        placed = space.place(material.vectors[keep])
        between = placed @ placed.T
        meaning = space.place(material.asked_vectors[asked]) @ placed.T
    weights = solve(blend(material.letters[np.ix_(keep, keep)], between), owner)
    scores = (blend(letters, meaning) @ weights).astype(np.float64)
    by_letters = nearest(letters, owner)
    by_meaning = np.zeros_like(by_letters) if meaning is None else nearest(meaning, owner)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    for at, row in enumerate(asked):
        found = evidence_of(scores[at], by_letters[at], by_meaning[at], best[at])
        yield int(row), (articles[best[at]], found)
