"""Read a short reply to an offer or a list: yes, no, or which entry."""

from __future__ import annotations

from enum import Enum

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


_TABLE = {_folded(phrase): Assent(title[0]) for title, phrases in sections("assent.txt") for phrase in phrases}
_NUMBERED = frozenset({"nr", "nummer", "number", "no"})
# Ordinals and other words for a position.
_NAMED = 3
_LONGEST = max(len(phrase.split()) for phrase in _TABLE)


def assent(text: str) -> Assent | None:
    """Return what a whole message says to the last offer, or None if it says anything else."""
    said = words(clean(text))
    # "Nr 7": no list of Heia's is so long.
    if len(said) == 2 and said[0] in _NUMBERED and said[1].isdigit() and int(said[1]) > _NAMED:
        return Assent.FURTHER
    return _TABLE.get(" ".join(fold(word) for word in said)) if 0 < len(said) <= _LONGEST else None
