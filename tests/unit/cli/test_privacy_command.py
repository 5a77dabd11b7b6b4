"""``heia privacy``: the inventory, one person's data out and away, and the audit log."""

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.commands.opening import operator_id
from bot.images.files import FileImages
from bot.ports import Commit, PostWrite, StoredImage
from bot.stores.tiny.store import TinyStore
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.question import Question
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.privacy.inventory import INVENTORY
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.channels import WEB
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON, NORTH, Scene

IMAGE_ID, OTHER_IMAGE_ID = f"image-{1:032x}", f"image-{2:032x}"
PNG = b"\x89PNG\r\n\x1a\nbilde"
GUEST = Person(
    id="guest-1",
    name="Gjest",
    addresses={WEB: Address(channel=WEB)},
    last_channel=WEB,
    created_at=NOON,
)
QUESTION = Question(
    id="q1",
    person_id="guest-1",
    municipality_id=None,
    utterance="Når får jeg Teams?",
    language=Language.NB,
    outcome=OutcomeKind.ANSWER,
    asked_at=NOON,
)


async def fill(folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    scene = Scene(store, folder)
    await scene.load(f"bo,Ambassadør Nord,eidsvoll,{NORTH},ambassador,nb,,,bo@example.no\n")
    handoff = (
        Handoff(
            id="h1",
            asker_id="guest-1",
            municipality_id="eidsvoll",
            unit_id=NORTH,
            language=Language.NB,
            question="Hvorfor?",
            created_at=NOON,
            changed_at=NOON,
        )
        .promise(NOON)
        .offer("bo", NOON, until=NOON)
    )
    await scene.put(GUEST, QUESTION, handoff, Worklist(id="bo", municipality_id="eidsvoll", offered=("h1",)))
    post = PostWrite(recipient="guest-1", slot="a", message=Message(text="Hei"), due_at=NOON)
    await store.commit(Commit(at=NOON, posts=(post,)))
    await store.close()


async def look(folder: Path) -> tuple[Scene, TinyStore]:
    store = TinyStore(directory=folder / "data")
    await store.open()
    return Scene(store, folder), store


@pytest.fixture
def filled(folder: Path) -> Path:
    asyncio.run(fill(folder))
    return folder


@pytest.mark.full
def test_the_inventory_lists_every_stored_field(heia: Heia) -> None:
    rows = list(csv.DictReader(io.StringIO(heia("privacy", "inventory", "--csv", "--lang", "en").out)))
    assert {(row["kind"], row["field"]) for row in rows} == {(h.kind, f) for h in INVENTORY for f in h.purposes}
    assert all(all(row.values()) for row in rows)
    ran = heia("privacy", "inventory")
    assert all(holding.kind in ran.out for holding in INVENTORY)


@pytest.mark.full
def test_an_export_holds_the_person_and_is_audited(heia: Heia, filled: Path) -> None:
    ran = heia("privacy", "export", "guest-1", "--out", "guest.json")
    assert ran.code == 0
    data = json.loads((filled / "guest.json").read_text("utf-8"))["data"]
    assert data["question"][0]["utterance"] == "Når får jeg Teams?"
    assert (filled / "guest.json").stat().st_mode & 0o077 == 0
    audit = heia("privacy", "audit", "--act", "privacy.exported", "--csv").out.splitlines()
    assert len(audit) == 2
    assert f",privacy.exported,guest-1,{operator_id()}," in audit[1]


def test_deleting_needs_a_yes(heia: Heia, filled: Path) -> None:
    assert heia("privacy", "delete", "guest-1").code == 2
    assert "question" in heia("privacy", "export", "guest-1").out


@pytest.mark.full
def test_deleting_takes_everything_and_lets_go_of_helpers(heia: Heia, filled: Path) -> None:
    images = FileImages(filled / "data" / "images")
    asyncio.run(images.put(f"image-{7:032x}", StoredImage(body=b"\x89PNG\r\n\x1a\nbilde", media_type="image/png")))
    ran = heia("privacy", "delete", "guest-1", "--yes")
    assert ran.code == 0
    assert "1 question" in ran.out

    async def check() -> None:
        scene, store = await look(filled)
        assert not await scene.has(Person, "guest-1")
        assert not await scene.has(Question, "q1")
        assert not await scene.has(Handoff, "h1")
        assert (await scene.get(Worklist, "bo")).offered == ()
        assert await store.deliveries_of_recipient("guest-1") == []
        acts = [(s.body["act"], s.body["by"]) for s in await store.find(AuditEntry.KIND, "act:privacy.erased")]
        assert acts == [("privacy.erased", operator_id())]
        await store.close()

    asyncio.run(check())
    assert list((filled / "data" / "images").iterdir()) == []
    assert heia("privacy", "export", "guest-1").code == 1


@pytest.mark.full
def test_what_the_registry_needs_stays_and_is_told(heia: Heia, filled: Path) -> None:
    ran = heia("privacy", "delete", "bo@example.no", "--yes")
    assert "kept 1 person" in ran.out
    assert "kept 1 ambassador" in ran.out
    assert "bo," in heia("registry", "export", "-").out


@pytest.mark.full
def test_the_audit_log_is_narrowed_by_day_person_and_subject(heia: Heia, folder: Path) -> None:
    async def write() -> None:
        store = TinyStore(directory=folder / "data")
        await store.open()
        scene = Scene(store, folder)
        for n, (act, subject, by) in enumerate([("a.b", "x", "p1"), ("a.c", "x", "p2"), ("a.b", "y", "p1")]):
            entry = AuditEntry.from_act(Audit(act=act, subject=subject, by=by), id=f"a{n}", at=NOON)
            await scene.put(replace(entry, at=NOON.replace(day=20 + n)))
        await store.close()

    asyncio.run(write())

    def lines(*options: str) -> int:
        return len(heia("privacy", "audit", "--csv", *options).out.splitlines()) - 1

    assert lines() == 3
    assert lines("--by", "p1") == 2
    assert lines("--by", "p1", "--subject", "x") == 1
    assert lines("--since", "2026-11-21") == 2
    assert heia("privacy", "audit", "--since", "yesterday").code == 2


@pytest.mark.parametrize("command", ["inventory", "export", "delete", "audit"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia privacy {command}" in heia("privacy", command, "--help").out


def test_the_status_of_the_handoff_was_an_offer(filled: Path) -> None:
    """Otherwise the deletion above would prove nothing about helpers."""

    async def check() -> None:
        scene, store = await look(filled)
        assert (await scene.get(Handoff, "h1")).status is Status.OFFERED
        await store.close()

    asyncio.run(check())


def test_texts_about_others_are_exported_on_demand_only_and_the_log_says_so(heia: Heia, filled: Path) -> None:
    asyncio.run(offered(filled))
    assert "Hjelp Kari" not in heia("privacy", "export", "bo").out
    assert "Hjelp Kari" in heia("privacy", "export", "bo", "--full").out
    rows = heia("privacy", "audit", "--act", "privacy.exported", "--csv").out.splitlines()[1:]
    assert ["full=1" in row for row in rows] == [False, True]


async def offered(folder: Path) -> None:
    """Show the ambassador a question of another person."""
    store = TinyStore(directory=folder / "data")
    await store.open()
    post = PostWrite(recipient="bo", slot="handoff/h1/offer", message=Message(text="Hjelp Kari"), due_at=NOON)
    await store.commit(Commit(at=NOON, posts=(post,)))
    await store.close()


@pytest.mark.parametrize("out", ["no/such/guest.json", "no/such/guest.zip", "file/guest"])
@pytest.mark.quick(1)
def test_an_export_that_fails_is_not_in_the_audit_log_and_leaves_nothing(heia: Heia, filled: Path, out: str) -> None:
    (filled / "file").write_text("")
    before = sorted(filled.rglob("*"))
    ran = heia("privacy", "export", "guest-1", "--out", out)
    assert ran.code == 1
    assert "Nothing was exported." in ran.err
    assert "Traceback" not in ran.err
    assert [each for each in sorted(filled.rglob("*")) if "data" not in each.parts] == [
        each for each in before if "data" not in each.parts
    ]
    assert heia("privacy", "audit", "--act", "privacy.exported", "--csv").out.splitlines()[1:] == []


def test_an_export_replaces_a_file_that_others_could_read_by_one_that_they_cannot(heia: Heia, filled: Path) -> None:
    (filled / "guest.json").write_text("old")
    (filled / "guest.json").chmod(0o644)
    assert heia("privacy", "export", "guest-1", "--out", "guest.json").code == 0
    assert (filled / "guest.json").stat().st_mode & 0o777 == 0o600
    assert '"guest-1"' in (filled / "guest.json").read_text("utf-8")


@pytest.mark.full
def test_an_export_into_a_folder_or_an_archive_has_data_page_and_the_persons_images(heia: Heia, filled: Path) -> None:
    async def add() -> None:
        scene, store = await look(filled)
        for id_, owner in ((IMAGE_ID, "guest-1"), (OTHER_IMAGE_ID, "bo")):
            await scene.put(Image(id=id_, person_id=owner, media_type="image/png", size_bytes=7, at=NOON))
        await store.close()

    images = FileImages(filled / "data" / "images")
    for id_ in (IMAGE_ID, OTHER_IMAGE_ID):
        asyncio.run(images.put(id_, StoredImage(body=PNG, media_type="image/png")))
    asyncio.run(add())
    names = {"data.json", "readable.html", f"images/{IMAGE_ID}.png"}
    assert heia("privacy", "export", "guest-1", "--out", "guest").code == 0
    written = {path.relative_to(filled / "guest").as_posix(): path for path in (filled / "guest").rglob("*.*")}
    assert written.keys() == names
    assert written[f"images/{IMAGE_ID}.png"].read_bytes() == PNG
    assert not [path for path in written.values() if path.stat().st_mode & 0o077]
    assert heia("privacy", "export", "guest-1", "--out", "guest.zip").code == 0
    with zipfile.ZipFile(filled / "guest.zip") as archive:
        assert set(archive.namelist()) == names
        data = json.loads(archive.read("data.json"))["data"]
    assert [each["text"] for each in data["delivery"]] == ["Hei"]
    assert [each["id"] for each in data["image"]] == [IMAGE_ID]


def test_the_readable_page_has_the_inventorys_titles_in_the_persons_language(heia: Heia, filled: Path) -> None:
    page = heia("privacy", "export", "guest-1", "--format", "html").out
    assert page.startswith("<!doctype html>")
    for title in ("Spørsmål til Heia (1)", "Meldinger i samtalen (1)"):
        assert f"<h2>{title}</h2>" in page
    assert "Når får jeg Teams?" in page
    english = heia("privacy", "export", "guest-1", "--format", "html", "--lang", "en").out
    assert '<html lang="en">' in english
    assert "About this export" in english
