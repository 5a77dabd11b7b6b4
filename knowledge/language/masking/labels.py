"""Find words that name a nearby number: "konto", "kortnr", "KID", "saksnummer".

The words are in ``data/labels.txt``: one kind per line; a star stands for any letters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from knowledge.language.masking.digits import DigitReading

# Maximum characters between a label and its number.
FAR: Final = 70
MAX_WORDS: Final = 5
LONGEST_WORD: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-/.][^\W\d_]+)*")
_PIECE: Final = re.compile(r"[^\W\d_]+")
_SENTENCE_END: Final = re.compile(r"(?P<before>[^\W\d_]*)[.!?]+\s")
_CAN_END: Final = frozenset({"er", "is", "var", "was", "lyder", "lyd", "blir"})
_COPULA: Final = re.compile(r"\W{0,3}(?:\b(?:er|is|var|was|som)\b|\(|(?=\b[^\W\d_]+\s*$))", re.MULTILINE)
_NAMES_NEXT: Final = re.compile(r"\W{0,3}\d")
MAX_BETWEEN: Final = 25


class NumberKind(StrEnum):
    """Meaning of a label. ``FIVE``: the last five digits of an identity number."""

    IDENTITY = "identity"
    FIVE = "five"
    ACCOUNT = "account"
    CARD = "card"
    IBAN = "iban"
    OTHER = "other"
    FILLER = "filler"


_STEMS: Final = {
    "konto": NumberKind.ACCOUNT,
    "bankkonto": NumberKind.ACCOUNT,
    "kort": NumberKind.CARD,
    "fødsels": NumberKind.IDENTITY,
    "person": NumberKind.FIVE,
}


@dataclass(frozen=True, slots=True)
class Label:
    """A word that names a number."""

    start: int
    end: int
    names: NumberKind


class Labels:
    """The labels of a text; found once, on first use."""

    def __init__(self, reading: DigitReading) -> None:
        self._reading = reading
        self._found: list[Label] | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []

    def before(self, first: int) -> Label | None:
        """Return the label before the number that starts with group ``first``.

        Only the nearest label counts. A label of a harmless number must be close and must not have named another number
        before; otherwise a bill that is mentioned earlier would prevent the masking of an account.
        """
        labels = self._all()
        start = self._reading.groups[first].start
        number = bisect_right(self._ends, start) - 1
        if number < 0:
            return None
        label = labels[number]
        if start - label.end > FAR:
            return None
        if label.names is NumberKind.OTHER and (
            self._used_up(label, first)
            or not _close(self._reading.plain[label.end : start])
            or self._of_a_column(label, start)
        ):
            return None
        return label

    def after(self, end: int) -> Label | None:
        """Return the label in "… is the order number" or "… (account)" after a number that ends at ``end``."""
        copula = _COPULA.match(self._reading.plain, end)
        if copula is None:
            return None
        labels = self._all()
        number = bisect_right(self._starts, copula.end() - 1)
        if number == len(labels) or labels[number].start - copula.end() > MAX_BETWEEN:
            return None
        label = labels[number]
        if _NAMES_NEXT.match(self._reading.plain, label.end):
            return None
        between = self._reading.plain[copula.end() : label.start]
        if any(letter in between for letter in "\n.,;0123456789"):
            return None
        if label.names is NumberKind.OTHER and not all(self.is_small(word) for word in _PIECE.findall(between)):
            return None
        return label

    def is_called(self, first: int, names: NumberKind) -> bool:
        """Return whether a label directly before a number is of kind ``names``."""
        label = self.before(first)
        if label is None or label.names is not names:
            return False
        between = self._reading.plain[label.end : self._reading.groups[first].start]
        return "\n" not in between and _close(between)

    def is_small(self, word: str) -> bool:
        """Return whether a word is filler, without information about a number next to it."""
        return _kinds().kind_of(word) is NumberKind.FILLER

    def names(self, first: int, last: int) -> NumberKind | None:
        """Return the kind that the surrounding words give to a number."""
        label = self.before(first)
        if label is None or label.names is NumberKind.OTHER:
            label = self.after(self._reading.groups[last].end) or label
        return label.names if label else None

    def _used_up(self, label: Label, first: int) -> bool:
        groups = self._reading.groups
        number = first - 1
        while number >= 0 and groups[number].start >= label.end:
            if groups[number].chain != groups[first].chain and groups[number].size >= 4:
                return True
            number -= 1
        return False

    def _of_a_column(self, label: Label, start: int) -> bool:
        """Return whether a label on a line above is the heading of a table or of a list of fields."""
        plain = self._reading.plain
        line = plain.rfind("\n", label.end, start)
        if line < 0:
            return False
        head = plain[max(plain.rfind("\n", 0, label.start), label.start - FAR, 0) : label.end]
        return any(letter in head for letter in "\t;|") or any(letter.isalnum() for letter in plain[line:start])

    def _all(self) -> list[Label]:
        if self._found is None:
            self._found = list(_labels(self._reading.plain))
            self._starts = [label.start for label in self._found]
            self._ends = [label.end for label in self._found]
        return self._found


def _close(between: str) -> bool:
    """Return whether only a few words and no end of a sentence stand between a label and its number."""
    if any(len(end["before"]) > 4 for end in _SENTENCE_END.finditer(between)):
        return False
    words = _PIECE.findall(between)
    if len(words) > MAX_WORDS or between.count("\n") > 2:
        return False
    kinds = _kinds()
    return all(kinds.kind_of(word) is NumberKind.FILLER for word in words) or words[-1] in _CAN_END


def _labels(plain: str) -> Iterator[Label]:
    kinds = _kinds()
    for match in _WORD.finditer(plain):
        word = match.group()
        names = kinds.exactly(word)
        if names is None and _PIECE.fullmatch(word) is None:
            parts = {kinds.kind_of(piece) for piece in _PIECE.findall(word)} - {None, NumberKind.FILLER}
            named = next((part for part in NumberKind if part in parts), None)  # "konto/KID": OTHER comes last
            if named is not None:
                yield Label(match.start(), match.end(), named)
            continue
        names = names or kinds.kind_of(word)
        if names is not None and names is not NumberKind.FILLER:
            yield Label(match.start(), match.end(), names)


class _Kinds:
    """The word lists."""

    def __init__(self, lines: str) -> None:
        self._whole: dict[str, NumberKind] = {}
        self._starts: dict[str, NumberKind] = {}
        self._ends: dict[str, NumberKind] = {}
        for line in lines.splitlines():
            kind, _, words = line.partition(":")
            if kind.startswith("#") or not words:
                continue
            for word in words.split():
                known = self._starts if word.endswith("*") else self._ends if word.startswith("*") else self._whole
                known[word.strip("*")] = NumberKind(kind.strip())

    def exactly(self, word: str) -> NumberKind | None:
        return self._whole.get(word)

    def kind_of(self, word: str) -> NumberKind | None:
        """Return the kind of the word, or of its beginning or ending."""
        if len(word) > LONGEST_WORD:
            return None
        whole = self._whole.get(word)
        if whole is not None:
            return whole
        for size in range(len(word), 1, -1):  # the longest match is the most specific one
            known = self._starts.get(word[:size]) or self._ends.get(word[-size:])
            if known is not None:
                return _misspelt(word) or known if known is NumberKind.OTHER else known
        return None


def _misspelt(word: str) -> NumberKind | None:
    """Return the kind of labels with one typing error before "nr" or "nummer", such as "kotnonr"."""
    stem = word.removesuffix("et").removesuffix("nummer").removesuffix("nr")
    if stem == word or len(stem) < 4:
        return None
    return next((names for known, names in _STEMS.items() if DamerauLevenshtein.distance(stem, known) <= 1), None)


@cache
def _kinds() -> _Kinds:
    return _Kinds((files("knowledge.language") / "masking" / "data" / "labels.txt").read_text(encoding="utf-8"))
