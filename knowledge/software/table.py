"""The register as a CSV table, and the fields of a program as the content folder has them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from knowledge.article.article import Language
from knowledge.organisation.importers.rows import csv_of_rows, lines_of_csv, original_cell
from knowledge.organisation.unit import Sector
from knowledge.software.program import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MAX_ALIASES,
    Assessment,
    ListKey,
    PersonalData,
    Program,
    ProgramStatus,
    ProgramUse,
)
from knowledge.table import BadCell, Column, TableFault, headings_of, missing_columns

# The fields of a program as the content folder has them: with one status for all, or with a list for each sector.

# Fields of the assessment for all, which stand beside those of the program itself.
_SHARED: Final = ("status", "note", "alternative", "assessed", "review_by", "expires")
# A status of earlier versions.
_FORMER: Final = {"denied": ProgramStatus.REJECTED}


def program_fields(row: Any) -> Any:
    """Return the fields of a ``Program``; values that are not a list are returned unchanged."""
    if not isinstance(row, Mapping):
        return row
    lists = row.get("lists") or []
    shared = {name: row[name] for name in _SHARED if name in row}
    assessments = [shared] if shared else []
    assessments += lists if isinstance(lists, list) else [lists]
    fields = {name: value for name, value in row.items() if name not in {*_SHARED, "lists"}}
    # YAML reads yes and no as true and false.
    personal = fields.get("personal_data")
    if isinstance(personal, bool):
        fields["personal_data"] = PersonalData.YES if personal else PersonalData.NO
    return {**fields, "assessments": [_with_status(assessment) for assessment in assessments]}


def contradiction(program: Program) -> str:
    """Return the reason why a program cannot be used, empty if it can."""
    texts = [
        *program.purpose.values(),
        *program.where.values(),
        *(t for a in program.assessments for t in a.note.values()),
    ]
    if not program.name.strip():
        return "name: is empty"
    if len(program.aliases) > MAX_ALIASES:
        return f"aliases: more than {MAX_ALIASES}"
    if any(len(name) > LONGEST_NAME for name in (program.id, program.name, program.vendor, *program.aliases)):
        return f"name: longer than {LONGEST_NAME} characters"
    if any(len(text) > LONGEST_TEXT for text in texts):
        return f"note: longer than {LONGEST_TEXT} characters"
    if len({assessment.list_key for assessment in program.assessments}) < len(program.assessments):
        return "lists: two assessments of one list"
    return next(filter(None, map(impossible_dates, program.assessments)), "")


def impossible_dates(assessment: Assessment) -> str:
    """Return the fault in the dates of an assessment, or an empty text."""
    if assessment.assessed is None:
        return ""
    ends = {"review_by": assessment.review_by, "expires": assessment.expires}
    return next(
        (f"{name}: before the assessment" for name, end in ends.items() if end and end < assessment.assessed), ""
    )


def _with_status(fields: Any) -> Any:
    if not isinstance(fields, Mapping):
        return fields
    status = fields.get("status")
    return {**fields, "status": _FORMER.get(status, status) if isinstance(status, str) else status}


MAX_PROGRAMS: Final = 5_000
MAX_FAULTS: Final = 100
BYTE_ORDER_MARK: Final = "\ufeff"
COLUMNS: Final = (
    "id",
    "name",
    "vendor",
    "aliases",
    *(f"purpose_{language}" for language in Language),
    *(f"where_{language}" for language in Language),
    "personal_data",
    "sector",
    "use",
    "status",
    *(f"note_{language}" for language in Language),
    "alternative",
    "assessed",
    "review_by",
    "expires",
)
REQUIRED: Final = ("name", "status")
# Those of the program itself: in later rows of a program they are empty, or the same.
_OF_PROGRAM: Final = frozenset(COLUMNS[1 : COLUMNS.index("sector")])
_NAMES: Final = frozenset({"id", "name", "vendor"})
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_NORWEGIAN_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProgram:
    """A program of a table with the line of its first row, and that of each list."""

    line: int
    program: Program
    lines: Mapping[ListKey, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTable:
    """The sound programs of a table, and every fault. A program with a faulty row is left out."""

    programs: tuple[TableProgram, ...]
    faults: tuple[TableFault, ...]


def read_table(text: str, *, known: Iterable[str] = ()) -> ProgramTable:
    """Read a table; columns may stand in any order, and all but name and status may be missing.

    Args:
        known: ids of programs that an alternative may name besides those of the table.
    """
    rows, unreadable = lines_of_csv(text.removeprefix(BYTE_ORDER_MARK))
    faults = [TableFault(line=row_fault.line, code="unreadable") for row_fault in unreadable]
    if not rows:
        return ProgramTable(programs=(), faults=tuple(faults) or (TableFault(line=1, code="empty"),))
    line, cells = rows[0]
    header = [str(cell).strip().lower() for cell in cells]
    bad = _bad_header(line, header)
    if bad:
        return ProgramTable(programs=(), faults=tuple(bad))
    by_id: dict[str, TableProgram] = {}
    broken: set[str] = set()
    for at, row in rows[1:]:
        told = _read_row(by_id, header, at, row)
        if isinstance(told, TableFault):
            faults.append(told)
            broken.add(str(told.values.get("id", "")))
    kept = [table_program for table_program in by_id.values() if table_program.program.id not in broken]
    faults += _unknown_alternatives(kept, {*known, *by_id})
    if len(by_id) > MAX_PROGRAMS:
        faults.insert(0, TableFault(line=1, code="too_many", values={"number": MAX_PROGRAMS}))
    wrong = {table_fault.line for table_fault in faults}
    sound = tuple(
        table_program for table_program in kept if not wrong & {table_program.line, *table_program.lines.values()}
    )
    return ProgramTable(
        programs=sound, faults=tuple(sorted(faults, key=lambda table_fault: table_fault.line)[:MAX_FAULTS])
    )


def table_of(programs: Iterable[Program], municipality_id: str | None) -> str:
    """Return programs as CSV for Norwegian spreadsheets: semicolons, and a byte order mark.

    A municipality's own assessments stand in place of those for all.
    """
    rows: list[Sequence[str]] = []
    for program in programs:
        keys = dict.fromkeys(replace(assessment.list_key, municipality_id=None) for assessment in program.assessments)
        shown = [program.on_list(replace(key, municipality_id=municipality_id)) or program.on_list(key) for key in keys]
        listed = [assessment for assessment in shown if assessment is not None]
        rows += [_row_of(program, assessment) for assessment in listed] or [_row_of(program, None)]
    return BYTE_ORDER_MARK + csv_of_rows(COLUMNS, rows, delimiter=";")


def _bad_header(line: int, header: Sequence[str]) -> list[TableFault]:
    columns = [Column(name=name, required=name in REQUIRED) for name in COLUMNS]
    missing = missing_columns(headings_of(header, columns), columns)
    strange = [name[:40] for name in header if name and name not in COLUMNS]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    named = {"column_missing": missing, "column_unknown": strange, "column_twice": twice}
    return [TableFault(line=line, code=code, values={"column": name}) for code in named for name in named[code]]


def _read_row(
    by_id: dict[str, TableProgram], header: Sequence[str], line: int, row: Sequence[object]
) -> TableFault | None:
    """Add a row to the programs found; return its fault."""
    if len(row) > len(header) and any(str(cell).strip() for cell in row[len(header) :]):
        return TableFault(line=line, code="cells")
    cells = {name: " ".join(original_cell(str(cell)).split()) for name, cell in zip(header, row, strict=False) if name}
    id_ = cells.get("id") or _id_of(cells.get("name", ""))
    try:
        _check_lengths(cells)
        if not _ID.fullmatch(id_):
            raise BadCell("bad_id")
        before = by_id.get(id_)
        program = before.program if before else _program(id_, cells)
        if before is not None:
            _require_same(before.program, cells)
        assessment = _assessment(cells)
        lines = dict(before.lines) if before else {}
        if assessment is not None:
            if assessment.list_key in lines:
                raise BadCell("twice", other=lines[assessment.list_key])
            lines[assessment.list_key] = line
            program = program.with_assessment(assessment)
    except BadCell as bad:
        return TableFault(line=line, code=bad.code, values={"id": id_, **bad.values})
    by_id[id_] = TableProgram(line=before.line if before else line, program=program, lines=lines)
    return None


def _id_of(name: str) -> str:
    """Return the id of a name without one."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("+", " plus")).strip("-")[:LONGEST_NAME]


