"""Synonyms across Bokmål, Nynorsk and English, and the names people use for one product.

The table is ``data/concepts.txt``: general words first, then those of a digital workplace. A word with several
meanings stands under the likelier one, or on no line.
"""

from __future__ import annotations

from knowledge.language.lexicon.tables import entries


def _meanings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, others in entries("concepts.txt"):
        for word in (name, *others):
            table.setdefault(word.replace("-", ""), name)
    return table


MEANING = _meanings()
"""Word, lower case, without hyphens → the word that names its meaning."""
