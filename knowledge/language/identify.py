"""Distinguish Bokmål, Nynorsk and English, even in texts of three words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

from knowledge.language.lexicon.bokmaal import has_nynorsk_stem
from knowledge.language.lexicon.known import speakers
from knowledge.language.lexicon.spelling import MEANING, STANDARD
from knowledge.language.lexicon.tables import MARKERS, sections
from knowledge.language.text import fold, words

# In order of preference for ties.
LANGUAGES = ("nb", "nn", "en")

_NORWEGIAN = ("nb", "nn")
_READ = 50
_PRODUCTS = frozenset(["android", "chrome", "edge", "firefox", "intune", "microsoft", "outlook", "windows"])
# Product names used in Norwegian too. Teams and Word are English dictionary words, but no evidence for English.
_NAMES = frozenset(MEANING.values()) | _PRODUCTS

_ENDINGS = {
    "nn": ("ane", "ar", "ast", "leg", "lege", "ingar", "ingane", "aste", "ja", "heit"),
    "nb": ("ene", "else", "elser", "lig", "lige", "inger", "ingene"),
    "en": ("tion", "ly", "ould", "ness", "ght", "ies"),
}
_LONGEST_ENDING = 5
# Weights of an ending and of a word in one language's dictionary only. A function word has weight 1.
_ENDING, _DICTIONARY = 0.25, 0.5

# Lead of one variety over the other: a function word, or two words of its dictionary alone. Names of places and people
# stand in one of the dictionaries, too.
_ENOUGH = 0.75

_DIALECT = frozenset(word for _, lines in sections("dialect.txt") for line in lines for word in line.split())
_LANGUAGE_OF_ENDING = {ending: language for language, endings in _ENDINGS.items() for ending in endings}


# One turn asks for the same message many times.
@lru_cache(maxsize=16)
def language_evidence(text: str) -> Mapping[str, float]:
    """Return the evidence for each language, at least 0, from the first fifty words."""
    weight = dict.fromkeys(LANGUAGES, 0.0)
    for word in words(text)[:_READ]:
        speaks, counts = _languages_of_word(word)
        for language in speaks:
            weight[language] += counts * _share(language, speaks)
    return MappingProxyType(weight)


def _share(language: str, speaks: Collection[str]) -> float:
    """Return the share of a word's weight for one of its languages.

    "To" and "me" are as much English as Norwegian, whichever of the two varieties.
    """
    if "en" not in speaks or len(speaks) == 1:
        return 1 / len(speaks)
    return 0.5 if language == "en" else 0.5 / (len(speaks) - 1)


def _languages_of_word(word: str) -> tuple[tuple[str, ...], float]:
    """Return the languages a word indicates, and its weight; a number indicates none."""
    if not any(map(str.isalpha, word)):
        return (), 0.0
    marked = MARKERS.get(word) or MARKERS.get(fold(word))
    if marked:
        return marked, 1.0
    spoken = speakers(word)
    # Spoken forms such as "kem" and "ka" stand in dictionaries of Nynorsk, and are written by users of both.
    if word in STANDARD and (spoken != {"nn"} or word in _DIALECT):
        return _NORWEGIAN, 1.0
    if spoken == {"nn"} or (not spoken and has_nynorsk_stem(word)):
        return ("nn",), _DICTIONARY
    if not word.isascii() and any(letter in word for letter in "æøå"):
        return _NORWEGIAN, 0.5
    norwegian = "nb" in spoken or "nn" in spoken
    if norwegian != ("en" in spoken):
        if not norwegian:
            return (() if word in _NAMES else ("en",)), _DICTIONARY
        ending = None if spoken >= {"nb", "nn"} else _language_of_ending(word, _NORWEGIAN)
        return ((ending,) if ending else _NORWEGIAN), _DICTIONARY
    ending = _language_of_ending(word, LANGUAGES)
    return ((ending,), _ENDING) if ending else ((), 0.0)


def _language_of_ending(word: str, among: Collection[str]) -> str | None:
    """Return the language of the longest known ending, if it is one of ``among``."""
    for size in range(min(_LONGEST_ENDING, len(word) - 2), 1, -1):
        if (language := _LANGUAGE_OF_ENDING.get(word[-size:])) in among:
            return language
    return None


def identify(text: str) -> str:
    """Return the language of an utterance: nb, nn or en; nb without evidence.

    First English is compared with Norwegian, then Bokmål with Nynorsk, so that the two close languages do not split
    their evidence.
    """
    weight = language_evidence(text)
    if weight["en"] > weight["nb"] + weight["nn"]:
        return "en"
    return "nn" if weight["nn"] > weight["nb"] else "nb"


def favours_one_variety(text: str, *, clearly: bool = True) -> bool:
    """Return whether a Norwegian text has more evidence for one variety.

    "og på mobil?" has not; nor has dialect, which users of both write: "kem e ambassadør hos oss".

    Args:
        clearly: more than one word that is in a dictionary of one variety alone.
    """
    spoken = words(text)[:_READ]
    if not _DIALECT.isdisjoint(spoken):
        return False
    weight = language_evidence(text)
    lead = abs(weight["nn"] - weight["nb"])
    marked = not clearly or any(len(MARKERS.get(word, _NORWEGIAN)) == 1 for word in spoken)
    return lead >= _ENOUGH or (lead > 0 and marked)
