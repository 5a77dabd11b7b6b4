"""Words in copies: keyed hashes of five in a row, and the authors of the words."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Final

from dialogs.core.data_rules import Purpose
from knowledge.organisation.unit import PersonId

# Authors of the words in a copy, for exports and erasures.

# So many words in a row are taken from somewhere, not written alike by chance.
RUN: Final = 5
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenWords:
    """Words of a person that a text was made from; ``of`` is empty while that is not known."""

    of: Annotated[PersonId, Purpose.EVIDENCE]
    words: Annotated[str, Purpose.IMPROVE]


def words_terms(people: Iterable[str]) -> Iterator[str]:
    """Yield the search terms of a copy with words of these people."""
    return (f"words:{person_id}" for person_id in people)


def words_in(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    return _WORD.findall(text.casefold())


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Return every five words in a row; of a shorter text all its words."""
    words = words_in(text)
    return {tuple(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1))} - {()}


def shares_words(text: str, taken: str) -> bool:
    """Return whether a text has five words in a row of another one; of a shorter one, all there is."""
    return not runs_of(text).isdisjoint(runs_of(taken))


# A run is a polynomial of its words' hashes, modulo 2**64 as arrays compute it.
MODULUS: Final = 2**64
BASE: Final = 0x9E3779B97F4A7C15


class RunHasher:
    """Hashes the runs of texts with one key; linear in the length of a text. Each word is hashed once."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()[:64]
        self._words: dict[str, int] = {}

    def runs(self, text: str) -> set[int]:
        """Return the hash of every five words in a row; of a shorter text of several words, one of them all."""
        hashes = self.words(text)
        if len(hashes) < 2:
            return set()
        runs = set()
        for start in range(max(1, len(hashes) - RUN + 1)):
            run = 0
            for value in hashes[start : start + RUN]:
                run = (run * BASE + value) % MODULUS
            runs.add(run)
        return runs

    def words(self, text: str) -> list[int]:
        """Return the hash of each word."""
        known = self._words
        return [known.get(word) or self._word(word) for word in words_in(text)]

    def runs_in(self, texts: Collection[str]) -> set[int]:
        """Return the runs of several texts."""
        return {run for text in texts for run in self.runs(text)}

    def _word(self, word: str) -> int:
        digest = blake2b(word.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).digest()
        hashed = self._words[word] = int.from_bytes(digest, "big") or 1
        return hashed


def sentences_in(value: Any) -> Iterator[str]:
    """Yield the texts of several words in JSON-like values."""
    match value:
        case str():
            if " " in value:
                yield value
        case dict():
            for part in value.values():
                yield from sentences_in(part)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from sentences_in(part)


def times_in(value: Any) -> Iterator[datetime]:
    """Yield the times in JSON-like values, also those that are written as text."""
    match value:
        case datetime():
            yield value
        case str() if "T" in value[:11] and value[:4].isdecimal():
            try:
                time = datetime.fromisoformat(value)
            except ValueError:
                return
            if time.tzinfo is not None:
                yield time
        case dict():
            for part in value.values():
                yield from times_in(part)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from times_in(part)
