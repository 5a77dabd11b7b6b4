"""Database rows as documents, for copying, and a dump by PostgreSQL's own programs."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow

from bot.ports import Key, StoreRefused, StoreUnavailable, Timer
from bot.stores.copy import CopiedRow
from bot.stores.document import (
    Document,
    delivery_document,
    delivery_from,
    message_document,
    message_from,
    time_text,
    timer_document,
)
from bot.stores.memory.audit_chain import link_row_id
from bot.stores.memory.state import Table, key_of_row, record_row_id
from bot.stores.postgres import sql
from bot.stores.postgres.commit import UNREAD, data_text, to_text
from bot.stores.postgres.connection import Connection, columns_text
from bot.stores.postgres.row import DeliveryRow, content_hash_of, delivery_of, sequence_of
from bot.stores.slot import delivery_id
from bot.stores.words import WordSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSnapshot:
    """How to read a table: its select, its key columns with types, and conversions for ids and rows."""

    select: LiteralString
    key: LiteralString
    arrays: LiteralString
    values: Callable[[str], tuple[Any, ...]]
    row: Callable[[DictRow], CopiedRow]


def _record(row: DictRow) -> CopiedRow:
    document = {name: row[name] for name in ("kind", "id", "version", "schema", "terms", "body")}
    return record_row_id(Key(kind=row["kind"], id=row["id"])), document


def _delivery(row: DictRow) -> CopiedRow:
    return delivery_id(row["sequence"]), delivery_document(delivery_of(row, None), content_hash_of(row))


_READINGS: Mapping[Table, TableSnapshot] = {
    Table.RECORD: TableSnapshot(
        select="SELECT * FROM record",
        key="(kind, id)",
        arrays="%s::text[], %s::text[]",
        values=lambda id_: (key_of_row(id_).kind, key_of_row(id_).id),
        row=_record,
    ),
    Table.AUDIT: TableSnapshot(
        select="SELECT * FROM audit_chain",
        key="(number)",
        arrays="%s::bigint[]",
        values=lambda id_: (int(id_),),
        row=lambda row: (
            link_row_id(row["number"]),
            {**row, "previous": row["previous"].hex(), "hash": row["hash"].hex()},
        ),
    ),
    Table.CONTENT: TableSnapshot(
        select="SELECT * FROM content",
        key="(hash)",
        arrays="%s::bytea[]",
        values=lambda id_: (bytes.fromhex(id_),),
        row=lambda row: (row["hash"].hex(), message_document(message_from(row["message"]))),
    ),
    Table.DELIVERY: TableSnapshot(
        select="SELECT * FROM delivery",
        key="(sequence)",
        arrays="%s::bigint[]",
        values=lambda id_: (sequence_of(id_) or 0,),
        row=_delivery,
    ),
    Table.TIMER: TableSnapshot(
        select="SELECT key, at, verb, data FROM timer",
        key="(key)",
        arrays="%s::text[]",
        values=lambda id_: (id_,),
        row=lambda row: (row["key"], timer_document(Timer(**row))),
    ),
    Table.EVENT: TableSnapshot(
        select="SELECT * FROM event",
        key="(id)",
        arrays="%s::text[]",
        values=lambda id_: (id_,),
        row=lambda row: (row["id"], {"at": time_text(row["at"])}),
    ),
    Table.COUNTER: TableSnapshot(
        select="SELECT * FROM (SELECT 'sequence' AS id, last_value AS value FROM delivery_sequence WHERE is_called) t",
        key="(id)",
        arrays="%s::text[]",
        values=lambda id_: (id_,),
        row=lambda row: (row["id"], {"value": row["value"]}),
    ),
}


async def count_rows(connection: Connection, table: Table) -> int:
    statement: LiteralString = f"SELECT count(*) AS number FROM ({_READINGS[table].select}) AS t"  # noqa: S608
    row = await (await connection.execute(statement)).fetchone()
    return int(row["number"]) if row else 0


async def read_rows(connection: Connection, table: Table, after: str, limit: int) -> Sequence[CopiedRow]:
    reading = _READINGS[table]
    values: list[Any] = []
    statement: LiteralString = reading.select
    if after:
        values += reading.values(after)
        marks: LiteralString = ", ".join(["%s"] * len(values))
        statement += f" WHERE {reading.key} > ({marks})"
    statement += f" ORDER BY {reading.key.strip('()')} LIMIT %s"
    cursor = await connection.execute(statement, [*values, limit])
    return [reading.row(row) for row in await cursor.fetchall()]


async def search_rows(connection: Connection, table: Table, search: WordSearch) -> Sequence[CopiedRow]:
    """Return the rows with any of the words."""
    reading = _READINGS[table]
    # A row as text has every column, with quotes and backslashes doubled.
    needles = [needle.replace("\\", "\\\\").replace('"', '""') for needle in search.needles]
    statement: LiteralString = (
        f"SELECT * FROM ({reading.select}) AS t "  # noqa: S608
        "WHERE EXISTS (SELECT 1 FROM unnest(%s::text[]) AS needle WHERE strpos(t::text, needle) > 0)"
    )
    cursor = await connection.execute(statement, [needles])
    rows = [reading.row(row) for row in await cursor.fetchall()]
    return sorted((row for row in rows if search.matches(*row)), key=lambda row: row[0])


async def find_rows(connection: Connection, table: Table, ids: Sequence[str]) -> Mapping[str, Document]:
    if not ids:
        return {}
    reading = _READINGS[table]
    statement = f"{reading.select} WHERE {reading.key} IN (SELECT * FROM unnest({reading.arrays}))"  # noqa: S608
    cursor = await connection.execute(
        statement, [list(column) for column in zip(*map(reading.values, ids), strict=True)]
    )
    return dict(reading.row(row) for row in await cursor.fetchall())


async def write_rows(connection: Connection, table: Table, rows: Sequence[CopiedRow]) -> None:
    documents = [document for _, document in rows]
    match table:
        case Table.RECORD:
            async with connection.pipeline(), connection.cursor() as cursor:
                await cursor.executemany(sql.COPY_RECORD, [{**d, "body": to_text(d["body"])} for d in documents])
        case Table.AUDIT:
            links = [[d[name] for d in documents] for name in ("number", "id", "format", "previous", "hash")]
            await connection.execute(sql.COPY_AUDIT, links)
        case Table.CONTENT:
            await connection.execute(sql.KEEP_CONTENT, [[id_ for id_, _ in rows], [to_text(d) for d in documents]])
        case Table.DELIVERY:
            await connection.execute(sql.INSERT_DELIVERIES, [columns_text([_columns(d) for d in documents])])
        case Table.TIMER:
            async with connection.pipeline(), connection.cursor() as cursor:
                await cursor.executemany(sql.COPY_TIMER, [{**d, "data": data_text(d["data"])} for d in documents])
        case Table.EVENT:
            times = [datetime.fromisoformat(document["at"]) for document in documents]
            await connection.execute(sql.COPY_EVENTS, [[id_ for id_, _ in rows], times])
        case Table.COUNTER:
            await connection.execute(sql.COPY_SEQUENCE, [documents[0]["value"]])


def _columns(document: Document) -> dict[str, Any]:
    content_hash = document["content"]
    delivery = delivery_from(document, None if content_hash is None else UNREAD)
    # The lease holder is gone. As a turn's lease it simply expires, independent of the recipient's other leases.
    return DeliveryRow(delivery, content_hash, turn_lease=delivery.lease_token is not None).columns()


# Dump and restore of a database by PostgreSQL's own programs.

_SAY: Final = "Install PostgreSQL's client programs (apt install postgresql-client) of the server's version, or run: "


async def dump(url: str, path: Path) -> None:
    """Write the database as of one instant into a file, in pg_dump's custom format.

    Raises StoreRefused: pg_dump is missing or failed; the text has the command to run.
    """
    await _run("pg_dump", ["--format=custom", "--no-owner", f"--file={path}"], url, f"pg_dump -Fc -f {path.name} <url>")


async def restore_dump(url: str, path: Path) -> None:
    """Restore a dump into an empty database, completely or not at all.

    Raises StoreRefused: it is not empty, pg_restore is missing or failed; StoreUnavailable.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public'"
            )
            row = await cursor.fetchone()
    except psycopg.OperationalError as fault:
        raise StoreUnavailable(f"the database cannot be reached: {fault}") from fault
    if row is None or row[0]:
        raise StoreRefused(
            "The database of HEIA_DATABASE_URL is not empty, and a backup never replaces what is there. Make a new one "
            "with createdb. Nothing was changed."
        )
    options = ["--exit-on-error", "--single-transaction", "--no-owner"]
    await _run("pg_restore", options, url, "pg_restore -1 --no-owner -d <url> database.dump", str(path))


