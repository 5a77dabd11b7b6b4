"""Search for records by term: by the terms' index for rare terms, by an ordered scan for common ones."""

import asyncio
from collections.abc import Sequence
from typing import Final

from psycopg.rows import DictRow

from bot.stores.postgres import sql
from bot.stores.postgres.connection import Connection, Database, fetch

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
