"""A tiny store that cannot write undoes what it could not keep, goes on answering, and heals by itself."""

import asyncio
import errno
import gc
import os
import random
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count as count_from
from pathlib import Path
from threading import Event

import pytest
import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemClock
from bot.ports import Commit, StoreUnavailable
from bot.stores.memory.state import Table
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny import store as tiny_store
from bot.stores.tiny.store import TinyStore
from bot.stores.tiny.writer import Writer
from bot.support.dependencies import Dependencies
from tests.contract.test_store import NOON, claim, outcome, owe, person, post
from tests.contract.test_stores_agree import STEPS, Ask, Questions, answer, without_ids

Break = Callable[[int], None]


@contextmanager
def writing_fails(number: int = errno.ENOSPC) -> Iterator[None]:
    """Let no byte of a journal become durable while the block runs."""

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        yield


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[TinyStore]:
    opened = TinyStore(directory=tmp_path, compact_at_bytes=20_000, monotonic=count_from(0.0, 1.0).__next__)
    await opened.open()
    yield opened
    await opened.close()


async def _try(store: TinyStore, ask: Ask) -> None:
    try:
        await answer(store, ask)
    except StoreUnavailable:
        return


@pytest.mark.parametrize("seed", range(5))
async def test_what_failed_to_be_written_leaves_no_trace_in_memory_or_files(store: TinyStore, seed: int) -> None:
    reference, draw = MemoryStore(), random.Random(seed)
    questions = Questions(seed, reference)
    for step in range(STEPS):
        if draw.random() < 0.3:
            lost = [questions.next() for _ in range(draw.randrange(1, 4))]
            with writing_fails():
                await asyncio.gather(*(_try(store, ask) for ask in lost))
        ask = questions.next()
        expected, found = await answer(reference, ask), await answer(store, ask)
        assert without_ids(found) == without_ids(expected), f"step {step}"
        questions.learn(expected, found)
    await store.close()
    again = TinyStore(directory=store._writer._directory)
    await again.open()
    for ask in [questions.read() for _ in range(40)]:
        assert without_ids(await answer(again, ask)) == without_ids(await answer(reference, ask))
    for table in Table:
        if table is not Table.COUNTER:  # the sequence has gaps
            assert await again.count_rows(table) == await reference.count_rows(table)
    await again.close()


