"""Records in the store: as read, as written, what a commit demands, and where a search found words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


# Results of a search for words in everything that a store keeps, also outside its tables.


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A place where a word still stands.

    Attributes:
        place: table, or file relative to the data folder.
        row: id of the row, for records kind and id; in a file outside the rows the position of the word.
        words: the words found.
    """

    place: str
    row: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedPlace:
    """A table or file that was searched as a whole."""

    name: str
    rows: int = 0
    size_bytes: int = 0
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The outcome of a search.

    Attributes:
        store: kind of the store: memory, tiny or postgres.
        dead_rows: rows that a database has deleted and not yet overwritten, by table.
    """

    store: str
    places: tuple[SearchedPlace, ...]
    traces: tuple[Trace, ...]
    dead_rows: Mapping[str, int] = field(default_factory=dict)
