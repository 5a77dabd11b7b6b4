"""Compare the entries of a file with those of the registry."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Generic, Protocol, TypeVar


class Entry(Protocol):
    """A dataclass that belongs to one person."""

    @property
    def person_id(self) -> str:
        """The person's id."""
        ...


T = TypeVar("T", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange(Generic[T]):
    """A changed entry, with the names of the changed fields."""

    before: T
    after: T
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanges(Generic[T]):
    """Changes of an import, each part sorted by person id."""

    adds: tuple[T, ...]
    changes: tuple[FieldChange[T], ...]
    removals: tuple[T, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether the import changes nothing."""
        return not (self.adds or self.changes or self.removals)


def changes_between(current: Iterable[T], wanted: Iterable[T]) -> EntryChanges[T]:
    """Compare current entries with those of a file.

    To import only a part of the registry, pass only this part as ``current``.
    """
    before = {entry.person_id: entry for entry in current}
    after = {entry.person_id: entry for entry in wanted}
    both = sorted(before.keys() & after.keys())
    changes = tuple(
        FieldChange(before=before[id_], after=after[id_], fields=_differing(before[id_], after[id_]))
        for id_ in both
        if before[id_] != after[id_]
    )
    return EntryChanges(
        adds=tuple(after[id_] for id_ in sorted(after.keys() - before.keys())),
        changes=changes,
        removals=tuple(before[id_] for id_ in sorted(before.keys() - after.keys())),
        unchanged=len(both) - len(changes),
    )


def _differing(before: Entry, after: Entry) -> tuple[str, ...]:
    names = [field.name for field in fields(before)]  # type: ignore[arg-type]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