def _check_lengths(cells: Mapping[str, str]) -> None:
    for name, cell in cells.items():
        most = LONGEST_NAME if name in _NAMES else LONGEST_TEXT
        if len(cell) > most and name != "aliases":
            raise BadCell("too_long", column=name, number=most)


def _program(id_: str, cells: Mapping[str, str]) -> Program:
    name = cells.get("name", "")
    if not name:
        raise BadCell("no_name")
    aliases = tuple(dict.fromkeys(filter(None, (alias.strip() for alias in cells.get("aliases", "").split(",")))))
    if len(aliases) > MAX_ALIASES or any(len(alias) > LONGEST_NAME for alias in aliases):
        raise BadCell("aliases", number=MAX_ALIASES, most=LONGEST_NAME)
    return Program(
        id=id_,
        name=name,
        vendor=cells.get("vendor", ""),
        aliases=aliases,
        purpose=_translated(cells, "purpose"),
        where=_translated(cells, "where"),
        personal_data=PersonalData(_one_of(cells, "personal_data", list(PersonalData), PersonalData.UNKNOWN)),
    )


def _require_same(program: Program, cells: Mapping[str, str]) -> None:
    """Refuse a later row of a program that says something else of it."""
    own = dict(zip(COLUMNS, _row_of(program, None), strict=True))
    for name in sorted(_OF_PROGRAM & cells.keys()):
        if cells[name] and cells[name] != own[name]:
            raise BadCell("differs", column=name)


