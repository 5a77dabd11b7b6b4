"""Registry files: import and export of people and ambassadors, and the preview of an import."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Generic, Protocol, TypeVar

from knowledge.organisation.importers.ambassadors import AMBASSADOR_COLUMNS, parse_ambassadors, write_ambassadors
from knowledge.organisation.importers.fault import FaultKind, ImportFault
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, Colleague, parse_people, write_people
from knowledge.organisation.importers.rows import Column, ImportRow, rows_of_csv, rows_of_sheet

__all__ = [
    "AMBASSADOR_COLUMNS",
    "PEOPLE_COLUMNS",
    "Colleague",
    "Column",
    "FaultKind",
    "FieldChange",
    "ImportFault",
    "ImportRow",
    "Plan",
    "parse_ambassadors",
    "parse_people",
    "plan",
    "rows_of_csv",
    "rows_of_sheet",
    "write_ambassadors",
    "write_people",
]


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
class Plan(Generic[T]):
    """Changes of an import, each part sorted by person id."""

    adds: tuple[T, ...]
    changes: tuple[FieldChange[T], ...]
    removals: tuple[T, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether the import changes nothing."""
        return not (self.adds or self.changes or self.removals)


def plan(current: Iterable[T], wanted: Iterable[T]) -> Plan[T]:
    """Compare current entries with those of a file.

    To import only a part of the registry, pass only this part as ``current``.
    """
    before = {each.person_id: each for each in current}
    after = {each.person_id: each for each in wanted}
    both = sorted(before.keys() & after.keys())
    changes = tuple(
        FieldChange(before=before[id_], after=after[id_], fields=_differing(before[id_], after[id_]))
        for id_ in both
        if before[id_] != after[id_]
    )
    return Plan(
        adds=tuple(after[id_] for id_ in sorted(after.keys() - before.keys())),
        changes=changes,
        removals=tuple(before[id_] for id_ in sorted(before.keys() - after.keys())),
        unchanged=len(both) - len(changes),
    )


def _differing(before: Entry, after: Entry) -> tuple[str, ...]:
    names = [each.name for each in fields(before)]  # type: ignore[arg-type]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
