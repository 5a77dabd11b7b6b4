"""Read an export of another system: any columns, any usual encoding, a header that may have titles above it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.directory.file_rows import EXCEL, Unreadable, check_size, sheet_lines
from bot.directory.mapping import FileForm
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.rows import MAX_FAULTS, Line, cell_text, folded_heading, lines_of_csv

# Titles and merged cells above a header end within so many filled rows.
_ABOVE: Final = 20
# UTF-8 read as cp1252, as Excel does when it opens a CSV file without a byte order mark and saves it.
_TWICE: Final = re.compile("Ã[¦¸¥†˜…]")
# cp865 and cp850, of a Windows console, read as cp1252: æ, ø, å, Æ, Ø, Å.
_CONSOLE: Final = re.compile("[a-zA-Z][\u2018\u203a\u2020]|[\u2018\u203a\u2020][a-z]")
# What Windows PowerShell's default encoding leaves of the letters beyond ASCII.
_LOST: Final = re.compile(r"[^\W\d_]\?[^\W\d_]|\ufffd")
ENCODING_ADVICE: Final = "export it again as UTF-8 (Export-Csv -Encoding UTF8), or name its encoding under [file]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """One row: its line, and the cells of the columns asked for by their folded headings."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The rows of an export. ``headings`` are those that the file has and were asked for or wanted, as written."""

    rows: tuple[ExportRow, ...] = ()
    headings: Mapping[str, str]
    faults: tuple[ImportFault, ...] = ()


def read_export(path: Path, form: FileForm, *, needed: Collection[str], wanted: Collection[str] = ()) -> Export:
    """Return the rows of a file.

    Other columns are not looked at: a formula, or a secret, in one of them does no harm.

    Args:
        needed: headings that the file must have.
        wanted: folded headings to take along where the file has them.
    """
    try:
        check_size(path)
        broken: tuple[ImportFault, ...] = ()
        excel = path.suffix.lower() == EXCEL
        if excel:
            lines = sheet_lines(path, form.sheet)
        else:
            lines, broken = lines_of_csv(decoded(path.read_bytes(), form.encoding), delimiter=form.delimiter)
    except Unreadable as reason:
        return _unreadable(str(reason))
    except OSError as error:
        return _unreadable(error.strerror or type(error).__name__)
    if not lines:
        return Export(headings={}, faults=broken or (fault(1, FaultKind.MISSING),))
    at = _header_at(lines, form.header_row, {folded_heading(heading) for heading in needed})
    if at is None:
        return _unreadable(f"there is nothing in row {form.header_row}, the header_row")
    places, headings, faults = _header(lines[at], needed, wanted)
    if not faults and not broken and not excel and len(lines[-1][1]) < len(lines[at][1]):
        line = lines[-1][0]
        faults.append(fault(line, FaultKind.UNREADABLE, "", "the file ends in the middle of a row: is it whole?"))
    rows = () if faults or broken else _rows(lines[at + 1 :], places, headings, form, faults)
    if not (rows or faults or broken):
        faults.append(fault(lines[at][0], FaultKind.UNREADABLE, "", "it has a header and no people"))
    return Export(rows=tuple(rows), headings=headings, faults=(*broken, *faults))


def decoded(data: bytes, encoding: str = "") -> str:
    """Return the text of a file. Raises Unreadable: its letters would not be those that were written."""
    if encoding:
        try:
            text = data.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
        except UnicodeError:
            raise Unreadable(f"not in {encoding}, which [file] names") from None
    else:
        text = _recognised(data)
    if "\0" in text[:4_096]:
        raise Unreadable(f"not in the encoding it seems to have; {ENCODING_ADVICE}")
    return text


def _recognised(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return data.decode("utf-16")
        except UnicodeError:
            raise Unreadable("UTF-16 that ends in the middle of a letter: is the file whole?") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 1 and error.reason == "unexpected end of data":
            raise Unreadable("UTF-8 that ends in the middle of a letter: is the file whole?") from None
        try:
            text = data.decode("cp1252")  # Excel's CSV encoding in Norway
        except UnicodeDecodeError:
            raise Unreadable(f"in no encoding that can be recognised; {ENCODING_ADVICE}") from None
        if _CONSOLE.search(text):
            raise Unreadable(f"in the encoding of a Windows console; {ENCODING_ADVICE}") from None
    if _TWICE.search(text):
        raise Unreadable(
            f"its letters were changed by a wrong encoding, as in {_TWICE.findall(text)[0]}; {ENCODING_ADVICE}"
        )
    return text


def has_lost_letters(text: str) -> bool:
    """Return whether an encoding has replaced a letter: ``Bj?rn``."""
    return _LOST.search(text) is not None


def _header_at(lines: Sequence[Line], row: int, needed: Collection[str]) -> int | None:
    """Return the index of the header: as configured, the first row with every needed heading, else the first row."""
    if row:
        return next((at for at, (line, _) in enumerate(lines) if line == row), None)
    for at, (_, cells) in enumerate(lines[:_ABOVE]):
        if set(needed) <= {folded_heading(str(cell)) for cell in cells if cell is not None}:
            return at
    return 0


def _header(
    header: Line, needed: Collection[str], wanted: Collection[str]
) -> tuple[dict[int, str], dict[str, str], list[ImportFault]]:
    """Return folded headings by place, headings as written, and faults: missing, or twice."""
    line, cells = header
    faults: list[ImportFault] = []
    asked = {folded_heading(heading): heading for heading in needed}
    words = {at: folded_heading(str(cell)) for at, cell in enumerate(cells) if cell is not None}
    places = {at: word for at, word in words.items() if word and (word in asked or word in wanted)}
    for word, number in Counter(places.values()).items():
        if number > 1 and word in asked:
            faults.append(fault(line, FaultKind.DUPLICATE_COLUMN, asked[word], asked[word]))
    missing = [written for word, written in asked.items() if word not in places.values()]
    faults += [fault(line, FaultKind.MISSING_COLUMN, written) for written in missing]
    return places, {word: str(cells[at]).strip() for at, word in places.items()}, faults


def _rows(
    lines: Sequence[Line],
    places: Mapping[int, str],
    headings: Mapping[str, str],
    form: FileForm,
    faults: list[ImportFault],
) -> list[ExportRow]:
    empty = {word.strip().casefold() for word in form.empty}
    rows: list[ExportRow] = []
    known: dict[str, str] = {}  # departments and titles are the same in many rows
    for line, cells in lines:
        if len(faults) >= MAX_FAULTS:
            faults.append(fault(line, FaultKind.UNREADABLE, "", f"{MAX_FAULTS:,} faults so far; the rest is not read"))
            break
        texts: dict[str, str] = {}
        for at, word in places.items():
            cell = cells[at] if at < len(cells) else None
            if empty and isinstance(cell, str) and cell.strip().casefold() in empty:
                cell = None
            text = known.get(cell) if isinstance(cell, str) else None
            if text is None:
                before = len(faults)
                text = cell_text(line, headings[word], cell, faults)
                if isinstance(cell, str) and len(faults) == before:
                    known[cell] = text
            # Of headings that only happen to be there twice, every value counts.
            texts[word] = f"{texts[word]};{text}" if texts.get(word) and text else text or texts.get(word, "")
        rows.append(ExportRow(line=line, cells=texts))
    return rows


def _unreadable(reason: str) -> Export:
    return Export(headings={}, faults=(fault(1, FaultKind.UNREADABLE, "", reason),))
