"""The register as CSV: an export is imported again, and every fault is named with its line in three languages."""

from dataclasses import replace
from datetime import date

import pytest

from bot.content.catalogue import load_catalogue
from dialogs.rollout.software.assess.importing import MAX_CHANGED, MAX_CHARACTERS, fault_text, program_import_view
from dialogs.rollout.software.model import ProgramInterest
from dialogs.rollout.software.register.entry import ProgramEntry
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, PersonalData, Program, ProgramStatus, ProgramUse
from knowledge.software.table import BYTE_ORDER_MARK, COLUMNS, MAX_PROGRAMS, read_table, table_of
from knowledge.table import TableFault
from tests.program_register import register_programs
from tests.unit.driver import Stage
from tests.unit.rollout.program_scene import program_stage, published, status_of
from tests.unit.rollout.test_program_desk import seen_by

FULL = Program(
    id="kahoot",
    name="Kahoot!",
    vendor="Kahoot",
    aliases=("kahoot", "spørrelek"),
    purpose={Language.NB: 'Quiz; "spill" i timen', Language.EN: "Quizzes"},
    where={Language.NN: "Nettsida"},
    personal_data=PersonalData.YES,
    assessments=(
        Assessment(status=ProgramStatus.REVIEW, note={Language.NB: "=1+1 er ikke et vilkår"}),
        Assessment(
            status=ProgramStatus.CONDITIONS,
            sector=Sector.SCHOOL,
            use=ProgramUse.PUPILS,
            note={Language.NB: "Uten navn", Language.NN: "Utan namn", Language.EN: "No names"},
            alternative="bare",
            assessed=date(2026, 9, 1),
            review_by=date(2027, 9, 1),
            expires=date(2028, 1, 1),
        ),
    ),
)
BARE = Program(id="bare", name="Bare")


@pytest.fixture
def stage() -> Stage:
    return program_stage()


def table(*lines: str, header: str = "id;name;sector;use;status;note_nb;alternative;assessed;review_by") -> str:
    return "\r\n".join((header, *lines))


def test_what_is_exported_is_imported_again() -> None:
    text = table_of([FULL, BARE], None)
    assert text.startswith(BYTE_ORDER_MARK)
    assert text.splitlines()[0] == BYTE_ORDER_MARK + ";".join(COLUMNS)
    assert "'=1+1" in text, "no spreadsheet calculates it"
    read = read_table(text)
    assert read.faults == ()
    assert [each.program for each in read.programs] == [FULL, BARE]


def test_five_thousand_programs_are_read_and_written() -> None:
    programs = register_programs()
    read = read_table(table_of(programs, None))
    assert read.faults == ()
    assert [each.program for each in read.programs] == list(programs)
    assert len(read.programs) == MAX_PROGRAMS


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheets_own_form_is_read(delimiter: str, end: str) -> None:
    text = end.join((f"Status{delimiter}NAME", f"approved{delimiter}  Ink  scape ", "", f"review{delimiter}C++"))
    read = read_table(text)
    assert [(each.line, each.program.id, each.program.name) for each in read.programs] == [
        (2, "ink-scape", "Ink scape"),
        (4, "c-plus-plus", "C++"),
    ]


