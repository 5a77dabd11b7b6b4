"""Courier workers: heartbeats, deliveries being sent, and shares of a rate."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow

from bot.ports import LeaseLost, Share, StoreUnavailable
from bot.stores.postgres import sql
from bot.stores.postgres.commit import to_text
from bot.stores.postgres.connection import Connection, Database
from bot.stores.postgres.row import sequence_of


class PostgresWorkers:
    """The workers of this process.

    Other processes declare a worker dead after ``life`` without a heartbeat. A process declares others dead only after
    ``life`` of its own successful heartbeats. So after a database outage, every process has had time to reconnect.
    """

    def __init__(self, database: Database, *, life: timedelta) -> None:
        self._database = database
        self._life = life
        self._beating_since: float | None = None
        self._last_beat_at = 0.0
        self._looked_at = 0.0

    async def register_worker(self, worker: str) -> None:
        async def join(connection: Connection) -> None:
            await connection.execute(sql.JOIN, [worker, self._life])

        await self._database.write(join)
        self._record_heartbeat()

    async def heartbeat(
        self, worker: str, *, in_flight: Collection[str], lanes: Collection[str], replies: Mapping[str, int]
    ) -> Mapping[str, Share]:
        sequences = [number for id_ in in_flight if (number := sequence_of(id_)) is not None]
        values = {
            "worker": worker,
            "life": self._life,
            "under_way": sequences,
            "lanes": list(lanes),
            "replies": to_text(dict(replies)),
        }
        try:
            rows = await self._database.read(lambda connection: _heartbeat(connection, values))  # one statement, alone
        except StoreUnavailable:
            self._beating_since = None
            raise
        if not rows:
            raise LeaseLost(tuple(in_flight))
        self._record_heartbeat()
        return {
            row["lane"]: Share(rank=row["before"], of=row["others"] + 1, replies=row["replies"])
            for row in rows
            if row["lane"] is not None
        }

    async def unregister_worker(self, worker: str) -> None:
        await self._give_up(worker)

    async def release_dead_workers(self) -> int:
        """Release the leases of dead workers, if a check is due; return their number."""
        now = asyncio.get_running_loop().time()
        life = self._life.total_seconds()
        if self._beating_since is None or now - self._beating_since < life or now - self._looked_at < life / 4:
            return 0
        self._looked_at = now
        return await self._give_up("")

    async def _give_up(self, worker: str) -> int:
        async def give_up(connection: Connection) -> int:
            async with connection.pipeline():
                leases = await connection.execute(sql.GIVE_UP, [worker])
            if leases.rowcount:
                await connection.execute(sql.NOTIFY)
            return leases.rowcount

        return await self._database.write(give_up)

    def _record_heartbeat(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._beating_since is None or now - self._last_beat_at > self._life.total_seconds():
            self._beating_since = now
        self._last_beat_at = now


async def _heartbeat(connection: Connection, values: Mapping[str, Any]) -> list[DictRow]:
    return await (await connection.execute(sql.BEGIN_SENDING, values)).fetchall()
