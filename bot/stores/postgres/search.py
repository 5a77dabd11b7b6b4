"""Search of every table of the schema, of records by term, and deletion of what is old or erased."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from psycopg import sql as compose
from psycopg.rows import DictRow

from bot.ports import Searched, SearchedPlace, Trace
from bot.stores import slot as slots
from bot.stores.postgres import sql
from bot.stores.postgres.connection import Connection, Database, fetch
from bot.stores.words import WordSearch

TABLES: Final = """
SELECT t.table_name AS name,
    coalesce((
        SELECT array_agg(k.column_name::text ORDER BY k.ordinal_position)
        FROM information_schema.table_constraints AS c
        JOIN information_schema.key_column_usage AS k USING (constraint_schema, constraint_name, table_name)
        WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = t.table_schema AND c.table_name = t.table_name
    ), '{}') AS keys,
    ARRAY(
        SELECT b.column_name::text FROM information_schema.columns AS b
        WHERE b.table_schema = t.table_schema AND b.table_name = t.table_name AND b.data_type = 'bytea'
    ) AS binary
FROM information_schema.tables AS t
WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1
"""
DEAD: Final = """
SELECT relname AS name, n_dead_tup AS dead FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND n_dead_tup > 0 ORDER BY 1
"""


async def search_tables(connection: Connection, search: WordSearch) -> Searched:
    """Return the traces in every row of every table, and the dead rows the database knows of."""
    places, traces = [], []
    await connection.execute("SET LOCAL enable_seqscan = on")  # off elsewhere: here every row is wanted
    for table in await fetch(await connection.execute(TABLES)):
        name = table["name"]
        of = compose.Identifier(name)
        [size] = await fetch(
            await connection.execute(
                compose.SQL(
                    "SELECT count(*) AS rows, coalesce(sum(octet_length(t::text)), 0) AS bytes FROM {} AS t"
                ).format(of)
            )
        )
        places.append(SearchedPlace(name=name, rows=size["rows"], size_bytes=int(size["bytes"])))
        traces += await _in_table(connection, name, table["keys"], table["binary"], search)
    dead = {row["name"]: row["dead"] for row in await fetch(await connection.execute(DEAD))}
    return Searched(store="postgres", places=tuple(places), traces=tuple(traces), dead_rows=dead)


async def _in_table(
    connection: Connection, name: str, keys: Sequence[str], binary: Sequence[str], search: WordSearch
) -> list[Trace]:
    needles = [needle.replace("\\", "\\\\").replace('"', '""') for needle in search.needles]
    key = compose.SQL(" || '/' || ").join(
        [compose.SQL("t.{}::text").format(compose.Identifier(column)) for column in keys or ("ctid",)]
    )
    by_row: Mapping[str, tuple[str, ...]] = {}
    statement = compose.SQL(
        "SELECT {key} AS id, t::text AS row FROM {of} AS t "
        "WHERE EXISTS (SELECT 1 FROM unnest(%s::text[]) AS needle WHERE strpos(t::text, needle) > 0)"
    ).format(key=key, of=compose.Identifier(name))
    by_row = {
        row["id"]: search.words_in(row["row"].replace("\\\\", "\\").replace('""', '"').encode())
        for row in await fetch(await connection.execute(statement, [needles]))
    }
    raw = [needle.encode() for needle in search.needles]
    for column in binary:
        statement = compose.SQL(
            "SELECT {key} AS id, t.{column} AS content FROM {of} AS t "
            "WHERE EXISTS (SELECT 1 FROM unnest(%s::bytea[]) AS needle WHERE position(needle IN t.{column}) > 0)"
        ).format(key=key, column=compose.Identifier(column), of=compose.Identifier(name))
        for row in await fetch(await connection.execute(statement, [raw])):
            by_row = {
                **by_row,
                row["id"]: (*by_row.get(row["id"], ()), *search.words_in(row["content"])),
            }
    return [Trace(place=name, row=id_, words=words) for id_, words in sorted(by_row.items()) if words]


# Search for records by term: by the terms' index for rare terms, by an ordered scan for common ones.

MAX_GATHERED: Final = 5000
LEAST_GATHERED: Final = 200
_REMEMBERED_SECONDS: Final = 600.0
_MAX_REMEMBERED: Final = 1000


class PostgresFind:
    """Finds records. Remembers for a while which terms are common."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._many: dict[tuple[str, str], float] = {}

    async def find(self, kind: str, term: str, *, after: str, limit: int | None) -> Sequence[DictRow]:
        """Return rows as ``Store.find`` does."""
        now = asyncio.get_running_loop().time()
        most = MAX_GATHERED if limit is None else min(MAX_GATHERED, max(LEAST_GATHERED, 10 * limit))
        values = {"kind": kind, "term": term, "after": after, "limit": limit, "most": most + 1}

        async def find(connection: Connection) -> Sequence[DictRow]:
            if self._many.get((kind, term), now) <= now:
                rows = await fetch(await connection.execute(sql.FIND, values))
                if not rows or rows[0]["gathered"] <= most:
                    return rows
                self._remember((kind, term), until=now + _REMEMBERED_SECONDS)
            return await fetch(await connection.execute(sql.WALK, values))

        return await self._database.read(find)

    def _remember(self, key: tuple[str, str], *, until: float) -> None:
        self._many.pop(key, None)
        self._many[key] = until
        while len(self._many) > _MAX_REMEMBERED:
            del self._many[next(iter(self._many))]


# Deletion: old rows, and everything that belongs to one recipient.


async def forget_old(
    connection: Connection,
    *,
    events_before: datetime,
    deliveries_before: datetime,
    prefixes: Sequence[str],
    prefix_before: datetime,
) -> int:
    async with connection.pipeline():
        events = await connection.execute(sql.FORGET_EVENTS, [events_before])
        deliveries = await connection.execute(sql.FORGET_DELIVERIES, [deliveries_before, prefix_before, list(prefixes)])
        await connection.execute(sql.FORGET_CONTENT)
    return events.rowcount + deliveries.rowcount


async def forget_recipient(connection: Connection, recipient: str) -> int:
    pattern = slots.person_pattern(recipient)
    [gone] = await fetch(await connection.execute(sql.FORGET_RECIPIENT, {"recipient": recipient}))
    contents = gone["contents"] or []
    await connection.execute(sql.LOCK_THEIR_CONTENTS, [contents])
    await connection.execute(sql.FORGET_THEIR_CONTENTS, [contents])
    await connection.execute(sql.FORGET_THEIR_EVENTS, [pattern])
    await connection.execute(sql.RENAME_SLOTS, {"pattern": pattern})
    return int(gone["number"])
