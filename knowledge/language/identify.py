"""Distinguish Bokmål, Nynorsk and English, even in texts of three words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from knowledge.language.lexicon.bokmaal import has_nynorsk_stem
from knowledge.language.lexicon.known import speakers
from knowledge.language.lexicon.spelling import MEANING, STANDARD
from knowledge.language.lexicon.tables import MARKERS, sections
from knowledge.language.text import WORD, fold, words

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

# Verbs that stand beside their subject "me" in Nynorsk.
_VERBS = frozenset(
    [
        "er",
        "får",
        "har",
        "hadde",
        "kan",
        "kunne",
        "må",
        "skal",
        "skulle",
        "vil",
        "ville",
        "bør",
        "kjem",
        "treng",
        "brukar",
    ]
)
_REFLEXIVE = frozenset(["meg", "seg", "deg", "oss"])

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


def written_variety(text: str) -> str | None:
    """Return "nb" or "nn" where a Norwegian text has forms of that variety alone, else None.

    "og på mobil?" has none; nor has dialect, which users of both write: "kem e ambassadør hos oss".
    """
    typed = [match[0] for match in WORD.finditer(text)][:_READ]
    spoken = [word.lower() for word in typed]
    forms: set[str] = set()
    for at, word in enumerate(spoken):
        languages, weight = (("nn",), 1.0) if word == "me" and _means_we(spoken, at) else _languages_of_word(word)
        # Names stand in one of the dictionaries, too.
        is_name = weight < 1 and at > 0 and typed[at][0].isupper()
        # The ending of a word that no dictionary has is a guess: "kommunestyreseminar".
        known = weight > _ENDING and word not in _DIALECT and not is_name
        if len(languages) == 1 and languages[0] in _NORWEGIAN and known:
            forms.update(languages)
    return forms.pop() if len(forms) == 1 else None


def _means_we(spoken: Sequence[str], at: int) -> bool:
    """Return whether "me" stands beside a verb as its subject: "når får me"; in dialect it is "med", too."""
    before, after = spoken[at - 1] if at else "", spoken[at + 1] if at + 1 < len(spoken) else ""
    return after in _VERBS or (before in _VERBS and after not in _REFLEXIVE)
