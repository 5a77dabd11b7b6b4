"""Calls of the store port over the socket: arguments, results and exceptions as JSON by their type hints."""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from bot.ports import Conflict, Duplicate, Key, LeaseLost, Store, StoreRefused, StoreUnavailable
from bot.stores.copy import Copyable
from bot.stores.tiny.store import TinyStore

Convert = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


@cache
def encoder(hint: Any) -> Convert:
    """Return the function from a value of a type to JSON values. Fields with their default are left out."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _optional(encoder(_one_of(arguments)))
    if origin is tuple and arguments[1:] != (...,):
        parts = list(map(encoder, arguments))
        return lambda value: [convert(part) for convert, part in zip(parts, value, strict=True)]
    if origin in {tuple, frozenset, set, list, Sequence, Collection, AbstractSet}:
        convert_part = encoder(arguments[0])
        return (
            sorted
            if origin is frozenset
            else (list if convert_part is _same else lambda value: [convert_part(part) for part in value])
        )
    if origin in {dict, Mapping}:
        each_key, each_value = map(encoder, arguments)
        if arguments[0] is str or each_key is _same:
            return lambda value: {key: each_value(part) for key, part in value.items()}
        return lambda value: [[each_key(key), each_value(part)] for key, part in value.items()]
    if hint is datetime:
        return lambda value: value.isoformat()  # a naive time stays naive, so that the store refuses it
    if hint is timedelta:
        return lambda value: value.total_seconds()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value: value.value
    if is_dataclass(hint):
        return _dataclass_encoder(hint)
    return _same


@cache
def decoder(hint: Any) -> Convert:
    """Return the function from JSON values to a value of a type, the inverse of ``encoder``.

    It raises ValueError, TypeError, KeyError or AttributeError for other values.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _optional(decoder(_one_of(arguments)))
    if origin is tuple and arguments[1:] != (...,):
        parts = list(map(decoder, arguments))
        return lambda value: tuple(convert(part) for convert, part in zip(parts, value, strict=True))
    if origin in {tuple, frozenset, set, list, Sequence, Collection, AbstractSet}:
        convert_part = decoder(arguments[0])
        make = {tuple: tuple, frozenset: frozenset, set: set}.get(origin, list)
        return lambda value: make(convert_part(part) for part in value)
    if origin in {dict, Mapping}:
        each_key, each_value = map(decoder, arguments)
        if arguments[0] is str or each_key is _same:
            return lambda value: {key: each_value(part) for key, part in value.items()}
        return lambda value: {each_key(key): each_value(part) for key, part in value}
    if hint is datetime:
        return datetime.fromisoformat
    if hint is timedelta:
        return lambda value: timedelta(seconds=value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint):
        return _dataclass_decoder(hint)
    return _same


def _one_of(arguments: tuple[Any, ...]) -> Any:
    [hint] = [kind for kind in arguments if kind is not NoneType]  # the port has no other unions
    return hint


def _optional(convert: Convert) -> Convert:
    return _same if convert is _same else lambda value: None if value is None else convert(value)


def _dataclass_encoder(kind: Any) -> Convert:
    hints = get_type_hints(kind)
    parts = [(field.name, _default(field), encoder(hints[field.name])) for field in fields(kind)]

    def encode(value: Any) -> dict[str, Any]:
        document = {}
        for name, default, convert in parts:
            part = getattr(value, name)
            if part is default or (default is not MISSING and part == default and type(part) is type(default)):
                continue
            document[name] = convert(part)
        return document

    return encode


def _dataclass_decoder(kind: Any) -> Convert:
    hints = get_type_hints(kind)
    converts = {field.name: decoder(hints[field.name]) for field in fields(kind)}

    def decode(document: Any) -> Any:
        return kind(**{name: converts[name](part) for name, part in document.items()})

    return decode


def _default(field: "Field[Any]") -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


# Calls of the store port over the socket: their arguments, results and faults.

# What a bot does for itself, and must not be done to it.
_NOT_CALLED: Final = frozenset({"open", "close", "on_news"})
# What commands ask of the tiny store besides the port.
_OF_TINY: Final[tuple[Callable[..., Any], ...]] = (TinyStore.search_rows, TinyStore.hold_files, TinyStore.release_files)
STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method that commands may call.

    ``item`` is the type of its result's items when they are sent in portions; None: the result is one value.
    """

    name: str
    arguments: Mapping[str, Any]
    result: Any
    item: Any

    def encode(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as JSON values."""
        return {name: encoder(self.arguments[name])(value) for name, value in arguments.items()}

    def decode(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of JSON values. Raises ValueError or TypeError for others."""
        try:
            return {name: decoder(self.arguments[name])(value) for name, value in arguments.items()}
        except (KeyError, AttributeError) as fault:
            raise ValueError(f"{self.name}: {fault!r}") from fault


@cache
def calls() -> Mapping[str, Call]:
    """Return every call by its name."""
    return {method.__name__: _call(method) for method in (*_methods(Store), *_methods(Copyable), *_OF_TINY)}


def _methods(port: type) -> Iterator[Callable[..., Any]]:
    for name, method in inspect.getmembers(port, inspect.iscoroutinefunction):
        if not name.startswith("_") and name not in _NOT_CALLED:
            yield method


def _call(method: Callable[..., Any]) -> Call:
    hints = get_type_hints(method)
    result = hints.pop("return")
    item = get_args(result)[0] if get_origin(result) is Sequence else None
    return Call(name=method.__name__, arguments=hints, result=result, item=item)


_KEY_OUT: Final[Convert] = encoder(Key)
_KEY_IN: Final[Convert] = decoder(Key)


def fault_document(fault: Exception) -> dict[str, Any] | None:
    """Return a fault of the port as JSON values; None: it is no fault of the port."""
    match fault:
        case Conflict():
            return {"kind": "conflict", "key": _KEY_OUT(fault.key)}
        case Duplicate():
            return {"kind": "duplicate", "id": fault.event_id}
        case LeaseLost():
            return {"kind": "lease_lost", "ids": list(fault.delivery_ids)}
        case StoreUnavailable():
            return {"kind": "unavailable", "text": str(fault), "cause": fault.cause}
        case StoreRefused():
            return {"kind": "refused", "text": str(fault)}
        case ValueError():
            return {"kind": "value", "text": str(fault)}
        case TypeError():
            return {"kind": "type", "text": str(fault)}
    return None


def fault_from(document: Mapping[str, Any]) -> Exception:
    """Return the fault of JSON values."""
    text = str(document.get("text", ""))
    match document["kind"]:
        case "conflict":
            return Conflict(_KEY_IN(document["key"]))
        case "duplicate":
            return Duplicate(document["id"])
        case "lease_lost":
            return LeaseLost(document["ids"])
        case "refused":
            return StoreRefused(text)
        case "value":
            return ValueError(text)
        case "type":
            return TypeError(text)
    return StoreUnavailable(text, cause=str(document.get("cause", "unreachable")))
