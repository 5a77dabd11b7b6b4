"""Group similar questions, deterministically: each group has a leader, and its members are near the leader.

Questions with a vector are compared by meaning, others by words, each kind among itself.

Source: Butina, Unsupervised data base clustering, J. Chem. Inf. Comput. Sci. 39 (1999) 747–750: the item with the most
neighbours leads the first group, the next one of those left over the second, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.identify import identify
from knowledge.language.text import clean
from knowledge.matching.features import Floats, LetterSpace, Places
from knowledge.matching.index import TrainedIndex
from knowledge.matching.kept_vector import same_encoder, unpack_vectors
from knowledge.matching.rehearsal import Asked

# Similarity to the leader, by meaning and by words, from which a question belongs to a group.
NEAR_BY_MEANING: Final = 0.45
NEAR_BY_WORDS: Final = 0.3

# No anchor.
NONE: Final = -1

_BLOCK: Final = 256


def group_questions(index: TrainedIndex, asked: Sequence[Asked]) -> tuple[int, ...]:
    """Return the leader of each question, as a position in ``asked``; a leader leads itself.

    Of questions with equally many neighbours the first one leads, so give them in order of importance.
    """
    leaders = np.arange(len(asked))
    by_meaning = _with_vectors(index, asked)
    if by_meaning:
        vectors = _projected(index, asked, by_meaning)
        _lead(
            leaders, by_meaning, _neighbours(len(by_meaning), lambda rows: vectors[rows] @ vectors.T, NEAR_BY_MEANING)
        )
    by_words = sorted(set(range(len(asked))) - set(by_meaning))
    if by_words:
        said = _letter_vectors(index, [asked[at][0] for at in by_words])
        near = _neighbours(len(by_words), lambda rows: said[rows] @ said.T, NEAR_BY_WORDS)
        _lead(leaders, by_words, near)
    return tuple(leaders.tolist())


def near_questions(index: TrainedIndex, asked: Sequence[Asked], anchors: Sequence[Asked]) -> tuple[int, ...]:
    """Return the nearest of ``anchors`` for each question, by position, or ``NONE`` if none is near."""
    nearest = np.full(len(asked), NONE)
    by_meaning, fixed = _with_vectors(index, asked), _with_vectors(index, anchors)
    if by_meaning and fixed:
        likeness = _projected(index, asked, by_meaning) @ _projected(index, anchors, fixed).T
        _attach(nearest, by_meaning, fixed, likeness, NEAR_BY_MEANING)
    both = set(by_meaning) if len(fixed) == len(anchors) else set()
    by_words = sorted(set(range(len(asked))) - both)
    if by_words and anchors:
        likeness = (
            _letter_vectors(index, [asked[at][0] for at in by_words])
            @ _letter_vectors(index, [text for text, _ in anchors]).T
        )
        _attach(nearest, by_words, range(len(anchors)), likeness, NEAR_BY_WORDS)
    return tuple(nearest.tolist())


def _with_vectors(index: TrainedIndex, asked: Sequence[Asked]) -> list[int]:
    """Return the positions of the questions with a vector of this index's encoder."""
    encoder, frame = index.encoder, index.frame
    if encoder is None or frame is None or frame.space is None:
        return []
    return [at for at, (_, packed) in enumerate(asked) if same_encoder(packed, encoder.name)]


def _projected(index: TrainedIndex, asked: Sequence[Asked], places: Sequence[int]) -> Floats:
    assert index.frame is not None  # noqa: S101  checked by ``_with_vectors``
    assert index.frame.space is not None  # noqa: S101
    return index.frame.space.project(unpack_vectors([asked[at][1] for at in places]))


def _letter_vectors(index: TrainedIndex, texts: Sequence[str]) -> Floats:
    """Return the letter features of texts as vectors."""
    cleaned = [clean(text) for text in texts]
    readings = [index.reader.read(text, language=identify(text)) for text in cleaned]
    letters = index.frame.letters if index.frame is not None else LetterSpace.fit(readings)
    return letters.vectors(readings)


def _attach(nearest: Places, places: Sequence[int], fixed: Sequence[int], likeness: Floats, near: float) -> None:
    """Set the nearest anchor of the items at ``places``: positions ``fixed`` are the columns of ``likeness``."""
    best = likeness.argmax(axis=1)
    close = likeness[np.arange(len(best)), best] >= near
    nearest[np.array(places, dtype=np.int64)[close]] = np.array(fixed, dtype=np.int64)[best[close]]


def _neighbours(size: int, likeness: Callable[[slice], Floats], near: float) -> NDArray[np.uint8]:
    """Return which items are near which, eight to a byte: 12 MB for 10,000."""
    rows = [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]
    bits = np.concatenate([np.packbits(likeness(block) >= near, axis=1) for block in rows])
    own = np.arange(size)
    bits[own, own >> 3] |= (128 >> (own & 7)).astype(np.uint8)
    return bits


def _lead(leaders: Places, places: Sequence[int], near: NDArray[np.uint8]) -> None:
    """Set the leader of the items at ``places``."""
    at, size = np.array(places, dtype=np.int64), len(places)
    free = np.ones(size, dtype=bool)
    for leader in np.argsort(-np.bitwise_count(near).sum(axis=1, dtype=np.int64), kind="stable"):
        if free[leader]:
            members = np.unpackbits(near[leader], count=size).astype(bool) & free
            leaders[at[members]] = at[leader]
            free &= ~members
