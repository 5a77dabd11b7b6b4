"""Whether an utterance asks about something that no article is about: "når kommer bussen" to a desk without buses.

It may lie very near a phrasing, "når kommer Office 365", all of it but the one word that tells what is asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from knowledge.language.lexicon.known import is_known
from knowledge.matching.reading import Reading

_COMMON_SHARE: Final = 0.2
_COMMON_LEAST: Final = 5
"""A word in the phrasings of more articles than both does not tell which is meant."""

_SHORT: Final = 2
"""Words this short say how something is asked, not what about."""


def is_new(reading: Reading, *, spread: Callable[[str], int], articles: int) -> bool:
    """Tell whether all words that tell what it is about are new here, and spelled right: a real word, not a slip.

    Args:
        spread: how many articles have a phrasing with this meaning.
        articles: how many there are.
    """
    common = max(_COMMON_LEAST, _COMMON_SHARE * articles)
    new = False
    for word, meaning in zip(reading.spelled, reading.meanings, strict=True):
        number = spread(meaning)
        if number > common or (number == 0 and len(word) <= _SHORT):
            continue
        if number > 0 or not is_known(word):
            return False
        new = True
    return new
