"""Chapters of documents for auditors and controllers."""

from dataclasses import dataclass

from dialogs.core.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: paragraphs, then a table. Each row has one cell for each column."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def columns(texts: Texts, *names: str) -> tuple[str, ...]:
    """Return the headings of a table's columns."""
    return tuple(texts(f"record.column.{name}") for name in names)


def to_fill_in(texts: Texts, key: str) -> str:
    """Return the marked field for what only the controller knows."""
    return texts("record.fill", what=texts(f"{key}.fill"))
