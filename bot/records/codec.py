"""Conversion between records and JSON bodies."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from bot.ports import Body, Key, RecordWrite, Stored
from dialogs.core.decision import Put, Write
from dialogs.core.record import Record

R = TypeVar("R", bound=Record)


class UnknownSchema(Exception):
    """A stored record has another schema version and must be migrated first."""


@cache
def _adapter(kind: type[Record]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(record: Record) -> Body:
    """Return the record as JSON values."""
    return cast(Body, _adapter(type(record)).dump_python(record, mode="json"))


def decode(kind: type[R], stored: Stored) -> R:
    """Return the record of a stored body. Raises UnknownSchema."""
    if stored.schema != kind.SCHEMA:
        raise UnknownSchema(
            f"{kind.KIND} {stored.key.id} has schema {stored.schema}, this program writes {kind.SCHEMA}"
        )
    return cast(R, _adapter(kind).validate_python(stored.body))


def write_of(write: Write, versions: Mapping[Key, int]) -> RecordWrite:
    """Return the write for the store, with its expected version."""
    if isinstance(write, Put):
        record = write.record
        key = Key(kind=record.KIND, id=record.id)
        return RecordWrite(
            key=key,
            body=encode(record),
            schema=record.SCHEMA,
            terms=frozenset(record.terms()),
            expected=versions.get(key, 0),
        )
    key = Key(kind=write.kind.KIND, id=write.id)
    return RecordWrite(key=key, body=None, expected=versions.get(key))
