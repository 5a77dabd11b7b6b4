"""Changes to the stored audit log with the database's or TinyDB's own tools are found, and the row is named."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from tinydb.table import Table

from bot.audit.statements import SignedStatement, SigningKey
from bot.audit.verification import AuditFault, ChainCheck, rows_of, trusted
from bot.ports import Commit, Store
from bot.ports.audit import audit_content, audit_hash
from bot.stores.document import to_json
from bot.stores.memory.audit_chain import link_row_id
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.storage import JournalDatabase
from bot.stores.tiny.store import TinyStore
from tests.contract.conftest import Reopen
from tests.contract.remote import RemoteOverTiny
from tests.contract.test_audit import act, add
from tests.contract.test_store import NOON

KEY = SigningKey("11" * 32)


class Tool(Protocol):
    """Reads and writes stored rows without Heia."""

    def entry(self, id_: str) -> dict[str, Any]: ...

    def put_entry(self, id_: str, body: Mapping[str, Any] | None) -> None: ...

    def link(self, number: int) -> dict[str, Any]: ...

    def put_link(self, number: int, link: Mapping[str, Any] | None) -> None: ...


class TinyTool:
    """TinyDB on the files of a closed store."""

    def __init__(self, folder: Path) -> None:
        self._database = JournalDatabase(folder)

    def entry(self, id_: str) -> dict[str, Any]:
        return dict(self._row("record", f"audit/{id_}")["body"])

    def put_entry(self, id_: str, body: Mapping[str, Any] | None) -> None:
        document = {"kind": "audit", "id": id_, "version": 1, "schema": 1, "terms": ["all"], "body": body}
        self._put("record", f"audit/{id_}", None if body is None else document)

    def link(self, number: int) -> dict[str, Any]:
        return dict(self._row("audit", link_row_id(number)))

    def put_link(self, number: int, link: Mapping[str, Any] | None) -> None:
        self._put("audit", link_row_id(number), None if link is None else {**link, "number": number})

    def close(self) -> None:
        self._database.close()

    def _row(self, table: str, id_: str) -> Any:
        return self._table(table).get(doc_id=id_)  # type: ignore[arg-type]

    def _put(self, table: str, id_: str, document: Mapping[str, Any] | None) -> None:
        self._table(table).change({id_: None if document is None else to_json(document)})  # type: ignore[attr-defined]
        self._database.storage.sync()  # type: ignore[attr-defined]

    def _table(self, name: str) -> Table:
        return self._database.table(name)


class DatabaseTool:
    """SQL on the database."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def entry(self, id_: str) -> dict[str, Any]:
        return dict(self._one("SELECT body FROM record WHERE kind = 'audit' AND id = %s", id_)[0])

    def put_entry(self, id_: str, body: Mapping[str, Any] | None) -> None:
        self._connection.execute("DELETE FROM record WHERE kind = 'audit' AND id = %s", [id_])
        if body is not None:
            self._connection.execute(
                "INSERT INTO record (kind, id, version, schema, terms, body) VALUES ('audit', %s, 1, 1, '{all}', %s)",
                [id_, to_json(body).decode()],
            )

    def link(self, number: int) -> dict[str, Any]:
        id_, form, previous, hash_ = self._one(
            "SELECT id, format, encode(previous, 'hex'), encode(hash, 'hex') FROM audit_chain WHERE number = %s", number
        )
        return {"id": id_, "format": form, "previous": previous, "hash": hash_}

    def put_link(self, number: int, link: Mapping[str, Any] | None) -> None:
        self._connection.execute("DELETE FROM audit_chain WHERE number = %s", [number])
        if link is not None:
            self._connection.execute(
                "INSERT INTO audit_chain (number, id, format, previous, hash)"
                " VALUES (%s, %s, %s, decode(%s, 'hex'), decode(%s, 'hex'))",
                [number, link["id"], link["format"], link["previous"], link["hash"]],
            )

    def close(self) -> None:
        self._connection.close()

    def _one(self, statement: str, value: object) -> Any:
        row = self._connection.execute(statement.encode(), [value]).fetchone()
        assert row is not None
        return row


@contextmanager
def tool_for(store: Store) -> Iterator[Tool]:
    """Yield the tool for a closed store."""
    if isinstance(store, TinyStore):
        tool: Any = TinyTool(store._writer._directory)
    elif isinstance(store, RemoteOverTiny):
        tool = TinyTool(store.behind._writer._directory)
    else:
        assert isinstance(store, PostgresStore)
        tool = DatabaseTool(store._database._url)
    try:
        yield tool
    finally:
        tool.close()


