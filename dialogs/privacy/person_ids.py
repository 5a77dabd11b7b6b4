"""Replacement of ids of people in records, wherever the types of their fields contain one."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from dialogs.core.holding import hints_of
from knowledge.organisation.unit import Reference

R = TypeVar("R")
_TERM: Final = "person:"


def with_ids(record: R, change: Callable[[str], str]) -> R:
    """Return a dataclass with every person id changed; the same object if nothing changes."""
    changes = {
        name: new
        for name, hint in hints_of(type(record)).items()
        if (new := _value(old := getattr(record, name), hint, change)) != old
    }
    changed: R = replace(record, **changes) if changes else record  # type: ignore[type-var]
    return changed


def _value(value: Any, hint: Any, change: Callable[[str], str]) -> Any:
    """Return a value of the type ``hint`` with its ids changed."""
    arguments = get_args(hint)
    match value:
        case str() if get_origin(hint) is Annotated and Reference.PERSON in hint.__metadata__:
            return change(value)
        case str() if get_origin(hint) is Annotated and Reference.PERSON_TERM in hint.__metadata__:
            return _TERM + change(value.removeprefix(_TERM)) if value.startswith(_TERM) else value
        case _ if get_origin(hint) is Annotated:
            return _value(value, arguments[0], change)
        case _ if get_origin(hint) in {Union, UnionType}:
            # The id stands in one of the types.
            return next((new for argument in arguments if (new := _value(value, argument, change)) != value), value)
        case Mapping() if len(arguments) == 2:
            keys, values = arguments
            return {_value(key, keys, change): _value(child, values, change) for key, child in value.items()}
        case tuple() | list() | set() | frozenset() if arguments:
            return _collection(value, arguments, change)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return with_ids(value, change)
        case _:
            return value


def _collection(value: Any, arguments: tuple[Any, ...], change: Callable[[str], str]) -> Any:
    fixed = isinstance(value, tuple) and Ellipsis not in arguments
    hints = arguments if fixed else (arguments[0],) * len(value)
    return type(value)(_value(child, hint, change) for child, hint in zip(value, hints, strict=True))
