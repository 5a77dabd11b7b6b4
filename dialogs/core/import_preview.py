"""Imports and changed files: a preview of what would become of each entry, and what the desk wrote."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from dialogs.core.event import Event
from knowledge.language.masking import mask


class ImportResult(StrEnum):
    """What an import does with one entry."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DRAFT = "draft"
    # Another entry says the same, and nobody chose to have both.
    DUPLICATE = "duplicate"
    # It is being written on the desk: left alone.
    HAS_DRAFT = "has_draft"
    REFUSED = "faulty"


APPLIED: Final = frozenset({ImportResult.NEW, ImportResult.CHANGED, ImportResult.DRAFT})


class Planned(Protocol):
    """An entry of an import with its result."""

    @property
    def result(self) -> ImportResult: ...


P = TypeVar("P", bound=Planned)


def to_apply(entries: Iterable[P]) -> tuple[P, ...]:
    """Return the entries that an import stores; the others are left alone."""
    return tuple(entry for entry in entries if entry.result in APPLIED)


def pasted_text(event: Event) -> str:
    """Return the masked text of an import's form."""
    # Not ``pressed.text``, which strips the last empty cells of a table.
    raw = event.pressed.data.get("text", "")
    return str(mask(raw)) if isinstance(raw, str) else ""


# Changed content files: what the desk wrote applies until its file changes again.


def file_changed(digest: str, now: str, *, or_gone: bool = False) -> bool:
    """Return whether a file has another digest ``now``, empty without a file; ``or_gone``: or was taken out."""
    return digest != now and (or_gone or bool(now))