def test_a_norwegian_date_is_read() -> None:
    read = read_table(table("a;A;;;approved;;;1.9.2026;"))
    assert read.programs[0].program.assessments[0].assessed == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "empty"),
        ("\n\n", 1, "empty"),
        (table("x", header="id;name"), 1, "column_missing"),
        (table("x", header="id;name;status;farge"), 1, "column_unknown"),
        (table("x", header="name;status;name"), 1, "column_twice"),
        (table('a;"A'), 2, "unreadable"),
        (table("a;A;;;approved;;;;;more"), 2, "cells"),
        (table("A B;A;;;approved"), 2, "bad_id"),
        (table(";🙂;;;approved"), 2, "bad_id"),
        (table("a;;;;approved"), 2, "no_name"),
        (table(f"a;{'x' * 1000};;;approved"), 2, "too_long"),
        (table(f"a;A;;;approved;{'x' * 501}"), 2, "too_long"),
        (table("a;A;school;;"), 2, "no_status"),
        (table("a;A;;;maybe"), 2, "value"),
        (table("a;A;helse;;approved"), 2, "value"),
        (table("a;A;;everyone;approved"), 2, "value"),
        (table("a;A;;;approved;;;2026-02-30"), 2, "bad_day"),
        (table("a;A;;;approved;;;31.02.2026"), 2, "bad_day"),
        (table("a;A;;;approved;;;i går"), 2, "bad_day"),
        (table("a;A;;;approved;;;2026-09-01;2026-08-01"), 2, "dates"),
        (table("a;A;;;approved;;nowhere"), 2, "alternative"),
        (table("a;A;;;approved;;a"), 2, "alternative"),
        (table("a;A;;;approved", "a;A;;;rejected"), 3, "twice"),
        (table("a;A;;;approved", "a;B;school;;rejected"), 3, "differs"),
        (table("a;A;;;approved", f"b;B;;;{'z' * 99}"), 3, "value"),
    ],
)
def test_a_fault_is_named_with_its_line_in_three_languages(text: str, line: int, code: str) -> None:
    read = read_table(text)
    assert [(each.line, each.code) for each in read.faults] == [(line, code)]
    for texts in load_catalogue().values():
        said = fault_text(texts, read.faults[0])
        assert str(line) in said
        assert "{" not in said


def test_a_faulty_program_does_not_hide_the_faults_of_others() -> None:
    read = read_table(table("a;A;;;maybe", "b;B;;;approved", "c;;;;approved"))
    assert [each.line for each in read.faults] == [2, 4]
    assert [each.program.id for each in read.programs] == ["b"]


def test_too_many_programs_are_refused() -> None:
    rows = [f"p{number};P{number};;;approved" for number in range(MAX_PROGRAMS + 1)]
    read = read_table(table(*rows))
    assert read.faults[0] == TableFault(line=1, code="too_many", values={"number": MAX_PROGRAMS})


# Into the register


def imported(stage: Stage, who: str, *lines: str, **more: str) -> str:
    outcome = stage.press(who, "software.import", text=table(*lines, **more))
    return outcome.notice


def test_a_municipality_imports_its_own_assessments_of_programs_that_all_have(stage: Stage) -> None:
    said = imported(stage, "gro", "zoom;Zoom;;;rejected;For dyrt;signal", "winrar;WinRAR;;;approved")
    assert said == stage.texts("gro").plural("software.import.done", 2)
    assert status_of(stage, "zoom") == "rejected"
    assert status_of(stage, "zoom", municipality="storvik") == "review"
    assert [each.id for each in published(stage).called("winrar", "lillevik")] == ["lillevik.winrar"]
    assert sorted(each.act for each in stage.audits) == ["software.assessed", "software.assessed"]
    again = stage.press("gro", "software.import", text=table("zoom;Zoom;;;rejected;For dyrt;signal"))
    assert again.notice == stage.texts("gro")("software.import.nothing")
    assert not again.changed


def test_the_provider_imports_for_everyone(stage: Stage) -> None:
    header = "id;name;vendor;purpose_nb;status"
    imported(stage, "dina", "zoom;Zoom Workplace;Zoom;Videomøter;approved", header=header)
    zoom = published(stage).programs["zoom"]
    assert (zoom.name, zoom.vendor) == ("Zoom Workplace", "Zoom")
    assert status_of(stage, "zoom workplace", municipality="storvik") == "approved"


def test_an_export_of_ones_own_register_changes_nothing(stage: Stage) -> None:
    imported(stage, "gro", "zoom;Zoom;;;rejected;For dyrt;signal")
    published(stage)
    known = stage.content.register.of_municipality("lillevik")
    page = seen_by(stage, "gro", program_import_view, text=table_of(known, "lillevik"))
    assert (page.rows, page.faults, page.unchanged) == ((), (), 2)


