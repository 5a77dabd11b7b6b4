"""Learn from the phrasings of an index: the space of meaning, the supervised layer, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import DEPTH, Calibration, evidence_of
from knowledge.damage import typing_errors
from knowledge.encoder import Encoder, Vectors
from knowledge.head import Floats, blend, nearest, solve
from knowledge.heldout import Material, hold_out
from knowledge.lexical import LexicalIndex, Rows
from knowledge.lexicon.elsewhere import ELSEWHERE
from knowledge.lexicon.prior import PRIOR
from knowledge.memory import Arrays, Vocabulary, digest
from knowledge.reading import Reading
from knowledge.semantic import MeaningSpace, between

_DAMAGED = 200
"""Phrasings read once more with typing errors, to learn what errors do to meaning and to confidence."""

_HELD_OUT = 1500
"""Phrasings that confidence is learned from at most: the time grows with the cube of them."""


FAR = 0.1
"""The share of traffic that is far from every article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What was learned. ``weights`` is (articles, phrasings); ``placed`` the phrasings in ``space``."""

    weights: Floats
    calibration: Calibration
    space: MeaningSpace | None
    placed: Vectors | None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return this as arrays by name, for ``recall``."""
        found: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "curves": self.calibration.weights,
            "levels": self.calibration.levels,
            "shares": self.calibration.shares,
        }
        if self.space is not None and self.placed is not None:
            found |= {"centre": self.space.centre, "bend": self.space.bend, "placed": self.placed}
        return found

    @classmethod
    def recall(cls, arrays: Arrays) -> Self:
        """Return what ``arrays`` gave."""
        return cls(
            weights=arrays["weights"],
            calibration=Calibration(weights=arrays["curves"], levels=arrays["levels"], shares=arrays["shares"]),
            space=MeaningSpace(centre=arrays["centre"], bend=arrays["bend"]) if "bend" in arrays else None,
            placed=arrays.get("placed"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What there is to learn from: phrasings sorted by article.

    Attributes:
        readings: of the phrasings, in the order of ``owner``, the article of each.
        read: reads an utterance the way ``match`` will.
        vocabulary: vectors from earlier; it takes in those that are new.
        asked: every text whose vector was asked for.
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
        """Return the encoder's vectors of the texts, or None without one."""
        if self.encoder is None:
            return None
        self.asked.extend(texts)
        self.vocabulary.learn(texts, self.encoder)
        return self.vocabulary.of(texts)

    def used(self) -> Vocabulary:
        """Return the vectors of every text that was asked for."""
        return self.vocabulary.only(self.asked)


def train(lesson: Lesson, *, calibration: Calibration | None = None) -> Trained:
    """Learn from the phrasings; ``calibration`` is one learned earlier that still holds, to save the time."""
    owner = lesson.owner
    prior = np.array(PRIOR["letters" if lesson.encoder is None else "meaning"])
    letters = lesson.index.matrix(lesson.rows)
    rows = _part(owner)
    own = letters[np.ix_(rows, rows)]
    sentences = [reading.sentence for reading in lesson.readings]
    chosen, typed = _mistyped(sentences)
    space, placed, noise = None, None, None
    vectors, spoilt = lesson.vectors(sentences), lesson.vectors(typed)
    if vectors is not None and spoilt is not None:
        noise = between(spoilt, vectors[chosen])
        space = MeaningSpace.learn(vectors, owner, noise=noise)
        placed = space.place(vectors)
    kernel = blend(letters, None if placed is None else placed @ placed.T)
    del letters
    trained = Trained(
        weights=np.ascontiguousarray(solve(kernel, owner).T),
        calibration=calibration or Calibration.learn(None, prior=prior),
        space=space,
        placed=placed,
    )
    del kernel
    if calibration is not None:
        return trained
    inside = np.isin(chosen, rows)
    damaged = [lesson.read(text) for text, is_in in zip(typed, inside, strict=True) if is_in]
    asked = np.stack([lesson.index.likeness(reading)[rows] for reading in damaged]) if damaged else own[:0]
    spoilt = lesson.vectors([reading.sentence for reading in damaged])
    near = hold_out(
        Material(
            owner=np.unique(owner[rows], return_inverse=True)[1],
            letters=own,
            vectors=None if vectors is None else vectors[rows],
            noise=noise,
            base=np.concatenate([np.arange(len(rows)), np.searchsorted(rows, np.array(chosen)[inside])]),
            asked_letters=np.concatenate([own, asked]),
            asked_vectors=None if vectors is None or spoilt is None else np.concatenate([vectors[rows], spoilt]),
        )
    )
    if near is None:
        return trained
    known_apart = near.joined(_far(trained, lesson), share=FAR)
    return replace(trained, calibration=Calibration.learn(known_apart, prior=prior))


def _part(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the phrasings of so many articles, spread evenly, that holding out stays quick."""
    every = -(-len(owner) // _HELD_OUT)
    return np.flatnonzero(owner % every == 0)


def _far(trained: Trained, lesson: Lesson) -> NDArray[np.float64]:
    """Return the evidence for the best candidates of questions that no article answers, one row a candidate."""
    readings = [lesson.read(text) for text in ELSEWHERE]
    letters = np.stack([lesson.index.likeness(reading) for reading in readings])
    vectors = lesson.vectors([reading.sentence for reading in readings])
    meaning: Floats | None = None
    if vectors is not None and trained.space is not None and trained.placed is not None:
        meaning = trained.space.place(vectors) @ trained.placed.T
    scores = (blend(letters, meaning) @ trained.weights.T).astype(np.float64)
    by_letters = nearest(letters, lesson.owner)
    by_meaning = np.zeros_like(by_letters) if meaning is None else nearest(meaning, lesson.owner)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return np.stack([evidence_of(scores[i], by_letters[i], by_meaning[i], best[i]) for i in range(len(scores))])


def _mistyped(texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return a sample of the texts, by place and with typing errors; the same texts give nearly the same sample."""
    names = [digest(text) for text in texts]
    chosen = sorted(sorted(range(len(texts)), key=names.__getitem__)[:_DAMAGED])
    return chosen, [typing_errors(texts[at], seed=names[at]) for at in chosen]
