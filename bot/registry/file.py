"""Rows of the files people keep registers in: CSV text, and Excel workbooks whose formulas nobody calculates."""

import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from knowledge.importers.fault import Fault, FaultKind, fault
from knowledge.importers.rows import Column, Row, rows_of_csv, rows_of_sheet

MOST_BYTES: Final = 50_000_000
MOST_UNPACKED_BYTES: Final = 500_000_000
EXCEL: Final = ".xlsx"

Rows = tuple[tuple[Row, ...], tuple[Fault, ...]]


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
                return rows_of_sheet(sheet.iter_rows(values_only=True), columns)
            finally:
                workbook.close()
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError):
        return _unreadable("not an Excel workbook")


def _unreadable(reason: str) -> Rows:
    return (), (fault(1, FaultKind.UNREADABLE, "", reason),)