def test_a_reviewer_of_one_sector_imports_the_whole_table_with_changes_of_their_own_list(stage: Stage) -> None:
    exported = table_of(stage.content.register.of_municipality("lillevik"), "lillevik")
    page = seen_by(stage, "rita", program_import_view, text=exported)
    assert (page.rows, page.faults, page.unchanged) == ((), (), 2)
    cells = exported.splitlines()[-1].split(";")
    columns = exported.splitlines()[0].lstrip("\ufeff").split(";")
    cells[columns.index("sector")], cells[columns.index("status")] = "school", "rejected"
    changed = f"{exported}{';'.join(cells)}\n"
    assert seen_by(stage, "rita", program_import_view, text=changed).ready
    stage.press("rita", "software.import", text=changed)
    assert status_of(stage, "signal", sector=Sector.SCHOOL) == "rejected"
    assert status_of(stage, "signal") == "approved"


def test_a_table_with_a_fault_changes_nothing(stage: Stage) -> None:
    said = imported(stage, "gro", "zoom;Zoom;;;rejected;For dyrt", "a;A;;;maybe")
    assert said.startswith("Linje 3: ")
    assert stage.all(ProgramEntry) == []
    assert stage.audits == []


def test_a_reviewer_imports_the_lists_of_their_forum_only(stage: Stage) -> None:
    said = imported(stage, "gro", "zoom;Zoom;school;pupils;approved")
    assert said.startswith("Linje 2: ")
    assert stage.all(ProgramEntry) == []
    imported(stage, "rita", "zoom;Zoom;school;pupils;approved")
    assert status_of(stage, "zoom", use=ProgramUse.PUPILS) == "approved"
    assert imported(stage, "kari", "zoom;Zoom;;;approved") == stage.texts("kari")("software.not_allowed")


@pytest.mark.parametrize("who", ["gro", "dina"])
def test_a_dry_run_shows_what_an_import_then_does(stage: Stage, who: str) -> None:
    text = table("zoom;Zoom;;;rejected;For dyrt", "winrar;WinRAR;;;approved", "signal;Signal;;;approved;Merknad.")
    page = seen_by(stage, who, program_import_view, text=text)
    texts = stage.texts(who)
    assert [(name, result) for name, result, _ in page.rows] == [
        ("Zoom", texts("software.import.changed")),
        ("WinRAR", texts("software.import.new")),
    ]
    assert (page.unchanged, page.ready) == (1, True)
    assert stage.all(ProgramEntry) == []
    stage.press(who, "software.import", text=text)
    assert len(stage.all(ProgramEntry)) == 2


def test_a_table_is_limited_at_the_desk(stage: Stage) -> None:
    many = [f"p{number};P{number};;;approved" for number in range(MAX_CHANGED + 1)]
    assert str(MAX_CHANGED) in imported(stage, "gro", *many)
    assert "heia programs import" in imported(stage, "gro", f"a;A;;;approved;{'x' * MAX_CHARACTERS}")
    assert stage.all(ProgramEntry) == []


def test_those_who_asked_are_notified_of_an_import(stage: Stage) -> None:
    stage.press("nils", "software.ask", program="zoom")
    stage.press("nils", "software.ask", program="Kvikkly")
    imported(stage, "gro", "zoom;Zoom;;;approved;Greit.", "winrar;WinRAR;;;approved")
    assert [key for key in stage.timers if key.endswith("/tell")] == ["software/zoom/tell"]
    stage.ring_until(stage.now)
    assert "Greit." in stage.shown("nils", "software/asked:zoom")
    assert [each.program for each in stage.all(ProgramInterest)] == ["Kvikkly"]


def test_sample_programs_stay_examples_until_they_are_changed() -> None:
    stage = program_stage(programs=(replace(FULL, sample=True), BARE))
    page = seen_by(stage, "dina", program_import_view, text=table_of([FULL, BARE], None))
    assert page.rows == ()
