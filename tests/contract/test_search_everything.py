"""Every store searches all it keeps: rows, and bytes of files or tables that it never reads."""

from pathlib import Path

import psycopg
import pytest

from bot.ports import Commit, Key, RecordWrite, Store, StoredImage
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.contract.test_search import fill
from tests.contract.test_store import NOON, person, post


async def traces(store: Store, *words: str) -> set[tuple[str, str]]:
    return {(trace.place, trace.row) for trace in (await store.search_everything(words)).traces}


async def test_every_live_row_with_the_word_is_found_once(store: Store) -> None:
    await fill(store)
    found = await store.search_everything(["p7"])
    assert sorted(trace.place for trace in found.traces) == sorted(
        ["record"] * 3 + ["delivery"] * 2 + ["content"] + ["timer"] * 2 + ["event"]
    )
    assert {trace.words for trace in found.traces} == {("p7",)}
    assert ("record", "person/q1") in {(trace.place, trace.row) for trace in found.traces}
    assert sum(place.rows for place in found.places) >= 13
    assert sum(place.size_bytes for place in found.places) > 500


async def test_a_word_after_a_line_break_a_quote_or_a_letter_outside_ascii_is_found(store: Store) -> None:
    texts = {"a": "Hei\nkari", "b": 'sa "kari"', "c": "\tkari", "d": "…kari", "e": "ikari", "f": "kari\\nå"}
    await store.commit(Commit(at=NOON, records=tuple(person(id_, text=text) for id_, text in texts.items())))
    assert await traces(store, "kari") == {("record", f"person/{id_}") for id_ in "abcdf"}
    assert await traces(store, 'sa "kari"') == {("record", "person/b")}
    assert await traces(store, "nå") == {("record", "person/f")}


async def test_a_removed_row_leaves_no_trace(store: Store) -> None:
    await store.commit(
        Commit(
            at=NOON,
            records=(person("x", secret="Hemmelig ord"),),
            posts=(post("x", "s", Message(text="Hemmelig ord")),),
        )
    )
    await store.commit(Commit(at=NOON, records=(person("x", secret="nytt"),)))
    await store.commit(Commit(at=NOON, records=(RecordWrite(key=Key(kind="person", id="x"), body=None),)))
    await store.forget_recipient("x")
    assert await traces(store, "Hemmelig ord", "x") == set()


async def test_bytes_of_other_files_are_searched(tmp_path: Path) -> None:
    store = TinyStore(directory=tmp_path / "data")
    await store.open()
    (tmp_path / "data" / "images").mkdir()
    (tmp_path / "data" / "images" / "image-1").write_bytes(b"\x89PNG\0kari\0")
    (tmp_path / "data" / "kari.log").write_text("ola\n")
    assert await traces(store, "kari") == {("images/image-1", "byte 5"), ("kari.log", "name")}
    await store.close()


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_tables_and_columns_that_the_store_never_reads_are_searched(kind: str, servers: Servers) -> None:
    with servers(kind).database() as url:
        store = PostgresStore(url=url)
        await store.open()
        await store.images.put(
            f"image-{1:032x}", StoredImage(body=b"\x89PNG\r\n\x1a\n\0kari\0", media_type="image/png")
        )
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE extra (note text)")
            connection.execute("INSERT INTO extra VALUES ('til kari'), ('til ola')")
            tables = connection.execute("SELECT relname FROM pg_stat_user_tables").fetchall()
        found = await traces(store, "kari")
        assert ("image", f"image-{1:032x}") in found
        assert {place for place, _ in found} == {"image", "extra"}
        searched = await store.search_everything(["kari"])
        assert {place.name for place in searched.places} == {name for (name,) in tables}
        await store.close()


async def test_a_purge_removes_the_contents_of_withdrawn_messages_only(store: Store) -> None:
    await store.commit(
        Commit(at=NOON, posts=(post("x", "s", Message(text="Borte")), post("y", "s", Message(text="Her"))))
    )
    await store.commit(Commit(at=NOON, posts=(post("x", "s", None),)))
    await store.purge()
    assert await traces(store, "Borte") == set()
    assert {place for place, _ in await traces(store, "Her")} == {"content"}
