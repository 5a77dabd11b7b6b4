"""A registry file is read whole or refused with every fault; what it would change is known before."""

import csv
import io
import re
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from dialogs.core.person import Role
from knowledge.article.article import Language
from knowledge.language.legible import legible
from knowledge.organisation.coverage import GapKind, coverage
from knowledge.organisation.importers.ambassadors import AMBASSADOR_COLUMNS, parse_ambassadors, write_ambassadors
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, Colleague, parse_people, write_people
from knowledge.organisation.importers.rows import changes_between, csv_of_rows, rows_of_csv, rows_of_sheet
from knowledge.organisation.nearest import Absence, Ambassador, Asker, Network
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.organisation import Organisation
from tests.sampling import examples

CONTENT = Path(__file__).parents[3] / "knowledge" / "content"
ROLES = tuple(Role)
TOPICS = ("teams", "onedrive", "sign-in")
OBJECT = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-0000-0000-000000000001"

ORGANISATION, FAULTS = Organisation.parse(
    """\
municipalities:
  - id: nes
    names: Nes kommune
    contact: {role: Kontakt, address: kontakt@nes.example}
    sites: [{id: nes-hall, names: Hallen}]
    units:
      - {id: nes-health, sector: health, names: Helse, formerly: [nes-care]}
      - {id: nes-north, parent: nes-health, names: Nord}
      - {id: nes-school, sector: school, names: Skole}
      - {id: nes-school-north, parent: nes-school, names: Nord}
  - id: hurdal
    names: Hurdal kommune
    contact: {role: Kontakt, address: kontakt@hurdal.example}
    sites: [{id: hurdal-hall, names: Hallen}]
    units: [{id: hurdal-health, sector: health, names: Helse}]
"""
)
# The topics articles may have; the sample's ambassadors know of them.
SAMPLE_TOPICS = """
    rollout privacy windows office-365 teams outlook onedrive sharing sign-in phone printing citrix courses
    ambassador software contact
"""
Found = list[tuple[int, str, FaultKind, str]]


def people(text: str) -> tuple[tuple[Colleague, ...], Found]:
    rows, unread = rows_of_csv(text, PEOPLE_COLUMNS)
    found, faults = parse_people(rows, organisation=ORGANISATION, roles=ROLES)
    return found, [(each.line, each.column, each.kind, each.value) for each in (*unread, *faults)]


PEOPLE = "person_id,name,municipality,unit,roles,language,object_id,tenant_id,email\n"
STAFF, UNSOUND = people(
    PEOPLE
    + "a,Ambassadør A,nes,nes-health,ambassador\n"
    + "b,Ambassadør B,nes,nes-school,ambassador,nn\n"
    + "c,Ambassadør C,hurdal,hurdal-health,ambassador\n"
    + "d,Ansatt D,nes,nes-health\n"
)


def helpers(text: str) -> tuple[tuple[Ambassador, ...], Found]:
    rows, unread = rows_of_csv(text, AMBASSADOR_COLUMNS)
    found, faults = parse_ambassadors(rows, organisation=ORGANISATION, people=STAFF, topics=TOPICS)
    return found, [(each.line, each.column, each.kind, each.value) for each in (*unread, *faults)]


HELPERS = "person_id,topics,languages,capacity,absent_from,absent_until,substitute\n"


def test_what_the_tests_stand_on_is_sound() -> None:
    assert FAULTS == ()
    assert UNSOUND == []


def test_a_person_is_read_with_everything() -> None:
    found, faults = people(
        PEOPLE + f"p1, Ansatt Én ,nes,nes-north,ambassador;editor,nn,{OBJECT.upper()},{TENANT},en@nes.example\n"
    )
    assert faults == []
    assert found == (
        Colleague(
            person_id="p1",
            name="Ansatt Én",
            municipality_id="nes",
            unit_id="nes-north",
            roles=frozenset({"employee", "ambassador", "editor"}),
            language=Language.NN,
            object_id=OBJECT,
            tenant_id=TENANT,
            email="en@nes.example",
        ),
    )


def test_norwegian_headings_names_and_words_are_understood_in_any_order_and_with_semicolons() -> None:
    found, faults = people(
        '\ufeffEnhet;Kommune;Navn;ID;Roller;Språk;E-post\r\nhelse;Nes;Ansatt To;p2;"ambassadør, redaktør";Bokmål;'
    )
    assert faults == []
    assert found == (
        Colleague(
            person_id="p2",
            name="Ansatt To",
            municipality_id="nes",
            unit_id="nes-health",
            roles=frozenset({"employee", "ambassador", "editor"}),
        ),
    )


