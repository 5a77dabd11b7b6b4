"""Train an index on its phrasings: meaning space, supervised layer, and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.lexicon.prior import PRIOR
from knowledge.matching.calibration import Calibration, Examples
from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.head import NOWHERE, Floats, Places, crowding, goal, invert, kernel
from knowledge.matching.heldout import Material, hold_out
from knowledge.matching.lexical import LexicalIndex, Rows
from knowledge.matching.memory import Arrays, Vocabulary
from knowledge.matching.reading import Reading
from knowledge.matching.semantic import MeaningSpace

# Maximum number of phrasings for the calibration; the time grows with its cube.
_HELD_OUT = 3000

# Assumed letter similarity between unrelated questions, which is not computed: words shared by chance.
UNRELATED = np.float32(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Learned values.

    ``weights`` has shape (articles, rows); ``projected`` are the rows in ``space``. ``crowd`` is the similarity of each
    article's phrasings to other articles, by meaning if there is an encoder.

    Rows are the phrasings, followed by the unrelated questions, which are negative examples for all articles.
    """

    weights: Floats
    calibration: Calibration
    crowd: NDArray[np.float64]
    space: MeaningSpace | None
    projected: Vectors | None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the values as arrays by name, for ``recall``."""
        found: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "curves": self.calibration.weights,
            "levels": self.calibration.levels,
            "shares": self.calibration.shares,
            "crowd": self.crowd,
        }
        if self.space is not None and self.projected is not None:
            found |= {"centre": self.space.centre, "bend": self.space.transform, "placed": self.projected}
        return found

    @classmethod
    def recall(cls, arrays: Arrays) -> Self:
        """Restore the values from ``arrays()``."""
        return cls(
            weights=arrays["weights"],
            calibration=Calibration(weights=arrays["curves"], levels=arrays["levels"], shares=arrays["shares"]),
            crowd=arrays["crowd"],
            space=MeaningSpace(centre=arrays["centre"], transform=arrays["bend"]) if "bend" in arrays else None,
            projected=arrays.get("placed"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Training data: phrasings sorted by article.

    Attributes:
        readings: of the phrasings, in the order of ``owner``.
        owner: article of each phrasing.
        read: processes an utterance as ``match`` does.
        vocabulary: known vectors; new ones are added.
        asked: all texts with a requested vector.
    """

    index: LexicalIndex
    rows: Rows
    readings: Sequence[Reading]
    owner: NDArray[np.int64]
    read: Callable[[str], Reading]
    encoder: Encoder | None
    vocabulary: Vocabulary
    asked: list[str] = field(default_factory=list)

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """Return the encoder's vectors of the texts, or None without an encoder."""
        if self.encoder is None:
            return None
        self.asked.extend(texts)
        self.vocabulary.encode_missing(texts, self.encoder)
        return self.vocabulary.vectors_of(texts)

    def used(self) -> Vocabulary:
        """Return the vectors of all requested texts."""
        return self.vocabulary.only(self.asked)


def train(lesson: Lesson, *, calibration: Calibration | None = None) -> Trained:
    """Train on the phrasings; an earlier ``calibration`` that still holds saves time."""
    size = len(lesson.owner)
    prior = np.array(PRIOR["letters" if lesson.encoder is None else "meaning"])
    owner = np.append(lesson.owner, np.full(len(ELSEWHERE), NOWHERE))
    away = [lesson.read(text) for text in ELSEWHERE]
    vectors = lesson.vectors([reading.sentence for reading in (*lesson.readings, *away)])
    letters = np.full((len(owner), len(owner)), UNRELATED, dtype=np.float32)
    lesson.index.compare_all(lesson.rows, table=letters[:size, :size])
    for at, reading in enumerate(away, size):
        letters[at, :size] = letters[:size, at] = lesson.index.likeness(reading)
    letters[np.diag_indices(len(owner))] = 1
    space, projected = None, None
    if vectors is not None:
        space = MeaningSpace.fit(vectors[:size], lesson.owner)
        projected = space.project(vectors)
    examples: Examples | None = None
    rows = _part(owner)
    if calibration is None and len(rows) < len(owner):
        part = None if projected is None else projected[rows]
        examples = hold_out(_material(letters[np.ix_(rows, rows)], part, owner[rows]))
    material = _material(letters, projected, owner)
    if calibration is None and len(rows) == len(owner):
        examples = hold_out(material)
    weights = material.inverse @ goal(owner)
    return Trained(
        weights=np.ascontiguousarray(weights.T),
        calibration=calibration or Calibration.fit(examples, prior=prior),
        crowd=crowding(letters if material.meaning is None else material.meaning, lesson.owner, np.arange(size)),
        space=space,
        projected=projected,
    )


def _material(letters: Floats, projected: Vectors | None, owner: Places) -> Material:
    """Return the input for leave-out predictions of the rows."""
    own = int((owner != NOWHERE).sum())
    meaning: Floats | None = None
    if projected is not None:
        meaning = projected @ projected.T
    numbered = np.unique(owner, return_inverse=True)[1] - 1  # the first value is NOWHERE
    return Material(
        owner=numbered,
        inverse=invert(kernel(letters, meaning)),
        letters=letters[:, :own],
        meaning=None if meaning is None else meaning[:, :own],
    )


def _part(owner: Places) -> Places:
    """Return the rows of every n-th article, so that calibration stays fast, and all unrelated questions."""
    every = -(-len(owner) // _HELD_OUT)
    return np.flatnonzero((owner == NOWHERE) | (owner % every == 0))
