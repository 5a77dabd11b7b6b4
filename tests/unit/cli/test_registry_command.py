"""``heia registry`` as an operator uses it: files in, files out, exit codes, and words instead of tracebacks."""

import asyncio
import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image

from bot.app.clock import SystemRandomSource
from bot.app.commands.opening import operator_id
from bot.app.local import local_socket
from bot.app.log import make_log
from bot.app.wiring import make_links, make_sessions
from bot.ports import Commit, Key
from bot.records.codec import decode, write_of
from bot.settings.model import Settings
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.core.person import Person
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, PEOPLE_HEADER, TENANT, object_id

CONTENT = files("knowledge") / "content"
ANA = f"ana,Ansatt Nord,eidsvoll,{NORTH},,,,,ana@example.no\n"
BO = f"bo,Ambassadør Nord,eidsvoll,{NORTH},ambassadør,nn,,,\n"


@pytest.fixture
def people(folder: Path) -> Path:
    file = folder / "people.csv"
    file.write_text(f"{PEOPLE_HEADER}\n{ANA}{BO}", "utf-8")
    return file


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (PEOPLE_HEADER.split(","), *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def test_a_dry_run_shows_what_would_come_and_changes_nothing(heia: Heia, people: Path) -> None:
    ran = heia("registry", "import", str(people), "--dry-run")
    assert ran.code == 0
    assert "People: 2 new" in ran.out
    assert "Ambassadors: 1 new" in ran.out
    assert "Ambassadør Nord" in ran.out
    assert heia("registry", "export", "-").out == f"{PEOPLE_HEADER}\n"


@pytest.mark.full
def test_what_is_exported_can_be_imported_and_is_the_same(
    heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEIA_CONTENT_DIR")  # the sample ambassadors know of all the topics
    for name in ("people.csv", "ambassadors.csv"):
        (folder / name).write_text((CONTENT / name).read_text("utf-8"), "utf-8")
    assert heia("registry", "import", "people.csv", "--ambassadors", "ambassadors.csv", "--yes").code == 0
    assert heia("registry", "export", "p.csv", "--ambassadors", "a.csv").code == 0
    again = heia("registry", "import", "p.csv", "--ambassadors", "a.csv", "--dry-run")
    assert again.out.endswith("The registry is up to date already.\n")
    assert (folder / "p.csv").read_text("utf-8") == (CONTENT / "people.csv").read_text("utf-8")


@pytest.mark.full
def test_every_faulty_row_is_told_with_line_and_column_and_nothing_changes(heia: Heia, folder: Path) -> None:
    lines = [
        PEOPLE_HEADER,
        f"ana,Ansatt Nord,eidsvoll,{NORTH},,,,,",
        f"bo,,eidsvoll,{NORTH},,,,,",
        "cy,Ansatt,eidsvoll,nowhere,elev,,,,",
        f"ana,Ansatt,eidsvoll,{NORTH},,,,,",
    ]
    (folder / "people.csv").write_text("\n".join(lines), "utf-8")
    (folder / "ambassadors.csv").write_text("person_id,capacity\nana,many\nbo,3\nzed,3\n", "utf-8")
    ran = heia("registry", "import", "people.csv", "--ambassadors", "ambassadors.csv", "--yes")
    assert ran.code == 1
    assert {line.rsplit(":", 1)[0] for line in ran.out.splitlines()[:-1]} == {
        "people.csv:3: name",
        "people.csv:4: unit",
        "people.csv:4: roles",
        "people.csv:5: person_id",
        "ambassadors.csv:2: person_id",
        "ambassadors.csv:2: capacity",
        "ambassadors.csv:4: person_id",
    }
    assert "nothing was changed" in ran.out
    assert heia("registry", "export", "-").out == f"{PEOPLE_HEADER}\n"


@pytest.mark.full
def test_a_workbook_is_read_and_its_formulas_are_refused(heia: Heia, folder: Path) -> None:
    sound = ("ana", "Ansatt Nord", "Eidsvoll kommune", "Hjemmetjenesten Nord", None, None, None, None, None)
    workbook(folder / "sound.xlsx", sound)
    assert "People: 1 new" in heia("registry", "import", "sound.xlsx", "--dry-run").out
    workbook(folder / "formula.xlsx", sound, ("bo", '=HYPERLINK("http://x","y")', *sound[2:]))
    ran = heia("registry", "import", "formula.xlsx", "--yes")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        'formula.xlsx:3: name: formulas are not taken; write the value itself (=HYPERLINK("http://x","y"))',
        "1 fault; nothing was changed.",
    ]
    assert "registry.refused" in heia("privacy", "audit").out


@pytest.mark.full
def test_a_cell_that_is_refused_is_one_fault_in_whatever_column_and_makes_none_elsewhere(
    heia: Heia, folder: Path
) -> None:
    sound = [
        "ana",
        "Ansatt Nord",
        "Eidsvoll kommune",
        NORTH,
        "ambassadør",
        "nb",
        object_id(1),
        TENANT,
        "ana@nes.example",
    ]
    helpers = folder / "ambassadors.csv"
    helpers.write_text("person_id,capacity\nana,2\n", "utf-8")
    for column, name in enumerate(PEOPLE_HEADER.split(",")[1:], start=1):
        refused = [*sound[:column], "=1+1", *sound[column + 1 :]]
        workbook(folder / "formula.xlsx", tuple(refused))
        ran = heia("registry", "import", "formula.xlsx", "--ambassadors", str(helpers), "--dry-run")
        told = [line.split(": ")[1] for line in ran.out.splitlines() if line.startswith(("formula", "amb"))]
        assert (ran.code, told) == (1, [name]), ran.out


def test_a_missing_column_is_not_told_again_on_every_line(heia: Heia, folder: Path) -> None:
    rows = f"ana,Eidsvoll,{NORTH}\nbo,Eidsvoll,{NORTH}\n"
    (folder / "people.csv").write_text(f"person_id,municipality,unit\n{rows}", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes").out.splitlines() == [
        "people.csv:1: name: the column is missing",
        "1 fault; nothing was changed.",
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a workbook", b"", b"\x00\x01"])
def test_a_workbook_that_is_none_is_refused_in_words(heia: Heia, folder: Path, content: bytes) -> None:
    (folder / "people.xlsx").write_bytes(content)
    ran = heia("registry", "import", "people.xlsx", "--yes")
    assert ran.code == 1
    assert "people.xlsx:1: the file cannot be read (not an Excel workbook)" in ran.out
    assert "Traceback" not in ran.err


def test_a_file_as_excel_saves_csv_in_norway_is_read(heia: Heia, folder: Path) -> None:
    text = f"id;navn;kommune;enhet;roller\r\nbo;Ambassadør Nord;Eidsvoll;{NORTH};ambassadør\r\n"
    (folder / "people.csv").write_bytes(text.encode("cp1252"))
    assert "Ambassadør Nord" in heia("registry", "import", "people.csv", "--dry-run").out


def test_nobody_is_asked_where_nobody_is(heia: Heia, people: Path) -> None:
    ran = heia("registry", "import", str(people))
    assert ran.code == 2
    assert "--yes" in ran.err


@pytest.mark.full
def test_an_unknown_municipality_is_wrong_use(heia: Heia, people: Path) -> None:
    ran = heia("registry", "import", str(people), "--municipality", "oslo", "--dry-run")
    assert (ran.code, ran.err) == (2, "There is no municipality oslo.\n")
    assert heia("registry", "coverage", "--municipality", "oslo").code == 2


@pytest.mark.full
def test_a_cut_off_file_needs_to_be_allowed(heia: Heia, folder: Path) -> None:
    rows = [f"p{n},Ansatt {n},eidsvoll,{NORTH},,,,,\n" for n in range(40)]
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\n{''.join(rows)}", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes").code == 0
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\n{''.join(rows[:20])}", "utf-8")
    ran = heia("registry", "import", "people.csv", "--yes")
    assert ran.code == 1
    assert "20 people would leave" in ran.err
    assert heia("registry", "export", "-").out.count("\n") == 41
    assert heia("registry", "import", "people.csv", "--yes", "--most-removed", "50").code == 0
    assert heia("registry", "export", "-").out.count("\n") == 21


async def test_a_store_in_use_is_said_kindly(heia: Heia, people: Path, folder: Path) -> None:
    """Typer runs in the same process here, but the lock is per opened file, as between two processes."""
    store = TinyStore(directory=folder / "data")
    await store.open()
    try:
        ran = await asyncio.to_thread(heia, "registry", "import", str(people), "--yes")
    finally:
        await store.close()
    assert ran.code == 3
    assert "does not answer: another command, or a bot that starts or stops. Try again." in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.full
def test_coverage_is_a_table_a_csv_and_a_picture(heia: Heia, people: Path, folder: Path) -> None:
    heia("registry", "import", str(people), "--yes")
    ran = heia("registry", "coverage", "--municipality", "eidsvoll")
    assert ran.code == 0
    assert "no ambassador" in ran.out
    table = list(csv.DictReader(io.StringIO(heia("registry", "coverage", "--csv", "--png", "c.png").out)))
    named = {row["unit"] for row in table if row["municipality"] == "Eidsvoll kommune"}
    assert "Hjemmetjenesten Sør" in named
    assert "Hjemmetjenesten Nord" not in named
    with Image.open(folder / "c.png") as picture:
        assert (picture.format, picture.width) == ("PNG", 1200)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24) or ()}
    assert {(0x1D, 0x5F, 0xA6), (0xA4, 0x16, 0x1A)} <= colours


