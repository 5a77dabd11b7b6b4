"""Rows of a spreadsheet or CSV text under known column names, compared with the registry.

Rejects formulas and keeps line numbers.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import zip_longest
from typing import Final, Generic, Protocol, TypeVar

from knowledge.language.legible import legible
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.table import Column

# Characters that start a formula in spreadsheets, also after blanks and in any width. Source: OWASP, "CSV Injection".
FORMULA_STARTS: Final = frozenset("=+-@")
_SIGNS: Final = "=+\\-@⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"
_PULLED_IN: Final = ("\t", "\r")
MAX_ROWS: Final = 700_000
MAX_COLUMNS: Final = 100
# Per cell.
MAX_LETTERS: Final = 10_000
LONGEST_LINE: Final = 100_000
MAX_LINES_OF_ROW: Final = 1_000
# Including empty lines.
MAX_LINES: Final = 2_000_000
# More are not useful at once. The rest of the file is not read.
MAX_FAULTS: Final = 1_000
_BLANK: Final = "\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
# Where a cell may begin: separators, of which a run of blanks may hold many, so that only its first one counts.
_BEGINNING: Final = rf'(?:^|[;,|]|(?<!["{_BLANK}])(?:(?![\t\r\n])["{_BLANK}])*+[\t\r\n])["{_BLANK}]*'
_CALCULATED: Final = re.compile(f"({_BEGINNING})(?=[{_SIGNS}\t\r])")
_GUARDED: Final = re.compile(f"({_BEGINNING})'(?=[{_SIGNS}\t\r])")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")  # all of category Cc
_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row.

    ``cells`` has every known column; missing cells are empty.

    Attributes:
        line: counted from 1: the row number of a spreadsheet, or the line of a CSV text where the row starts.
    """

    line: int
    cells: Mapping[str, str]


Line = tuple[int, Sequence[object]]


def rows_of_csv(text: str, columns: Sequence[Column]) -> tuple[tuple[ImportRow, ...], tuple[ImportFault, ...]]:
    """Read a CSV text with a header.

    The separator is comma, semicolon or tab: the most frequent one in the header.
    """
    rows, faults = lines_of_csv(text)
    if faults and not rows:
        return (), faults
    import_rows, more = rows_of_lines(rows, columns)
    return import_rows, (*more, *faults)


