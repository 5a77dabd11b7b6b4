"""Recognise an emergency of people, and its kind, from word patterns; the whole text is read.

A pattern is within one sentence, and a word of office life voids a weak one only in the same clause: "han puster ikke
hvordan får jeg åpnet journalen" asks another question without a mark.

A pattern of ``data/emergency.txt`` is ``kind: element element …``. An element has alternatives between slashes; a
star stands for any letters, ``@name`` for the words of the line ``class name: …`` above. ``~3`` lets the next element
stand up to three words on instead of two. ``weak-`` before a kind: the pattern does not count beside a word of office
life or of a course, such as "mail" or "øvelse". A pattern of the kind ``figurative`` voids the patterns it overlaps.
Two kinds do so only in a message that names no person: ``thing``, of something at the office that is said to suffer
or to attack, "Excel har gått amok", without the writer in it or a preposition before it; and ``cause``, of what an
office matter is said to do to the writer, "jeg drukner i varsler". ``used`` is of a thing that does not react to
those who use it, "tavla reagerer ikke når elevene trykker", in a message that names no other person.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Final

from knowledge.language.clauses import Starts, part_starts
from knowledge.language.concerns.people import listed_names
from knowledge.language.lexicon.known import speakers
from knowledge.language.text import WORD, words

REACH: Final = 2
# Kinds of figures of speech, and the classes of words that the code asks for.
_FIGURES: Final = frozenset(["figurative", "thing", "cause", "used"])
_ASKED: Final = ("people", "speaker", "placed", "article", "matter")
_CLASS: Final = re.compile(r"@(\w+)")
# A weak pattern does not count with such a word at most this many words away.
OFFICE_FAR: Final = 8
# What is in a room happens to people: "kopirommet: bevisstløs".
SHORTEST_ROOM: Final = 5
_ROOMS: Final = ("rom", "rommet", "room", "hall", "hallen", "gang", "gangen", "kontor", "kontoret", "lab", "laben")

# A shorter word with "o" for "ø" or "a" for "å" is often another word: "do", "far", "ga".
LONG: Final = 5
_DIGRAPHS: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
_SINGLE: Final = str.maketrans({"æ": "e", "ø": "o", "å": "a"})


class Emergency(StrEnum):
    """Kind of emergency, most urgent reply first."""

    FIRE = "fire"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True)
class _Element:
    reach: int
    words: frozenset[str]
    starts: tuple[str, ...]

    @property
    def alternatives(self) -> tuple[str, ...]:
        return (*self.words, *self.starts)

    def fits(self, word: str) -> bool:
        return word in self.words or (bool(self.starts) and word.startswith(self.starts))


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Elements in order; without a kind, a figure of speech."""

    kind: Emergency | None
    weak: bool
    figure: str
    elements: tuple[_Element, ...]

    def end_at(self, said: Sequence[str], first: int) -> int | None:
        """Return where the pattern ends whose first element is at a word, or None."""
        last = first
        for element in self.elements[1:]:
            near = range(last + 1, min(last + 1 + element.reach, len(said)))
            fitting = next((place for place in near if element.fits(said[place])), None)
            if fitting is None:
                return None
            last = fitting
        return last


class _PatternIndex:
    """Patterns by the words of one element of each."""

    def __init__(self, patterns: Iterable[tuple[_Pattern, _Element]]) -> None:
        self._by_word: dict[str, list[_Pattern]] = {}
        self._by_start: dict[str, dict[str, list[_Pattern]]] = {}
        for pattern, element in patterns:
            for word in element.words:
                self._by_word.setdefault(word, []).append(pattern)
            for start in element.starts:
                self._by_start.setdefault(start[:2], {}).setdefault(start, []).append(pattern)

    def having(self, word: str) -> Iterator[_Pattern]:
        """Yield the patterns whose element fits a word."""
        yield from self._by_word.get(word, ())
        for start, patterns in self._by_start.get(word[:2], {}).items():
            if word.startswith(start):
                yield from patterns


