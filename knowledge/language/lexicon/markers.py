"""Short, frequent words that indicate one language, or two of the three.

The table is ``data/markers.txt``.
"""

from __future__ import annotations

from knowledge.language.lexicon.tables import sections
from knowledge.language.text import fold


def _markers() -> dict[str, tuple[str, ...]]:
    by_word: dict[str, list[str]] = {}
    for marked, body in sections("markers.txt"):
        for word in " ".join(body).split():
            languages = by_word.setdefault(word, [])
            languages.extend(language for language in marked if language not in languages)
    return {word: tuple(languages) for word, languages in by_word.items()} | {
        fold(word): tuple(languages) for word, languages in by_word.items() if fold(word) not in by_word
    }


# Word (lower case, plain or folded) → the languages it indicates.
MARKERS = _markers()
