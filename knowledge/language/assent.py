"""Read a short reply to an offer or a list: yes, no, or which entry."""

from __future__ import annotations

from enum import Enum
from typing import Final

from knowledge.language.lexicon.tables import sections
from knowledge.language.text import clean, fold, words


class Assent(Enum):
    """What a reply says to the last offer or list."""

    YES = "yes"
    NO = "no"
    NONE = "none"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    LAST = "last"
    FURTHER = "further"

    def position(self, size: int) -> int | None:
        """Return the position of the entry of a list with ``size`` entries, or None if no entry is named."""
        at = {Assent.FIRST: 0, Assent.SECOND: 1, Assent.THIRD: 2, Assent.LAST: size - 1}.get(self)
        return at if at is not None and 0 <= at < size else None


def _folded(text: str) -> str:
    return " ".join(fold(word) for word in words(text))


_SECTIONS = {title[0]: phrases for title, phrases in sections("assent.txt")}
_TAILS = tuple(f" {_folded(phrase)}" for phrase in _SECTIONS.pop("tail"))
_AROUND = frozenset(fold(word) for line in _SECTIONS.pop("question") for word in line.split())
_PLACES = [[fold(word) for word in line.split()] for line in _SECTIONS.pop("place")]
LAST: Final = -1
_PLACE = {word: at for at, line in enumerate(_PLACES[:-1]) for word in line} | dict.fromkeys(_PLACES[-1], LAST)
_TABLE = {_folded(phrase): Assent(name) for name, phrases in _SECTIONS.items() for phrase in phrases}
_NUMBERED = frozenset({"nr", "nummer", "number", "no"})
# Ordinals and other words for a position.
_NAMED = 3
# Digits of a number that are read; Python reads no number of thousands.
_DIGITS = 4
_LONGEST = max(len(phrase.split()) for phrase in _TABLE) + max(len(tail.split()) for tail in _TAILS)


def assent(text: str) -> Assent | None:
    """Return what a whole message says to the last offer, or None if it says anything else."""
    said = words(clean(text))
    # "Nr 7": no list of Heia's is so long.
    if len(said) == 2 and said[0] in _NUMBERED and said[1].isdecimal() and int(said[1][:_DIGITS]) > _NAMED:
        return Assent.FURTHER
    if not 0 < len(said) <= _LONGEST:
        return None
    reply = " ".join(fold(word) for word in said)
    # "Ja, jeg er sikker", "avbryt nå".
    cut = (reply.removesuffix(tail) for tail in _TAILS if reply.endswith(tail))
    return next((_TABLE[phrase] for phrase in (reply, *cut) if phrase in _TABLE), None)


def place_named(text: str) -> int | None:
    """Return the place, from 0, of the question that a whole message names by its number, or ``LAST``, or None.

    "Nr 3", "hva med spørsmål 2", "den siste".
    """
    said = [fold(word) for word in words(clean(text))]
    places = [_PLACE[word] for word in said if word in _PLACE]
    return places[0] if len(places) == 1 and _AROUND.issuperset(word for word in said if word not in _PLACE) else None


def subject_named(text: str) -> tuple[str, ...]:
    """Return the folded words that a message names a question by: "hva med møterommet"."""
    return tuple(word for word in map(fold, words(clean(text))) if word not in _AROUND and word not in _PLACE)
