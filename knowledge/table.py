"""Tables that people import: columns with aliases, and faults by row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column with its name and accepted aliases."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFault:
    """Fault in a line. ``code`` names its text; ``values`` fill the text in."""

    line: int
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class BadCell(Exception):
    """A cell cannot be used; ``code`` and ``values`` as in ``TableFault``."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def headings_of(header: Iterable[str], columns: Iterable[Column]) -> dict[str, str]:
    """Return the heading of each column that a header has: under its name, else under its first alias there."""
    by_word = {heading.strip().lower(): heading for heading in header}
    return {
        column.name: by_word[word]
        for column in columns
        for word in reversed((column.name, *column.aliases))
        if word in by_word
    }


def missing_columns(headings: Mapping[str, str], columns: Iterable[Column]) -> list[str]:
    """Return the names of the required columns that a header does not have."""
    return [column.name for column in columns if column.required and column.name not in headings]
