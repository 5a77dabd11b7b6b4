"""Files made to exhaust memory or time are refused with a reason, within the memory of a small machine.

Each is read in a process of its own that may take 700 MB of address space, more than half of which Python and the
libraries need themselves.
"""

import io
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from knowledge.organisation.importers.people import PEOPLE_COLUMNS
from knowledge.organisation.importers.rows import LONGEST_LINE, MAX_COLUMNS, MAX_FAULTS, MAX_ROWS, rows_of_csv

MAX_MEMORY = 700_000_000
MAX_CPU_SECONDS = 60
READ = """
import sys
from pathlib import Path
from bot.directory.file_rows import rows_of_file
from knowledge.organisation.importers.people import PEOPLE_COLUMNS
rows, faults = rows_of_file(Path(sys.argv[1]), PEOPLE_COLUMNS)
print(len(rows), *(f"{each.kind} {each.value}" for each in faults[:3]), sep="|")
"""
HEADER = b"person_id,name,municipality,unit\n"
TYPES, STRINGS, STYLES = "[Content_Types].xml", "xl/sharedStrings.xml", "xl/styles.xml"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


def read(path: Path) -> str:
    """Return what a limited process makes of a file: number of rows and the first faults."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, preexec_fn=limit, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def parts() -> dict[str, bytes]:
    workbook, written = Workbook(), io.BytesIO()
    assert workbook.active is not None
    workbook.active.append(("person_id", "name", "municipality", "unit"))
    workbook.active.append(("ana", "Ansatt Nord", "eidsvoll", "eidsvoll-helse"))
    workbook.save(written)
    archive = zipfile.ZipFile(written)
    return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, body in contents.items():
            archive.writestr(name, body)
    return path


def in_sheet(rows: bytes) -> dict[str, bytes]:
    whole = parts()
    whole[SHEET] = whole[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")
    return whole


@pytest.mark.full
def test_an_ordinary_workbook_is_read_within_the_same_bounds(tmp_path: Path) -> None:
    assert read(packed(tmp_path / "people.xlsx", parts())) == "1"


def with_strings(body: bytes) -> dict[str, bytes]:
    """Return a workbook with a table of shared strings, which the library of the tests does not write by itself."""
    whole, kind = parts(), b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    declared = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    return {**whole, TYPES: whole[TYPES].replace(b"</Types>", declared), STRINGS: body}


def bomb_strings() -> dict[str, bytes]:
    return with_strings(b"<sst " + MAIN + b">" + b"<si/>" * 28_000_000 + b"</sst>")


def bomb_prefixed_strings() -> dict[str, bytes]:
    prefixed = MAIN.replace(b"xmlns=", b"xmlns:x=")
    return with_strings(b"<x:sst " + prefixed + b">" + b"<x:si/>" * 20_000_000 + b"</x:sst>")


def bomb_cells() -> dict[str, bytes]:
    return in_sheet(b"<row>" + b"<c/>" * 30_000_000 + b"</row>")


def bomb_rows() -> dict[str, bytes]:
    return in_sheet(b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 120_000)


def bomb_styles() -> dict[str, bytes]:
    return {**parts(), STYLES: b"<styleSheet " + MAIN + b"><fonts>" + b"<font/>" * 2_000_000 + b"</fonts></styleSheet>"}


def bomb_types() -> dict[str, bytes]:
    whole = parts()
    return {**whole, TYPES: whole[TYPES].replace(b"</Types>", b'<Default Extension="x"/>' * 400_000 + b"</Types>")}


def bomb_sheet_of_no_kind() -> dict[str, bytes]:
    """Hide a large sheet from the limit of sheets by declaring it twice."""
    whole = in_sheet(b"<row>" + b"<c/>" * 2_000_000 + b"</row>")
    again = b'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="image/png"/></Types>'
    return {**whole, TYPES: whole[TYPES].replace(b"</Types>", again)}


def bomb_entities() -> dict[str, bytes]:
    entities = b'<!ENTITY a0 "lollollollollol">'
    for number in range(1, 12):
        entities += b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10)
    body = b'<?xml version="1.0"?><!DOCTYPE sst [' + entities + b"]><sst " + MAIN + b"><si><t>&a11;</t></si></sst>"
    return with_strings(body)


def bomb_undeclared_strings() -> dict[str, bytes]:
    return {**parts(), STRINGS: b"<sst " + MAIN + b">" + b"<si/>" * 1_000_000 + b"</sst>"}


def bomb_entities_in_utf16() -> dict[str, bytes]:
    plain = bomb_entities()[STRINGS].decode().replace('<?xml version="1.0"?>', "")
    return with_strings(f'<?xml version="1.0" encoding="UTF-16"?>{plain}'.encode("utf-16"))


def bomb_of_many_parts() -> dict[str, bytes]:
    return {**parts(), **{f"customXml/item{number}.xml": b"" for number in range(50_000)}}


def bomb_unpacked() -> dict[str, bytes]:
    return {**parts(), **{f"xl/media/image{number}.bin": bytes(100_000_000) for number in range(4)}}


BOMBS = {
    bomb_strings: "larger than",
    bomb_prefixed_strings: "larger than",
    bomb_undeclared_strings: "more than a list",
    bomb_cells: "larger than",
    bomb_rows: "larger than a register of 100,000 people",
    bomb_styles: "more than a list",
    bomb_types: "more than a list",
    bomb_sheet_of_no_kind: "more than a list",
    bomb_entities: "declares a document type",
    bomb_entities_in_utf16: "not in UTF-8",
    bomb_of_many_parts: "more than 1,000 parts",
    bomb_unpacked: "when unpacked",
}


@pytest.mark.full
@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_a_workbook_made_to_exhaust_is_refused_with_the_reason(bomb: object, tmp_path: Path) -> None:
    path = packed(tmp_path / "people.xlsx", bomb())  # type: ignore[operator]
    told = read(path)
    assert told.startswith("0|fault-unreadable ")
    assert BOMBS[bomb] in told  # type: ignore[index]


@pytest.mark.full
def test_a_row_with_an_endless_number_is_no_endless_work(tmp_path: Path) -> None:
    rows = b'<row r="999999999999"><c r="A999999999999" t="inlineStr"><is><t>x</t></is></c></row>'
    assert read(packed(tmp_path / "people.xlsx", in_sheet(rows))) == "1"


@pytest.mark.full
def test_a_hundred_thousand_wide_rows_of_paint_are_read(tmp_path: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="XFD%d" s="0"/></row>' % (n, n) for n in range(3, 100_000))
    assert read(packed(tmp_path / "people.xlsx", in_sheet(rows))) == "1"


@pytest.mark.full
def test_an_unusual_way_of_packing_is_refused(tmp_path: Path) -> None:
    told = read(packed(tmp_path / "people.xlsx", parts(), zipfile.ZIP_LZMA))
    assert told.startswith("0|fault-unreadable packed in an unusual way")


LINES = {
    "empty lines": b"\n" * 49_000_000,
    "one long line": b"a," * 24_000_000,
    "a row of many lines": b'"a\n",' * 8_000_000,
    "a row of many lines in one cell": b'"' + b"a\n" * 20_000_000,
    "too many rows": b"a,b,c,d\n" * 5_000_000,
    "a fault in every row": b"=,=,=,=\n" * 1_000_000,
}


@pytest.mark.full
@pytest.mark.parametrize("name", LINES)
def test_a_csv_text_made_to_exhaust_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(HEADER + LINES[name])
    told = read(path)
    assert "fault-" in told
    assert told.startswith("0|") or "fault-formula" in told


@pytest.mark.full
def test_a_large_register_is_read_within_the_same_bounds(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(HEADER + b"".join(b"p%d,Ansatt %d,eidsvoll,helse\n" % (n, n) for n in range(100_000)))
    assert read(path) == "100000"


@pytest.mark.quick("columns", "line", "lines")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x," * (MAX_COLUMNS + 1) + "\n", f"more than {MAX_COLUMNS} columns"),
        ("x" * (LONGEST_LINE + 1), "a row longer than"),
        ('"' + "\n" * 2_000 + '"\n', "a row longer than"),
        ("a\n" * (MAX_ROWS + 2), f"more than {MAX_ROWS:,} rows"),
    ],
    ids=["columns", "line", "lines", "rows"],
)
def test_each_bound_of_a_csv_text_has_its_reason(text: str, reason: str) -> None:
    rows, [fault] = rows_of_csv(HEADER.decode() + text, PEOPLE_COLUMNS)
    assert rows == ()
    assert fault.value.startswith(reason)


def test_the_rest_is_not_read_after_a_thousand_faults() -> None:
    rows, faults = rows_of_csv(HEADER.decode() + "=,a,b,c\n" * (MAX_FAULTS + 500), PEOPLE_COLUMNS)
    assert len(faults) == MAX_FAULTS + 1
    assert len(rows) == MAX_FAULTS


@pytest.mark.quick(40)
@pytest.mark.parametrize("blank", ["", " ", "   ", "\u00a0", "\u2003", "\u3000", "\u200b", "\u202e", " \u00a0\u200e "])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠﹢﹦")
@pytest.mark.parametrize("place", ["cell", "header", "unknown column", "beyond the header"])
def test_a_formula_behind_blanks_is_refused_wherever_it_stands(blank: str, sign: str, place: str) -> None:
    formula = f"{blank}{sign}HYPERLINK(1)"
    text = {
        "cell": f"person_id,name,municipality,unit\nana,{formula},a,b\n",
        "header": f"person_id,name,municipality,unit,{formula}\nana,A,a,b,c\n",
        "unknown column": f"person_id,name,municipality,unit,\nana,A,a,b,{formula}\n",
        "beyond the header": f"person_id,name,municipality,unit\nana,A,a,b,{formula}\n",
    }[place]
    _, faults = rows_of_csv(text, PEOPLE_COLUMNS)
    assert "fault-formula" in {fault.kind for fault in faults}


def test_signs_that_disguise_a_name_are_left_out() -> None:
    [row], faults = rows_of_csv(HEADER.decode() + "ana,Ola\u202e\u200b Nordmann,a,b\n", PEOPLE_COLUMNS)
    assert (row.cells["name"], faults) == ("Ola Nordmann", ())
