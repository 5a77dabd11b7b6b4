"""Results of a search for words in everything that a store keeps, also outside its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
