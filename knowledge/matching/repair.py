"""Mend typing errors word by word, against the words the articles use and the words everybody uses."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.known import is_known, known_words
from knowledge.language.lexicon.spelling import STANDARD

_SHORTEST = 4
_LONG = 8
"""From here on two errors are mended, below it one: two errors in five letters leave no word to recognise."""

_LONGEST = 32


class Repair:
    """Knows the right spellings. A word that a dictionary knows is never touched: rare is not wrong."""

    def __init__(self, times: Mapping[str, int]) -> None:
        """Take the words of an index with how often each occurs; the more frequent is the likelier."""
        self._times = times
        common = {word for word in (*STANDARD.values(), *MEANING, *MEANING.values()) if word.isalpha()}
        targets = {word for word in self._times if word.isalpha()} | common
        self._common = common
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(targets):
            if _SHORTEST - 1 <= len(word) <= _LONGEST:
                self._by_length.setdefault(len(word), []).append(word)
        known_words()  # read now, so that no utterance waits for it

    def known(self, word: str) -> bool:
        """Say whether a lower-case word is spelled right in the index, in everyday use, or in a dictionary."""
        return word in self._times or word in self._common or is_known(word)

    def mend(self, word: str) -> str:
        """Return the nearest right spelling of a lower-case word, or the word when it is right or nothing is near.

        Near is one lost, added, wrong or swapped letter, two from eight letters on. Of equally near words the one
        with the same first letter wins, then the one the index uses most.
        """
        if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or self.known(word):
            return word
        errors = 1 if len(word) < _LONG else 2
        near = [
            found
            for size in range(len(word) - errors, len(word) + errors + 1)
            for found in process.extract(
                word, self._by_length.get(size, ()), scorer=OSA.distance, score_cutoff=errors, limit=8
            )
        ]
        if not near:
            return word
        return min(near, key=lambda one: (one[1], one[0][0] != word[0], -self._times.get(one[0], 0), one[0]))[0]