def test_roles_may_be_named_in_norwegian_and_a_teacher_at_school_gets_none() -> None:
    [found], faults = people(PEOPLE + 'p1,Ansatt,nes,nes-north,"leder; kurshaldar, programvurderer"\n')
    assert (found.roles, faults) == ({"employee", "leader", "teacher", "reviewer"}, [])
    nobody, faults = people(PEOPLE + "p1,Ansatt,nes,nes-north,lærer\n")
    assert (nobody, faults) == ((), [(2, "roles", FaultKind.BAD_VALUE, "lærer")])


def test_a_renamed_unit_is_read_as_what_it_is_called_now() -> None:
    [found], faults = people(PEOPLE + "p1,Ansatt,nes,nes-care\n")
    assert (found.unit_id, faults) == ("nes-health", [])


def test_every_fault_of_every_row_is_found_and_only_sound_rows_are_read() -> None:
    found, faults = people(
        PEOPLE
        + "sound,Ansatt Frisk,nes,nes-north\n"
        + "p1,,atlantis,nes-north,wizard,klingon,x,,nowhere\n"
        + "\n"
        + "sound,Ansatt Dobbel,nes,Nord\n"
        + ",Ansatt,nes,hurdal-health,elev\n"
        + f"p3,Ansatt,nes,nes-health,,,{OBJECT},\n"
        + 'p 4,"Ansatt\nFire",nes,\n'
        + "p5,Ansatt,,x,,,,,,too,much\n"
    )
    assert [each.person_id for each in found] == ["sound"]
    assert sorted(faults) == sorted(
        [
            (3, "name", FaultKind.MISSING, ""),
            (3, "municipality", FaultKind.UNKNOWN_MUNICIPALITY, "atlantis"),
            (3, "roles", FaultKind.BAD_VALUE, "wizard"),
            (3, "language", FaultKind.BAD_VALUE, "klingon"),
            (3, "object_id", FaultKind.BAD_VALUE, "x"),
            (3, "tenant_id", FaultKind.MISSING, ""),
            (3, "email", FaultKind.BAD_VALUE, "nowhere"),
            (5, "person_id", FaultKind.DUPLICATE_ID, "sound"),
            (5, "unit", FaultKind.AMBIGUOUS_UNIT, "Nord"),
            (6, "person_id", FaultKind.MISSING, ""),
            (6, "unit", FaultKind.UNKNOWN_UNIT, "hurdal-health"),
            (6, "roles", FaultKind.PUPIL, "elev"),
            (7, "tenant_id", FaultKind.MISSING, ""),
            (8, "person_id", FaultKind.BAD_ID, "p 4"),
            (8, "name", FaultKind.BAD_VALUE, "'Ansatt\\nFire'"),
            (8, "name", FaultKind.MISSING, ""),
            (8, "unit", FaultKind.MISSING, ""),
            (10, "", FaultKind.TOO_MANY_CELLS, "11"),
            (10, "municipality", FaultKind.MISSING, ""),
        ]
    )


