"""Records in the store: as read, as written, and what a commit demands of those that were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Kind and id of a record."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record as stored.

    ``version`` counts its writes from 1; ``schema`` is the SCHEMA of its class.
    """

    key: Key
    version: int
    schema: int
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWrite:
    """Write one record (``body`` given) or remove it (``body`` None).

    ``expected`` is the version the decision was based on; 0: the record did not exist. None skips the check, for
    imports.
    """

    key: Key
    body: Body | None
    schema: int = 1
    terms: frozenset[str] = frozenset()
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRead:
    """A record as a decision has read it; version 0: there was none."""

    key: Key
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRead:
    """The ids that a decision found by a term."""

    kind: str
    term: str
    ids: frozenset[str]
