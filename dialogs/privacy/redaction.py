"""Removal of a person's id from records of other people."""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Annotated, Any, TypeVar, get_args, get_origin

from dialogs.core.holding import hints_of
from dialogs.core.record import Record
from knowledge.organisation.person_id import ERASED, Reference

R = TypeVar("R", bound=Record)


def redacted(record: R, person_id: str) -> R:
    """Return the record with ``ERASED`` wherever its types contain the id of this person."""
    new: R = _part(record, person_id)
    return new


def _part(part: Any, person_id: str) -> Any:
    changes = {
        name: new
        for name, hint in hints_of(type(part)).items()
        if (new := _value(old := getattr(part, name), hint, person_id)) != old
    }
    return replace(part, **changes) if changes else part


def _value(value: Any, hint: Any, person_id: str) -> Any:
    """Return a value of the type ``hint`` without the id."""
    arguments = get_args(hint)
    match value:
        case str() if get_origin(hint) is Annotated and Reference.PERSON in hint.__metadata__:
            return ERASED if value == person_id else value
        case _ if get_origin(hint) is Annotated:
            return _value(value, arguments[0], person_id)
        case None | str() | bool() | int() | float():
            # A union: the id stands in one of its types.
            return next((new for each in arguments if (new := _value(value, each, person_id)) != value), value)
        case Mapping() if len(arguments) == 2:
            keys, values = arguments
            return {_value(key, keys, person_id): _value(each, values, person_id) for key, each in value.items()}
        case tuple() | list() | set() | frozenset() if arguments and not hasattr(value, "_fields"):
            return _collection(value, arguments, person_id)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _part(value, person_id)
        case _:
            return value


def _collection(value: Any, arguments: tuple[Any, ...], person_id: str) -> Any:
    fixed = isinstance(value, tuple) and Ellipsis not in arguments
    hints = arguments if fixed else (arguments[0],) * len(value)
    return type(value)(_value(each, hint, person_id) for each, hint in zip(value, hints, strict=True))