@pytest.mark.parametrize("name", ["bo", "BO@example.no"])
@pytest.mark.full
def test_a_person_is_shown_by_id_or_address(heia: Heia, people: Path, name: str) -> None:
    people.write_text(people.read_text("utf-8").replace(BO, BO.replace(",,,\n", ",,,bo@example.no\n")), "utf-8")
    heia("registry", "import", str(people), "--yes")
    ran = heia("registry", "show", name)
    assert ran.code == 0
    assert "Ambassadør Nord" in ran.out
    assert re.search(r"ambassador\s+active", ran.out)


def test_the_managers_of_a_person_and_the_units_of_a_leader_are_shown(heia: Heia, people: Path) -> None:
    people.write_text(f"{PEOPLE_HEADER}\n{ANA}p001,Leder Øverst,eidsvoll,eidsvoll-helse,leder,,,,\n", "utf-8")
    heia("registry", "import", str(people), "--yes")
    assert re.search(r"manager\s+Leder Øverst \(p001\)", heia("registry", "show", "ana").out)
    above = heia("registry", "show", "p001").out
    assert re.search(r"manager\s+–", above)
    assert re.search(r"leads\s+Helse og omsorg \(eidsvoll-helse\)", above)


def test_nobody_is_shown_as_nobody(heia: Heia) -> None:
    ran = heia("registry", "show", "zed")
    assert (ran.code, ran.err) == (1, "No person is zed.\n")


