"""Split a text into tokens and look each up in the word lists.

The lists are in ``data/words.txt``: one kind per line; a star stands for any letters, an underscore for a blank.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate
from typing import Final, Self

MAX_PLACES: Final = 40
LONGEST_WORD: Final = 40
# Minimum letters at which a health word matches with any ending.
INFLECTED: Final = 6
# Minimum letters of a word that may be a compound.
LONG: Final = 8
_TOKEN: Final = re.compile(r"[^\W_]+(?:[-'’/][^\W_]+)*")
_ENDS: Final = re.compile(r"[.!?:]\s|\n")
_STOP: Final = re.compile(r"[.!?]\s|\n\s*\n")

Kinds = frozenset[str]
NOTHING: Final[Kinds] = frozenset()


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number.

    ``kinds`` are the lists that contain it, alone or as the first word of a phrase.
    """

    start: int
    end: int
    shown: str
    word: str
    kinds: Kinds


@dataclass(frozen=True)
class TokenizedText:
    """A text and its tokens."""

    text: str
    tokens: tuple[Token, ...]

    @classmethod
    def tokenize(cls, text: str) -> Self:
        lists = _lists()
        raw = [(match.start(), match.end(), match.group()) for match in _TOKEN.finditer(text)]
        words = [shown.lower() for _, _, shown in raw]
        return cls(
            text,
            tuple(
                Token(start, end, shown, words[index], lists.kinds_at(words, index))
                for index, (start, end, shown) in enumerate(raw)
            ),
        )

    def indexes_of(self, kind: str) -> list[int]:
        """Return the indexes of the first ``MAX_PLACES`` tokens of a kind.

        The limit keeps callers linear.
        """
        return self._by_kind.get(kind, [])[:MAX_PLACES]

    def every(self, kind: str) -> list[int]:
        """Return the indexes of all tokens of a kind, sorted."""
        return self._by_kind.get(kind, [])

    @property
    def kinds(self) -> Set[str]:
        """The kinds of all tokens."""
        return self._by_kind.keys()

    @cached_property
    def sentences(self) -> tuple[int, ...]:
        """Return the number of each token's sentence. A line end or "2. trinn" ends none."""
        return tuple(accumulate(int(self._follows_stop(index)) for index in range(len(self.tokens))))

    def _follows_stop(self, index: int) -> bool:
        if index == 0 or _STOP.search(self.gap_before(index)) is None:
            return False
        return not (self.tokens[index - 1].shown.isdigit() and self.tokens[index].shown.islower())

    @cached_property
    def _by_kind(self) -> dict[str, list[int]]:
        by_kind: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            for kind in token.kinds:
                by_kind.setdefault(kind, []).append(index)
        return by_kind

    def near(self, kind: str, index: int, *, before: int, after: int) -> bool:
        """Return whether a token of a kind is at most ``before`` tokens before or ``after`` tokens after ``index``."""
        first, last = max(0, index - before), min(len(self.tokens), index + after + 1)
        return any(kind in self.tokens[place].kinds for place in range(first, last) if place != index)

    def begins_sentence(self, index: int) -> bool:
        """Return whether a token is the first of its sentence or line."""
        if index == 0:
            return True
        between = self.text[self.tokens[index - 1].end : self.tokens[index].start]
        return _ENDS.search(between) is not None

    def gap_before(self, index: int) -> str:
        """Return the text between a token and the previous one."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start] if index else ""


class _Lists:
    def __init__(self, lines: str) -> None:
        self._whole: dict[str, set[str]] = {}
        self._starts: dict[str, set[str]] = {}
        self._suffixes: dict[str, tuple[str, ...]] = {}
        for line in lines.splitlines():
            kind, _, words = line.partition(": ")
            if kind.startswith("#") or not words:
                continue
            if kind.endswith("suffix"):
                self._suffixes[kind.removesuffix("suffix")] = tuple(words.split())
                continue
            for word in words.split():
                known = self._starts if word.endswith("*") else self._whole
                known.setdefault(word.removesuffix("*").strip("."), set()).add(kind)
                if kind == "grave" and len(word) >= INFLECTED and word.isalpha():
                    self._starts.setdefault(word, set()).add(kind)
        self._by_first: dict[str, list[str]] = {}
        for start in self._starts:
            self._by_first.setdefault(start[:2], []).append(start)
        self._longest = max(phrase.count("_") + 1 for phrase in self._whole)
        self._first = {phrase.split("_")[0] for phrase in self._whole if "_" in phrase}

    def kinds_at(self, words: list[str], index: int) -> Kinds:
        word = words[index]
        kinds = {*self._whole.get(word, NOTHING), *self._begun(word)}
        if len(word) >= LONG:
            kinds |= {kind for kind, ends in self._suffixes.items() if word.endswith(ends)}
        if "-" in word:
            kinds |= self._whole.get(word.rpartition("-")[2], NOTHING)
        if word in self._first:
            for more in range(2, self._longest + 1):
                kinds |= self._whole.get("_".join(words[index : index + more]), NOTHING)
        return frozenset(kinds) if kinds and "plain" not in kinds else NOTHING

    def _begun(self, word: str) -> Iterator[str]:
        for start in self._by_first.get(word[:2], ()):
            if word.startswith(start):
                yield from self._starts[start]


def kinds_of(piece: str) -> Kinds:
    """Return the lists that contain any word of a short text."""
    words = [word.lower() for word in _TOKEN.findall(piece[:LONGEST_WORD])]
    return NOTHING.union(*(_lists().kinds_at(words, index) for index in range(len(words))))


@cache
def _lists() -> _Lists:
    return _Lists((files("knowledge.language") / "concerns" / "data" / "words.txt").read_text(encoding="utf-8"))
