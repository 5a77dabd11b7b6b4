"""Workbooks that are damaged, or made to fill the memory of who reads them, are refused and never a fault of ours."""

import io
import random
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.directory.file_rows import rows_of_file
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.importers.people import PEOPLE_COLUMNS
from knowledge.organisation.importers.rows import MAX_COLUMNS

HEADER = ("person_id", "name", "municipality", "unit")
ROW = ("ana", "Ansatt Nord", "eidsvoll", "eidsvoll-helse")
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = Workbook()
    assert workbook.active is not None
    workbook.active.append(HEADER)
    workbook.active.append(ROW)
    path = tmp_path / "people.xlsx"
    workbook.save(path)
    return path


def with_rows(book: Path, more: str) -> None:
    """Write rows behind those of the workbook's sheet."""
    parts = {name: zipfile.ZipFile(book).read(name) for name in zipfile.ZipFile(book).namelist()}
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", f"{more}</sheetData>".encode())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    book.write_bytes(written.getvalue())


@pytest.mark.full
def test_whatever_is_damaged_is_told_and_not_raised(book: Path) -> None:
    whole, rng = book.read_bytes(), random.Random(1)
    assert len(rows_of_file(book, PEOPLE_COLUMNS)[0]) == 1
    unreadable = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        book.write_bytes(damaged)
        _, faults = rows_of_file(book, PEOPLE_COLUMNS)
        unreadable += any(fault.kind is FaultKind.UNREADABLE for fault in faults)
    assert unreadable > 50


def test_a_filled_cell_far_to_the_right_is_refused(book: Path) -> None:
    with_rows(book, "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 40)))
    rows, [fault] = rows_of_file(book, PEOPLE_COLUMNS)
    assert (rows, fault.kind, fault.value) == ((), FaultKind.UNREADABLE, f"more than {MAX_COLUMNS} columns")


def test_cells_that_are_only_painted_are_no_cells(book: Path) -> None:
    with_rows(book, "".join(f'<row r="{n}"><c r="XFD{n}"/></row>' for n in range(3, 40)))
    rows, faults = rows_of_file(book, PEOPLE_COLUMNS)
    assert (len(rows), faults) == (1, ())
