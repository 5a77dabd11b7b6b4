"""What a flow reads: each record once, as it first was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Conflict, Key, Stored
from bot.records.codec import write_of
from bot.records.query_answering import QueryAnswering
from bot.stores.memory.store import MemoryStore
from dialogs.core.data_rules import month_term
from dialogs.core.decision import Decision, Put, put
from dialogs.core.query import Flow, find, find_all, find_each
from dialogs.core.session import Session
from tests.unit.privacy.test_erasing_in_a_store import KnowsNothing

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


class CountingStore(MemoryStore):
    """Remembers which records were asked for by id; ``meanwhile`` is what somebody else writes before a search."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.meanwhile: Session | None = None

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        self.asked += [key.id for key in keys]
        return await super().get(keys)

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        if self.meanwhile is not None:
            await self.put(self.meanwhile)
        return await super().find(kind, term, after=after, limit=limit)

    async def put(self, session: Session) -> None:
        await self.commit(Commit(at=NOON, records=(replace(write_of(Put(record=session), {}), expected=None),)))


@pytest.fixture
async def store() -> CountingStore:
    store = CountingStore()
    await store.put(session("ana"))
    await store.put(session("bo"))
    return store


def session(id_: str, article_id: str = "mfa") -> Session:
    return Session(id=id_, article_id=article_id, changed_at=NOON)


def reading_of(store: CountingStore) -> QueryAnswering:
    return QueryAnswering(store=store, understanding=KnowsNothing(), rng=SystemRandomSource())


async def test_a_record_is_read_once(store: CountingStore) -> None:
    def flow() -> Flow:
        first = yield from find(Session, "ana")
        assert (yield from find(Session, "ana")) is first
        assert (yield from find_each(Session, ["bo", "ana", "cy"])) == {"bo": session("bo"), "ana": first}
        assert (yield from find(Session, "cy")) is None
        return Decision()

    await reading_of(store).run(flow())
    assert store.asked == ["ana", "bo", "cy"]


async def test_what_was_read_just_before_is_not_read_again(store: CountingStore) -> None:
    def flow() -> Flow:
        assert (yield from find(Session, "ana")) == session("ana", "teams")
        return put(session("ana", "onedrive"))

    reading = reading_of(store)
    reading.preload(session("ana", "teams"), 7)
    decision = await reading.run(flow())
    assert store.asked == []
    with pytest.raises(Conflict):
        await store.commit(committing(reading, decision))


async def test_what_changes_between_two_looks_is_a_conflict(store: CountingStore) -> None:
    store.meanwhile = session("ana", "teams")

    def flow() -> Flow:
        one = yield from find(Session, "ana")
        found = yield from find_all(Session, month_term(NOON), limit=1)
        assert [one, *found] == [session("ana", "mfa"), session("ana", "teams")]
        return put(session("ana", "onedrive"))

    reading = reading_of(store)
    decision = await reading.run(flow())
    with pytest.raises(Conflict):
        await store.commit(committing(reading, decision))


def committing(reading: QueryAnswering, decision: Decision) -> Commit:
    return Commit(at=NOON, records=tuple(write_of(write, reading.versions) for write in decision.writes))
