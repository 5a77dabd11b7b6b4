"""Copying a store: everything arrives, verified, and a copy that was stopped goes on."""

from collections.abc import AsyncIterator, Sequence

import pytest

from bot.ports import Commit, DeliveryStatus, Duplicate, StoreRefused, StoreUnavailable, TimerWrite
from bot.stores.copy import CopiedRow, copy
from bot.stores.memory.state import Table
from bot.stores.memory.store import MemoryStore
from bot.stores.postgres.store import PostgresStore
from bot.stores.remote.store import RemoteStore
from bot.stores.tiny.store import TinyStore
from tests.contract.conftest import Make
from tests.contract.test_audit import act
from tests.contract.test_store import LEASE, NEWER, NOON, SECOND, claim, outcome, owe, person, post, slot_of
from tests.timers import due_timers

AnyStore = MemoryStore | TinyStore | RemoteStore | PostgresStore


async def filled(people: int = 1200) -> MemoryStore:
    source = MemoryStore()
    await source.open()
    await source.commit(
        Commit(at=NOON, records=tuple(person(f"p{n:04}", "all", f"unit:{n % 9}") for n in range(people)))
    )
    await source.commit(Commit(at=NOON, event_id="e1", records=(person("p0001", "all", text='\x00 \ud83d "æ"\n'),)))
    await source.commit(Commit(at=NOON, records=tuple(act(f"a{n}") for n in range(3))))
    await owe(source, *(post(f"p{n:04}", group="g") for n in range(600)), post("x", due_at=NOON + LEASE, message=NEWER))
    leased = await claim(source, limit=500)
    await source.settle([outcome(delivery) for delivery in leased[:400]])
    await source.settle([outcome(delivery, DeliveryStatus.DEAD, reason="no") for delivery in leased[400:450]])
    await source.commit(Commit(at=NOON, timers=(TimerWrite(key="t", at=NOON, verb="x.y", data={"b": "1", "a": "2"}),)))
    return source


@pytest.fixture
async def target(make: Make) -> AsyncIterator[AnyStore]:
    store = make()
    await store.open()
    assert isinstance(store, MemoryStore | RemoteStore | PostgresStore)
    yield store
    await store.close()


@pytest.mark.full
async def test_a_copy_holds_all_that_the_source_holds(target: AnyStore) -> None:
    source = await filled()
    seen: list[tuple[Table, int, int]] = []
    copied = await copy(source, target, progress=lambda *step: seen.append(step))
    assert {c.table: c.rows for c in copied} == {
        Table.RECORD: 1203,
        Table.AUDIT: 3,
        Table.CONTENT: 2,
        Table.DELIVERY: 601,
        Table.TIMER: 1,
        Table.EVENT: 1,
        Table.COUNTER: 1,
    }
    assert (Table.RECORD, 500, 1203) in seen
    assert seen[-1] == (Table.COUNTER, 1, 1)
    assert await target.find("person", "unit:3") == await source.find("person", "unit:3")
    assert await target.deliveries_of_group("g") == await source.deliveries_of_group("g")
    assert await target.tally("g") == await source.tally("g")
    assert await target.audit_rows() == await source.audit_rows()
    assert await due_timers(target, now=NOON, limit=9) == await due_timers(source, now=NOON, limit=9)
    with pytest.raises(Duplicate):
        await target.commit(Commit(at=NOON, event_id="e1"))


@pytest.mark.full
async def test_work_goes_on_in_the_copy_where_it_stopped(target: AnyStore) -> None:
    source = await filled()
    await copy(source, target)
    assert len(await claim(target, NOON + SECOND, limit=999)) == 100
    again = await claim(target, NOON + LEASE, limit=999, token="w2")
    assert sum(delivery.possibly_twice for delivery in again) == 50
    [new] = await owe(target, post("new"))
    await target.commit(Commit(at=NOON, records=(act("new"),)))
    rows = await target.audit_rows()
    assert (rows[3].number, rows[3].previous) == (4, rows[2].hash)
    assert new.sequence > max(d.sequence for d in await source.deliveries_of_group("g"))
    assert (await slot_of(target, "p0001")).status is DeliveryStatus.SENT


@pytest.mark.full
async def test_a_copy_back_is_the_same(target: AnyStore) -> None:
    source = await filled()
    there = await copy(source, target)
    back = MemoryStore()
    await back.open()
    assert await copy(target, back) == there
    assert await back.deliveries_of_group("g") == await source.deliveries_of_group("g")


@pytest.mark.full
async def test_a_stopped_copy_goes_on_without_writing_again(target: AnyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    source = await filled()
    write_rows = target.write_rows
    written: list[str] = []

    async def breaks(table: Table, rows: Sequence[CopiedRow]) -> None:
        if len(written) >= 1500:
            raise StoreUnavailable("gone")
        await write_rows(table, rows)
        written.extend(id_ for id_, _ in rows)

    monkeypatch.setattr(target, "write_rows", breaks)
    with pytest.raises(StoreUnavailable):
        await copy(source, target)
    before = len(written)
    monkeypatch.setattr(target, "write_rows", write_rows)

    async def notes(table: Table, rows: Sequence[CopiedRow]) -> None:
        written.extend(id_ for id_, _ in rows)
        await write_rows(table, rows)

    monkeypatch.setattr(target, "write_rows", notes)
    copied = await copy(source, target)
    assert before < len(written) == sum(c.rows for c in copied) == len(set(written))


@pytest.mark.quick(1)
async def test_a_target_that_holds_something_else_is_refused_untouched(target: AnyStore) -> None:
    source = await filled(10)
    await target.commit(Commit(at=NOON, records=(person("p0001", "other"),)))
    with pytest.raises(StoreRefused, match="person/p0001"):
        await copy(source, target)
    assert await target.count("person", "all") == 0


@pytest.mark.full
async def test_a_row_lost_on_the_way_is_found(target: AnyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    source = await filled(10)
    write_rows = target.write_rows

    async def loses(table: Table, rows: Sequence[CopiedRow]) -> None:
        await write_rows(table, rows[1:] if table is Table.DELIVERY else rows)

    monkeypatch.setattr(target, "write_rows", loses)
    with pytest.raises(StoreRefused, match="differs in delivery"):
        await copy(source, target)
