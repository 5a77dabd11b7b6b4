"""Entries of the data inventory, and requests about personal data that reached the officer."""

from calendar import monthrange
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Self, TypeVar, cast, get_args, get_origin, get_type_hints

from dialogs.core.data_rules import DataRules, FieldSource, Ground, Purpose, month_term
from dialogs.core.record import Record
from knowledge.organisation.unit import PersonId

T = TypeVar("T")


class Undeclared(TypeError):
    """A stored field declares no purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(DataRules):
    """One kind of stored data with its rules.

    Attributes:
        kind: the record's KIND, or the name of data that the store itself keeps.
        record: the record class; None for data that the store itself keeps.
        purposes: every stored field with its purpose; ``chat.images`` is a field of a part without its own
            purpose.
    """

    kind: str
    record: type[Record] | None
    purposes: Mapping[str, Purpose]

    @classmethod
    def from_record(cls, record: type[Record]) -> Self:
        """Return the entry of a record class. Raises Undeclared."""
        rules = {field.name: getattr(record.RULES, field.name) for field in fields(DataRules)}
        return cls(kind=record.KIND, record=record, purposes=purposes_of(record), **rules)


def purposes_of(stored: type[Any]) -> Mapping[str, Purpose]:
    """Return the purpose of every field of a stored dataclass. Raises Undeclared."""
    return dict(_purposes(stored, ""))


def _purposes(stored: type[Any], prefix: str) -> Iterator[tuple[str, Purpose]]:
    for name, hint in hints_of(stored).items():
        purpose = _declared(hint, Purpose)
        part = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        if purpose is not None:
            yield f"{prefix}{name}", purpose
        elif is_dataclass(part) and isinstance(part, type):
            yield from _purposes(part, f"{prefix}{name}.")
        else:
            raise Undeclared(f"{stored.__name__}.{name} declares no purpose: Annotated[…, Purpose.…]")


def names_from(stored: type[Any], *sources: FieldSource) -> tuple[str, ...]:
    """Return the fields that come from any of these sources; a field that declares none comes from use."""
    return tuple(
        name for name, hint in hints_of(stored).items() if (_declared(hint, FieldSource) or FieldSource.USE) in sources
    )


def hints_of(stored: type[Any]) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields, with their annotations."""
    return _hints(cast(Hashable, stored))


@cache
def _hints(stored: Any) -> Mapping[str, Any]:
    hints = get_type_hints(stored, include_extras=True)
    return {field.name: hints[field.name] for field in fields(stored)}


def _declared(hint: Any, kind: type[T]) -> T | None:
    metadata: Iterable[Any] = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return next((declaration for declaration in metadata if isinstance(declaration, kind)), None)


# A request about personal data that reached the data protection officer on paper, by telephone or by e-mail.


class DataRequestKind(StrEnum):
    """What the person asks for."""

    EXPORT = "export"
    ERASE = "erase"


class DataRequestState(StrEnum):
    """OPEN: waits for a second person. CONFIRMED: the export may be taken out. DONE and CLOSED are final."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DONE = "done"
    CLOSED = "closed"


WAITING = frozenset({DataRequestState.OPEN, DataRequestState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """One request. One person registers it, and another confirms it.

    ``person_id`` is ``ERASED`` once the person's data is deleted. ``due_at``: one month after it was received (GDPR
    article 12(3)). ``reason``: why it was closed without being carried out.
    """

    KIND: ClassVar[str] = "data_request"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one waiting request of each kind", ground=Ground.LEGAL_OBLIGATION, months=24, dated="received_at"
    )

    id: Annotated[str, Purpose.ORDER]
    kind: Annotated[DataRequestKind, Purpose.EVIDENCE]
    person_id: Annotated[PersonId, Purpose.EVIDENCE]
    municipality_id: Annotated[str, Purpose.PLACE]
    state: Annotated[DataRequestState, Purpose.ORDER] = DataRequestState.OPEN
    received_at: Annotated[datetime, Purpose.TIME]
    due_at: Annotated[datetime, Purpose.TIME]
    registered_by: Annotated[PersonId, Purpose.EVIDENCE]
    confirmed_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    reason: Annotated[str, Purpose.EVIDENCE] = ""
    ended_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield month_term(self.received_at)
        yield f"municipality:{self.municipality_id}"
        yield f"{'waiting' if self.state in WAITING else 'ended'}@{self.municipality_id}"


def a_month_after(at: datetime) -> datetime:
    """Return the same day of the next month, or its last day."""
    year, month = (at.year, at.month + 1) if at.month < 12 else (at.year + 1, 1)
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))
