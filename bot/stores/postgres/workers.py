"""Courier workers: heartbeats, deliveries being sent, their outcomes, and shares of a rate."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow

from bot.ports import PENDING, Delivery, DeliveryStatus, LeaseLost, Settled, Share, StoreUnavailable
from bot.stores import slot as slots
from bot.stores.postgres import sql
from bot.stores.postgres.commit import row_of, to_text, update
from bot.stores.postgres.connection import Connection, Database, columns_text
from bot.stores.postgres.row import DeliveryRow, sequence_of


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


# Outcomes in the database: one statement for all ordinary ones, then the rest one by one.


async def settle(connection: Connection, outcomes: Sequence[Settled]) -> Sequence[str]:
    """Record outcomes in the open transaction; return ids with lost leases.

    Notifies the recipients that may have an open page with one of the messages.
    """
    first: dict[int, Settled] = {}
    others: list[Settled] = []
    for outcome in outcomes:
        sequence = sequence_of(outcome.delivery_id)
        if sequence is None or sequence in first:
            others.append(outcome)
        else:
            first[sequence] = outcome
    columns = [_columns(sequence, first[sequence]) for sequence in sorted(first)]
    cursor = await connection.execute(sql.SETTLE, [columns_text(columns)])
    done = {row["sequence"]: str(row["recipient"]) for row in await cursor.fetchall()}
    others = [outcome for sequence, outcome in first.items() if sequence not in done] + others
    shown = [recipient for sequence, recipient in done.items() if first[sequence].news]
    lost: Sequence[str] = ()
    if others:
        changed, lost = await _settle_one_by_one(connection, others)
        shown += [row.recipient for row in changed]
    if shown:
        await connection.execute(sql.NEWS, [list(dict.fromkeys(shown))])
    return lost


async def _settle_one_by_one(
    connection: Connection, outcomes: Sequence[Settled]
) -> tuple[Sequence[Delivery], Sequence[str]]:
    """Record outcomes for an older version or with a lost lease.

    Returns the changed deliveries, and the ids with a lost lease.
    """
    sequences = [number for outcome in outcomes if (number := sequence_of(outcome.delivery_id)) is not None]
    cursor = await connection.execute(sql.LOCK, [sequences])
    rows = {row.delivery.id: row for row in map(row_of, await cursor.fetchall())}
    lost: list[str] = []
    changed: dict[str, DeliveryRow] = {}
    for outcome in outcomes:
        row = rows.get(outcome.delivery_id)
        if row is None or not slots.holds(row.delivery, outcome):
            lost.append(outcome.delivery_id)
            continue
        rows[outcome.delivery_id] = changed[outcome.delivery_id] = row._replace(
            delivery=slots.settled(row.delivery, outcome), turn_lease=False
        )
    await update(connection, list(changed.values()))
    return [row.delivery for row in changed.values()], lost


def _columns(sequence: int, outcome: Settled) -> dict[str, Any]:
    pending = outcome.status in PENDING
    due_at = outcome.due_at or outcome.at
    return {
        "sequence": sequence,
        "lease_token": outcome.lease_token,
        "version": outcome.version,
        "status": DeliveryStatus.WAITING.value if pending else outcome.status.value,
        "channel": outcome.channel,
        "reference": outcome.reference if outcome.reference is None else dict(outcome.reference),
        "due_at": due_at.isoformat() if pending else None,
        "attempts": 1 if outcome.counts_as_attempt else 0,
        "possibly_twice": outcome.possibly_twice,
        "reason": outcome.reason,
        "settled_at": None if pending else outcome.at.isoformat(),
    }
