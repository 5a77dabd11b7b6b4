"""The audit log is one chain in every store, whatever else a commit does."""

import asyncio
import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.ports import Commit, Conflict, Duplicate, Key, RecordWrite, Store
from bot.ports.audit import AUDIT_START, AuditPoint, audit_content, audit_hash
from bot.stores.postgres.store import PostgresStore
from tests.contract import postgres_server
from tests.contract.conftest import Reopen, Servers
from tests.contract.test_store import NOON, person

ROOT = Path(__file__).parents[2]


def act(id_: str, **changes: Any) -> RecordWrite:
    """Return the write of an audit entry."""
    body = {"id": id_, "act": "a.b", "subject": "s", "by": "ana", "details": [], "at": "2026-03-02T12:00:00Z"}
    return RecordWrite(
        key=Key(kind="audit", id=id_), body=body | changes, terms=frozenset({"all", "by:ana"}), expected=0
    )


async def add(store: Store, *ids: str) -> None:
    await store.commit(Commit(at=NOON, records=tuple(act(id_) for id_ in ids)))


async def chain(store: Store) -> list[str]:
    """Return the entry ids in the order of the chain, which must be whole."""
    before, ids = AuditPoint(), []
    for row in await store.audit_rows():
        assert row.body is not None
        assert row.schema is not None
        assert row.number == before.number + 1 or not ids
        assert not ids or row.previous == before.hash
        assert row.hash == audit_hash(row.number, row.previous, audit_content(row.schema, row.body))
        assert row.body["id"] == row.id
        before = AuditPoint(number=row.number, hash=row.hash)
        ids.append(row.id)
    assert await store.audit_head() == before
    return ids


async def test_an_empty_log_stands_at_its_start(store: Store) -> None:
    assert await store.audit_head() == AuditPoint(number=0, hash=AUDIT_START)
    assert await store.audit_rows() == []


async def test_entries_are_linked_in_the_order_of_their_commits_and_within_one(store: Store) -> None:
    await add(store, "z", "a", "m")
    await add(store, "b")
    assert await chain(store) == ["z", "a", "m", "b"]
    assert [row.number for row in await store.audit_rows()] == [1, 2, 3, 4]
    assert (await store.audit_rows())[0].previous == AUDIT_START


@pytest.mark.full
async def test_the_hash_is_as_documented(store: Store) -> None:
    details = [["word", "\x00 \ud83d æ \\ \" '"]]
    await store.commit(Commit(at=NOON, records=(replace(act("a", details=details), schema=2),)))
    [row] = await store.audit_rows()
    content = (
        r'{"entry":{"act":"a.b","at":"2026-03-02T12:00:00Z","by":"ana",'
        r'"details":[["word","\u0000 \ud83d \u00e6 \\ \" ' + "'" + r'"]],"id":"a","subject":"s"},"schema":2}'
    )
    lines = ("heia-audit-1", "1", "0" * 64, content)
    assert row.hash == hashlib.sha256("\n".join(lines).encode()).hexdigest()


async def test_pages_follow_each_other(store: Store) -> None:
    await add(store, *"abcde")
    first = await store.audit_rows(limit=2)
    then = await store.audit_rows(after=first[-1].number, limit=2)
    assert [row.id for row in (*first, *then)] == list("abcd")


async def test_a_commit_that_fails_links_nothing(store: Store) -> None:
    await store.commit(Commit(at=NOON, event_id="e1", records=(person(), act("a"))))
    for commit, fault in (
        (Commit(at=NOON, event_id="e1", records=(act("b"),)), Duplicate),
        (Commit(at=NOON, records=(act("b"), person(expected=7))), Conflict),
        (Commit(at=NOON, records=(act("b"), replace(person(), body={"n": object()}))), TypeError),
    ):
        with pytest.raises(fault):
            await store.commit(commit)
    await add(store, "c")
    assert await chain(store) == ["a", "c"]


@pytest.mark.parametrize("expected", [None, 0, 1])
async def test_an_entry_is_never_replaced(store: Store, expected: int | None) -> None:
    await add(store, "a", "b")
    before = await store.audit_rows()
    with pytest.raises(Conflict):
        await store.commit(Commit(at=NOON, records=(replace(act("a", by="bo"), expected=expected),)))
    assert await store.audit_rows() == before


