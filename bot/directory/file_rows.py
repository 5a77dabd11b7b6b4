"""Read rows of registry files: CSV text and Excel workbooks, checked before they are parsed."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

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

# Checks on an Excel workbook before parsing, in bounded memory and time.

MAX_ENTRIES: Final = 1_000
MAX_DIRECTORY_BYTES: Final = 1_000_000
MAX_UNPACKED_BYTES: Final = 300_000_000
# Elements of all sheets; 100,000 people fill 4 million.
MAX_OF_SHEETS: Final = 6_000_000
# Elements of the table of shared strings; 100,000 people have some 2 million.
MAX_OF_STRINGS: Final = 2_500_000
# Elements of any other part.
MAX_OF_OTHERS: Final = 300_000
MAX_OTHER_BYTES: Final = 30_000_000
TOO_LARGE: Final = "larger than a register of 100,000 people; save it as CSV"

_CHUNK: Final = 65_536
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 65_535
_TYPES: Final = "[Content_Types].xml"
_PART: Final = re.compile(rb"<(?:\w+:)?Override\b[^>]*>")
_NAME: Final = re.compile(rb"\bPartName\s*=\s*[\"']/?([^\"']*)[\"']")
_TYPE: Final = re.compile(rb"\bContentType\s*=\s*[\"']([^\"']*)[\"']")
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8: Final = frozenset({b"utf-8", b"us-ascii", b"ascii"})


class BadPackage(Exception):
    """The workbook must not be parsed; the text gives the reason."""


def check_package(opened: BinaryIO) -> None:
    """Check that the parts may be parsed. Raises BadPackage, or ``zipfile``'s exceptions for a damaged archive."""
    check_directory(opened)
    with zipfile.ZipFile(opened) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadPackage(f"more than {MAX_ENTRIES:,} parts")
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise BadPackage(f"larger than {MAX_UNPACKED_BYTES:,} bytes when unpacked")
        if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in entries):
            raise BadPackage("packed in an unusual way")
        types = _types(archive)
        of_sheets = of_strings = 0
        for entry in entries:
            elements = _count(archive, entry)
            kind = types.get(entry.filename, b"")
            if kind.endswith(b"worksheet+xml"):
                of_sheets += elements
            elif kind.endswith(b"sharedStrings+xml"):
                of_strings += elements
            elif elements > MAX_OF_OTHERS or (elements and entry.file_size > MAX_OTHER_BYTES):
                raise BadPackage("it holds more than a list; save the list alone, or as CSV")
        if of_sheets > MAX_OF_SHEETS or of_strings > MAX_OF_STRINGS:
            raise BadPackage(TOO_LARGE)


def check_directory(opened: BinaryIO) -> None:
    """Check the size of the archive's list of parts, which ``zipfile`` reads whole."""
    opened.seek(0, 2)
    opened.seek(max(0, opened.tell() - _END_SIZE - _LONGEST_COMMENT - 20))
    tail = opened.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise zipfile.BadZipFile("no end of the archive")
    if tail[max(0, at - 20) : at].startswith(_END_64):
        raise BadPackage("packed for more than four gigabytes")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY_BYTES:
        raise BadPackage(f"more than {MAX_ENTRIES:,} parts")


def _types(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the declared type of each part. A part declared by several lines gets none."""
    entry = archive.getinfo(_TYPES)
    if entry.file_size > MAX_OTHER_BYTES:
        raise BadPackage(TOO_LARGE)
    types: dict[str, bytes] = {}
    for element in _PART.findall(archive.read(entry)):
        name, kind = _NAME.search(element), _TYPE.search(element)
        if name and kind:
            part = name[1].decode("utf-8", "replace")
            types[part] = b"" if part in types else kind[1]
    return types


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return the number of tags in a part, 0 if it is not XML. Raises BadPackage for entities or unsafe encodings.

    Entities need a document type, which no workbook has; an encoding other than UTF-8 could hide one from this search.
    """
    tags, before = 0, b""
    for number, chunk in enumerate(_chunks(archive, entry)):
        if number == 0:
            if not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
                if b"\x00<" in chunk[:64] or b"<\x00" in chunk[:64]:
                    raise BadPackage("not in UTF-8")
                return 0
            encoding = _ENCODING.match(chunk.removeprefix(b"\xef\xbb\xbf"))
            if b"\x00" in chunk or (encoding and encoding[1].lower() not in _UTF8):
                raise BadPackage("not in UTF-8")
        if _DECLARED.search(before + chunk):
            raise BadPackage("it declares a document type")
        tags += chunk.count(b"<")
        before = chunk[-16:]
    return tags


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


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
    from openpyxl import load_workbook  # noqa: PLC0415 - no command but an import of a workbook needs it

    try:
        with path.open("rb") as opened:
            check_package(opened)
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
