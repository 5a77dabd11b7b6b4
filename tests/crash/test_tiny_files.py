# ruff: noqa: ASYNC240 - the tests look at files while nothing else runs
"""The tiny store's files: what a crash or a full disk leaves is repaired, what is damaged is refused and left alone."""

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count as count_from
from pathlib import Path
from typing import Any

import pytest

from bot.ports import Commit, Conflict, Key, RecordWrite, StoreRefused, StoreUnavailable
from bot.stores.memory.state import Table
from bot.stores.tiny.storage import JournalDatabase
from bot.stores.tiny.store import TinyStore
from bot.stores.tiny.writer import Writer
from dialogs.core.message import Message
from tests.contract.test_store import NOON, claim, outcome, owe, person, post


async def filled(directory: Path, number: int = 5, **settings: int) -> None:
    store = TinyStore(directory=directory, **settings)
    await store.open()
    for n in range(number):
        await store.commit(Commit(at=NOON, event_id=f"e{n}", records=(person(f"p{n}", "all"),)))
    await store.close()


async def count(directory: Path) -> int:
    store = TinyStore(directory=directory)
    await store.open()
    try:
        return await store.count("person", "all")
    finally:
        await store.close()


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("store-*")}


async def refusal(directory: Path) -> str:
    """Return why the store refuses to open, having checked that it touched nothing."""
    before = contents(directory)
    with pytest.raises(StoreRefused) as refused:
        await TinyStore(directory=directory).open()
    assert contents(directory) == before
    return str(refused.value)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "store-000000.journal"


async def test_what_was_removed_leaves_the_files_at_night(tmp_path: Path) -> None:
    """Else a deleted person's words would be readable in the journal until it is long enough to be compacted."""
    store = TinyStore(directory=tmp_path)
    await store.open()
    secret = person("p1", "all", words="hemmelig")
    await store.commit(Commit(at=NOON, records=(secret, person("p2", "all"))))
    await store.commit(Commit(at=NOON, records=(RecordWrite(key=secret.key, body=None, expected=1),)))
    assert b"hemmelig" in b"".join(contents(tmp_path).values())
    await store.forget(events_before=NOON, deliveries_before=NOON, prefixes=["ask/"], prefix_before=NOON)
    async with asyncio.timeout(10):
        while not list(tmp_path.glob("store-*.snapshot")):
            await store.commit(Commit(at=NOON, records=(person("p3", "all"),)))
    await store.close()
    assert b"hemmelig" not in b"".join(contents(tmp_path).values())
    assert await count(tmp_path) == 2


class TestTornTail:
    async def test_every_cut_of_the_last_commit_drops_that_commit_only(self, tmp_path: Path, journal: Path) -> None:
        await filled(tmp_path, 4)
        start = journal.stat().st_size
        store = TinyStore(directory=tmp_path)
        await store.open()
        await store.commit(Commit(at=NOON, event_id="last", records=(person("last", "all"),)))
        await store.close()
        whole = journal.read_bytes()
        for cut in [*range(start, len(whole), 9), len(whole) - 1]:
            journal.write_bytes(whole[:cut])
            assert await count(tmp_path) == 4
            assert journal.stat().st_size == start
        journal.write_bytes(whole)
        assert await count(tmp_path) == 5

    async def test_blocks_that_never_reached_the_disk_at_the_end_are_dropped(
        self, tmp_path: Path, journal: Path
    ) -> None:
        await filled(tmp_path)
        journal.write_bytes(journal.read_bytes() + bytes(4096))
        assert await count(tmp_path) == 5

    async def test_a_journal_cut_within_its_first_line_is_begun_again(self, tmp_path: Path, journal: Path) -> None:
        await filled(tmp_path, 0)
        whole = journal.read_bytes()
        for cut in range(len(whole)):
            journal.write_bytes(whole[:cut])
            assert await count(tmp_path) == 0
            assert journal.read_bytes() == whole

    async def test_a_journal_that_got_its_size_but_nothing_else_is_begun_again(
        self, tmp_path: Path, journal: Path
    ) -> None:
        await filled(tmp_path, 0)
        whole = journal.read_bytes()
        journal.write_bytes(bytes(len(whole)))
        assert await count(tmp_path) == 0
        assert journal.read_bytes() == whole

    async def test_commits_after_a_dropped_tail_are_kept(self, tmp_path: Path, journal: Path) -> None:
        await filled(tmp_path)
        journal.write_bytes(journal.read_bytes()[:-3])
        store = TinyStore(directory=tmp_path)
        await store.open()
        await store.commit(Commit(at=NOON, records=(person("new", "all"),)))
        await store.close()
        assert await count(tmp_path) == 5


