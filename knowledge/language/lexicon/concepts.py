"""Synonyms across Bokmål, Nynorsk and English, and the various names of products.

The table is ``data/concepts.txt``: general words first, then words of a digital workplace. A word with several meanings
is listed under the most likely one, or not at all.
"""

from __future__ import annotations

from knowledge.language.lexicon.tables import entries


def _meanings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, others in entries("concepts.txt"):
        for word in (name, *others):
            table.setdefault(word.replace("-", ""), name)
    return table


# Word (lower case, without hyphens) → the word for its meaning.
MEANING = _meanings()