def test_one_identity_belongs_to_one_person() -> None:
    row = f"nes,nes-health,,,{OBJECT},{TENANT}\n"
    found, faults = people(PEOPLE + f"p1,Ansatt,{row}p2,Ansatt,{row}")
    assert [each.person_id for each in found] == ["p1"]
    assert faults == [(3, "object_id", FaultKind.DUPLICATE_ID, OBJECT)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_a_spreadsheet_would_calculate_is_refused(start: str) -> None:
    cell = f'{start}HYPERLINK("evil")'.replace('"', '""')
    found, faults = people(PEOPLE + f'p1,"{cell}",nes,nes-health\n')
    assert found == ()
    assert (2, "name", FaultKind.FORMULA) in {each[:3] for each in faults}


def test_a_heading_that_is_missing_unknown_or_doubled_is_named() -> None:
    found, faults = people("person_id,name,navn,municipality,shoe size\np1,Ansatt,B,nes,43\n")
    assert found == ()
    assert faults[:3] == [
        (1, "name", FaultKind.DUPLICATE_COLUMN, "navn"),
        (1, "shoe size", FaultKind.UNKNOWN_COLUMN, "shoe size"),
        (1, "unit", FaultKind.MISSING_COLUMN, ""),
    ]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", ",,,\n"])
def test_an_empty_file_is_a_fault_and_not_an_order_to_remove_everybody(text: str) -> None:
    assert people(text) == ((), [(1, "", FaultKind.MISSING, "")])


def test_a_quote_never_closed_is_a_fault_with_the_line_it_opens_on() -> None:
    found, faults = people(PEOPLE + 'p1,Ansatt,nes,nes-health\np2,"Ansatt,nes\n')
    assert [each.person_id for each in found] == ["p1"]
    assert [each[:3] for each in faults] == [(3, "", FaultKind.UNREADABLE)]


def test_an_ambassador_is_read_with_everything() -> None:
    found, faults = helpers(
        HELPERS.strip()
        + ",site,hours,paused\n"
        + "a,teams;sign-in,nb;en,5,2026-12-01;24.12.2026,2026-12-03;31.12.2026,b;,nes-hall,"
        + '"man,tir 09:00-14:00",ja\nb\n'
    )
    assert faults == []
    assert found == (
        Ambassador(
            person_id="a",
            name="Ambassadør A",
            municipality_id="nes",
            unit_id="nes-health",
            site_id="nes-hall",
            topics=frozenset({"teams", "sign-in"}),
            languages=frozenset({Language.NB, Language.EN}),
            capacity=5,
            absences=(
                Absence(first_day=date(2026, 12, 1), last_day=date(2026, 12, 3), substitute_id="b"),
                Absence(first_day=date(2026, 12, 24), last_day=date(2026, 12, 31)),
            ),
            paused=True,
            office_hours=OfficeHours(weekdays=frozenset({0, 1}), opens=time(9), closes=time(14)),
        ),
        Ambassador(
            person_id="b",
            name="Ambassadør B",
            municipality_id="nes",
            unit_id="nes-school",
            languages=frozenset({Language.NN}),
        ),
    )


@pytest.mark.parametrize(
    ("row", "column", "kind", "value"),
    [
        (",teams", "person_id", FaultKind.MISSING, ""),
        ("nobody,teams", "person_id", FaultKind.UNKNOWN_PERSON, "nobody"),
        ("d,teams", "person_id", FaultKind.NOT_AMBASSADOR, "d"),
        ("b,teams", "person_id", FaultKind.DUPLICATE_ID, "b"),
        ("a,alchemy", "topics", FaultKind.BAD_VALUE, "alchemy"),
        ("a,,klingon", "languages", FaultKind.BAD_VALUE, "klingon"),
        ("a,,,many", "capacity", FaultKind.BAD_VALUE, "many"),
        ("a,,,51", "capacity", FaultKind.BAD_VALUE, "51"),
        ("a,,,1.5", "capacity", FaultKind.BAD_VALUE, "1.5"),
        ("a,,,,2026-02-30,2026-03-01", "absent_from", FaultKind.BAD_DATE, "2026-02-30"),
        ("a,,,,2026-03-02,2026-03-01", "absent_until", FaultKind.DATES_REVERSED, "2026-03-02–2026-03-01"),
        ("a,,,,2026-03-02,", "absent_until", FaultKind.MISSING, ""),
        ("a,,,,,,b", "absent_from", FaultKind.MISSING, ""),
        ("a,,,,2026-03-01;2026-04-01,2026-03-02", "absent_until", FaultKind.MISSING, "2026-03-02"),
        ("a,,,,2026-03-01,2026-03-02,a", "substitute", FaultKind.BAD_SUBSTITUTE, "a"),
        ("a,,,,2026-03-01,2026-03-02,c", "substitute", FaultKind.BAD_SUBSTITUTE, "c"),
        ("a,,,,2026-03-01,2026-03-02,d", "substitute", FaultKind.BAD_SUBSTITUTE, "d"),
        ("a,,,,2026-03-01,2026-03-02,,hurdal-hall", "site", FaultKind.UNKNOWN_SITE, "hurdal-hall"),
        ("a,,,,,,,,15:00-09:00", "hours", FaultKind.BAD_VALUE, "15:00-09:00"),
        ("a,,,,,,,,funday 09:00-15:00", "hours", FaultKind.BAD_VALUE, "funday 09:00-15:00"),
        ("a,,,,,,,,25:00-26:00", "hours", FaultKind.BAD_VALUE, "25:00-26:00"),
        ("a,,,,,,,,,perhaps", "paused", FaultKind.BAD_VALUE, "perhaps"),
    ],
)
def test_a_faulty_ambassador_is_refused_with_the_reason(row: str, column: str, kind: FaultKind, value: str) -> None:
    found, faults = helpers(HELPERS.strip() + f",site,hours,paused\nb\nc\n{row}\n")
    assert faults == [(4, column, kind, value)]
    assert [each.person_id for each in found] == ["b", "c"]


def test_spreadsheet_rows_are_read_like_text_and_formulas_are_refused() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["person_id", "kapasitet", "borte fra", "borte til", "emner", None])
    sheet.append(["a", 2, datetime(2026, 12, 1), date(2026, 12, 3), "teams"])  # noqa: DTZ001  as Excel has it
    sheet.append(["b", "=1+1", None, None, None])
    sheet.append([None, None])
    sheet["E3"] = ArrayFormula("E3:E3", '="x"')
    file = io.BytesIO()
    book.save(file)
    read = openpyxl.load_workbook(file, read_only=False).active
    assert read is not None
    rows, unread = rows_of_sheet(read.iter_rows(values_only=True), AMBASSADOR_COLUMNS)
    found, faults = parse_ambassadors(rows, organisation=ORGANISATION, people=STAFF, topics=TOPICS)
    assert [(each.line, each.column, each.kind) for each in unread] == [
        (3, "capacity", FaultKind.FORMULA),
        (3, "topics", FaultKind.FORMULA),
    ]
    assert faults == ()
    assert found[0].capacity == 2
    assert found[0].absences == (Absence(first_day=date(2026, 12, 1), last_day=date(2026, 12, 3)),)
    assert found[0].topics == {"teams"}