async def test_reading_goes_on_and_changes_are_refused_with_the_cause(store: TinyStore) -> None:
    await store.commit(Commit(at=NOON, records=(person("ana", "all"),)))
    with writing_fails():
        with pytest.raises(StoreUnavailable) as refused:
            await store.commit(Commit(at=NOON, records=(person("bo", "all"),), posts=(post(),)))
        assert refused.value.cause == "disk_full"
        assert await store.count("person", "all") == 1
        assert await store.find_delivery("ana", "welcome") is None
        with pytest.raises(StoreUnavailable):
            await store.ping()
    await store.ping()
    await store.commit(Commit(at=NOON, records=(person("bo", "all"),)))
    assert await store.count("person", "all") == 2


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the files that become durable."""
    made: list[int] = []
    sync = os.fdatasync

    def counted(descriptor: int) -> None:
        sync(descriptor)
        made.append(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)
    return made


async def test_outcomes_to_be_written_later_share_the_sync_of_the_next_change(
    store: TinyStore, syncs: list[int]
) -> None:
    await owe(store, post("ana"))
    [ana] = await claim(store)
    syncs.clear()
    await store.settle([outcome(ana)], later=True)
    assert not syncs
    await store.commit(Commit(at=NOON, records=(person("bo"),)))
    assert len(syncs) == 1
    assert b'"status":"sent"' in b"".join(path.read_bytes() for path in store._directory.glob("store-*"))


async def test_outcomes_to_be_written_later_are_written_without_another_change(
    store: TinyStore, syncs: list[int]
) -> None:
    await owe(store, post("ana"))
    [ana] = await claim(store)
    syncs.clear()
    await store.settle([outcome(ana)], later=True)
    async with asyncio.timeout(10):
        while not syncs:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert b'"status":"sent"' in b"".join(path.read_bytes() for path in store._directory.glob("store-*"))


async def test_outcomes_to_be_written_later_are_undone_with_the_change_that_failed(store: TinyStore) -> None:
    await owe(store, post("ana"))
    [ana] = await claim(store)
    before = await store.deliveries_of_recipient("ana")
    with writing_fails():
        await store.settle([outcome(ana)], later=True)
        with pytest.raises(StoreUnavailable):
            await store.commit(Commit(at=NOON, records=(person("bo"),)))
    await store.ping()
    assert await store.deliveries_of_recipient("ana") == before
    await store.settle([outcome(ana)])


async def test_outcomes_that_come_while_a_write_fails_are_undone_with_it(
    store: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await owe(store, post("ana"))
    [ana] = await claim(store)
    before = await store.deliveries_of_recipient("ana")
    monkeypatch.setattr(tiny_store, "LATER_SECONDS", 60)
    began, go_on = asyncio.Event(), Event()
    loop = asyncio.get_running_loop()

    def refuse(_: int) -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait(5)
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        failing = asyncio.create_task(store.commit(Commit(at=NOON, records=(person("bo"),))))
        await began.wait()
        await store.settle([outcome(ana)], later=True)
        go_on.set()
        with pytest.raises(StoreUnavailable):
            await failing
    await store.ping()
    assert await store.deliveries_of_recipient("ana") == before


async def test_what_comes_while_a_write_fails_is_refused_with_its_cause(
    store: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = asyncio.Event(), Event()
    loop = asyncio.get_running_loop()

    def refuse(_: int) -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait(5)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fdatasync", refuse)
    first = asyncio.create_task(store.commit(Commit(at=NOON, records=(person("ana"),))))
    await began.wait()
    second = asyncio.create_task(store.commit(Commit(at=NOON, records=(person("bo"),))))
    await asyncio.sleep(0)
    go_on.set()
    faults = await asyncio.gather(first, second, return_exceptions=True)
    assert [fault.cause for fault in faults if isinstance(fault, StoreUnavailable)] == ["disk_full", "disk_full"]


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EFBIG, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "not_permitted"),
        (errno.EIO, "write_failed"),
    ],
)
async def test_the_cause_is_named(store: TinyStore, number: int, cause: str) -> None:
    with writing_fails(number), pytest.raises(StoreUnavailable) as refused:
        await store.commit(Commit(at=NOON, records=(person("ana"),)))
    assert refused.value.cause == cause


async def test_thousands_of_failed_commits_take_no_memory(store: TinyStore) -> None:
    await store.commit(Commit(at=NOON, records=tuple(person(f"p{n}", "all") for n in range(500))))
    with writing_fails():
        await _fail(store, 50)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await _fail(store, 1_000)
        gc.collect()
        after, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert after - before < 50_000
    assert peak - before < 500_000


async def _fail(store: TinyStore, times: int) -> None:
    for n in range(times):
        with pytest.raises(StoreUnavailable):
            await store.commit(Commit(at=NOON, event_id=f"e{n}", records=(person("ana", "all"),), posts=(post(),)))


async def test_a_failing_disk_is_tried_now_and_then_and_not_at_every_change(tmp_path: Path) -> None:
    at = 100.0
    store = TinyStore(directory=tmp_path, monotonic=lambda: at)
    await store.open()
    tried = 0
    prove = Writer.prove

    async def counted(writer: Writer) -> None:
        nonlocal tried
        tried += 1
        await prove(writer)

    with pytest.MonkeyPatch.context() as patch, writing_fails():
        patch.setattr(Writer, "prove", counted)
        await _fail(store, 20)
        assert tried == 1
        at += 1
        await _fail(store, 20)
        assert tried == 2
    await store.close()


async def test_a_process_that_dies_while_it_tries_the_disk_leaves_whole_files(store: TinyStore, tmp_path: Path) -> None:
    await store.commit(Commit(at=NOON, records=(person("ana", "all"),)))
    journal = tmp_path / "store-000000.journal"
    with journal.open("ab") as file:
        file.write(bytes(64 * 1024))  # as prove() leaves it in the middle
    await store.close()
    again = TinyStore(directory=tmp_path)
    await again.open()
    assert await again.count("person", "all") == 1
    await again.close()


async def test_a_compaction_that_is_under_way_is_given_up_and_done_later(store: TinyStore, tmp_path: Path) -> None:
    for n in range(40):
        await store.commit(Commit(at=NOON, records=(person(f"p{n}", "all", text="x" * 1_000),)))
    with writing_fails():
        await _fail(store, 3)
        assert list(tmp_path.glob("*.unfinished")) == []  # noqa: ASYNC240
    before = datetime(2000, 1, 1, tzinfo=UTC)
    await store.forget(events_before=before, deliveries_before=before, prefixes=["x"], prefix_before=before)
    async with asyncio.timeout(20):
        while not list(tmp_path.glob("*.snapshot")):  # noqa: ASYNC110, ASYNC240 - the writer's thread makes it
            await asyncio.sleep(0.01)
    assert await store.count("person", "all") == 40


async def test_the_log_has_one_line_for_the_failure_and_one_for_the_recovery(tmp_path: Path) -> None:
    with capture_logs() as lines:
        works: dict[str, bool] = {}
        dependencies = Dependencies(clock=SystemClock(), log=structlog.get_logger(), changed=works.__setitem__)
        store = TinyStore(directory=tmp_path, dependencies=dependencies, monotonic=count_from(0.0, 1.0).__next__)
        await store.open()
        for _ in range(2):
            with writing_fails():
                await _fail(store, 10)
                assert works == {"store": False}
            await store.ping()
            assert works == {"store": True}
        await store.close()
    told = [(line["event"], line["dependency"], line["cause"]) for line in lines if line["log_level"] != "debug"]
    once = [("dependency_failed", "store", "disk_full"), ("dependency_healed", "store", "disk_full")]
    assert told == once * 2