@pytest.mark.parametrize("expected", [None, 0, 1])
@pytest.mark.quick(1)
async def test_an_entry_is_never_removed_by_itself(store: Store, expected: int | None) -> None:
    await add(store, "a", "b")
    with pytest.raises(ValueError, match="never removed"):
        await store.commit(Commit(at=NOON, records=(replace(act("a"), body=None, expected=expected),)))
    assert await chain(store) == ["a", "b"]


async def test_the_oldest_are_cut_with_their_entries(store: Store) -> None:
    await add(store, *"abcd")
    await store.commit(Commit(at=NOON, records=(act("e"),), cut_audit=2))
    assert await chain(store) == ["c", "d", "e"]
    assert await store.count("audit", "all") == 3
    assert await store.get([Key(kind="audit", id="a")]) == {}
    assert await store.audit_strays() == []


async def test_the_last_link_stays_so_that_the_chain_goes_on(store: Store) -> None:
    await add(store, *"abc")
    await store.commit(Commit(at=NOON, cut_audit=99))
    await add(store, "d")
    rows = await store.audit_rows()
    assert [(row.number, row.id) for row in rows] == [(3, "c"), (4, "d")]
    assert await chain(store) == ["c", "d"]


async def test_all_that_was_there_can_be_cut_by_a_commit_that_adds(store: Store) -> None:
    await add(store, *"abc")
    last = await store.audit_head()
    await store.commit(Commit(at=NOON, records=(act("d"),), cut_audit=3))
    [row] = await store.audit_rows()
    assert (row.number, row.previous, row.id) == (4, last.hash, "d")
    assert await store.count("audit", "all") == 1


async def test_other_records_are_no_part_of_it(store: Store) -> None:
    await store.commit(Commit(at=NOON, records=(person(), act("a"))))
    assert await chain(store) == ["a"]
    assert await store.audit_strays() == []


async def test_the_chain_survives_and_goes_on(reopen: Reopen) -> None:
    store = await reopen()
    await add(store, *"abc")
    await store.commit(Commit(at=NOON, records=(act("d"),), cut_audit=1))
    before = await store.audit_rows()
    store = await reopen()
    assert await store.audit_rows() == before
    await add(store, "e")
    assert await chain(store) == ["b", "c", "d", "e"]


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_processes_that_add_at_the_same_time_form_one_chain(kind: str, servers: Servers) -> None:
    """Each keeps the order of its own entries, and those of one commit stand together."""
    with servers(kind).database() as url:
        children = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.contract.audit_child", url, name, "12"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
            )
            for name in ("p1", "p2")
        ]
        for child in children:
            assert child.stdout is not None
            assert await child.stdout.readline() == b"ready\n"
        await asyncio.gather(*(child.communicate(b"go\n") for child in children))
        assert [child.returncode for child in children] == [0, 0]
        store = PostgresStore(url=url)
        await store.open()
        ids = await chain(store)
        await store.close()
    assert len(ids) == 2 * 4 * 12 * 2
    assert ids[1::2] == [f"{id_}+" for id_ in ids[::2]]
    for name in {id_.rpartition("-")[0] for id_ in ids}:
        own = [id_ for id_ in ids[::2] if id_.startswith(name)]
        assert own == sorted(own)


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_a_commit_without_an_entry_does_not_wait_for_one_that_has_it(kind: str, servers: Servers) -> None:
    with servers(kind).database() as url:
        store = PostgresStore(url=url)
        await store.open()
        with psycopg.connect(url) as other:  # another process, between its entry and its COMMIT
            other.execute("SELECT append_audit(ARRAY['x'], ARRAY['{}'])")
            await store.commit(Commit(at=NOON, records=(person(),)))
            waits = asyncio.create_task(store.commit(Commit(at=NOON, records=(act("a"),))))
            await asyncio.sleep(0.1)
            assert not waits.done(), "the two would be linked to the same one"
            other.rollback()
        await waits
        assert await chain(store) == ["a"]
        await store.close()