class _PatternBook:
    """Patterns by their first element, and by the one whose words are in fewest patterns.

    "Jeg" begins a hundred patterns, and nearly every message has it.
    """

    def __init__(self, patterns: Sequence[_Pattern]) -> None:
        times = Counter(said for pattern in patterns for element in pattern.elements for said in element.alternatives)

        def rarest(pattern: _Pattern) -> _Element:
            return min(pattern.elements, key=lambda element: max(times[said] for said in element.alternatives))

        self._first = _PatternIndex((pattern, pattern.elements[0]) for pattern in patterns)
        self._rarest = _PatternIndex((pattern, rarest(pattern)) for pattern in patterns)

    def begun_in(self, said: Sequence[str]) -> list[tuple[int, _Pattern]]:
        """Return the patterns that words may have, with each place where one may begin."""
        possible = {id(pattern) for word in set(said) for pattern in self._rarest.having(word)}
        if not possible:
            return []
        return [
            (place, pattern)
            for place, word in enumerate(said)
            for pattern in self._first.having(word)
            if id(pattern) in possible
        ]


# One turn asks for the same message several times.
@lru_cache(maxsize=16)
def emergency_in(text: str) -> Emergency | None:
    """Return the kind of emergency that a text reports, or None."""
    text = text.replace("’", "'")
    said = words(text)
    if not (spans := _spans(said)):
        return None
    begins = part_starts(text)
    spans = _in_one_sentence(spans, begins)
    disturbed = [place for place, word in enumerate(said) if _OFFICE.fits(word)]
    figurative = _figurative(spans, text, said)
    kinds = {
        pattern.kind
        for first, last, pattern in spans
        if figurative.isdisjoint(range(first, last + 1))
        and not (pattern.weak and _is_disturbed(disturbed, begins.clauses, first, last))
    }
    return next((kind for kind in Emergency if kind in kinds), None)


def only_sounds_urgent(text: str) -> bool:
    """Return whether a text has a figure of speech, or a word of office life such as "mail" or "logge inn"."""
    text = text.replace("’", "'")
    said = words(text)
    if any(_OFFICE.fits(word) or _MATTER.fits(word) for word in said):
        return True
    spans = _spans(said)
    return bool(spans and _figurative(_in_one_sentence(spans, part_starts(text)), text, said))


def _spans(said: Sequence[str]) -> list[tuple[int, int, _Pattern]]:
    """Return the patterns that words have, each with its first and last place, wherever a sentence ends."""
    begun = _BOOK.begun_in(said)
    return [(place, last, pattern) for place, pattern in begun if (last := pattern.end_at(said, place)) is not None]


def _in_one_sentence(spans: Sequence[tuple[int, int, _Pattern]], begins: Starts) -> list[tuple[int, int, _Pattern]]:
    """Return the patterns that are within one sentence, a figure of speech within one question."""
    return [
        (first, last, pattern)
        for first, last, pattern in spans
        if not _has_any(begins.questions if pattern.figure else begins.sentences, first + 1, last)
    ]


def _figurative(spans: Sequence[tuple[int, int, _Pattern]], text: str, said: Sequence[str]) -> set[int]:
    """Return the places of the words that are a figure of speech."""
    return {
        place
        for first, last, pattern in spans
        if pattern.figure and not _is_literal(pattern, text, said, first, last)
        for place in range(first, last + 1)
    }


