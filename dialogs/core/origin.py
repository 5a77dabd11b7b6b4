"""Authors of the words in a copy, for exports and erasures."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from dialogs.core.data_rules import Purpose
from knowledge.organisation.person_id import PersonId

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
