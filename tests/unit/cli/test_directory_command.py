"""``heia directory`` as an operator and a nightly timer use it."""

import csv
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, PEOPLE_HEADER, SOUTH
from tests.unit.few_articles import few_articles

MAPPING = f"""
municipality = "eidsvoll"
[columns]
id = "Ansattnr"
name = "Navn"
unit = "Avdeling"
[units]
"Hjemme nord" = "{NORTH}"
"""
ROWS = ("1;Ansatt En;Hjemme nord;Rådgiver", "2;Ansatt To;Hjemme nord;Rådgiver", "3;Ansatt Tre;Nyopprettet;")


@pytest.fixture
def export(folder: Path) -> Path:
    (folder / "directory.toml").write_text(MAPPING, "utf-8")
    return write(folder / "export.csv", *ROWS)


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join(("Ansattnr;Navn;Avdeling;JobTitle", *rows)) + "\n", "utf-8")
    return file


def registry(heia: Heia) -> list[list[str]]:
    return [row[:4] for row in csv.reader(heia("registry", "export", "-").out.splitlines()[1:])]


def test_a_dry_run_shows_what_would_come_and_what_leads_nowhere_and_changes_nothing(heia: Heia, export: Path) -> None:
    ran = heia("directory", "import", str(export), "--dry-run")
    assert ran.code == 0, ran
    assert "People: 3 new" in ran.out
    assert "1\tunit\tNyopprettet" in ran.out
    assert "heia directory unknown" not in ran.out, "which knows imports only"
    assert heia("registry", "export", "-").out == f"{PEOPLE_HEADER}\n"
    assert heia("directory", "unknown").err == "0 unknown values, of 0 people\n"


@pytest.mark.full
def test_an_import_is_applied_noted_and_lists_unknown_departments(heia: Heia, export: Path, folder: Path) -> None:
    assert heia("directory", "import", str(export), "--yes", "--unknown-csv", "now.csv").code == 0
    assert registry(heia) == [
        ["1", "Ansatt En", "eidsvoll", NORTH],
        ["2", "Ansatt To", "eidsvoll", NORTH],
        ["3", "Ansatt Tre", "eidsvoll", ""],
    ]
    assert heia("directory", "unknown").out == "eidsvoll\tunit\tNyopprettet\t1\n"
    assert heia("directory", "unplaced").out == "3\t-\n"
    assert heia("directory", "unplaced", "nes").out == ""
    assert heia("directory", "unknown", "--csv", "later.csv").code == 0
    for name in ("now.csv", "later.csv"):
        text = (folder / name).read_text("utf-8-sig")
        assert text == "import,field,value,people\neidsvoll,unit,Nyopprettet,1\n"
    assert "directory.imported" in heia("privacy", "audit").out


@pytest.mark.full
def test_the_same_file_is_not_compared_again_until_something_has_changed(
    heia: Heia, export: Path, folder: Path
) -> None:
    assert heia("directory", "import", str(export), "--yes").code == 0
    same = "This file was imported last"
    assert same in heia("directory", "import", str(export), "--yes").out
    assert same not in heia("directory", "import", str(export), "--yes", "--again").out
    (folder / "directory.toml").write_text(MAPPING + f'"Nyopprettet" = "{SOUTH}"\n', "utf-8")
    assert "1 changed" in heia("directory", "import", str(export), "--yes").out
    assert heia("directory", "unknown").out == ""
    # Another source changes the registry: what the file says is true again after the next import.
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\n1,Annet Navn,eidsvoll,{SOUTH},,,,,\n", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes", "--most-removed", "100").code == 0
    assert "2 new, 1 changed" in heia("directory", "import", str(export), "--yes").out


@pytest.mark.full
def test_the_guard_holds_in_a_dry_run_too(heia: Heia, export: Path) -> None:
    many = [f"{number};Ansatt {number};Hjemme nord;" for number in range(60)]
    assert heia("directory", "import", str(write(export, *many)), "--yes").code == 0
    write(export, *many[:30])
    for how in ("--dry-run", "--yes"):
        ran = heia("directory", "import", str(export), how)
        assert (ran.code, "30 people would leave" in ran.err) == (1, True), ran
    assert len(registry(heia)) == 60
    assert heia("directory", "import", str(export), "--yes", "--most-removed", "60").code == 0
    assert len(registry(heia)) == 30
    rest = export.with_name("people.csv")
    rest.write_text(f"{PEOPLE_HEADER}\n1,Ansatt,eidsvoll,{NORTH},,,,,\n", "utf-8")
    assert heia("registry", "import", str(rest), "--dry-run").code == 1


def test_pupils_are_refused_aloud_and_the_others_come(heia: Heia, export: Path) -> None:
    write(export, *ROWS, "4;Ukjent Navn;Hjemme nord;Elev")
    ran = heia("directory", "import", str(export), "--yes")
    assert ran.code == 0
    assert ran.err.startswith(
        "1 pupil refused. Pupils never enter the registry:\nexport.csv:5: marked by its attribute\n"
    )
    assert [row[0] for row in registry(heia)] == ["1", "2", "3"]
    assert "directory.pupil_refused" in heia("privacy", "audit").out
    assert "Ukjent Navn" not in ran.out + ran.err


