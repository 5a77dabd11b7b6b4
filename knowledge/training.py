"""Learn from the phrasings of an index: the space of meaning, the supervised layer, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import DEPTH, Calibration, evidence_of
from knowledge.damage import typing_errors
from knowledge.encoder import Encoder, Vectors
from knowledge.head import Floats, blend, nearest, solve
from knowledge.heldout import Material, hold_out
from knowledge.lexical import LexicalIndex
from knowledge.lexicon.elsewhere import ELSEWHERE
from knowledge.lexicon.prior import PRIOR
from knowledge.memory import Memory, digest
from knowledge.reading import Reading
from knowledge.semantic import MeaningSpace, between

_DAMAGED = 200
"""Phrasings read once more with typing errors, to learn what errors do to meaning and to confidence."""

_HELD_OUT = 2000
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
    def recall(cls, arrays: Mapping[str, NDArray[Any]]) -> Self | None:
        """Return what ``arrays`` gave, or None when they are of something else."""
        if not {"weights", "curves", "levels", "shares", "source"} <= arrays.keys():
            return None
        return cls(
            weights=arrays["weights"],
            calibration=Calibration(weights=arrays["curves"], levels=arrays["levels"], shares=arrays["shares"]),
            space=MeaningSpace(centre=arrays["centre"], bend=arrays["bend"]) if "bend" in arrays else None,
            placed=arrays.get("placed"),
        )


def train(
    index: LexicalIndex,
    readings: Sequence[Reading],
    owner: NDArray[np.int64],
    *,
    read: Callable[[str], Reading],
    encoder: Encoder | None,
    known: Memory,
    kept: Memory,
    calibration: Calibration | None = None,
) -> Trained:
    """Learn from phrasings sorted by article.

    Args:
        readings: of the phrasings, in the order of ``owner``, the article of each.
        read: reads an utterance the way ``match`` will.
        known: vectors from earlier; ``kept`` receives those used now.
        calibration: one learned earlier that still holds, to save the time.
    """
    prior = np.array(PRIOR["letters" if encoder is None else "meaning"])
    letters = index.matrix()
    space, placed, meaning, vectors, noise = None, None, None, None, None
    chosen, typed = _mistyped([reading.sentence for reading in readings])
    if encoder is not None:
        vectors = known.encode([reading.sentence for reading in readings], encoder, kept)
        noise = between(known.encode(typed, encoder, kept), vectors[chosen])
        space = MeaningSpace.learn(vectors, owner, noise=noise)
        placed = space.place(vectors)
        meaning = placed @ placed.T
    weights = solve(blend(letters, meaning), owner)
    trained = Trained(
        weights=np.ascontiguousarray(weights.T),
        calibration=calibration or Calibration.learn(None, prior=prior),
        space=space,
        placed=placed,
    )
    if calibration is None:
        damaged = [read(text) for text in typed]
        asked = np.stack([index.likeness(reading) for reading in damaged])
        spoilt = None if encoder is None else known.encode([reading.sentence for reading in damaged], encoder, kept)
        material = Material(
            owner=owner,
            letters=letters,
            vectors=vectors,
            noise=noise,
            base=np.concatenate([np.arange(len(owner)), chosen]),
            asked_letters=np.concatenate([letters, asked]),
            asked_vectors=None if vectors is None or spoilt is None else np.concatenate([vectors, spoilt]),
        )
        near = hold_out(_part(material))
        if near is not None:
            far = [read(text) for text in ELSEWHERE]
            vectors = None if encoder is None else known.encode([reading.sentence for reading in far], encoder, kept)
            likeness = np.stack([index.likeness(reading) for reading in far])
            known_apart = near.joined(_far(trained, likeness, vectors, owner), share=FAR)
            trained = replace(trained, calibration=Calibration.learn(known_apart, prior=prior))
    return trained


def _far(trained: Trained, letters: Floats, vectors: Vectors | None, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the evidence for the best candidates of questions that no article answers, one row a candidate."""
    meaning: Floats | None = None
    if vectors is not None and trained.space is not None and trained.placed is not None:
        meaning = trained.space.place(vectors) @ trained.placed.T
    scores = (blend(letters, meaning) @ trained.weights.T).astype(np.float64)
    by_letters = nearest(letters, owner)
    by_meaning = np.zeros_like(by_letters) if meaning is None else nearest(meaning, owner)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return np.stack([evidence_of(scores[i], by_letters[i], by_meaning[i], best[i]) for i in range(len(scores))])


def _mistyped(texts: list[str]) -> tuple[list[int], list[str]]:
    """Return a sample of the texts, by place and with typing errors; the same texts give nearly the same sample."""
    names = [digest(text) for text in texts]
    chosen = sorted(sorted(range(len(texts)), key=names.__getitem__)[:_DAMAGED])
    return chosen, [typing_errors(texts[at], seed=int(names[at][:8], 16)) for at in chosen]


def _part(material: Material) -> Material:
    """Return the material of so many articles, spread evenly, that holding out stays quick."""
    if len(material.owner) <= _HELD_OUT:
        return material
    every = -(-len(material.owner) // _HELD_OUT)
    rows = np.flatnonzero(material.owner % every == 0)
    questions = np.flatnonzero(np.isin(material.base, rows))
    place = np.full(len(material.owner), -1)
    place[rows] = np.arange(len(rows))
    return Material(
        owner=np.unique(material.owner[rows], return_inverse=True)[1],
        letters=material.letters[np.ix_(rows, rows)],
        vectors=None if material.vectors is None else material.vectors[rows],
        noise=material.noise,
        base=place[material.base[questions]],
        asked_letters=material.asked_letters[np.ix_(questions, rows)],
        asked_vectors=None if material.asked_vectors is None else material.asked_vectors[questions],
    )
