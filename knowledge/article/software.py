"""Find an approved program by a name or alias, possibly misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from knowledge.language.text import clean, fold, words

# Similarity (0–100) at which a misspelt name is accepted, unless a second program is within ``LEAD``.
SURE: Final = 88.0
LEAD: Final = 6.0
SIMILAR: Final = 72.0
SHORTEST_MISSPELT: Final = 5
MAX_SIMILAR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramMatch:
    """Result of the search.

    ``id`` is None if unsure. ``similar`` are ids of close matches, best first.
    """

    id: str | None = None
    similar: tuple[str, ...] = ()


def find_program(name: str, names: Mapping[str, Iterable[str]]) -> ProgramMatch:
    """Return the program called ``name``.

    Args:
        name: the user's name for the program; misspelling is accepted from five letters.
        names: program id to its name and aliases.
    """
    wanted = _key(name)
    if not wanted:
        return ProgramMatch()
    keys = {id_: {key for alias in aliases if (key := _key(alias))} for id_, aliases in names.items()}
    exact = [id_ for id_, known in keys.items() if wanted in known]
    if len(exact) == 1:
        return ProgramMatch(id=exact[0])
    scores = sorted(((_likeness(wanted, known), id_) for id_, known in keys.items()), key=lambda s: (-s[0], s[1]))
    similar = tuple(id_ for score, id_ in scores if score >= SIMILAR)[:MAX_SIMILAR]
    clear = len(scores) == 1 or (bool(scores) and scores[0][0] - scores[1][0] >= LEAD)
    if scores and clear and scores[0][0] >= SURE and len(wanted) >= SHORTEST_MISSPELT:
        return ProgramMatch(id=scores[0][1])
    return ProgramMatch(similar=similar)


def _key(name: str) -> str:
    """Return the name without case, accents, blanks and punctuation: ``7-Zip`` and ``7 zip`` are equal."""
    return "".join(sign for word in words(clean(name)) for sign in fold(word) if sign.isalnum())


def _likeness(wanted: str, known: Iterable[str]) -> float:
    return max((fuzz.ratio(wanted, key) for key in known), default=0.0)
