"""Nynorsk, dialect and informal spellings of Bokmål words.

The table is ``data/spelling.txt``. It covers sounds and function words, not topics.
"""

from __future__ import annotations

from typing import Final

from knowledge.language.lexicon.tables import entries

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