async def used(folder: Path, printed: str) -> str | None:
    """Use a printed link as the server would; return the person it signs in."""
    token = printed.strip().partition("http://127.0.0.1:3978/chat/enter?token=")[2]
    settings, rng = Settings(data_dir=folder / "data"), SystemRandomSource()
    store = TinyStore(directory=folder / "data")
    await store.open()
    try:
        sessions = make_sessions(settings, store=store, dev=False, rng=rng)
        started = await make_links(settings, store=store, sessions=sessions, rng=rng).use(token, at=datetime.now(UTC))
    finally:
        await store.close()
    return started.session.person_id if started else None


@pytest.mark.full
def test_a_link_signs_in_the_person_it_was_made_for_once_and_is_audited(heia: Heia, people: Path, folder: Path) -> None:
    heia("registry", "import", str(people), "--yes")
    ran = heia("registry", "link", "ana@example.no")
    assert [asyncio.run(used(folder, ran.out)) for _ in range(2)] == ["ana", None]
    assert "ana" in heia("privacy", "audit", "--act", "web.linked", "--csv").out
    assert heia("registry", "link", "zed").code == 1


@pytest.mark.full
def test_a_leaver_gets_no_link_and_an_unused_one_is_of_no_use_any_more(heia: Heia, people: Path, folder: Path) -> None:
    heia("registry", "import", str(people), "--yes")
    before = heia("registry", "link", "ana")
    asyncio.run(has_come(folder, "ana"))
    people.write_text(f"{PEOPLE_HEADER}\n{BO}", "utf-8")
    heia("registry", "import", str(people), "--yes")
    assert asyncio.run(used(folder, before.out)) is None
    ran = heia("registry", "link", "ana")
    assert (ran.code, ran.err) == (1, "ana has left the registry and cannot sign in. Import them again first.\n")


async def has_come(folder: Path, person_id: str) -> None:
    """Let the person have met Heia, so that leaving does not forget them."""
    store = TinyStore(directory=folder / "data")
    await store.open()
    key = Key(kind=Person.KIND, id=person_id)
    person = decode(Person, (await store.get([key]))[key])
    write = replace(write_of(Put(record=replace(person, welcomed=True)), {}), expected=None)
    await store.commit(Commit(at=datetime.now(UTC), records=(write,)))
    await store.close()


@pytest.mark.full
async def test_commands_use_the_store_of_the_running_bot(heia: Heia, people: Path, folder: Path) -> None:
    await asyncio.to_thread(heia, "registry", "import", str(people), "--yes")
    settings, rng = Settings(data_dir=folder / "data"), SystemRandomSource()
    store = TinyStore(directory=folder / "data")
    await store.open()
    links = make_links(
        settings,
        store=store,
        sessions=make_sessions(settings, store=store, dev=False, rng=rng),
        rng=rng,
    )
    try:
        held = await asyncio.to_thread(heia, "registry", "link", "ana")
        async with local_socket(settings, store=store, log=make_log()):
            ran = await asyncio.to_thread(heia, "registry", "link", "ana@example.no")
            nobody = await asyncio.to_thread(heia, "registry", "link", "zed")
            modes = [(folder / "data" / name).stat().st_mode & 0o777 for name in ("local", "local/heia.sock")]
        made = {str(each.body["by"]) for each in await store.find("audit", "act:web.linked")}
        started = await links.use(ran.out.strip().partition("token=")[2], at=datetime.now(UTC))
    finally:
        await store.close()
    assert (held.code, "in use" in held.err) == (3, True), "a bot that does not answer is no bot"
    assert started is not None
    assert started.session.person_id == "ana"
    assert (nobody.code, nobody.err) == (1, "No person is zed.\n")
    assert modes == [0o700, 0o600]
    assert made == {operator_id()}


@pytest.mark.parametrize("command", ["import", "export", "coverage", "show", "link"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia registry {command}" in heia("registry", command, "--help").out
