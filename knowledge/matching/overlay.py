"""Overlay: a few extra phrasings on top of a trained index, which itself stays unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.features import Features, Floats, LetterSpace, likeness
from knowledge.matching.match import Candidate, Phrasing
from knowledge.matching.reading import Reading

# Similarity from which an utterance is taken for an extra phrasing, by letters and by meaning, and at which it is sure.
# Below it the index keeps its own answers.
_LETTERS_FROM: Final = 0.45
_MEANING_FROM: Final = 0.6
_MEANING_FROM_MOST: Final = 0.9
_SURE: Final = 0.97
_ALIKE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The extra phrasings.

    Attributes:
        spread: number of articles that have an extra phrasing with a meaning.
        projected: the phrasings in the meaning space, if there is an encoder.
        rival: similarity by meaning of each to the nearest phrasing of another article; only a text that is nearer
            than that is taken for it.
    """

    phrasings: Sequence[Phrasing]
    features: Features
    projected: Floats | None
    rival: Floats | None
    spread: Mapping[str, int]

    @classmethod
    def fit(
        cls,
        phrasings: Sequence[Phrasing],
        readings: Sequence[Reading],
        letters: LetterSpace,
        *,
        projected: Floats | None = None,
        rival: Floats | None = None,
    ) -> Self:
        """Return the overlay of phrasings, as they are read."""
        said = {
            (phrasing.article_id, meaning)
            for phrasing, reading in zip(phrasings, readings, strict=True)
            for meaning in reading.meanings
        }
        return cls(
            phrasings=tuple(phrasings),
            features=letters.weigh_all(readings),
            projected=projected,
            rival=None if rival is None else np.clip(rival, _MEANING_FROM, _MEANING_FROM_MOST),
            spread=Counter(meaning for _, meaning in said),
        )

    def applied(
        self, candidates: Sequence[Candidate], text: tuple[NDArray[np.uint16], Floats], vector: Floats | None
    ) -> list[Candidate]:
        """Return the candidates, with more confidence in articles with extra phrasings like the text.

        The others lose as much, so that the sum stays at most 1.
        """
        near = (likeness(text, self.features) - _LETTERS_FROM) / (_ALIKE - _LETTERS_FROM)
        if vector is not None and self.projected is not None and self.rival is not None:
            meant = (np.einsum("pd,d->p", self.projected, vector) - self.rival) / (_ALIKE - self.rival)
            near = np.maximum(near, meant)
        gained: dict[str, float] = {}
        for phrasing, strength in zip(self.phrasings, near.tolist(), strict=True):
            if strength > 0:
                gained[phrasing.article_id] = max(gained.get(phrasing.article_id, 0.0), min(strength, 1.0))
        if not gained:
            return list(candidates)
        taken = max(gained.values()) * _SURE
        sure = {candidate.article_id: candidate.confidence * (1 - taken) for candidate in candidates}
        total = sum(gained.values())
        for article_id, strength in gained.items():
            sure[article_id] = sure.get(article_id, 0.0) + taken * strength / total
        ordered = sorted(sure.items(), key=lambda item: (-item[1], item[0]))
        known = {candidate.article_id: candidate for candidate in candidates}
        return [
            replace(known.get(article_id) or Candidate(article_id=article_id, confidence=0.0), confidence=confidence)
            for article_id, confidence in ordered
        ]
