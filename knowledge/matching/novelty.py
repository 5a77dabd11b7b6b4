"""Detect questions about a subject without any article: "når kommer bussen" without bus articles.

Such a question may be close to a phrasing, "når kommer Office 365", except for the one word that names its subject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from knowledge.language.lexicon.known import is_known
from knowledge.matching.reading import Reading

# Limits: a word in the phrasings of more articles than both does not identify a subject.
_COMMON_SHARE: Final = 0.2
_COMMON_LEAST: Final = 5

# Words up to this length are function words, not subjects.
_SHORT: Final = 2


def is_new(reading: Reading, *, spread: Callable[[str], int], articles: int) -> bool:
    """Return whether all subject words are unknown to the index, but correctly spelled.

    Args:
        spread: number of articles that have a phrasing with a given meaning.
        articles: number of all articles.
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