def test_a_plan_tells_adds_changes_and_removals_and_which_fields_differ() -> None:
    a, b, c, d = STAFF
    moved = Colleague(person_id="b", name="Ambassadør B", municipality_id="nes", unit_id="nes-health")
    found = changes_between([a, b, c], [d, moved, a])
    assert (found.adds, found.removals, found.unchanged, found.empty) == ((d,), (c,), 1, False)
    [change] = found.changes
    assert (change.before, change.after) == (b, moved)
    assert change.fields == ("unit_id", "roles", "language")
    assert changes_between([a, b], [b, a]).empty


# Written with an apostrophe, which reading cannot tell from one of theirs.
CALCULATED = re.compile(r'(?:^|[;,|])[\s"]*[=+\-@⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠]')
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text == legible(text) and not CALCULATED.search(text)
)


@given(st.lists(TEXT, max_size=4), st.data())
@pytest.mark.full
def test_what_is_written_is_read_back_the_same(names: list[str], data: st.DataObject) -> None:
    staff = tuple(
        Colleague(
            person_id=f"p{n}",
            name=name,
            municipality_id="nes",
            unit_id=data.draw(st.sampled_from(["nes-health", "nes-north", "nes-school-north"])),
            roles=frozenset({"employee", "ambassador"}),
            language=data.draw(st.sampled_from(Language)),
            email=data.draw(st.sampled_from([None, "x@nes.example"])),
        )
        for n, name in enumerate(names)
    )
    rows, unread = rows_of_csv(write_people(staff), PEOPLE_COLUMNS)
    read, faults = parse_people(rows, organisation=ORGANISATION, roles=ROLES)
    assert (read, *unread, *faults) == (staff,)
    day = st.dates(date(2026, 1, 1), date(2027, 1, 1))
    ambassadors = tuple(
        Ambassador(
            person_id=each.person_id,
            name=each.name,
            municipality_id=each.municipality_id,
            unit_id=each.unit_id,
            site_id=data.draw(st.sampled_from([None, "nes-hall"])),
            topics=data.draw(st.frozensets(st.sampled_from(TOPICS), max_size=3)),
            languages=data.draw(st.frozensets(st.sampled_from(Language), min_size=1)),
            capacity=data.draw(st.integers(0, 50)),
            absences=tuple(
                Absence(first_day=min(a, b), last_day=max(a, b), substitute_id=substitute)
                for a, b, substitute in data.draw(
                    st.lists(
                        st.tuples(
                            day,
                            day,
                            st.sampled_from([None, *(other.person_id for other in staff if other is not each)]),
                        ),
                        max_size=3,
                    )
                )
            ),
            paused=data.draw(st.booleans()),
            office_hours=data.draw(
                st.sampled_from([None, OfficeHours(weekdays=frozenset({1, 4, 6}), opens=time(9, 15))])
            ),
        )
        for each in staff
    )
    rows, unread = rows_of_csv(write_ambassadors(ambassadors), AMBASSADOR_COLUMNS)
    again, faults = parse_ambassadors(rows, organisation=ORGANISATION, people=staff, topics=TOPICS)
    assert (again, *unread, *faults) == (ambassadors,)


