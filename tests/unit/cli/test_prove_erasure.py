"""``heia privacy prove-erasure``: everything is searched, and what remains has a ground or is a fault."""

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ports import Commit, PostWrite, RecordWrite, Store
from bot.records.codec import write_of
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.core.web_utterance import WebUtterance
from tests.contract.postgres_server import WHEEL, Server, server_of
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON, NORTH, Scene
from tests.unit.cli.test_privacy_command import GUEST, QUESTION

SECRET = "Når får jeg Teams?"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_of(WHEEL) as running:
        yield running


class Place:
    """A configured store with a guest and an ambassador, opened for one step at a time."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.folder = folder
        self.url = url
        asyncio.run(self._fill())

    async def open(self) -> Store:
        store: Store = PostgresStore(url=self.url) if self.url else TinyStore(directory=self.folder / "data")
        await store.open()
        return store

    def put(self, *records: Record, at: datetime = NOON, **posts: PostWrite) -> None:
        """Store records and posts as if they had always been there."""

        async def commit() -> None:
            store = await self.open()
            writes: list[RecordWrite] = [replace(write_of(Put(record=record), {}), expected=None) for record in records]
            await store.commit(Commit(at=at, records=tuple(writes), posts=tuple(posts.values())))
            await store.close()

        asyncio.run(commit())

    async def _fill(self) -> None:
        store = await self.open()
        scene = Scene(store, self.folder)
        await scene.load(f"bo,Ambassadør Nord,eidsvoll,{NORTH},ambassador,nb,,,bo@example.no\n")
        await scene.put(GUEST, QUESTION)
        post = PostWrite(recipient="guest-1", slot="a", message=Message(text=SECRET), due_at=NOON)
        await store.commit(Commit(at=NOON, posts=(post,)))
        await store.close()


@pytest.fixture(params=["tiny", "postgres"])
def place(
    request: pytest.FixtureRequest, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    if request.param == "tiny":
        yield Place(folder, None)
        return
    with server.database() as url:
        monkeypatch.setenv("HEIA_DATABASE_URL", url)
        yield Place(folder, url)


@pytest.mark.full
def test_before_an_erasure_every_trace_is_listed_and_the_code_is_1(heia: Heia, place: Place) -> None:
    ran = heia("privacy", "prove-erasure", "guest-1", "--also", SECRET, "--lang", "en")
    assert ran.code == 1
    assert "record  question/q1" in ran.out
    assert "record  person/guest-1" in ran.out
    assert ran.out.count("(no ground)") >= 4
    assert "WITHOUT a ground" in ran.out


@pytest.mark.full
def test_after_an_erasure_only_the_audit_log_remains_of_a_guest(heia: Heia, place: Place) -> None:
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    ran = heia("privacy", "prove-erasure", "guest-1", "--also", SECRET, "--also", "Gjest", "--lang", "en")
    assert ran.code == 0, ran.out
    remains = [line for line in ran.out.splitlines() if line.endswith(")") and line.startswith("  ")]
    assert remains
    grounds = ("(the audit log, 24 months)", "(hashes for this proof, destroyed after 30 days)")
    assert all(line.endswith(grounds) for line in remains)
    assert "Identifiers searched: guest-1" in ran.out
    assert "Result: only what has a ground remains." in ran.out


@pytest.mark.full
def test_a_person_of_the_registry_remains_in_it_and_nothing_else_does(heia: Heia, place: Place) -> None:
    place.put(replace(QUESTION, id="q2", person_id="bo", utterance="Hvor er min grønne mappe?"))
    assert heia("privacy", "delete", "bo", "--yes").code == 0
    ran = heia("privacy", "prove-erasure", "bo@example.no", "--also", "Ambassadør Nord", "--lang", "en")
    assert ran.code == 0, ran.out
    assert "record  person/bo" in ran.out
    assert "record  ambassador/bo" in ran.out
    assert "bo, bo@example.no" in ran.out
    assert "question/" not in ran.out


def test_words_that_others_use_later_are_to_be_judged_and_the_code_is_3(heia: Heia, place: Place) -> None:
    place.put(replace(QUESTION, id="q2", person_id="bo", asked_at=NOON + timedelta(hours=1)))
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    ran = heia("privacy", "prove-erasure", "guest-1", "--lang", "en")
    assert ran.code == 3, ran.out
    assert "record  question/q2" in ran.out.split("In the records of others, to be judged:")[1]
    assert "only what has a ground" not in ran.out


@pytest.mark.full
def test_what_came_after_the_erasure_is_listed_apart_and_is_no_fault(heia: Heia, place: Place) -> None:
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    later = datetime.now(UTC) + timedelta(minutes=1)
    message = Message(text="Du søkte etter guest-1.")
    place.put(
        replace(QUESTION, id="q9", person_id="bo", utterance="slå opp guest-1", asked_at=later),
        WebUtterance(said_id="1", person_id="guest-1", text="Hei igjen", at=later),
        shown=PostWrite(recipient="bo", slot="ask/9", message=message, due_at=later),
        at=later,
    )
    ran = heia("privacy", "prove-erasure", "guest-1", "--also", SECRET, "--lang", "en")
    assert ran.code == 0, ran.out
    newer = ran.out.split("New since the erasure:")[1].split("Result:")[0]
    rows = [line.split()[:2] for line in newer.splitlines() if line.startswith("  ")]
    assert ["record", "question/q9"] in rows
    assert ["record", "web_utterance/guest-1:1"] in rows
    assert {table for table, _ in rows} == {"record", "content"}
    assert "no ground" not in ran.out
    assert "erase again: heia privacy delete guest-1" in ran.out
    assert "Last erased: 20" in ran.out


@pytest.mark.full
def test_what_is_older_than_the_erasure_is_a_fault_with_a_next_step(heia: Heia, place: Place) -> None:
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    later = datetime.now(UTC) + timedelta(minutes=1)
    place.put(replace(QUESTION, id="q8", person_id="bo", utterance="se guest-1", asked_at=NOON))
    place.put(replace(QUESTION, id="q9", person_id="bo", utterance="slå opp guest-1", asked_at=later))
    ran = heia("privacy", "prove-erasure", "guest-1", "--lang", "en")
    assert ran.code == 1
    faults = ran.out.split("WITHOUT a ground:")[1].split("New since")[0]
    assert "question/q8" in faults
    assert "question/q9" not in faults
    assert "Next step: erase again with heia privacy delete guest-1" in ran.out


def test_without_an_erasure_nothing_is_newer_and_the_document_says_so(heia: Heia, place: Place) -> None:
    ran = heia("privacy", "prove-erasure", "guest-1", "--lang", "en")
    assert ran.code == 1
    assert "The audit log has no erasure of this person." in ran.out
    assert "New since" not in ran.out


@pytest.mark.full
def test_what_is_left_behind_is_named_last_and_ends_with_1(heia: Heia, place: Place) -> None:
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    place.put(left=PostWrite(recipient="bo", slot="apply/guest-1/1", message=Message(text="Hei"), due_at=NOON))
    ran = heia("privacy", "prove-erasure", "guest-1")
    assert ran.code == 1
    lines = [line for line in ran.out.splitlines() if "(" in line and line.startswith("  ")]
    assert "delivery" in lines[-1]
    assert lines[-1].endswith("(ingen grunn)")


@pytest.mark.full
def test_the_act_is_audited_without_the_words(heia: Heia, place: Place) -> None:
    heia("privacy", "delete", "guest-1", "--yes")
    heia("privacy", "prove-erasure", "guest-1", "--also", "Et navn")
    [row] = csv.DictReader(io.StringIO(heia("privacy", "audit", "--act", "privacy.erasure_proved", "--csv").out))
    assert row["subject"] == "guest-1"
    assert "groundless=0" in row["details"]
    assert "Et navn" not in str(row)


@pytest.mark.full
def test_what_a_command_did_is_under_a_signed_head_when_it_ends(heia: Heia, place: Place) -> None:
    assert heia("privacy", "delete", "guest-1", "--yes").code == 0
    assert heia("privacy", "prove-erasure", "guest-1").code == 0
    ran = heia("audit", "verify")
    assert ran.code == 0
    assert "Signed heads:" in ran.out
    assert "newer entries" not in ran.out


@pytest.mark.full
def test_the_keyed_hash_of_a_leaver_is_listed_with_its_ground(heia: Heia, place: Place) -> None:
    place.put(Person(id="gone", name="Sluttet", left=True, created_at=NOON))
    assert heia("privacy", "delete", "gone", "--yes").code == 0
    ran = heia("privacy", "prove-erasure", "gone", "--also", "Sluttet", "--lang", "en")
    assert ran.code == 0, ran.out
    assert "(keyed hash of a person who has left; deleted after 24 months)" in ran.out


@pytest.mark.full
def test_the_statement_says_what_no_search_can_see(heia: Heia, place: Place) -> None:
    out = heia("privacy", "prove-erasure", "guest-1", "--lang", "en").out
    if place.url:
        assert "VACUUM (FULL, ANALYZE)" in out
        assert "WAL" in out
    else:
        assert "Backups" in out
        assert "files," in out


@pytest.mark.full
def test_rows_deleted_long_ago_are_gone_from_the_files_too(heia: Heia, folder: Path) -> None:
    Place(folder, None)
    (folder / "data" / "old.log").write_text(f"{SECRET}\n", "utf-8")
    heia("privacy", "delete", "guest-1", "--yes")
    ran = heia("privacy", "prove-erasure", "guest-1", "--also", SECRET)
    assert ran.code == 1
    assert [line.split()[0] for line in ran.out.splitlines() if line.endswith("(ingen grunn)")] == ["old.log"]
