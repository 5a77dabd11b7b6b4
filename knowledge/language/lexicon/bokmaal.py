"""Bokmål words for Nynorsk and dialect words, so that the encoder and the index compare like with like.

The encoder was trained on much Bokmål, little Nynorsk and no dialect. Frequent words stand in ``data/spelling.txt`` and
``data/nynorsk.txt``; other words get the endings and stems of Bokmål, if they are no Bokmål words themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from knowledge.language.lexicon.known import speakers
from knowledge.language.lexicon.spelling import STANDARD
from knowledge.language.lexicon.tables import entries

# Minimum letters for endings: shorter words are names and abbreviations more often than inflected words.
_SHORTEST: Final = 5

# Letters that two forms of one word share.
_SAME: Final = 4

# Stems anywhere in a word, for compounds that no table lists: "heimetenesta", "jobbtelefonane".
_STEMS: Final = tuple(
    (re.compile(nynorsk), bokmaal)
    for nynorsk, bokmaal in (
        ("heime(?=.)", "hjemme"),
        ("^heim", "hjem"),
        ("skule", "skole"),
        ("sjuke", "syke"),
        ("tenest", "tjenest"),
        ("brukar", "bruker"),
        ("pleiar", "pleier"),
        ("leiar", "leder"),
        ("lærar", "lærer"),
        ("skrivar", "skriver"),
        ("skannar", "skanner"),
        ("printar", "printer"),
        ("kalendar", "kalender"),
        ("namn", "navn"),
        ("lenkj", "lenk"),
        ("sommar", "sommer"),
        ("rekne", "regne"),
        ("oppgåv", "oppgav"),
    )
)

# Endings, tried in order; the first that gives a Bokmål word counts.
_ENDINGS: Final = (
    ("ingane", "ingene"),
    ("ingar", "inger"),
    ("inga", "ingen"),
    ("ane", "ene"),
    ("arane", "erne"),
    ("arar", "arer"),
    ("arar", "ere"),
    ("aren", "eren"),
    ("kjande", "kende"),
    ("gjande", "gende"),
    ("ande", "ende"),
    ("andes", "ende"),
    ("leg", "lig"),
    ("leget", "lig"),
    ("lege", "lige"),
    ("de", "te"),
    ("ast", "es"),
    ("ast", "est"),
    ("ar", "er"),
    ("ar", ""),
    ("a", "en"),
    ("a", "et"),
    ("a", "e"),
    ("an", "ene"),
    ("an", "en"),
    ("ern", "eren"),
    ("ln", "len"),
    ("n", "en"),
    ("å", "a"),
    ("å", "en"),
    ("i", "et"),
    ("kje", "ke"),
    ("kjer", "ker"),
    ("gje", "ge"),
)
# A vowel that speakers leave out of an ending: "mobil'n", "kalender’n".
_APOSTROPHE: Final = re.compile("['’]")

# Endings so clear that a compound no dictionary knows gets them, too.
_CLEAR: Final = ("ane", "ingar", "leg", "lege")


def has_bokmaal(word: str) -> bool:
    """Return whether a lower-case word of a Norwegian text is known to stand for a Bokmål word."""
    return word in STANDARD or in_bokmaal(word) != word


def has_nynorsk_stem(word: str) -> bool:
    """Return whether a lower-case word, often a compound, has a part that only Nynorsk writes: "brukarstøtta"."""
    return len(word) >= _SHORTEST and any(stem.search(word) for stem, _ in _STEMS)


@lru_cache(maxsize=50_000)
def in_bokmaal(word: str) -> str:
    """Return the Bokmål form of a lower-case word of a Norwegian text, in the same inflection where one is known.

    The word itself if it is Bokmål, or if none is known.
    """
    if word in LISTED:
        return LISTED[word]
    joined = _APOSTROPHE.sub("", word)
    if joined != word and (has_bokmaal(joined) or "nb" in speakers(joined)):
        return in_bokmaal(joined)
    common = STANDARD.get(word)
    if "nb" in speakers(word):
        # "kor" is a choir, but most often "hvor". "passordet" is only another form of "passord", and stays.
        return common if common is not None and not _same_word(word, common) else word
    if len(word) >= _SHORTEST:
        stemmed = word
        for stem, replacement in _STEMS:
            stemmed = stem.sub(replacement, stemmed)
        if stemmed != word and "nb" in speakers(stemmed):
            return stemmed
        base = _inflected(stemmed, clear=not speakers(word) - {"nn"})
        if base is not None:
            return base
        if stemmed != word:
            return stemmed
    return common or word


def _same_word(form: str, word: str) -> bool:
    """Return whether a form is only an inflection of the word: "går" of "gå", "hentet" of "hente"."""
    return form.startswith(word) or form[:_SAME] == word[:_SAME]


def _inflected(word: str, *, clear: bool) -> str | None:
    """Return the word with an ending of Bokmål.

    Args:
        clear: accept clear endings of words that no dictionary has.
    """
    for ending, replacement in _ENDINGS:
        if word.endswith(ending):
            tried = word[: len(word) - len(ending)] + replacement
            if "nb" in speakers(tried) or (clear and ending in _CLEAR):
                return tried
    return None


# Nynorsk or dialect word (lower case) → its Bokmål word.
LISTED: Final = {spelling: bokmaal for bokmaal, spellings in entries("nynorsk.txt") for spelling in spellings}
