"""Values of the store port as JSON, by their type hints: a field added to the port travels without a change here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

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
