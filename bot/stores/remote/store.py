"""The store of a running bot, as commands use it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.ports import (
    NO_REPLIES,
    AuditPoint,
    AuditRow,
    Commit,
    Delivery,
    DeliveryStatus,
    FoundRow,
    Key,
    RunRow,
    Searched,
    Settled,
    Share,
    Stored,
    StoreRefused,
    StoreUnavailable,
    Timer,
)
from bot.stores.copy import CopiedRow
from bot.stores.document import Document, stored_from
from bot.stores.memory.state import Table
from bot.stores.remote.address import PROTOCOL, BadFrame, connected_socket, json_frame, read_frame
from bot.stores.remote.values import STOPPED, calls, decoder, fault_from
from bot.stores.tiny.search import with_files
from bot.stores.tiny.storage import StoreFile

# A command asks little at the same time; each further call waits for a connection.
MAX_CONNECTIONS: Final = 8
_GONE: Final = (
    "The bot stopped while the command worked. What was committed until then stays; whether the last step was is not "
    "known. Run the command again: with the bot stopped, it opens the store itself."
)


class NotListening(StoreUnavailable):
    """No bot listens on the data folder's socket."""


class _Connection:
    """One connection: one call at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.usable = True

    @classmethod
    async def opened(cls, data_dir: Path, version: str) -> "_Connection | None":
        """Return a greeted connection; None when no bot listens. Raises StoreRefused, StoreUnavailable."""
        try:
            connected = connected_socket(data_dir)
        except OSError as fault:
            raise StoreRefused(f"The running bot cannot be reached: {fault}. Nothing was done.") from fault
        if connected is None:
            return None
        reader, writer = await asyncio.open_unix_connection(sock=connected)
        connection = cls(reader, writer)
        try:
            await connection.exchange({"version": version, "protocol": PROTOCOL})
        except BaseException:
            await connection.closed()
            raise
        return connection

    async def exchange(self, request: Mapping[str, Any]) -> tuple[list[Any], Any]:
        """Send a request; return the items of its portions, and its result."""
        frame = json_frame(request)  # a value that is not JSON fails here, and leaves the connection as it was
        self.usable = False
        try:
            self._writer.write(frame)
            await self._writer.drain()
            items: list[Any] = []
            while (answer := await read_frame(self._reader)) is not None:
                if "items" in answer:
                    items += answer["items"]
                    continue
                if "fault" in answer:
                    if answer["fault"].get("cause") == STOPPED:
                        break
                    self.usable = True
                    raise fault_from(answer["fault"])
                self.usable = True
                return items, answer["result"]
        except (ConnectionError, asyncio.IncompleteReadError) as fault:
            raise StoreUnavailable(_GONE, cause=STOPPED) from fault
        except BadFrame as fault:
            raise StoreRefused(
                "The running bot speaks another version of the socket. Restart it, so that it is the version of this "
                f"command, and run the command again ({fault})."
            ) from fault
        raise StoreUnavailable(_GONE, cause=STOPPED)

    def close(self) -> None:
        self.usable = False
        self._writer.close()

    async def closed(self) -> None:
        """Close, and return when it is closed."""
        self.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class RemoteStore:
    """Implements ``Store`` over the socket in a data folder.

    Each call is one atomic step of the bot's store. ``version`` is that of the program. ``Store`` describes the
    methods.
    """

    decided_again: Callable[[str], None] = staticmethod(lambda _: None)

    def __init__(self, *, data_dir: Path, version: str) -> None:
        self._data_dir = data_dir
        self._version = version
        self._idle: list[_Connection] = []
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._listener: Callable[[str], None] | None = None
        self._open = False

    async def open(self) -> None:
        """See ``Store.open``. Raises NotListening; StoreRefused: the bot is of another version, or another user's."""
        first = await _Connection.opened(self._data_dir, self._version)
        if first is None:
            raise NotListening(f"no bot listens in {self._data_dir}")
        self._idle.append(first)
        self._open = True

    async def close(self) -> None:
        self._open = False
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.closed()

    async def ping(self) -> None:
        await self._value("ping")

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        stored = map(stored_from, await self._items("get", keys=keys))
        return {record.key: record for record in stored}

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        return list(map(stored_from, await self._items("find", kind=kind, term=term, after=after, limit=limit)))

    async def find_any(self, kind: str, terms: Collection[str]) -> Sequence[Stored]:
        return list(map(stored_from, await self._items("find_any", kind=kind, terms=terms)))

    async def count(self, kind: str, term: str) -> int:
        return int(await self._value("count", kind=kind, term=term))

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        deliveries: Sequence[Delivery] = await self._sequence("commit", commit=commit)
        if self._listener is not None:
            for person_id in commit.ended:
                self._listener(person_id)
        return deliveries

    async def audit_head(self) -> AuditPoint:
        head: AuditPoint = await self._value("audit_head")
        return head

    async def audit_rows(self, *, after: int = 0, limit: int = 500) -> Sequence[AuditRow]:
        return await self._sequence("audit_rows", after=after, limit=limit)

    async def audit_strays(self, *, limit: int = 500) -> Sequence[str]:
        return await self._sequence("audit_strays", limit=limit)

    async def register_worker(self, worker: str) -> None:
        await self._value("register_worker", worker=worker)

    async def heartbeat(
        self,
        worker: str,
        *,
        in_flight: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        shares: Mapping[str, Share] = await self._value(
            "heartbeat", worker=worker, in_flight=in_flight, lanes=lanes, replies=replies
        )
        return shares

    async def unregister_worker(self, worker: str) -> None:
        await self._value("unregister_worker", worker=worker)

    async def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        return await self._sequence("claim", now=now, lease_for=lease_for, limit=limit, token=token)

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        await self._value("settle", outcomes=outcomes, later=later)

    async def release(self, token: str) -> int:
        return int(await self._value("release", token=token))

    async def next_due_at(self) -> datetime | None:
        at: datetime | None = await self._value("next_due_at")
        return at

    async def oldest_pending(self) -> Mapping[str, datetime]:
        oldest: Mapping[str, datetime] = await self._value("oldest_pending")
        return oldest

    async def wait_for_post(self, timeout_seconds: float) -> None:
        await self._value("wait_for_post", timeout_seconds=timeout_seconds)

    def on_news(self, listener: Callable[[str], None]) -> None:
        """See ``Store.on_news``: as with one process, ``ended`` of its own commits. No command shows pages."""
        self._listener = listener

    async def tally(self, group: str) -> Mapping[str, int]:
        numbers: Mapping[str, int] = await self._value("tally", group=group)
        return numbers

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        return await self._sequence("deliveries_of_group", group=group, status=status, after=after, limit=limit)

    async def deliveries_of_recipient(
        self, recipient: str, *, group: str | None = None, after: int = 0, limit: int = 500
    ) -> Sequence[Delivery]:
        return await self._sequence(
            "deliveries_of_recipient", recipient=recipient, group=group, after=after, limit=limit
        )

    async def latest_deliveries(self, recipient: str, *, limit: int) -> Sequence[Delivery]:
        return await self._sequence("latest_deliveries", recipient=recipient, limit=limit)

    async def deliveries_in_state(
        self, status: DeliveryStatus, *, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        return await self._sequence("deliveries_in_state", status=status, after=after, limit=limit)

    async def find_delivery(self, recipient: str, slot: str) -> Delivery | None:
        delivery: Delivery | None = await self._value("find_delivery", recipient=recipient, slot=slot)
        return delivery

    async def take_timers(
        self, *, now: datetime, hold_for: timedelta, limit: int, but: Collection[str] = ()
    ) -> Sequence[Timer]:
        return await self._sequence("take_timers", now=now, hold_for=hold_for, limit=limit, but=but)

    async def release_timer(self, timer: Timer, *, at: datetime) -> None:
        await self._value("release_timer", timer=timer, at=at)

    async def next_timer_at(self) -> datetime | None:
        at: datetime | None = await self._value("next_timer_at")
        return at

    async def rows_with(self, words: Collection[str], *, tables: Collection[str] = ()) -> Sequence[FoundRow]:
        return await self._sequence("rows_with", words=words, tables=tables)

    async def rows_with_runs(self, key: str, runs: frozenset[int]) -> Sequence[RunRow]:
        return await self._sequence("rows_with_runs", key=key, runs=runs)

    async def search_everything(self, words: Collection[str]) -> Searched:
        """See ``Store.search_everything``. This process reads the files, so that the bot is not held up."""
        searched: Searched = await self._value("search_rows", words=words)
        return await asyncio.to_thread(with_files, searched, words, self._data_dir)

    async def purge(self) -> None:
        await self._value("purge")

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        return int(
            await self._value(
                "forget",
                events_before=events_before,
                deliveries_before=deliveries_before,
                prefixes=prefixes,
                prefix_before=prefix_before,
            )
        )

    async def forget_recipient(self, recipient: str) -> int:
        return int(await self._value("forget_recipient", recipient=recipient))

    async def count_rows(self, table: Table) -> int:
        return int(await self._value("count_rows", table=table))

    async def read_rows(self, table: Table, *, after: str, limit: int) -> Sequence[CopiedRow]:
        return await self._sequence("read_rows", table=table, after=after, limit=limit)

    async def find_rows(self, table: Table, ids: Sequence[str]) -> Mapping[str, Document]:
        documents: Mapping[str, Document] = await self._value("find_rows", table=table, ids=ids)
        return documents

    async def write_rows(self, table: Table, rows: Sequence[CopiedRow]) -> None:
        await self._value("write_rows", table=table, rows=rows)

    @asynccontextmanager
    async def held_files(self) -> AsyncIterator[Sequence[StoreFile]]:
        """See ``TinyStore.held_files``. The files are let go when the command dies, too."""
        async with self._connection() as connection:
            call = calls()["hold_files"]
            items, _ = await connection.exchange({"call": call.name, "arguments": {}})
            try:
                yield list(map(decoder(call.item), items))
            finally:
                connection.usable = False  # its end lets the files go

    async def _value(self, name: str, **arguments: Any) -> Any:
        call = calls()[name]
        with _as_value_error():
            request = {"call": name, "arguments": call.encode(arguments)}
        async with self._connection() as connection:
            _, result = await connection.exchange(request)
        return decoder(call.result)(result)

    async def _items(self, name: str, **arguments: Any) -> list[Any]:
        call = calls()[name]
        with _as_value_error():
            request = {"call": name, "arguments": call.encode(arguments)}
        async with self._connection() as connection:
            items, _ = await connection.exchange(request)
        return items

    async def _sequence(self, name: str, **arguments: Any) -> list[Any]:
        return list(map(decoder(calls()[name].item), await self._items(name, **arguments)))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        """Lend an idle connection, or a new one. Raises StoreUnavailable, StoreRefused."""
        async with self._slots:
            if not self._open:
                raise StoreUnavailable("the store is closed", cause="closed")
            connection = self._idle.pop() if self._idle else await _Connection.opened(self._data_dir, self._version)
            if connection is None:
                raise StoreUnavailable(_GONE, cause=STOPPED)
            try:
                yield connection
            finally:
                if connection.usable and self._open:
                    self._idle.append(connection)
                else:
                    await connection.closed()


@contextmanager
def _as_value_error() -> Iterator[None]:
    """Refuse values that are invalid in the port, as other stores do."""
    try:
        yield
    except AttributeError as fault:
        raise TypeError(str(fault)) from fault
