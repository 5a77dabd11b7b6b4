"""Word tables in ``data/``: plain text, one entry per line, ``#`` begins a comment."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from knowledge.language.text import fold


def lines(name: str) -> list[str]:
    """Return the lines of a table without comments and blank lines."""
    text = (files("knowledge.language.lexicon") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def entries(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the head word and the other words of each ``head: word word`` line."""
    for line in lines(name):
        head, _, others = line.partition(":")
        yield head, others.split()


def sections(name: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the title words and the lines of each ``[title …]`` section."""
    title: tuple[str, ...] = ()
    body: list[str] = []
    for line in lines(name):
        if line.startswith("["):
            if title:
                yield title, body
            title, body = tuple(line.strip("[]").split()), []
        else:
            body.append(line)
    if title:
        yield title, body


# Short, frequent words that indicate one language, or two of the three.


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


# Place names, as lower-case words. The table is ``data/places.txt``.

PLACES: Final = frozenset(word for line in lines("places.txt") for word in line.split())


# Encyclopaedia questions; calibration learns the scores of unrelated questions from them.

ELSEWHERE = tuple(lines("elsewhere.txt"))


# Weights before anything is learned: how likenesses are blended, and how sure their evidence makes.

# Weights of the likenesses, in the order of ``knowledge.matching.evidence.LIKENESSES``, without and with an encoder.
BLEND = {"letters": (1.36, 0.93), "meaning": (0.53, 0.29, 1.42, 1.31, 0.67)}

# Weights of the evidence, in the order of ``knowledge.matching.evidence.EVIDENCE``, and a constant.
PRIOR = {
    "letters": (2.25, 0.24, 0.56, 0.0, -0.11, -0.4),
    "meaning": (1.66, 0.24, 0.51, 1.27, -0.11, -0.13),
}
