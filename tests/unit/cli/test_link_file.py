"""``heia registry link --csv``: links of many people in one file to hand out."""

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, PEOPLE_HEADER, SOUTH
from tests.unit.cli.test_registry_command import used

PEOPLE = (
    f"ana,Ansatt Nord,eidsvoll,{NORTH},,,,,ana@example.no\n"
    f"bo,Ansatt Sør,eidsvoll,{SOUTH},,nn,,,\n"
    f'cy,"Ansatt; =1+1",eidsvoll,{NORTH},,,,,\n'
    "dag,Ansatt Nes,nes,nes-skole,,,,,\n"
)


@pytest.fixture
def heia(heia: Heia, folder: Path) -> Heia:
    """The command line with four people in the registry."""
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\n{PEOPLE}", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes").code == 0
    return heia


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.full
def test_a_municipality_gets_one_line_a_person_in_a_file_of_its_owner_alone(heia: Heia, folder: Path) -> None:
    ran = heia("registry", "link", "--csv", "links.csv", "--municipality", "eidsvoll")
    assert (ran.code, ran.out.startswith("3 links in links.csv.")) == (0, True), ran.err
    assert (folder / "links.csv").stat().st_mode & 0o777 == 0o600
    found = rows(folder / "links.csv")
    assert list(found[0]) == ["id", "name", "unit", "link", "valid_until"]
    assert {each["id"] for each in found} == {"ana", "bo", "cy"}
    assert next(each["name"] for each in found if each["id"] == "cy").endswith("'=1+1"), "no formula"
    assert all(each["unit"] for each in found)
    until = datetime.fromisoformat(found[0]["valid_until"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)
    for each in found:
        assert [asyncio.run(used(folder, each["link"])) for _ in range(2)] == [each["id"], None]
    audit = heia("privacy", "audit", "--act", "web.linked", "--csv").out
    assert all(f"{id_}," in audit for id_ in ("ana", "bo", "cy"))
    assert "Ansatt" not in audit


def test_a_unit_has_those_below_and_a_list_its_people(heia: Heia, folder: Path) -> None:
    heia("registry", "link", "--csv", "unit.csv", "--unit", "eidsvoll-helse-hjemme")
    assert {each["id"] for each in rows(folder / "unit.csv")} == {"ana", "bo", "cy"}
    (folder / "ids.txt").write_text("\ufeffdag\n\n ana@example.no \ndag\n", "utf-8")
    heia("registry", "link", "--csv", "listed.csv", "--ids", "ids.txt")
    assert [each["id"] for each in rows(folder / "listed.csv")] == ["ana", "dag"]


@pytest.mark.full
def test_a_later_file_ends_the_earlier_links_of_the_same_people_only(heia: Heia, folder: Path) -> None:
    heia("registry", "link", "--csv", "first.csv", "--municipality", "eidsvoll")
    single = heia("registry", "link", "dag").out
    (folder / "ids.txt").write_text("ana\n", "utf-8")
    assert heia("registry", "link", "--csv", "second.csv", "--ids", "ids.txt").code == 0
    first = {each["id"]: each["link"] for each in rows(folder / "first.csv")}
    assert asyncio.run(used(folder, first["ana"])) is None
    assert asyncio.run(used(folder, first["bo"])) == "bo"
    assert asyncio.run(used(folder, single)) == "dag"
    assert asyncio.run(used(folder, rows(folder / "second.csv")[0]["link"])) == "ana"


def test_an_existing_file_is_not_overwritten_and_no_link_ends(heia: Heia, folder: Path) -> None:
    heia("registry", "link", "--csv", "links.csv", "--municipality", "nes")
    before = (folder / "links.csv").read_text("utf-8")
    ran = heia("registry", "link", "--csv", "links.csv", "--municipality", "nes")
    assert (ran.code, ran.err) == (1, "links.csv is there already. Choose another name. Nothing was changed.\n")
    (folder / "other.csv").symlink_to(folder / "nowhere")
    assert heia("registry", "link", "--csv", "other.csv", "--municipality", "nes").code == 1
    assert not (folder / "nowhere").exists()
    assert (folder / "links.csv").read_text("utf-8") == before
    assert asyncio.run(used(folder, rows(folder / "links.csv")[0]["link"])) == "dag"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "Name one person"),
        (("ana", "--municipality", "nes"), 2, "Name one person"),
        (("--csv", "x.csv"), 2, "exactly one of"),
        (("--csv", "x.csv", "--municipality", "nes", "--unit", NORTH), 2, "exactly one of"),
        (("ana", "--csv", "x.csv", "--municipality", "nes"), 2, "exactly one of"),
        (("--csv", "x.csv", "--municipality", "oslo"), 2, "There is no municipality oslo."),
        (("--csv", "x.csv", "--unit", "nowhere"), 2, "There is no unit nowhere."),
        (("--csv", "x.csv", "--municipality", "hurdal"), 1, "There is nobody to make a link for."),
        (("--csv", "x.csv", "--ids", "missing.txt"), 2, "missing.txt: No such file"),
        (("--csv", "x.csv", "--ids", "latin.txt"), 2, "latin.txt is not UTF-8 text."),
        (("--csv", "x.csv", "--ids", "strangers.txt"), 1, "No person is zed."),
        (("--csv", "none/x.csv", "--municipality", "nes"), 1, "No such file or directory"),
    ],
)
def test_wrong_use_makes_no_file_and_no_link(
    heia: Heia, folder: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (folder / "latin.txt").write_bytes("åse\n".encode("latin-1"))
    (folder / "strangers.txt").write_text("ana\nzed\n", "utf-8")
    ran = heia("registry", "link", *arguments)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not (folder / "x.csv").exists()
    assert "web.linked" not in heia("privacy", "audit", "--csv").out