def lines_of_csv(text: str, *, delimiter: str = "") -> tuple[list[Line], tuple[ImportFault, ...]]:
    """Return the filled rows of a CSV text with their first lines. What follows a broken row is not read."""
    text = text.removeprefix("\ufeff")
    header = text[: LONGEST_LINE + 1].split("\n", 1)[0]
    delimiter = delimiter or max(_DELIMITERS, key=header.count)
    lines = _Lines(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[Line] = []
    line = 1
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise TooLarge(f"more than {MAX_COLUMNS} columns")
            if any(cells):
                rows.append((line, cells))
            if len(rows) > MAX_ROWS:
                raise TooLarge(f"more than {MAX_ROWS:,} rows")
            line = reader.line_num + 1
            lines.begin_row()
    except TooLarge as error:
        return [], (fault(line, FaultKind.UNREADABLE, "", error),)
    except csv.Error as error:
        return rows, (fault(line, FaultKind.UNREADABLE, "", error),)
    return rows, ()


class TooLarge(Exception):
    """The text is too large for a registry.

    The message names the exceeded limit.
    """


class _Lines:
    """Line iterator with limits for ``csv.reader``, which would otherwise buffer a row of any length."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._of_row = 0
        self._read = 0

    def begin_row(self) -> None:
        """Reset the line count for the next row."""
        self._of_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._of_row += 1
        self._read += 1
        if self._read > MAX_LINES:
            raise TooLarge(f"more than {MAX_LINES:,} lines")
        if len(line) > LONGEST_LINE or self._of_row > MAX_LINES_OF_ROW:
            raise TooLarge(f"a row longer than {LONGEST_LINE:,} letters or {MAX_LINES_OF_ROW:,} lines")
        return line


def rows_of_sheet(
    sheet: Iterable[Sequence[object]], columns: Sequence[Column]
) -> tuple[tuple[ImportRow, ...], tuple[ImportFault, ...]]:
    """Read the rows of a spreadsheet that was loaded with formulas instead of results."""
    return rows_of_lines(lines_of_sheet(sheet), columns)


def lines_of_sheet(sheet: Iterable[Sequence[object]]) -> list[Line]:
    """Return the filled rows of a spreadsheet with their numbers."""
    return [(line, cells) for line, cells in enumerate(sheet, start=1) if any(cell not in (None, "") for cell in cells)]


def rows_of_lines(
    rows: Sequence[Line], columns: Sequence[Column]
) -> tuple[tuple[ImportRow, ...], tuple[ImportFault, ...]]:
    """Return the rows below a header under the names of its columns."""
    faults: list[ImportFault] = []
    filled = [(line, cells) for line, cells in rows if any(cell not in (None, "") for cell in cells)]
    if not filled:
        return (), (fault(1, FaultKind.MISSING),)
    (header_line, header), *body = filled
    names = _header(header_line, header, columns, faults)
    import_rows = []
    for line, cells in body:
        if len(faults) >= MAX_FAULTS:
            faults.append(fault(line, FaultKind.UNREADABLE, "", f"{MAX_FAULTS:,} faults so far; the rest is not read"))
            break
        if any(cell not in (None, "") for cell in cells[len(names) :]):
            faults.append(fault(line, FaultKind.TOO_MANY_CELLS, "", len(cells)))
        texts = {column.name: "" for column in columns}
        for name, cell in zip_longest(names, cells[: max(len(names), MAX_COLUMNS)]):
            text = cell_text(line, name or "", cell, faults)  # cells without a heading may contain formulas, too
            if name is not None:
                texts[name] = text
        import_rows.append(ImportRow(line=line, cells=texts))
    return tuple(import_rows), tuple(faults)


def _header(
    line: int, header: Sequence[object], columns: Sequence[Column], faults: list[ImportFault]
) -> list[str | None]:
    known = {folded_heading(word): column.name for column in columns for word in (column.name, *column.aliases)}
    names: list[str | None] = []
    for cell in header:
        text = cell_text(line, "", cell, faults)
        name = known.get(folded_heading(text))
        if name is None and text:
            faults.append(fault(line, FaultKind.UNKNOWN_COLUMN, text, text))
        elif name is not None and name in names:
            faults.append(fault(line, FaultKind.DUPLICATE_COLUMN, name, text))
            name = None
        names.append(name)
    faults.extend(
        fault(line, FaultKind.MISSING_COLUMN, column.name)
        for column in columns
        if column.required and column.name not in names
    )
    return names


def folded_heading(text: str) -> str:
    """Return a heading without case, blanks and punctuation: ``E-post`` and ``epost`` are equal."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def cell_text(line: int, column: str, cell: object, faults: list[ImportFault]) -> str:
    """Return a cell as text; empty, with a fault, if it is refused."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            text = cell
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() else str(cell)
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case _:
            # Spreadsheet readers return array formulas and similar as special objects.
            faults.append(fault(line, FaultKind.FORMULA, column, getattr(cell, "text", None) or ""))
            return ""
    if len(text) > MAX_LETTERS:
        faults.append(fault(line, FaultKind.BAD_VALUE, column, text))
        return ""
    if text.isascii() and text[:1].isalnum() and not _CONTROL.search(text):
        return text.strip()  # most cells: nothing in them is hidden, and they are no formula
    if _is_formula(text):
        faults.append(fault(line, FaultKind.FORMULA, column, text))
        return ""
    if _CONTROL.search(text):
        faults.append(fault(line, FaultKind.BAD_VALUE, column, ascii(text)))
        return ""
    return legible(text).strip()


def _is_formula(text: str) -> bool:
    """Return whether a spreadsheet may calculate a cell.

    Blanks and the width of the sign do not matter.
    """
    if text.startswith(_PULLED_IN):
        return True
    shown = legible(text).lstrip()
    return unicodedata.normalize("NFKC", shown[:1])[:1] in FORMULA_STARTS


def csv_of_rows(header: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str = ",", end: str = "\n") -> str:
    """Return CSV text without formulas: text that looks like a formula gets an apostrophe.

    This includes text after semicolon, tab or bar, because spreadsheets may use them as separators, as in Norway.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless_cell(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return _CALCULATED.sub(r"\1'", cell)


def original_cell(cell: str) -> str:
    """Return the cell that ``harmless_cell`` was given."""
    return _GUARDED.sub(r"\1", cell)


def listed(text: str) -> Iterator[str]:
    """Yield the items of a cell, separated by semicolon, comma or bar."""
    for part in text.replace(",", ";").replace("|", ";").split(";"):
        if member := part.strip():
            yield member


# Compare the entries of a file with those of the registry.


class Entry(Protocol):
    """A dataclass that belongs to one person."""

    @property
    def person_id(self) -> str:
        """The person's id."""
        ...


T = TypeVar("T", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange(Generic[T]):
    """A changed entry, with the names of the changed fields."""

    before: T
    after: T
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanges(Generic[T]):
    """Changes of an import, each part sorted by person id."""

    adds: tuple[T, ...]
    changes: tuple[FieldChange[T], ...]
    removals: tuple[T, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether the import changes nothing."""
        return not (self.adds or self.changes or self.removals)


def changes_between(current: Iterable[T], wanted: Iterable[T]) -> EntryChanges[T]:
    """Compare current entries with those of a file.

    To import only a part of the registry, pass only this part as ``current``.
    """
    before = {entry.person_id: entry for entry in current}
    after = {entry.person_id: entry for entry in wanted}
    both = sorted(before.keys() & after.keys())
    changes = tuple(
        FieldChange(before=before[id_], after=after[id_], fields=_differing(before[id_], after[id_]))
        for id_ in both
        if before[id_] != after[id_]
    )
    return EntryChanges(
        adds=tuple(after[id_] for id_ in sorted(after.keys() - before.keys())),
        changes=changes,
        removals=tuple(before[id_] for id_ in sorted(before.keys() - after.keys())),
        unchanged=len(both) - len(changes),
    )


def _differing(before: Entry, after: Entry) -> tuple[str, ...]:
    names = [field.name for field in fields(before)]  # type: ignore[arg-type]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