def _is_literal(pattern: _Pattern, text: str, said: Sequence[str], first: int, last: int) -> bool:
    """Return whether what sounds like a figure of speech is none, for it may be about people."""
    if pattern.figure == "figurative":
        return False
    typed = WORD.findall(text)
    within = said[first : last + 1]
    tells = "I" in typed[first : last + 1] or any(map(_SPEAKERS.fits, within))
    if any(len(word) > SHORTEST_ROOM and word.endswith(_ROOMS) for word in within) or (
        pattern.figure == "thing" and (tells or _is_placed(said[:first]))
    ):
        return True
    names = (word for word in typed if word.lower() in listed_names())
    others = (*said[:first], *said[last + 1 :]) if pattern.figure == "used" else said
    if pattern.figure == "used" and (not first or any(map(_SPEAKERS.fits, said))):
        return True
    return any(map(_PEOPLE.fits, others)) or any(word[0].isupper() or not speakers(word) for word in names)


def _is_placed(before: Sequence[str]) -> bool:
    """Return whether a preposition stands before the next word, with or without an article."""
    return any(map(_PLACED.fits, before[-2:-1] if before[-1:] and _ARTICLES.fits(before[-1]) else before[-1:]))


def _has_any(places: Sequence[int], first: int, last: int) -> bool:
    """Return whether one of the sorted places is from ``first`` to ``last``."""
    at = bisect_left(places, first)
    return at < len(places) and places[at] <= last


def _is_disturbed(places: Sequence[int], begins: Sequence[int], first: int, last: int) -> bool:
    """Return whether one of the sorted places is near, in the same clauses as the words from ``first`` to ``last``."""
    start, end = bisect_right(begins, first), bisect_right(begins, last)
    earliest = max(first - OFFICE_FAR, begins[start - 1] if start else 0)
    latest = min(last + OFFICE_FAR, begins[end] - 1 if end < len(begins) else last + OFFICE_FAR)
    return _has_any(places, earliest, latest)


def _patterns() -> tuple[_PatternBook, _Element, Mapping[str, _Element]]:
    lines = (files("knowledge.language") / "data" / "emergency.txt").read_text(encoding="utf-8").splitlines()
    patterns: list[_Pattern] = []
    office = ""
    classes: dict[str, str] = {}
    for line in lines:
        name, _, pattern = line.partition(": ")
        if name.startswith("class "):
            classes[name.removeprefix("class ")] = pattern
        elif name == "office":
            office += f"/{'/'.join(pattern.split())}"
        elif pattern and not name.startswith("#"):
            elements = _elements(_CLASS.sub(lambda match: classes[match[1]], pattern))
            kind = None if name in _FIGURES else Emergency(name.removeprefix("weak-"))
            figure = name if name in _FIGURES else ""
            patterns.append(_Pattern(kind, name.startswith("weak-"), figure, elements))
    return _PatternBook(patterns), _element(office, REACH), {name: _element(classes[name], REACH) for name in _ASKED}


def _elements(pattern: str) -> tuple[_Element, ...]:
    elements, reach = [], REACH
    for piece in pattern.split():
        if piece.startswith("~"):
            reach = int(piece[1:])
            continue
        elements.append(_element(piece, reach))
        reach = REACH
    return tuple(elements)


def _spellings(word: str) -> set[str]:
    """Return a word, also with æ, ø, å as "ae", "oe", "aa"; a long one with one letter each."""
    if word.isascii():
        return {word}
    spellings = {word, word.translate(_DIGRAPHS)}
    return spellings | {word.translate(_SINGLE)} if len(word.rstrip("*")) >= LONG else spellings


def _element(alternatives: str, reach: int) -> _Element:
    spellings = [
        spelling for alternative in alternatives.split("/") if alternative for spelling in _spellings(alternative)
    ]
    return _Element(
        reach,
        frozenset(alternative for alternative in spellings if not alternative.endswith("*")),
        tuple(alternative[:-1] for alternative in spellings if alternative.endswith("*")),
    )


# Read when the module is imported: an upgrade in place never mixes this code with a newer file.
_BOOK, _OFFICE, _CLASSES = _patterns()
_PEOPLE, _SPEAKERS, _PLACED, _ARTICLES, _MATTER = (_CLASSES[name] for name in _ASKED)
