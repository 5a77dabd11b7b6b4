"""Spellings and synonyms of words across Bokmål, Nynorsk, dialect and English, and courtesy phrases.

The table is ``data/spelling.txt``. It covers sounds and function words, not topics.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from knowledge.language.lexicon.tables import entries, sections
from knowledge.language.text import fold

# Minimum letters for variants with a and o instead of å and ø. Shorter words would collide.
SHORTEST_PLAIN: Final = 4


def _canonical() -> dict[str, str]:
    table: dict[str, str] = {}
    for standard, spellings in entries("spelling.txt"):
        for spelling in spellings:
            table.setdefault(spelling, standard.replace(" ", ""))
    for spelling, standard in list(table.items()):
        table.setdefault(spelling.replace("å", "aa").replace("ø", "oe").replace("æ", "ae"), standard)
        if len(spelling) >= SHORTEST_PLAIN:
            table.setdefault(spelling.replace("å", "a").replace("ø", "o").replace("æ", "ae"), standard)
    return table


# Spelling (lower case) → its Bokmål word. Not for English, where "me" and "no" are different words.
STANDARD = _canonical()


# Synonyms across Bokmål, Nynorsk and English, and the various names of products.


def _meanings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, others in entries("concepts.txt"):
        for word in (name, *others):
            table.setdefault(word.replace("-", ""), name)
    return table


# Word (lower case, without hyphens) → the word for its meaning.
MEANING = _meanings()


# Phrases of greetings, thanks and other small talk, from ``data/courtesy.txt``.


def _folded(phrase: str) -> str:
    return " ".join(fold(word) for word in phrase.split())


def _by_talk(tables: Iterable[tuple[tuple[str, ...], list[str]]]) -> dict[str, tuple[str, ...]]:
    by_talk: dict[str, tuple[str, ...]] = {}
    for (talk, *languages), phrases in tables:
        if languages:
            by_talk[talk] = (*by_talk.get(talk, ()), *map(_folded, phrases))
    return by_talk


_SECTIONS = tuple(sections("courtesy.txt"))

# Kind of small talk → phrases, every word folded.
BY_TALK = _by_talk(_SECTIONS)

# Phrase → the languages it is used in. "ok" and "nice" are used in all and are no evidence.
SAID_IN = {
    _folded(phrase): frozenset(languages) for (_, *languages), phrases in _SECTIONS if languages for phrase in phrases
}

# Words that may stand between two phrases without effect.
FILLER = frozenset(fold(word) for (talk, *_), words in _SECTIONS if talk == "filler" for word in words)