async def found(store: Store, *heads: SignedStatement) -> set[tuple[AuditFault, int]]:
    """Return what the verification finds."""
    end = await store.audit_head()
    statements = trusted([KEY.public])
    statements.read("".join(head.line() for head in heads).encode())
    check = ChainCheck(statements)
    async for row in rows_of(store):
        check.row(row)
    check.strays(await store.audit_strays())
    return {(each.fault, each.number) for each in check.end(end)}


def change(tool: Tool) -> None:
    tool.put_entry("c", {**tool.entry("c"), "by": "bo"})


def forge(tool: Tool) -> None:
    """Change an entry and compute the rest of the chain again."""
    change(tool)
    before = tool.link(2)["hash"]
    for number, id_ in ((3, "c"), (4, "d"), (5, "e")):
        hash_ = audit_hash(number, before, audit_content(1, tool.entry(id_)))
        tool.put_link(number, {**tool.link(number), "previous": before, "hash": hash_})
        before = hash_


def delete(tool: Tool) -> None:
    tool.put_entry("c", None)
    tool.put_link(3, None)


def delete_entry(tool: Tool) -> None:
    tool.put_entry("c", None)


def delete_link(tool: Tool) -> None:
    tool.put_link(3, None)


def delete_newest(tool: Tool) -> None:
    for number, id_ in ((4, "d"), (5, "e")):
        tool.put_entry(id_, None)
        tool.put_link(number, None)


def delete_oldest(tool: Tool) -> None:
    for number, id_ in ((1, "a"), (2, "b")):
        tool.put_entry(id_, None)
        tool.put_link(number, None)


def insert(tool: Tool) -> None:
    tool.put_entry("x", {**tool.entry("c"), "id": "x"})


def reorder(tool: Tool) -> None:
    third, fourth = tool.link(3), tool.link(4)
    tool.put_link(3, None)
    tool.put_link(4, third)
    tool.put_link(3, fourth)


def swap_contents(tool: Tool) -> None:
    third, fourth = tool.entry("c"), tool.entry("d")
    tool.put_entry("c", fourth)
    tool.put_entry("d", third)


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (change, {(AuditFault.CHANGED, 3)}),
        (forge, {(AuditFault.HEAD_DIFFERS, 4)}),
        (delete, {(AuditFault.ROWS_MISSING, 3)}),
        (delete_entry, {(AuditFault.ENTRY_MISSING, 3)}),
        (delete_link, {(AuditFault.ROWS_MISSING, 3), (AuditFault.OUTSIDE_CHAIN, 0)}),
        (delete_newest, {(AuditFault.END_MISSING, 4)}),
        (delete_oldest, {(AuditFault.ROWS_MISSING, 1)}),
        (insert, {(AuditFault.OUTSIDE_CHAIN, 0)}),
        (
            reorder,
            {
                (AuditFault.NOT_FOLLOWING, 3),
                (AuditFault.NOT_FOLLOWING, 4),
                (AuditFault.NOT_FOLLOWING, 5),
                (AuditFault.CHANGED, 3),
                (AuditFault.CHANGED, 4),
                (AuditFault.HEAD_DIFFERS, 4),
            },
        ),
        (swap_contents, {(AuditFault.CHANGED, 3), (AuditFault.CHANGED, 4)}),
    ],
)
@pytest.mark.full
async def test_it_is_found_after_the_store_was_opened_again(
    reopen: Reopen, tamper: Callable[[Tool], None], expected: set[tuple[AuditFault, int]]
) -> None:
    store = await reopen()
    await add(store, *"abcd")
    head = SignedStatement.head(await store.audit_head(), at=NOON, key=KEY)
    await add(store, "e")
    assert await found(store, head) == set()
    await store.close()
    with tool_for(store) as tool:
        tamper(tool)
    assert await found(await reopen(), head) == expected


async def test_a_log_that_was_tampered_with_goes_on_and_stays_found(reopen: Reopen) -> None:
    """The program neither mends nor hides what was done."""
    store = await reopen()
    await add(store, *"abcde")
    await store.close()
    with tool_for(store) as tool:
        insert(tool)
        change(tool)
    store = await reopen()
    await store.commit(Commit(at=NOON, records=(act("f"),)))
    assert await found(store) == {(AuditFault.CHANGED, 3), (AuditFault.OUTSIDE_CHAIN, 0)}


async def test_newest_rows_that_a_database_has_counted_are_missed_without_any_head(reopen: Reopen) -> None:
    store = await reopen()
    await add(store, *"abcde")
    await store.close()
    with tool_for(store) as tool:
        delete_newest(tool)
    store = await reopen()
    expected = {(AuditFault.END_MISSING, 4)} if isinstance(store, PostgresStore) else set()
    assert await found(store) == expected
