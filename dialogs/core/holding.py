"""Entries of the data inventory, derived from the declarations beside the records."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Self, TypeVar, cast, get_args, get_origin, get_type_hints

from dialogs.core.data_rules import DataRules, FieldSource, Purpose
from dialogs.core.record import Record

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
