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
from knowledge.matching.factor import Factor, LowerTable
from knowledge.matching.head import NOWHERE, Floats, Places, Rivals, blend, blocks, kernel
from knowledge.matching.heldout import LeaveOut, hold_out
from knowledge.matching.learned import MOST_BY_LETTERS, MOST_BY_MEANING, rows_to_learn
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
    are the values ``crowd`` is the mean of. ``learned`` are the phrasings with weights other than 0.
    """

    weights: Floats
    calibration: Calibration
    crowd: NDArray[np.float64]
    space: MeaningSpace | None
    projected: Vectors | None
    near: Rivals
    learned: Places

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
            "learned": self.learned,
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
            learned=arrays["learned"],
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

    The factor of the kernel between the learned rows is for ``revise``.
    """
    size = len(material.owner)
    owner = np.append(material.owner, np.full(len(ELSEWHERE), NOWHERE))
    away = [material.read(text) for text in ELSEWHERE]
    vectors = material.vectors([reading.sentence for reading in (*material.readings, *away)])
    space, projected = None, None
    if vectors is not None:
        space = MeaningSpace.learn(vectors[:size], material.owner)
        projected = space.project(vectors)
    if projected is None:
        learned = rows_to_learn(material.owner, material.owner[:0], material.rows.similar, most=MOST_BY_LETTERS)
    else:  # the calibration is best if all utterances are learned
        meant = projected
        learned = rows_to_learn(
            material.owner, material.asked.rows, lambda rows: meant[rows] @ meant[rows].T, most=MOST_BY_MEANING
        )
    rows = np.append(learned, np.arange(size, len(owner)))
    table, near = _compared(material, away, projected, rows)
    factor = Factor.decompose(table)
    weights = np.zeros((int(owner.max()) + 1, len(owner)), dtype=np.float32)
    weights[:, rows] = factor.weights(owner[rows]).T
    prior = np.array(PRIOR["letters" if projected is None else "meaning"])
    trained = Trained(
        weights=weights,
        calibration=calibration or Calibration.fit(None, prior=prior),
        crowd=near.crowding(material.owner),
        space=space,
        projected=projected,
        near=near,
        learned=learned,
    )
    if calibration is None:
        measured = len(material.asked.rows) >= FEWEST
        if measured:
            examples = _asked(material, away, trained, factor, owner)
        else:
            examples = _hold_out(material, away, projected, owner, factor if len(rows) == len(owner) else None)
        trained = replace(trained, calibration=Calibration.fit(examples, prior=prior, measured=measured))
    return trained, factor


def _asked(
    material: Material, away: Sequence[Reading], trained: Trained, factor: Factor, owner: Places
) -> Examples | None:
    """Return the examples for the calibration from the utterances, as if each had not been learned."""
    asked = material.asked.sample(trained.learned)
    size = len(material.owner)
    rows = np.append(trained.learned, np.arange(size, len(owner)))
    left_out = np.append(asked.rows, np.flatnonzero(owner == NOWHERE))
    letters = _letters(material, away, left_out)[:, :size]
    projected = trained.projected
    learned = Seen(
        letters=without_self(letters, left_out),
        meaning=None if projected is None else without_self(projected[left_out] @ projected[:size].T, left_out),
        scores=scores_left_out(
            trained.weights, factor.inverse_diagonal(np.searchsorted(rows, left_out)), owner, left_out
        ),
    )
    unanswered = _unanswered(material, trained)
    return examples_of(asked, learned=learned, unanswered=unanswered, owner=material.owner, crowd=trained.crowd)


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


def _letters(material: Material, away: Sequence[Reading], rows: Places) -> Floats:
    """Return the similarity by letters of rows to all rows: phrasings, then unrelated questions."""
    size = len(material.owner)
    found = np.full((len(rows), size + len(away)), UNRELATED, dtype=np.float32)
    unrelated = np.stack([material.index.likeness(reading) for reading in away], axis=1)
    for at, row in enumerate(rows.tolist()):
        if row < size:
            found[at, :size] = material.index.likeness_of(material.rows, row)
            found[at, size:] = unrelated[row]
        else:
            found[at, :size] = unrelated[:, row - size]
    found[np.arange(len(rows)), rows] = 1
    return found


def _compared(
    material: Material, away: Sequence[Reading], projected: Vectors | None, among: Places
) -> tuple[LowerTable, Rivals]:
    """Return the kernel between the rows ``among``, increasing, and the rivals of all phrasings.

    Rows are compared a few at a time: all similarities need several times the memory of the kernel.
    """
    size = len(material.owner)
    table = LowerTable.of_size(len(among))
    near = Rivals.of_size(size)
    for rows in blocks(size + len(away)):
        letters = _letters(material, away, np.arange(rows.start, rows.stop))
        meaning = None if projected is None else projected[rows] @ projected.T
        own = slice(rows.start, min(rows.stop, size))
        if own.start < size:
            seen = letters if meaning is None else meaning
            near.set_rows(own, seen[: own.stop - own.start, :size], material.owner)
        start, stop = np.searchsorted(among, (rows.start, rows.stop)).tolist()
        part = np.ix_(among[start:stop] - rows.start, among[:stop])
        table.set_rows(start, blend(letters[part], None if meaning is None else meaning[part]))
    return table, near


def _hold_out(
    material: Material, away: Sequence[Reading], projected: Vectors | None, owner: Places, factor: Factor | None
) -> Examples | None:
    """Return the examples for the calibration from phrasings left out.

    ``factor`` is that of the kernel between all rows, if there is one.
    """
    sampled = part_of(owner)
    letters = _letters(material, away, sampled)[:, sampled]
    meaning = None if projected is None else projected[sampled] @ projected[sampled].T
    if factor is None or len(sampled) < len(owner):
        factor = Factor.decompose(LowerTable.of_table(kernel(letters, meaning)))
    numbered = np.unique(owner[sampled], return_inverse=True)[1] - 1  # the first value is NOWHERE
    own = int((numbered != NOWHERE).sum())
    return hold_out(
        LeaveOut(
            owner=numbered,
            inverse=factor.inverse(),
            weights=factor.weights(numbered),
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
