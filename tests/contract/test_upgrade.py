"""What the version before stored of sign-ins and of people who left is read by this one."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.ports import Commit, Key, RecordWrite, Store, StoreRefused
from bot.records.codec import decode, write_of
from bot.stores.document import to_json
from bot.stores.postgres.connection import migrate, migrations
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.contract.test_audit import act, chain
from tests.contract.test_store import NOON

NAMES = {"left": "Anna \0\ud800", "placed": "B", "entra-1": "C", "guest-1": "D", "here": "E"}


def old_records() -> tuple[RecordWrite, ...]:
    """Return people, a used link and an ended session as the version before wrote them."""
    found = []
    for id_, name in NAMES.items():
        person = Person(
            id=id_,
            name=name,
            municipality_id=None if id_ == "left" else "nes",
            unit_id=None if id_ == "left" else "nes-skole",
            roles=frozenset({Role.EMPLOYEE, Role.AMBASSADOR}),
            registered=id_ == "here",
            created_at=NOON,
        )
        write = write_of(Put(record=person), {})
        body = {name: value for name, value in (write.body or {}).items() if name != "left"}
        found.append(RecordWrite(key=write.key, body=body, schema=write.schema, terms=write.terms, expected=0))
    for kind in ("web_link", "web_session"):
        found.append(RecordWrite(key=Key(kind=kind, id="1"), body={"id": "1"}, terms=frozenset({"person:left"})))
    return tuple(found)


async def check(store: Store) -> None:
    people = {each.key.id: decode(Person, each) for each in await store.find(Person.KIND, "all")}
    assert {id_: person.name for id_, person in people.items()}.keys() == NAMES.keys()
    assert {id_ for id_, person in people.items() if person.left} == {"left", "placed"}
    assert {id_ for id_, person in people.items() if person.municipality_id} == {"entra-1", "guest-1", "here"}
    for term in ("municipality:nes", "unit:nes-skole", "role:ambassador@nes"):
        assert {each.key.id for each in await store.find(Person.KIND, term)} == {"entra-1", "guest-1", "here"}
    assert people["left"].name.startswith("Anna ")
    for kind in ("web_link", "web_session"):
        assert await store.get([Key(kind=kind, id="1")]) == {}
    # and it is written again as any other
    key = Key(kind=Person.KIND, id="placed")
    version = (await store.get([key]))[key].version
    await store.commit(Commit(at=NOON, records=(write_of(Put(record=people["placed"]), {key: version}),)))
    assert decode(Person, (await store.get([key]))[key]) == people["placed"]


async def test_a_data_folder_is_brought_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("bot.stores.tiny.store.upgrade", lambda state: None)
        store = TinyStore(directory=tmp_path)
        await store.open()
        await store.commit(Commit(at=NOON, records=old_records()))
        await store.close()
    for _ in range(2):
        store = TinyStore(directory=tmp_path)
        await store.open()
        await check(store)
        await store.close()
    store = TinyStore(directory=tmp_path)
    await store.open()
    met = write_of(Put(record=Person(id="met", name="", created_at=NOON)), {})
    await store.commit(Commit(at=NOON, records=(met,)))
    await store.close()
    await store.open()
    assert not decode(Person, (await store.get([met.key]))[met.key]).left, (
        "only what an earlier program wrote is changed"
    )
    await store.close()


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_a_database_is_brought_up_by_its_migration(
    kind: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [each for each in migrations() if each.number < 7]
    with servers(kind).empty_database() as url:
        with monkeypatch.context() as earlier:
            earlier.setattr("bot.stores.postgres.connection.migrations", lambda: before)
            await migrate(url)
        _insert(url, *old_records())
        with pytest.raises(StoreRefused, match="heia db upgrade"):
            await PostgresStore(url=url).open()
        await migrate(url)
        store = PostgresStore(url=url)
        await store.open()
        await check(store)
        await store.close()
        assert _bodies(url) == len(NAMES)


LATER = "2026-03-02T12:00:00.5Z"


def old_acts() -> tuple[RecordWrite, ...]:
    """Return audit entries as the version before wrote them: records without a chain."""
    times = {"b": "2026-03-02T12:00:00Z", "a": LATER, "c": LATER}
    return tuple(act(id_, at=at, details=[["word", "\x00 \ud83d"]]) for id_, at in times.items())


async def check_chained(store: Store) -> None:
    assert await chain(store) == ["b", "a", "c", "new"]
    assert await store.audit_strays() == []


async def test_the_audit_log_of_a_data_folder_is_chained_once(tmp_path: Path) -> None:
    store = TinyStore(directory=tmp_path)
    await store.open()
    store._state.raise_level(1)
    for write in old_acts():
        store._state.rewrite(write)
    await store._make_durable()
    await store.close()
    await store.open()
    await store.commit(Commit(at=NOON, records=(act("new"),)))
    await check_chained(store)
    store._state.rewrite(act("stray"))
    await store._make_durable()
    await store.close()
    await store.open()
    assert await store.audit_strays() == ["stray"], "what is put in later is not taken for an old entry"
    await store.close()


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_the_audit_log_of_a_database_is_chained_once(
    kind: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers(kind).empty_database() as url:
        before = [each for each in migrations() if each.number < 9]
        with monkeypatch.context() as earlier:
            earlier.setattr("bot.stores.postgres.connection.migrations", lambda: before)
            await migrate(url)
        _insert(url, *old_acts())
        await migrate(url)
        several = [PostgresStore(url=url) for _ in range(3)]
        await asyncio.gather(*(store.open() for store in several))
        await several[0].commit(Commit(at=NOON, records=(act("new"),)))
        for store in several:
            await check_chained(store)
            await store.close()
        _insert(url, act("stray"))
        store = PostgresStore(url=url)
        await store.open()
        assert await store.audit_strays() == ["stray"], "what is put in later is not taken for an old entry"
        await store.close()


def _insert(url: str, *writes: RecordWrite) -> None:
    with psycopg.connect(url) as connection:
        for write in writes:
            connection.execute(
                "INSERT INTO record (kind, id, version, schema, terms, body) VALUES (%s, %s, 1, %s, %s, %s)",
                [write.key.kind, write.key.id, write.schema, sorted(write.terms), to_json(write.body).decode()],
            )


def _bodies(url: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM record WHERE kind = 'person'").fetchone()
    return row[0] if row else None
