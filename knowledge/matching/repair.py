"""Correct typing errors per word, with the vocabulary of the articles and common words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.language.lexicon.known import is_known, known_words
from knowledge.language.lexicon.spelling import MEANING, STANDARD
from knowledge.language.lexicon.tables import PLACES

_SHORTEST = 4
# Length from which two errors are corrected instead of one. Two errors in five letters leave too little of the word.
_LONG = 8

_LONGEST = 32

# Letters whose number in a word is compared before the word is: one bit for the first of each, one for further ones.
_LETTER_BITS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of one length, and the letters of each."""

    words: Sequence[str]
    letters: NDArray[np.uint64]

    @classmethod
    def from_words(cls, words: Sequence[str]) -> Self:
        return cls(words=words, letters=_letters_of(words))

    def near(self, word: str, errors: int) -> list[tuple[str, int, int]]:
        """Return the words within ``errors`` of a word, nearest first; their letters exclude nearly all others."""
        # One error changes the number of two letters at most, by one.
        differing = np.bitwise_count(self.letters ^ _letters_of_word(word))
        alike: list[str] = [self.words[at] for at in np.flatnonzero(differing <= 2 * errors).tolist()]
        extracted: list[tuple[str, int, int]] = process.extract(
            word, alike, scorer=OSA.distance, score_cutoff=errors, limit=8
        )
        return extracted


def _letters_of(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return the letters of words of one length as bits; letters that share a bit count as one."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype="<u4").reshape(len(words), -1)
    first = np.zeros(len(words), dtype=np.uint64)
    further = np.zeros(len(words), dtype=np.uint64)
    for bit in np.uint64(1) << (letters.T % _LETTER_BITS).astype(np.uint64):
        further |= first & bit
        first |= bit
    return first | further << np.uint64(_LETTER_BITS)


def _letters_of_word(word: str) -> np.uint64:
    """Return the letters of one word, as ``_letters_of`` does."""
    first = further = 0
    for letter in word:
        bit = 1 << (ord(letter) % _LETTER_BITS)
        further |= first & bit
        first |= bit
    return np.uint64(first | further << _LETTER_BITS)


@cache
def _common_words() -> frozenset[str]:
    return frozenset(word for word in (*STANDARD.values(), *MEANING, *MEANING.values()) if word.isalpha())


class Repair:
    """Spelling correction. Words in a dictionary are never changed, even if they are rare."""

    def __init__(self, times: Mapping[str, int]) -> None:
        """Store the words of an index with their counts.

        More frequent words are preferred.
        """
        self._times = times
        by_length: dict[int, list[str]] = {}
        for word in sorted({word for word in self._times if word.isalpha()} | _common_words()):
            if _SHORTEST - 1 <= len(word) <= _LONGEST:
                by_length.setdefault(len(word), []).append(word)
        self._by_length = {length: Words.from_words(words) for length, words in by_length.items()}
        known_words()  # load now, so that no utterance has to wait

    def known(self, word: str) -> bool:
        """Return whether a lower-case word is correct: in the index, a common word, or in a dictionary."""
        return word in self._times or word in _common_words() or is_known(word)

    def correct(self, word: str) -> str:
        """Return the nearest correct spelling of a lower-case word.

        The word itself if correct or nothing is near.

        Near means one lost, added, wrong or swapped letter, or two from eight letters. Of equally near words, the one
        with the same first letter is preferred, then the one most frequent in the index. A place name with a wrong
        letter is not corrected: it is more often another word, such as "hurdan", which is "hvordan" and not "Hurdal".
        """
        if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or self.known(word):
            return word
        errors = 1 if len(word) < _LONG else 2
        near = [
            spelling
            for size in range(len(word) - errors, len(word) + errors + 1)
            if size in self._by_length
            for spelling in self._by_length[size].near(word, errors)
            if spelling[0] not in PLACES or _same_letters(spelling[0], word)
        ]
        if not near:
            return word
        return min(
            near,
            key=lambda spelling: (
                spelling[1],
                spelling[0][0] != word[0],
                -self._times.get(spelling[0], 0),
                spelling[0],
            ),
        )[0]


def _same_letters(one: str, other: str) -> bool:
    """Return whether letters were lost, added or swapped, and none is wrong."""
    return len(one) != len(other) or sorted(one) == sorted(other)
