"""Calibration examples from utterances: what people typed, as if each had not been learned.

Utterances resemble later questions more than the phrasings of an editor do, who knows the answer.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, section 5.4.2 (leave-one-out predictions
from the inverse of the kernel).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.calibration import DEPTH, Examples, evidence_of
from knowledge.matching.head import Floats, Places, nearest
from knowledge.matching.heldout import FAR, NEAR
from knowledge.matching.reading import Reading

# Fewer utterances say less than the phrasings do.
FEWEST = 500

# Most utterances to calibrate on, answered and unanswered; the time grows with their number.
MOST = 1500
MOST_UNANSWERED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The utterances among the phrasings.

    Attributes:
        rows: their positions, increasing.
        right: articles that answer each, by position.
        unanswered: readings of utterances that no article answers.
    """

    rows: Places
    right: Sequence[Set[int]]
    unanswered: Sequence[Reading]

    def sample(self, among: Places) -> Asked:
        """Return at most ``MOST`` of the answered utterances among some phrasings, evenly chosen, and all others."""
        known = np.flatnonzero(np.isin(self.rows, among))
        chosen = known[:: -(-len(known) // MOST) or 1]
        return Asked(rows=self.rows[chosen], right=[self.right[each] for each in chosen], unanswered=self.unanswered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Similarities and scores of questions.

    Attributes:
        letters, meaning: similarity to each phrasing, shape (questions, phrasings); ``meaning`` is None without an
            encoder.
        scores: by article, shape (questions, articles), as if the question had not been learned.
    """

    letters: Floats
    meaning: Floats | None
    scores: Floats


def scores_left_out(weights: Floats, diagonal: Floats, owner: Places, rows: Places) -> Floats:
    """Return the scores of rows as if each had not been learned: shape (rows, articles).

    Args:
        weights: of each row for each article, shape (articles, all rows).
        diagonal: of the inverse of the kernel, for these rows.
        owner: article of each row, ``NOWHERE`` for unrelated questions.
        rows: their positions.
    """
    wanted = owner[rows][:, None] == np.arange(len(weights))
    return np.asarray(wanted - weights[:, rows].T / diagonal[:, None], dtype=np.float32)


def examples_of(
    asked: Asked, *, learned: Seen, unanswered: Seen, owner: Places, crowd: NDArray[np.float64]
) -> Examples:
    """Return the candidates of all utterances and unrelated questions, as calibration examples.

    Args:
        learned: of the utterances, followed by the unrelated questions, which have no similarity to themselves.
        unanswered: of the unanswered utterances.
        owner: article of each phrasing; increases without gaps.
        crowd: by article, see ``evidence_of``.
    """
    nothing: Set[int] = frozenset()
    far = len(learned.scores) - len(asked.rows)
    rights = [*asked.right, *[nothing] * (far + len(unanswered.scores))]
    evidence, best = zip(*(_evidence(seen, owner, crowd) for seen in (learned, unanswered)), strict=True)
    found = np.concatenate(best)
    right = [[int(each) in rights[at] for each in row] for at, row in enumerate(found)]
    kinds = np.repeat([0, 1, 2], [len(asked.rows), far, len(unanswered.scores)])
    count = np.maximum(np.bincount(kinds, minlength=3), 1)
    share = np.array([1 - NEAR - FAR, FAR, NEAR]) / count * len(kinds)
    depth = found.shape[1]
    return Examples(
        evidence=np.concatenate(evidence).reshape(len(found) * depth, -1),
        right=np.array(right).ravel(),
        first=np.tile(np.arange(depth) == 0, len(found)),
        weight=np.repeat(share[kinds], depth),
    )


def _evidence(seen: Seen, owner: Places, crowd: NDArray[np.float64]) -> tuple[NDArray[np.float64], Places]:
    """Return the evidence of the best candidates, shape (questions, candidates, 5), and their positions."""
    best = np.argsort(-seen.scores, axis=1, kind="stable")[:, :DEPTH]
    found = np.empty((*best.shape, 5))
    for at, scores in enumerate(seen.scores.astype(np.float64)):
        meaning = None if seen.meaning is None else nearest(seen.meaning[at], owner)
        found[at] = evidence_of(scores, nearest(seen.letters[at], owner), meaning, crowd, best[at])
    return found, best


def without_self(likeness: Floats, rows: Places) -> Floats:
    """Set the similarity of each row to itself to none, in place: shape (rows, phrasings)."""
    own = rows < likeness.shape[1]
    likeness[np.flatnonzero(own), rows[own]] = -1
    return likeness
