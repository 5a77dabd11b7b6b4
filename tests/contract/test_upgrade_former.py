"""Marks of former members without a date, as earlier versions wrote them, get one, and so an end."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.ports import Commit, Key, RecordWrite, Store
from bot.records.codec import decode
from bot.signin.former import FormerMarks
from bot.stores.postgres.connection import migrate, migrations
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.data_rules import month_term
from dialogs.signin.model import FIRST_DATED, FormerIdentity
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.contract.test_store import NOON

OLD = RecordWrite(
    key=Key(kind=FormerIdentity.KIND, id="old"),
    body={"id": "old", "key": "k"},
    schema=1,
    terms=frozenset({"all", "key:k"}),
    expected=0,
)


async def check(store: Store) -> None:
    """Find the old mark by its new month, and a new one by its own month only."""
    marks = FormerMarks(b"k" * 32)
    await store.commit(Commit(at=NOON, records=tuple(marks.puts(["new"], at=FIRST_DATED + timedelta(days=40)))))
    [old] = await store.find(FormerIdentity.KIND, month_term(FIRST_DATED))
    assert decode(FormerIdentity, old) == FormerIdentity(id="old", key="k", marked_at=FIRST_DATED)
    [new] = await store.find(FormerIdentity.KIND, "month:2026-12")
    assert decode(FormerIdentity, new).id == "new"
    assert await store.count(FormerIdentity.KIND, "all") == 2


async def test_the_marks_of_a_data_folder_are_dated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("bot.stores.tiny.store.upgrade", lambda state: state.raise_level(4))
        store = TinyStore(directory=tmp_path)
        await store.open()
        await store.commit(Commit(at=NOON, records=(OLD,)))
        await store.close()
    for _ in range(2):
        store = TinyStore(directory=tmp_path)
        await store.open()
        await check(store)
        await store.close()


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_the_marks_of_a_database_are_dated_by_its_migration(
    kind: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    [number] = [each.number for each in migrations() if "former" in each.name]
    before = [each for each in migrations() if each.number < number]
    with servers(kind).empty_database() as url:
        with monkeypatch.context() as earlier:
            earlier.setattr("bot.stores.postgres.connection.migrations", lambda: before)
            await migrate(url)
            store = PostgresStore(url=url)
            await store.open()
            await store.commit(Commit(at=NOON, records=(OLD,)))
            await store.close()
        await migrate(url)
        store = PostgresStore(url=url)
        await store.open()
        await check(store)
        await store.close()