def test_what_is_written_never_starts_a_calculation() -> None:
    bad = Colleague(person_id="p", name="=cmd|' /C calc'!A0", municipality_id="nes", unit_id="nes-health")
    [_, row] = csv.reader(write_people([bad]).splitlines())
    assert row[1] == "'=cmd|' /C calc'!A0"


@settings(max_examples=examples(200))
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["person_id", "name", ",", ";", "\n", '"', "=", "p1", "\x00", "nes"])).map("".join)
)
@pytest.mark.full
def test_any_text_gives_rows_or_faults_and_never_an_exception(text: str) -> None:
    people(text)
    helpers(text)


def test_the_sample_registry_is_sound_and_has_its_gaps() -> None:
    organisation, _ = Organisation.parse((CONTENT / "organisation.yaml").read_text("utf-8"))
    rows, unread = rows_of_csv((CONTENT / "people.csv").read_text("utf-8"), PEOPLE_COLUMNS)
    staff, faults = parse_people(rows, organisation=organisation, roles=ROLES)
    assert (unread, faults, len(staff)) == ((), (), 300)
    rows, unread = rows_of_csv((CONTENT / "ambassadors.csv").read_text("utf-8"), AMBASSADOR_COLUMNS)
    ambassadors, faults = parse_ambassadors(
        rows, organisation=organisation, people=staff, topics=frozenset(SAMPLE_TOPICS.split())
    )
    assert (unread, faults, len(ambassadors)) == ((), (), 120)
    assert {each.person_id for each in ambassadors} == {each.person_id for each in staff if "ambassador" in each.roles}
    network = Network.from_ambassadors(organisation, ambassadors)
    today = date(2026, 11, 24)
    found = coverage(organisation, network, on=dict.fromkeys(organisation.municipalities, today), workloads={})
    assert len(found) == 7
    for each in found:
        assert 0.3 < each.covered / each.units < 1
        assert each.of_kind(GapKind.NO_AMBASSADOR)
    assert sum(bool(each.of_kind(GapKind.ABSENT)) for each in found) >= 4
    first = network.nearest(
        Asker(person_id="p020", municipality_id="nes", unit_id="nes-helse-hjemme-nord"), on=today, workloads={}
    )
    assert [(ranked.ambassador.person_id, ranked.steps) for ranked in first[:2]] == [("p021", 0), ("p022", 2)]
    assert [
        ranked.ambassador.municipality_id
        for ranked in network.nearest(
            Asker(person_id="p025", municipality_id="hurdal", unit_id="hurdal-helse-hjemme-ost"),
            on=today,
            workloads={},
        )
    ] == ["hurdal"] * 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "cell", ["=1+1", " =1", "Kari;=1+1", "Kari|@SUM(A1)", "Kari\t+1", "Kari\n-1", 'Kari;"=1"', "＝1"]
)
def test_no_cell_of_ours_is_calculated_whatever_the_spreadsheet_separates_cells_by(delimiter: str, cell: str) -> None:
    written = csv_of_rows(("id", "name", "unit"), [("p1", cell, "nord")])
    cells = [each.strip(' "') for row in csv.reader(io.StringIO(written), delimiter=delimiter) for each in row]
    assert not [each for each in cells if each.startswith(("=", "+", "-", "@", "＝"))]


def test_what_no_spreadsheet_calculates_is_written_as_it_is() -> None:
    rows = [("p1", "Åse-Marie O'Neill", "teams;outlook", "a@b.example", "2026-11-24T11:00:00+00:00")]
    written = csv_of_rows(("a", "b", "c", "d", "e"), rows)
    assert list(csv.reader(io.StringIO(written)))[1:] == [list(row) for row in rows]


def test_no_identity_number_comes_in_with_a_name_and_none_serves_as_an_id() -> None:
    [found], _ = people(PEOPLE + "a,Kari 01017050040,nes,nes-health\n")
    assert "01017050040" not in found.name
    none, faults = people(PEOPLE + "01017050040,Kari,nes,nes-health\n")
    assert not none
    assert [(column, kind) for _, column, kind, _ in faults] == [("person_id", FaultKind.BAD_VALUE)]
    assert "01017050040" not in str(faults)
