"""Tell Bokmål, Nynorsk and English apart, on three words if need be."""

from __future__ import annotations

from knowledge.lexicon.markers import MARKERS
from knowledge.text import fold, words

LANGUAGES = ("nb", "nn", "en")
"""In the order they win when nothing tells them apart."""

_ENDINGS = {
    "nn": ("ane", "ar", "ast", "leg", "lege", "ingar", "ingane", "heit", "aste"),
    "nb": ("ene", "else", "elser", "et", "lig", "lige", "inger", "ingene", "het", "este"),
    "en": ("ing", "tion", "ly", "ould", "ness", "ght", "ck", "th", "wh", "ies"),
}
_LONGEST_ENDING = 5


def _endings() -> dict[str, str]:
    return {ending: language for language, endings in _ENDINGS.items() for ending in endings}


_LANGUAGE_OF_ENDING = _endings()


def weigh(text: str) -> dict[str, float]:
    """Return the evidence for each language, at least 0; function words count full, endings a quarter."""
    weight = dict.fromkeys(LANGUAGES, 0.0)
    for word in words(text):
        marked = MARKERS.get(word) or MARKERS.get(fold(word))
        if marked:
            for language in marked:
                weight[language] += 1 / len(marked)
            continue
        if not word.isascii() and any(letter in word for letter in "æøå"):
            weight["nb"] += 0.125
            weight["nn"] += 0.125
        for size in range(min(_LONGEST_ENDING, len(word) - 2), 1, -1):
            ending = word[-size:]
            if ending in _LANGUAGE_OF_ENDING:
                weight[_LANGUAGE_OF_ENDING[ending]] += 0.25
                break
    return weight


def identify(text: str) -> str:
    """Return the language of an utterance: nb, nn or en; nb when nothing tells."""
    weight = weigh(text)
    return max(LANGUAGES, key=lambda language: weight[language])
