"""Train an index on its phrasings: meaning space, supervised layer, and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.lexicon.prior import PRIOR
from knowledge.matching.asked import FEWEST, Asked, Seen, examples_of, scores_left_out, without_self
from knowledge.matching.calibration import Calibration, Examples
from knowledge.matching.encoder import Vectors
from knowledge.matching.factor import Factor
from knowledge.matching.head import NOWHERE, Floats, Places, Rivals, blend, blocks, kernel, rivals
from knowledge.matching.heldout import LeaveOut, hold_out
from knowledge.matching.lexical import LexicalIndex, Rows
from knowledge.matching.memory import Arrays
from knowledge.matching.reading import Reading
from knowledge.matching.semantic import MeaningSpace

# Maximum number of phrasings for the calibration; the time grows with its cube.
HELD_OUT = 5000

# Articles of a group, of which the calibration takes all or none.
TOGETHER = 12

# Assumed letter similarity between unrelated questions, which is not computed: words shared by chance.
UNRELATED = np.float32(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Learned values.

    ``weights`` has shape (articles, rows); ``projected`` are the rows in ``space``. ``crowd`` is the similarity of each
    article's phrasings to other articles, by meaning if there is an encoder.

    Rows are the phrasings, followed by the unrelated questions, which are negative examples for all articles. ``near``
    are the values ``crowd`` is the mean of.
    """

    weights: Floats
    calibration: Calibration
    crowd: NDArray[np.float64]
    space: MeaningSpace | None
    projected: Vectors | None
    near: Rivals

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the values as arrays by name, for ``recall``."""
        found: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "curves": self.calibration.weights,
            "levels": self.calibration.levels,
            "shares": self.calibration.shares,
            "measured": np.array(self.calibration.measured),
            "crowd": self.crowd,
            "near": self.near.likeness,
            "rivals": self.near.article,
        }
        if self.space is not None and self.projected is not None:
            found |= {"centre": self.space.centre, "bend": self.space.transform, "placed": self.projected}
        return found

    @classmethod
    def recall(cls, arrays: Arrays) -> Self:
        """Restore the values from ``arrays()``."""
        return cls(
            weights=arrays["weights"],
            calibration=Calibration(
                weights=arrays["curves"],
                levels=arrays["levels"],
                shares=arrays["shares"],
                measured=bool(arrays["measured"]),
            ),
            crowd=arrays["crowd"],
            space=MeaningSpace(centre=arrays["centre"], transform=arrays["bend"]) if "bend" in arrays else None,
            projected=arrays.get("placed"),
            near=Rivals(likeness=arrays["near"], article=arrays["rivals"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Training data: phrasings sorted by article.

    Attributes:
        readings: of the phrasings, in the order of ``owner``.
        owner: article of each phrasing.
        read: processes an utterance as ``match`` does.
        vectors: returns the encoder's vectors of texts, or None without an encoder.
        asked: the utterances among the phrasings.
    """

    index: LexicalIndex
    rows: Rows
    readings: Sequence[Reading]
    owner: NDArray[np.int64]
    read: Callable[[str], Reading]
    vectors: Callable[[Sequence[str]], Vectors | None]
    asked: Asked


def train(material: Material, *, calibration: Calibration | None = None) -> tuple[Trained, Factor]:
    """Train on the phrasings; an earlier ``calibration`` that still holds saves time.

    The factor of the kernel between all rows is for ``revise``.
    """
    size = len(material.owner)
    owner = np.append(material.owner, np.full(len(ELSEWHERE), NOWHERE))
    away = [material.read(text) for text in ELSEWHERE]
    vectors = material.vectors([reading.sentence for reading in (*material.readings, *away)])
    space, projected = None, None
    if vectors is not None:
        space = MeaningSpace.fit(vectors[:size], material.owner)
        projected = space.project(vectors)
    letters = _letters(material, away)
    asked = material.asked.sample() if calibration is None and len(material.asked.rows) >= FEWEST else None
    left_out = np.append(asked.rows, np.flatnonzero(owner == NOWHERE)) if asked is not None else owner[:0]
    spelled = letters[left_out, :size]
    examples: Examples | None = None
    sampled = part_of(owner)
    whole = len(sampled) == len(owner)
    if calibration is None and asked is None and whole:
        meaning = _meaning(projected)
        near = rivals(letters if meaning is None else meaning, material.owner, np.arange(size))
        factor = Factor.decompose(kernel(letters, meaning))
        examples = _hold_out(factor, owner, letters, meaning)
    else:
        if calibration is None and asked is None:
            part = letters[np.ix_(sampled, sampled)]
            meaning = _meaning(None if projected is None else projected[sampled])
            numbered = np.unique(owner[sampled], return_inverse=True)[1] - 1  # the first value is NOWHERE
            examples = _hold_out(Factor.decompose(kernel(part, meaning)), numbered, part, meaning)
        near = _blended(letters, projected, material.owner)
        factor = Factor.decompose(letters)
    weights = np.ascontiguousarray(factor.weights(owner).T)
    prior = np.array(PRIOR["letters" if projected is None else "meaning"])
    trained = Trained(
        weights=weights,
        calibration=calibration or Calibration.fit(examples, prior=prior),
        crowd=near.crowding(material.owner),
        space=space,
        projected=projected,
        near=near,
    )
    if asked is not None:
        learned = Seen(
            letters=without_self(spelled, left_out),
            meaning=None if projected is None else without_self(projected[left_out] @ projected[:size].T, left_out),
            scores=scores_left_out(weights, factor.inverse_diagonal(left_out), owner, left_out),
        )
        examples = examples_of(
            asked, learned=learned, unanswered=_unanswered(material, trained), owner=material.owner, crowd=trained.crowd
        )
        trained = replace(trained, calibration=Calibration.fit(examples, prior=prior, measured=True))
    return trained, factor


