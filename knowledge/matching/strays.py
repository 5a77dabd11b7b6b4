"""Phrasings that lie nearer to another article than to their own, by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from knowledge.language.text import clean
from knowledge.matching.encoder import Encoder
from knowledge.matching.match import Phrasing
from knowledge.matching.semantic import MeaningSpace
from knowledge.matching.vocabulary import Vocabulary

# Differences below this are usual between good neighbours; below this similarity two phrasings share nothing.
MARGIN: Final = 0.15
ALIKE: Final = 0.5
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A phrasing, and the one of another article that is nearest to it.

    ``own`` and ``other`` are the similarities to the nearest phrasing of its own and of the other article; 1 is equal.
    """

    phrasing: Phrasing
    near: Phrasing
    own: float
    other: float


def find_strays(
    phrasings: Sequence[Phrasing], *, encoder: Encoder, vocabulary: Vocabulary, margin: float = MARGIN
) -> Iterator[Stray]:
    """Yield the strays, in the order of ``phrasings``.

    Args:
        phrasings: of all entries of the index.
        vocabulary: known vectors; those of other texts are added.
        margin: how much nearer the other article must be.
    """
    texts = [clean(phrasing.text) for phrasing in phrasings]
    articles = tuple(sorted({phrasing.article_id for phrasing in phrasings}))
    if len(articles) < 2:
        return
    vocabulary.encode_missing(texts, encoder)
    vectors = vocabulary.vectors_of(texts)
    place = {article: at for at, article in enumerate(articles)}
    owner = np.array([place[phrasing.article_id] for phrasing in phrasings], dtype=np.int64)
    projected = MeaningSpace.fit(vectors, owner).project(vectors)
    for start in range(0, len(texts), _BLOCK):
        near = projected[start : start + _BLOCK] @ projected.T
        rows = np.arange(len(near))
        near[rows, start + rows] = -1.0
        same = owner[start : start + _BLOCK][:, None] == owner[None, :]
        own = np.where(same, near, -1.0).max(axis=1)
        others = np.where(same, -1.0, near)
        nearest = others.argmax(axis=1)
        far = others[rows, nearest]
        for row in np.flatnonzero((far - own > margin) & (far > ALIKE)):
            yield Stray(
                phrasing=phrasings[start + int(row)],
                near=phrasings[int(nearest[row])],
                own=float(own[row]),
                other=float(far[row]),
            )
