"""The store for several processes: PostgreSQL 14 or newer, which resolves all conflicts."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, LiteralString

from psycopg.rows import DictRow

from bot.ports import (
    NO_REPLIES,
    AuditPoint,
    AuditRow,
    Commit,
    Delivery,
    DeliveryStatus,
    FoundRow,
    Key,
    LeaseLost,
    RunRow,
    Searched,
    Settled,
    Share,
    Stored,
    Timer,
)
from bot.stores import slot as slots
from bot.stores.copy import CopiedRow
from bot.stores.document import Document, check_times, message_from
from bot.stores.memory.state import Table
from bot.stores.postgres import sql, table_rows
from bot.stores.postgres.audit import PostgresAudit
from bot.stores.postgres.commit import Prepared, carry_out, row_of, update
from bot.stores.postgres.connection import Connection, Database, fetch
from bot.stores.postgres.images import PostgresImages
from bot.stores.postgres.row import content_hash_of, delivery_of, sequence_of
from bot.stores.postgres.search import PostgresFind, forget_old, forget_recipient, search_tables
from bot.stores.postgres.workers import PostgresWorkers, settle
from bot.stores.words import RUN_PAGE, RUN_TABLES, RunSearch, WordSearch
from bot.support.dependencies import Dependencies
from dialogs.core.message import Message

# Cache of decoded messages: at any time few messages are being sent to many people.
_RECENT_MESSAGES = 256


# Longer than any pause of a busy process. Also the longest delay of messages leased by a dead courier.
WORKER_LIFE: Final = timedelta(seconds=10)


class PostgresStore:
    """Stores everything in the database at ``url``, shared with other processes.

    ``connections`` is the maximum at once, plus one for listening; ``timeout_seconds`` is the longest wait for a free
    one before a method raises StoreUnavailable. A worker without a heartbeat for ``worker_life`` counts as dead.
    ``images`` are in the same database. ``Store`` describes the methods.
    """

    decided_again: Callable[[str], None] = staticmethod(lambda _: None)

    def __init__(
        self,
        *,
        url: str,
        connections: int = 10,
        timeout_seconds: float = 5.0,
        worker_life: timedelta = WORKER_LIFE,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._posted = asyncio.Event()
        self._database = Database(
            url,
            posted=self._posted,
            connections=connections,
            timeout_seconds=timeout_seconds,
            dependencies=dependencies,
        )
        self._messages: dict[str, Message] = {}
        self._find = PostgresFind(self._database)
        self._workers = PostgresWorkers(self._database, life=worker_life)
        self._audit = PostgresAudit(self._database)
        self.images = PostgresImages(self._database)

    async def open(self) -> None:
        """See ``Store.open``. Raises StoreUnavailable too; it may be opened again later."""
        await self._database.open()
        await self._audit.begin()

    async def close(self) -> None:
        await self._database.close()

    async def ping(self) -> None:
        await self._database.ping()

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        rows = await self._rows(sql.GET, [[key.kind for key in keys], [key.id for key in keys]])
        return {stored.key: stored for stored in map(_stored, rows)}

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        return [_stored(row) for row in await self._find.find(kind, term, after=after, limit=limit)]

    async def find_any(self, kind: str, terms: Collection[str]) -> Sequence[Stored]:
        return [_stored(row) for row in await self._rows(sql.FIND_ANY, [list(terms), kind])]

    async def count(self, kind: str, term: str) -> int:
        [row] = await self._rows(sql.COUNT, [kind, term])
        return int(row["number"])

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        check_times(commit)
        prepared = Prepared(commit)
        deliveries, waits = await self._database.write(lambda connection: carry_out(connection, prepared))
        if waits:
            self._posted.set()
        return deliveries

    async def audit_head(self) -> AuditPoint:
        return await self._audit.head()

    async def audit_rows(self, *, after: int = 0, limit: int = 500) -> Sequence[AuditRow]:
        return await self._audit.rows(after=after, limit=limit)

    async def audit_strays(self, *, limit: int = 500) -> Sequence[str]:
        return await self._audit.strays(limit=limit)

    async def register_worker(self, worker: str) -> None:
        await self._workers.register_worker(worker)

    async def heartbeat(
        self,
        worker: str,
        *,
        in_flight: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        shares = await self._workers.heartbeat(worker, in_flight=in_flight, lanes=lanes, replies=replies)
        if await self._workers.release_dead_workers():
            self._posted.set()
        return shares

    async def unregister_worker(self, worker: str) -> None:
        await self._workers.unregister_worker(worker)

    async def workers(self) -> Sequence[str]:
        """Return the names of the living workers."""
        return [str(row["id"]) for row in await self._rows(sql.WORKERS)]

    async def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        leased: list[DictRow] = []
        settled = True
        while settled and len(leased) < limit:  # another delivery may follow an expired one
            values = {"now": now, "until": now + lease_for, "limit": limit - len(leased), "token": token}
            rows = await self._database.write(lambda connection, values=values: _claim(connection, values))  # type: ignore[misc]
            claimed = [row for row in rows if row["status"] == DeliveryStatus.LEASED.value]
            settled = len(claimed) < len(rows)
            leased += claimed
        leased.sort(key=lambda row: (row["lane"], row["ready_at"], row["sequence"]))
        return await self._deliveries(leased)

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        if not outcomes:
            return
        lost = await self._database.write(lambda connection: settle(connection, outcomes))
        self._posted.set()  # the next delivery of the same recipient may be free now
        if lost:
            raise LeaseLost(lost)

    async def release(self, token: str) -> int:
        async def release(connection: Connection) -> int:
            cursor = await connection.execute(sql.LOCK_LEASED, [token])
            rows = [row_of(columns) for columns in await cursor.fetchall()]
            released = [row._replace(delivery=slots.released(row.delivery), turn_lease=False) for row in rows]
            await update(connection, released)
            if released:
                await connection.execute(sql.NOTIFY)
            return len(released)

        return await self._database.write(release)

    async def next_due_at(self) -> datetime | None:
        return await self._time(sql.NEXT_DUE)

    async def oldest_pending(self) -> Mapping[str, datetime]:
        return {slots.LANES[row["lane"]]: row["oldest"] for row in await self._rows(sql.OLDEST_PENDING)}

    async def wait_for_post(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._posted.wait()
        except TimeoutError:
            return
        self._posted.clear()

    def on_news(self, listener: Callable[[str], None]) -> None:
        self._database.news = listener

    async def tally(self, group: str) -> Mapping[str, int]:
        rows = await self._rows(sql.TALLY, [group])
        return {row["status"]: row["number"] for row in rows if row["number"]}

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        statement = sql.DELIVERIES_OF_GROUP if status is None else sql.DELIVERIES_OF_GROUP_IN_STATE
        rows = await self._ordered_rows(statement, {"group": group, "after": after, "status": status, "limit": limit})
        return await self._deliveries(sorted(rows, key=lambda row: (row["recipient"], row["sequence"])))

    async def deliveries_of_recipient(
        self, recipient: str, *, group: str | None = None, after: int = 0, limit: int = 500
    ) -> Sequence[Delivery]:
        return await self._deliveries(
            await self._rows(sql.DELIVERIES_OF_RECIPIENT, [recipient, after, group, group, limit])
        )

    async def latest_deliveries(self, recipient: str, *, limit: int) -> Sequence[Delivery]:
        rows = await self._rows(sql.LATEST_DELIVERIES, [recipient, limit])
        return await self._deliveries(list(reversed(rows)))

    async def deliveries_in_state(
        self, status: DeliveryStatus, *, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        return await self._deliveries(
            await self._rows(sql.DELIVERIES_IN_STATE, [status.value, sequence_of(after) or 0, limit])
        )

    async def find_delivery(self, recipient: str, slot: str) -> Delivery | None:
        deliveries = await self._deliveries(await self._rows(sql.SLOT, [recipient, slot]))
        return deliveries[0] if deliveries else None

    async def take_timers(
        self, *, now: datetime, hold_for: timedelta, limit: int, but: Collection[str] = ()
    ) -> Sequence[Timer]:
        values = {"now": now, "until": now + hold_for, "limit": limit, "but": list(but)}

        async def take(connection: Connection) -> Sequence[DictRow]:
            await connection.execute(sql.NOT_DURABLE)
            return await fetch(await connection.execute(sql.TAKE_TIMERS, values))

        return sorted(
            (Timer(**row) for row in await self._database.write(take)), key=lambda timer: (timer.at, timer.key)
        )

    async def release_timer(self, timer: Timer, *, at: datetime) -> None:
        values = {"key": timer.key, "at": timer.at, "until": at}

        async def release(connection: Connection) -> None:
            await connection.execute(sql.NOT_DURABLE)
            await connection.execute(sql.RELEASE_TIMER, values)

        await self._database.write(release)

    async def next_timer_at(self) -> datetime | None:
        return await self._time(sql.NEXT_TIMER)

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        return await self._database.write(
            partial(
                forget_old,
                events_before=events_before,
                deliveries_before=deliveries_before,
                prefixes=prefixes,
                prefix_before=prefix_before,
            )
        )

    async def forget_recipient(self, recipient: str) -> int:
        return await self._database.write(partial(forget_recipient, recipient=recipient))

    async def count_rows(self, table: Table) -> int:
        return await self._database.read(lambda connection: table_rows.count_rows(connection, table))

    async def rows_with(self, words: Collection[str], *, tables: Collection[str] = ()) -> Sequence[FoundRow]:
        search = WordSearch(words)
        matching: list[FoundRow] = []
        for table in Table:
            if not tables or table in tables:
                rows = await self._database.read(partial(table_rows.search_rows, table=table, search=search))
                matching += [FoundRow(table=table, id=id_, document=document) for id_, document in rows]
        return matching

    async def rows_with_runs(self, key: str, runs: frozenset[int]) -> Sequence[RunRow]:
        search, matching = RunSearch(key, runs), list[RunRow]()
        for table in RUN_TABLES:
            after = ""
            while page := await self.read_rows(table, after=after, limit=RUN_PAGE):
                matching += search.matching_rows(table, page)
                after = page[-1][0]
        return matching

    async def search_everything(self, words: Collection[str]) -> Searched:
        """See ``Store.search_everything``. Within one transaction, so that no row moves from place to place."""
        return await self._database.snapshot(partial(search_tables, search=WordSearch(words)))

    async def purge(self) -> None:
        """See ``Store.purge``. Removes the contents of messages that were withdrawn or replaced."""

        async def forget(connection: Connection) -> None:
            unused = await fetch(await connection.execute(sql.UNUSED_CONTENTS))
            hashes = [row["hash"] for row in unused]
            await connection.execute(sql.LOCK_THEIR_CONTENTS, [hashes])
            await connection.execute(sql.FORGET_THEIR_CONTENTS, [hashes])

        await self._database.write(forget)

    async def read_rows(self, table: Table, *, after: str, limit: int) -> Sequence[CopiedRow]:
        return await self._database.read(lambda connection: table_rows.read_rows(connection, table, after, limit))

    async def find_rows(self, table: Table, ids: Sequence[str]) -> Mapping[str, Document]:
        return await self._database.read(lambda connection: table_rows.find_rows(connection, table, ids))

    async def write_rows(self, table: Table, rows: Sequence[CopiedRow]) -> None:
        await self._database.write(lambda connection: table_rows.write_rows(connection, table, rows))

    async def _rows(self, statement: LiteralString, values: Sequence[Any] = ()) -> Sequence[DictRow]:
        async def select(connection: Connection) -> Sequence[DictRow]:
            return await fetch(await connection.execute(statement, values))

        return await self._database.read(select)

    async def _ordered_rows(self, statement: LiteralString, values: Mapping[str, Any]) -> Sequence[DictRow]:
        """Return the first rows in the order of an index.

        Forces an ordered index scan. With outdated statistics, the planner would collect and sort all rows for each
        page.
        """

        async def walk(connection: Connection) -> Sequence[DictRow]:
            async with connection.pipeline(), connection.transaction():
                await connection.execute(sql.WALK_ONLY)
                cursor = await connection.execute(statement, values)
                return await fetch(cursor)

        return await self._database.read(walk)

    async def _time(self, statement: LiteralString) -> datetime | None:
        [row] = await self._rows(statement)
        at: datetime | None = row["at"]
        return at

    async def _deliveries(self, rows: Sequence[DictRow]) -> Sequence[Delivery]:
        messages = await self._read_messages({hash_ for row in rows if (hash_ := content_hash_of(row)) is not None})
        return [delivery_of(row, messages.get(content_hash_of(row) or "")) for row in rows]

    async def _read_messages(self, hashes: set[str]) -> Mapping[str, Message]:
        messages = {hash_: self._messages[hash_] for hash_ in hashes if hash_ in self._messages}
        missing = hashes - messages.keys()
        if missing:
            for row in await self._rows(sql.CONTENTS, [[bytes.fromhex(hash_) for hash_ in missing]]):
                messages[row["hash"].hex()] = self._messages[row["hash"].hex()] = message_from(row["message"])
            while len(self._messages) > _RECENT_MESSAGES:
                del self._messages[next(iter(self._messages))]
        return messages


async def _claim(connection: Connection, values: Mapping[str, Any]) -> Sequence[DictRow]:
    async with connection.pipeline():
        await connection.execute(sql.RECLAIM, values)
        cursor = await connection.execute(sql.CLAIM, values)
    return await fetch(cursor)


def _stored(row: DictRow) -> Stored:
    return Stored(
        key=Key(kind=row["kind"], id=row["id"]),
        version=row["version"],
        schema=row["schema"],
        body=row["body"],
    )