def test_an_employee_that_is_marked_as_a_pupil_leaves(heia: Heia, export: Path) -> None:
    assert heia("directory", "import", str(export), "--yes").code == 0
    write(export, *ROWS[:2], "3;Ansatt Tre;Hjemme nord;Elev")
    assert heia("directory", "import", str(export), "--yes").code == 0
    assert [row[0] for row in registry(heia)] == ["1", "2"]


@pytest.mark.full
def test_a_file_older_than_the_last_is_refused_unless_allowed(heia: Heia, export: Path) -> None:
    assert heia("directory", "import", str(export), "--yes").code == 0
    write(export, *ROWS[:2])
    day_ago = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(export, times=(day_ago, day_ago))
    ran = heia("directory", "import", str(export), "--yes")
    assert (ran.code, "is newer" in ran.err, len(registry(heia))) == (1, True, 3)
    assert heia("directory", "import", str(export), "--yes", "--older").code == 0
    assert len(registry(heia)) == 2


@pytest.mark.full
def test_every_fault_of_a_mapping_is_told_and_doctor_names_them(
    heia: Heia, export: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "directory" in heia("doctor").out
    bad = folder / "bad.toml"
    bad.write_text(MAPPING.replace(NORTH, "nowhere") + '[moved]\n"a" = "b"\n"b" = "a"\n', "utf-8")
    ran = heia("directory", "import", str(export), "--mapping", str(bad), "--yes")
    assert ran.code == 2
    assert f"{bad}: units: Hjemme nord: there is no unit nowhere" in ran.err
    assert f"{bad}: moved: a leads in a circle" in ran.err
    monkeypatch.setenv("HEIA_DIRECTORY_FILE", str(bad))
    looked = heia("doctor")
    assert looked.code == 1
    assert "there is no unit nowhere" in looked.out
    monkeypatch.setenv("HEIA_DIRECTORY_FILE", str(folder / "missing.toml"))
    assert "missing.toml" in heia("doctor").out


def test_an_organisation_with_a_cycle_is_not_imported_into(
    heia: Heia, export: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = few_articles(folder / "content")
    file = content / "organisation.yaml"
    text = file.read_text("utf-8")
    place = text.index(f"id: {NORTH}")
    file.write_text(text[:place] + f"id: {NORTH}\n        parent: {NORTH}\n        x: " + text[place:], "utf-8")
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(content))
    ran = heia("directory", "import", str(export), "--yes")
    assert (ran.code, "organisation.yaml has faults" in ran.err) == (1, True), ran


def test_without_a_mapping_the_registry_s_own_columns_are_expected(heia: Heia, folder: Path) -> None:
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\n1,Ansatt,eidsvoll,{NORTH},,,,,\n", "utf-8")
    assert heia("directory", "import", "people.csv", "--yes").code == 0
    assert registry(heia) == [["1", "Ansatt", "eidsvoll", NORTH]]


def test_what_is_exported_of_unplaced_people_can_be_imported(heia: Heia, export: Path) -> None:
    assert heia("directory", "import", str(export), "--yes").code == 0
    assert heia("registry", "export", "out.csv").code == 0
    assert heia("registry", "import", "out.csv", "--yes").out.endswith("The registry is up to date already.\n")


def test_graph_without_its_file_names_the_setting(heia: Heia) -> None:
    ran = heia("directory", "graph", "nes", "--dry-run")
    assert ran.code == 2, ran
    assert "HEIA_GRAPH_FILE is not set" in ran.err


def test_a_new_store_in_a_folder_without_settings_is_reported(heia: Heia, folder: Path) -> None:
    (folder / "data").rmdir()
    told = "There is no heia.toml here and HEIA_DATA_DIR is not set"
    assert told in heia("directory", "unplaced").err
    assert told not in heia("directory", "unplaced").err, "the store is there now"
    (folder / "heia.toml").write_text('data_dir = "elsewhere"\n', "utf-8")
    assert told not in heia("directory", "unplaced").err


def test_no_terminal_and_no_yes_is_refused(heia: Heia, export: Path) -> None:
    assert heia("directory", "import", str(export)).code == 2


def test_the_line_of_the_nightly_unit_runs(heia: Heia, export: Path, folder: Path) -> None:
    unit = Path(__file__).parents[3] / "docs" / "examples" / "heia-directory.service"
    [line] = [each for each in unit.read_text("utf-8").splitlines() if each.startswith("ExecStart=")]
    program, *arguments = line.partition("=")[2].split()
    assert program == "/opt/heia/bin/heia"
    places = {"/srv/heia-import/employees.csv": str(export), "/etc/heia/directory.toml": str(folder / "directory.toml")}
    assert {*places} <= {*arguments}
    assert heia(*(places.get(each, each) for each in arguments)).code == 0
    assert len(registry(heia)) == 3
