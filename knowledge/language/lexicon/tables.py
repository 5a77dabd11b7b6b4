"""Read the word tables in ``data/``: plain text, one entry per line, ``#`` starts a comment line."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


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
