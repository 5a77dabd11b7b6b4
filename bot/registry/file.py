"""Rows of the files people keep registers in: CSV text, and Excel workbooks whose formulas nobody calculates."""

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from knowledge.importers.fault import Fault, FaultKind, fault
from knowledge.importers.rows import Column, Row, rows_of_csv, rows_of_sheet

MOST_BYTES: Final = 50_000_000
MOST_UNPACKED_BYTES: Final = 500_000_000
MOST_CELLS: Final = 20_000_000
"""Three times what 600,000 people fill."""
EXCEL: Final = ".xlsx"

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # encrypted; and, being one, NotImplementedError for a way of packing nobody knows
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
)
"""What reading a damaged, encrypted or strangely packed workbook raises."""

Rows = tuple[tuple[Row, ...], tuple[Fault, ...]]


class _TooMany(Exception):
    """The sheet has more cells than any register."""


def rows_of_file(path: Path, columns: Sequence[Column]) -> Rows:
    """Return the rows of a CSV file, or of the first sheet of an Excel workbook, and what is wrong with them."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return _unreadable(f"larger than {MOST_BYTES:,} bytes")
        if path.suffix.lower() == EXCEL:
            return _sheet(path, columns)
        return rows_of_csv(_text(path.read_bytes()), columns)
    except OSError as error:
        return _unreadable(error.strerror or type(error).__name__)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what Excel calls CSV in Norway


def _sheet(path: Path, columns: Sequence[Column]) -> Rows:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED_BYTES:
                return _unreadable(f"larger than {MOST_UNPACKED_BYTES:,} bytes when unpacked")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about looks, such as a colour it does not know
            workbook = load_workbook(path, read_only=True, data_only=False)
            try:
                if not workbook.worksheets:
                    return _unreadable("no sheet")
                sheet = workbook.worksheets[0]
                sheet.reset_dimensions()  # what the file says of its size need not be true
                return rows_of_sheet(_filled(sheet.iter_rows(values_only=True)), columns)
            finally:
                workbook.close()
    except _TooMany:
        return _unreadable(f"more than {MOST_CELLS:,} cells")
    except _BROKEN:
        return _unreadable("not an Excel workbook")


def _filled(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Yield the rows up to their last filled cell. Raises _TooMany."""
    cells = 0
    for row in rows:
        filled = len(row)
        while filled and row[filled - 1] in (None, ""):
            filled -= 1
        cells += filled
        if cells > MOST_CELLS:
            raise _TooMany
        yield row[:filled]


def _unreadable(reason: str) -> Rows:
    return (), (fault(1, FaultKind.UNREADABLE, "", reason),)