def _unanswered(material: Material, trained: Trained) -> Seen:
    """Return the similarities and scores of the utterances without an article."""
    readings = material.asked.unanswered
    size, rows = len(material.owner), trained.weights.shape[1]
    letters = np.full((len(readings), rows), UNRELATED, dtype=np.float32)
    for at, reading in enumerate(readings):
        letters[at, :size] = material.index.likeness(reading)
    vectors = material.vectors([reading.sentence for reading in readings]) if readings else None
    meaning: Floats | None = None
    if trained.space is not None and trained.projected is not None:
        known = trained.projected
        meaning = trained.space.project(vectors) @ known.T if vectors is not None else letters[:, : len(known)]
    return Seen(
        letters=letters[:, :size],
        meaning=None if meaning is None else meaning[:, :size],
        scores=kernel(letters, meaning) @ trained.weights.T,
    )


def _letters(material: Material, away: Sequence[Reading]) -> Floats:
    """Return the similarity by letters between all rows: phrasings, then unrelated questions."""
    size = len(material.owner)
    letters = np.full((size + len(away), size + len(away)), UNRELATED, dtype=np.float32)
    material.index.compare_all(material.rows, table=letters[:size, :size])
    for at, reading in enumerate(away, size):
        letters[at, :size] = material.index.likeness(reading)
    letters[:size, size:] = letters[size:, :size].T
    letters[np.diag_indices(len(letters))] = 1
    return letters


def _blended(letters: Floats, projected: Vectors | None, owner: Places) -> Rivals:
    """Replace the similarities by letters by those of the kernel, and return the rivals of the phrasings.

    The similarities by meaning are computed a few rows at a time: as a table they need as much memory again.
    """
    size = len(owner)
    near = Rivals.of_size(size)
    for rows in blocks(len(letters)):
        meaning = None if projected is None else projected[rows] @ projected.T
        own = slice(rows.start, min(rows.stop, size))
        if own.start < size:
            seen = letters[own] if meaning is None else meaning[: own.stop - own.start]
            near.set_rows(own, seen[:, :size], owner)
        letters[rows] = blend(letters[rows], meaning)
    return near


def _meaning(projected: Vectors | None) -> Floats | None:
    return None if projected is None else projected @ projected.T


def _hold_out(factor: Factor, owner: Places, letters: Floats, meaning: Floats | None) -> Examples | None:
    """Return the examples for the calibration. ``owner`` increases without gaps, but for ``NOWHERE`` at the end."""
    own = int((owner != NOWHERE).sum())
    return hold_out(
        LeaveOut(
            owner=owner,
            inverse=factor.inverse(),
            weights=factor.weights(owner),
            letters=letters[:, :own],
            meaning=None if meaning is None else meaning[:, :own],
        )
    )


def part_of(owner: Places) -> Places:
    """Return the rows of every n-th group of articles, so that calibration stays fast, and all unrelated questions.

    Neighbours in the order of ids ("outlook-…", "teams-…") are the articles confused most; apart, each would look surer
    than it is.
    """
    every = -(-len(owner) // HELD_OUT)
    return np.flatnonzero((owner == NOWHERE) | (owner // TOGETHER % every == 0))
