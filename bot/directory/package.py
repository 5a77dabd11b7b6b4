"""Checks on an Excel workbook before parsing, in bounded memory and time.

A workbook is a zip of XML parts. The library reads some of them whole: 28 million empty shared strings pack into
a few hundred kilobytes and keep it busy for minutes. So every part is unpacked once in small pieces and counted.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

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


def check_package(path: Path) -> None:
    """Check that the parts may be parsed. Raises BadPackage, or ``zipfile``'s exceptions for a damaged archive."""
    with path.open("rb") as opened:
        check_directory(opened)
    with zipfile.ZipFile(path) as archive:
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
