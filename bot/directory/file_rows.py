"""Read rows of registry files: CSV text and Excel workbooks. Formulas are not evaluated."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.directory.package import TOO_LARGE, BadPackage, check_package
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.rows import (
    MAX_COLUMNS,
    ImportRow,
    Line,
    lines_of_sheet,
    rows_of_csv,
    rows_of_lines,
)
from knowledge.table import Column

# Limit for a CSV file; 600,000 people take 40 million.
MAX_BYTES: Final = 50_000_000
MAX_PACKED_BYTES: Final = 20_000_000
MAX_SHEET_ROWS: Final = 100_000
EXCEL_ROWS: Final = 1_048_576
EXCEL: Final = ".xlsx"

# Exceptions from reading a damaged, encrypted or oddly compressed workbook.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # encrypted; its subclass NotImplementedError means an unknown compression method
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
)

Rows = tuple[tuple[ImportRow, ...], tuple[ImportFault, ...]]


class Unreadable(Exception):
    """The file cannot be read as a list; the text gives the reason."""


def rows_of_file(path: Path, columns: Sequence[Column]) -> Rows:
    """Return the rows of a file and their faults.

    The file is CSV, or the first sheet of an Excel workbook.
    """
    try:
        check_size(path)
        if path.suffix.lower() == EXCEL:
            return rows_of_lines(sheet_lines(path), columns)
        return rows_of_csv(_decode(path.read_bytes()), columns)
    except Unreadable as reason:
        return _unreadable(str(reason))
    except OSError as error:
        return _unreadable(error.strerror or type(error).__name__)


def check_size(path: Path) -> None:
    """Check that a file is no larger than any registry. Raises Unreadable, OSError."""
    most = MAX_PACKED_BYTES if path.suffix.lower() == EXCEL else MAX_BYTES
    if path.stat().st_size > most:
        raise Unreadable(f"larger than {most:,} bytes")


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # Excel's CSV encoding in Norway


def sheet_lines(path: Path, name: str = "") -> list[Line]:
    """Return the filled rows of a sheet, by default the first. Raises Unreadable, OSError."""
    try:
        check_package(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about formatting, such as an unknown colour
            workbook = load_workbook(path, read_only=True, data_only=False, keep_links=False)
            try:
                sheets = [sheet for sheet in workbook.worksheets if not name or sheet.title.strip() == name]
                if not sheets:
                    raise Unreadable(f"no sheet {name}" if name else "no sheet")
                return lines_of_sheet(_rows_in(sheets[0]))
            finally:
                workbook.close()
    except BadPackage as refused:
        raise Unreadable(str(refused)) from None
    except _BROKEN:
        raise Unreadable("not an Excel workbook") from None


def _rows_in(sheet: Any) -> Iterator[Sequence[object]]:
    """Yield the rows up to their last filled cell. Raises Unreadable.

    Formatted cells without content cost nothing. Rows beyond Excel's own limit occur only in forged files and are
    not read.
    """
    sheet.reset_dimensions()  # the size a file declares may be wrong
    sheet._get_row = _filled  # the library's own method makes a row as wide as its last formatted cell
    rows = 0
    for row in sheet.iter_rows(values_only=True, max_row=EXCEL_ROWS):
        rows += bool(row)
        if rows > MAX_SHEET_ROWS:
            raise Unreadable(TOO_LARGE)
        yield row


def _filled(
    row: Sequence[Mapping[str, Any]], min_col: int = 1, max_col: int | None = None, values_only: bool = False
) -> tuple[object, ...]:
    """Return the values of a row up to the last filled cell."""
    filled = {cell["column"]: cell["value"] for cell in row if cell["value"] not in (None, "")}
    last = max(filled, default=0)
    if last > MAX_COLUMNS:
        raise Unreadable(f"more than {MAX_COLUMNS} columns")
    return tuple(filled.get(column) for column in range(1, last + 1))


def _unreadable(reason: str) -> Rows:
    return (), (fault(1, FaultKind.UNREADABLE, "", reason),)
