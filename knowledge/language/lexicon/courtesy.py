"""Phrases of greetings, thanks and other small talk, from ``data/courtesy.txt``."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.language.lexicon.tables import sections
from knowledge.language.text import fold


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