def _assessment(cells: Mapping[str, str]) -> Assessment | None:
    """Return the assessment of a row; None for a row without a status."""
    if not cells.get("status"):
        if any(cells.get(name) for name in COLUMNS[COLUMNS.index("sector") :]):
            raise BadCell("no_status")
        return None
    sector = _one_of(cells, "sector", list(Sector), "")
    assessment = Assessment(
        status=ProgramStatus(_one_of(cells, "status", list(ProgramStatus), "")),
        sector=Sector(sector) if sector else None,
        use=ProgramUse(_one_of(cells, "use", list(ProgramUse), ProgramUse.STAFF)),
        note=_translated(cells, "note"),
        alternative=cells.get("alternative", ""),
        assessed=_day_of(cells, "assessed"),
        review_by=_day_of(cells, "review_by"),
        expires=_day_of(cells, "expires"),
    )
    if impossible_dates(assessment):
        raise BadCell("dates")
    return assessment


def _one_of(cells: Mapping[str, str], name: str, values: Sequence[str], default: str) -> str:
    given = cells.get(name, "").lower()
    if not given:
        return default
    if given not in {str(value) for value in values}:
        raise BadCell("value", column=name, value=given[:40], values=", ".join(map(str, values)))
    return given


def _day_of(cells: Mapping[str, str], name: str) -> date | None:
    given = cells.get(name, "")
    if not given:
        return None
    norwegian = _NORWEGIAN_DAY.fullmatch(given)
    try:
        if norwegian:
            return date(int(norwegian[3]), int(norwegian[2]), int(norwegian[1]))
        return date.fromisoformat(given)
    except ValueError:
        raise BadCell("bad_day", column=name, value=given[:40]) from None


def _translated(cells: Mapping[str, str], name: str) -> dict[Language, str]:
    written = {language: cells.get(f"{name}_{language}", "") for language in Language}
    return {language: text for language, text in written.items() if text}


def _unknown_alternatives(programs: Iterable[TableProgram], known: set[str]) -> list[TableFault]:
    return [
        TableFault(
            line=table_program.lines[assessment.list_key],
            code="alternative",
            values={"id": table_program.program.id, "value": assessment.alternative},
        )
        for table_program in programs
        for assessment in table_program.program.assessments
        if assessment.alternative
        and (assessment.alternative not in known or assessment.alternative == table_program.program.id)
    ]


def _row_of(program: Program, assessment: Assessment | None) -> list[str]:
    cells: dict[str, str] = {}
    parts: list[Program | Assessment] = [program, assessment] if assessment else [program]
    for part in parts:
        for column in fields(part):
            match getattr(part, column.name):
                case date() as day:
                    cells[column.name] = day.isoformat()
                case str() as text:
                    cells[column.name] = str(text)
                case Mapping() as texts:
                    cells |= {f"{column.name}_{language}": text for language, text in texts.items()}
    cells["aliases"] = ", ".join(program.aliases)
    return [cells.get(name, "") for name in COLUMNS]
