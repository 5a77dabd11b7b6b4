"""The audit log in the database: links, and the start of the chain over entries of an earlier version."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from psycopg.rows import DictRow

from bot.ports import AuditPoint, AuditRow, Key, Stored
from bot.ports.audit import audit_content
from bot.stores.memory.audit_chain import in_order
from bot.stores.postgres.connection import Connection, Database, fetch

HEAD: Final[LiteralString] = "SELECT number, hash FROM audit_head"

ROWS: Final[LiteralString] = """
SELECT c.number, c.id, c.format, c.previous, c.hash, r.schema, r.body
FROM (SELECT * FROM audit_chain WHERE number > %s ORDER BY number LIMIT %s) AS c
LEFT JOIN record AS r ON r.kind = 'audit' AND r.id = c.id
ORDER BY c.number
"""

STRAYS: Final[LiteralString] = """
SELECT id FROM record AS r
WHERE kind = 'audit' AND NOT EXISTS (SELECT 1 FROM audit_chain AS c WHERE c.id = r.id) ORDER BY id LIMIT %s
"""

APPEND: Final[LiteralString] = "SELECT append_audit(%s::text[], %s::text[])"

# The last link stays unless the commit adds one, because the next one follows it.
CUT: Final[LiteralString] = """
WITH gone AS (
    DELETE FROM audit_chain WHERE number <= %s AND (%s OR number < (SELECT max(number) FROM audit_chain)) RETURNING id
)
DELETE FROM record WHERE kind = 'audit' AND id IN (SELECT id FROM gone)
"""

BEGIN: Final[LiteralString] = (
    "INSERT INTO audit_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING"
)


class PostgresAudit:
    """Reads the audit log over the connections of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self) -> None:
        """Begin the chain, once, with the entries of an earlier version in the order of their times."""
        if await self._rows(HEAD):
            return

        async def begin(connection: Connection) -> None:
            async with connection.pipeline():
                # A second process waits here for the first one, and then inserts nothing.
                inserted = await connection.execute(BEGIN)
            if not inserted.rowcount:
                return
            cursor = await connection.execute("SELECT id, schema, body FROM record WHERE kind = 'audit'")
            entries = [
                Stored(key=Key(kind="audit", id=row["id"]), version=0, schema=row["schema"], body=row["body"])
                for row in await fetch(cursor)
            ]
            await append(
                connection, [(entry.key.id, audit_content(entry.schema, entry.body)) for entry in in_order(entries)]
            )

        await self._database.write(begin)

    async def head(self) -> AuditPoint:
        [row] = await self._rows(HEAD)
        return AuditPoint(number=row["number"], hash=row["hash"].hex())

    async def rows(self, *, after: int, limit: int) -> Sequence[AuditRow]:
        links = await self._rows(ROWS, [after, limit])
        return [AuditRow(**{**row, "previous": row["previous"].hex(), "hash": row["hash"].hex()}) for row in links]

    async def strays(self, *, limit: int) -> Sequence[str]:
        return [row["id"] for row in await self._rows(STRAYS, [limit])]

    async def _rows(self, statement: LiteralString, values: Sequence[Any] = ()) -> Sequence[DictRow]:
        async def select(connection: Connection) -> Sequence[DictRow]:
            return await fetch(await connection.execute(statement, values))

        return await self._database.read(select)


async def append(connection: Connection, entries: Sequence[tuple[str, str]]) -> None:
    """Link entries, given by id and canonical text, as the last statement of a transaction."""
    if entries:
        await connection.execute(APPEND, [list(column) for column in zip(*entries, strict=True)])


async def cut(connection: Connection, number: int, *, all_of_them: bool) -> None:
    """Remove the links up to a number, with their entries. ``all_of_them``: also the last one."""
    if number:
        await connection.execute(CUT, [number, all_of_them])