class TestDamage:
    async def test_a_changed_byte_before_the_end_is_refused_with_file_and_offset(
        self, tmp_path: Path, journal: Path
    ) -> None:
        await filled(tmp_path)
        whole = journal.read_bytes()
        second = whole.index(b"batch ", whole.index(b"batch ") + 1)
        for offset in (0, 5, whole.index(b"\n") + 2, whole.index(b"batch ") + 7, second - 5, second + 2, second + 40):
            damaged = bytearray(whole)
            damaged[offset] ^= 0x55
            journal.write_bytes(damaged)
            said = await refusal(tmp_path)
            assert str(journal) in said
            start = 0 if offset < whole.index(b"\n") else second if offset >= second else whole.index(b"batch ")
            assert f"byte {start}" in said

    async def test_a_text_that_looks_like_a_batch_does_not_pass_for_one(self, tmp_path: Path, journal: Path) -> None:
        await filled(tmp_path, 1)
        store = TinyStore(directory=tmp_path)
        await store.open()
        text = "\nbatch 00000000 00000000\nbatch 00000000 00000000\n"
        await store.commit(Commit(at=NOON, records=(person("p9", "all", text=text),)))
        await store.close()
        journal.write_bytes(journal.read_bytes()[:-2])
        assert await count(tmp_path) == 1

    async def test_a_newer_format_is_refused(self, tmp_path: Path, journal: Path) -> None:
        await filled(tmp_path)
        journal.write_bytes(journal.read_bytes().replace(b'"version": 1', b'"version": 2', 1))
        assert "version 2" in await refusal(tmp_path)

    async def test_a_damaged_or_cut_snapshot_is_refused(self, tmp_path: Path) -> None:
        await filled(tmp_path, 300, compact_at_bytes=20_000)
        [snapshot] = tmp_path.glob("*.snapshot")
        whole = snapshot.read_bytes()
        for bad in (
            whole[:-1],
            whole[: len(whole) // 2],
            whole[:-40],
            b"",
            whole.replace(b"p1", b"pX", 1),
            whole + b"x",
        ):
            snapshot.write_bytes(bad)
            assert str(snapshot) in await refusal(tmp_path)
        snapshot.write_bytes(whole)
        assert await count(tmp_path) == 300

    async def test_a_missing_journal_is_refused(self, tmp_path: Path) -> None:
        await filled(tmp_path, 300, compact_at_bytes=20_000)
        for journal in tmp_path.glob("*.journal"):
            journal.unlink()
        assert "lacks a file" in await refusal(tmp_path)

    async def test_a_row_this_program_does_not_understand_is_refused_and_the_lock_released(
        self, tmp_path: Path
    ) -> None:
        await filled(tmp_path)
        with JournalDatabase(tmp_path) as database:
            database.storage.change("delivery", {"d1": b'{"status":"levitating"}'})
            database.storage.sync()
        assert "cannot be read" in await refusal(tmp_path)
        with JournalDatabase(tmp_path) as database:
            database.table("delivery").truncate()
        assert await count(tmp_path) == 5


class TestOneProcess:
    async def test_a_second_process_is_refused_until_the_first_lets_go(self, tmp_path: Path) -> None:
        store = TinyStore(directory=tmp_path)
        await store.open()
        program = (
            "import asyncio, pathlib, sys\n"
            "from bot.ports import StoreRefused\n"
            "from bot.stores.tiny.store import TinyStore\n"
            "try: asyncio.run(TinyStore(directory=pathlib.Path(sys.argv[1])).open())\n"
            "except StoreRefused as refused: print(refused)\n"
        )
        run = [sys.executable, "-c", program, str(tmp_path)]
        said = subprocess.run(run, capture_output=True, text=True, check=True).stdout  # noqa: ASYNC221 - nothing else runs
        assert f"in use by another process (id {os.getpid()})" in said
        with pytest.raises(StoreRefused):
            await TinyStore(directory=tmp_path).open()
        await store.close()
        assert await count(tmp_path) == 0

    async def test_files_are_for_the_owner_only(self, tmp_path: Path) -> None:
        await filled(tmp_path / "data", 300, compact_at_bytes=20_000)
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0
        for path in (tmp_path / "data").iterdir():
            assert path.stat().st_mode & 0o077 == 0, path

    async def test_a_closed_store_is_unavailable(self, tmp_path: Path) -> None:
        store = TinyStore(directory=tmp_path)
        with pytest.raises(StoreUnavailable):
            await store.ping()
        await store.open()
        await store.close()
        with pytest.raises(StoreUnavailable):
            await store.commit(Commit(at=NOON))


class TestCompaction:
    async def test_compaction_keeps_everything_and_removes_old_files(self, tmp_path: Path) -> None:
        await filled(tmp_path, 400, compact_at_bytes=10_000)
        assert await count(tmp_path) == 400
        assert len(list(tmp_path.glob("*.journal"))) <= 2
        assert len(list(tmp_path.glob("*.snapshot"))) == 1
        assert list(tmp_path.glob("*.unfinished")) == []

    async def test_an_unfinished_snapshot_is_ignored(self, tmp_path: Path) -> None:
        await filled(tmp_path)
        (tmp_path / "store-000001.unfinished").write_bytes(b"half")
        assert await count(tmp_path) == 5
        assert list(tmp_path.glob("*.unfinished")) == []

    async def test_a_journal_chain_without_its_snapshot_yet_is_read_whole(self, tmp_path: Path) -> None:
        with JournalDatabase(tmp_path) as database:
            storage = database.storage
            storage.change("record", {"a": b"{}"})
            storage.sync()
            next(storage.compact())
            storage.change("record", {"b": b"{}"})
            storage.sync()
        assert len(list(tmp_path.glob("*.journal"))) == 2
        assert list(tmp_path.glob("*.snapshot")) == []
        with JournalDatabase(tmp_path) as database:
            assert {document.doc_id for document in database.table("record")} == {"a", "b"}

    async def test_contents_of_one_message_to_many_are_stored_once(self, tmp_path: Path, journal: Path) -> None:
        store = TinyStore(directory=tmp_path)
        await store.open()
        await owe(store, *(post(f"p{n}") for n in range(300)))
        await store.settle([outcome(delivery) for delivery in await claim(store, limit=300)])
        await store.close()
        assert journal.read_bytes().count(b"AdaptiveCard") == 1

    async def test_contents_go_with_the_last_delivery_that_carries_them(self, tmp_path: Path) -> None:
        store = TinyStore(directory=tmp_path)
        await store.open()
        await owe(store, post("ana"), post("bo"))
        await owe(store, post("ana", message=None))
        assert await store.count_rows(Table.CONTENT) == 1
        await owe(store, post("bo", message=Message(text="Rettet")))
        assert [document for _, document in await store.read_rows(Table.CONTENT, after="", limit=9)] == [
            {"text": "Rettet"}
        ]
        await store.close()
        with JournalDatabase(tmp_path) as database:
            assert len(database.table("content")) == 1


def seconds_pass() -> Callable[[], float]:
    """Return a clock on which a second passes at each look."""
    return count_from(0.0, 1.0).__next__


class TestFullDisk:
    async def test_a_commit_that_could_not_be_written_did_not_happen(self, tmp_path: Path) -> None:
        await filled(tmp_path)
        store = TinyStore(directory=tmp_path, monotonic=seconds_pass())
        await store.open()

        def no_space(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        bad = Commit(at=NOON, event_id="x", records=(person("p9", "all"), person("p1", "other")), posts=(post(),))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fdatasync", no_space)
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    await store.commit(bad)
            assert await store.count("person", "all") == 5
            assert await store.find_delivery("ana", "welcome") is None
        await store.commit(bad)
        assert await store.count("person", "all") == 5  # p9 came, p1 left
        await store.close()
        assert await count(tmp_path) == 5

    async def test_what_was_decided_on_the_undone_state_is_not_written_while_the_store_heals(
        self, tmp_path: Path
    ) -> None:
        await filled(tmp_path, 1)
        store = TinyStore(directory=tmp_path, monotonic=seconds_pass())
        await store.open()
        key = Key(kind="person", id="p0")

        def write(version: int) -> Commit:
            return Commit(at=NOON, records=(RecordWrite(key=key, body={"n": version}, expected=version),))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
            with pytest.raises(StoreUnavailable):
                await store.commit(write(1))
        read_again = threading.Event()
        answer = Writer._answer

        def told(writer: Writer, *args: Any) -> None:
            read_again.set()
            answer(writer, *args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Writer, "_answer", told)
            healing = asyncio.create_task(store.ping())
            await asyncio.sleep(0)
            read_again.wait(10)  # writing works again; the loop, busy with this, has not heard of it
            with pytest.raises(Conflict):
                await store.commit(write(2))
            await healing
        await store.commit(write(1))
        await store.close()
        store = TinyStore(directory=tmp_path)
        await store.open()
        assert (await store.get([key]))[key].body == {"n": 1}
        await store.close()

    async def test_a_failed_compaction_loses_nothing(self, tmp_path: Path) -> None:
        store = TinyStore(directory=tmp_path, compact_at_bytes=1_000)
        await store.open()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
            for n in range(60):
                await store.commit(Commit(at=NOON, records=(person(f"p{n}", "all"),)))
        assert list(tmp_path.glob("*.snapshot")) == []
        for n in range(60, 90):
            await store.commit(Commit(at=NOON, records=(person(f"p{n}", "all"),)))
        await store.close()
        assert await count(tmp_path) == 90


class TestTinyDB:
    async def test_the_files_are_a_tinydb_database(self, tmp_path: Path) -> None:
        await filled(tmp_path)
        with JournalDatabase(tmp_path) as database:
            records = database.table("record")
            assert len(records) == 5
            [found] = records.search(lambda document: document["id"] == "p3")
            assert found.doc_id == "person/p3"
            notes = database.table("notes")
            notes.update({"text": "changed"}, doc_ids=[])
            database.storage.write({**database.storage.read(), "notes": {"n1": {"text": "kept"}}})
        with JournalDatabase(tmp_path) as database:
            assert database.table("notes").get(doc_id="n1") == {"text": "kept"}
            database.drop_table("notes")
        with JournalDatabase(tmp_path) as database:
            assert len(database.table("notes")) == 0
        assert await count(tmp_path) == 5

    async def test_ids_with_any_character_survive(self, tmp_path: Path) -> None:
        ids = ["a b", "a\tb", "a\nb", 'a"b', "a\\b", "æ", "🙂", "a/b", "batch 1 1"]
        store = TinyStore(directory=tmp_path)
        await store.open()
        writes = tuple(RecordWrite(key=Key(kind="person", id=id_), body={}, terms=frozenset({"all"})) for id_ in ids)
        await store.commit(Commit(at=NOON, records=writes))
        await store.close()
        store = TinyStore(directory=tmp_path)
        await store.open()
        assert [stored.key.id for stored in await store.find("person", "all")] == sorted(ids)
        await store.close()