async def delete_records(url: str, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    """Delete records of a database that nothing else uses; return their ids and bodies. Raises StoreUnavailable."""
    return await _changed(url, "DELETE FROM record WHERE kind = ANY(%s) RETURNING id, body", kinds)


async def read_records(url: str, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return ids and bodies of records. Raises StoreUnavailable."""
    return await _changed(url, "SELECT id, body FROM record WHERE kind = ANY(%s)", kinds)


async def _changed(url: str, statement: LiteralString, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    try:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await (await connection.execute(statement, [list(kinds)])).fetchall()
    except psycopg.OperationalError as fault:
        raise StoreUnavailable(f"the database cannot be reached: {fault}") from fault


async def _run(program: str, options: list[str], url: str, command: str, *files: str) -> None:
    """Run a program on a database. The password goes by the environment, which other users cannot read."""
    path = shutil.which(program)
    if path is None:
        raise StoreRefused(f"{program} is not installed. {_SAY}{command}. Nothing was changed.")
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    target = make_conninfo(**{name: str(value) for name, value in parts.items() if value is not None})
    environment = {**os.environ, **({} if password is None else {"PGPASSWORD": str(password)})}
    process = await asyncio.create_subprocess_exec(
        path,
        *options,
        f"--dbname={target}",
        *files,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        reason = said.decode("utf-8", "replace").strip()
        raise StoreRefused(f"{program} failed: {reason}. {_SAY}{command}. Nothing was changed.")
