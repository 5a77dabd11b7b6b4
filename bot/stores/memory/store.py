"""The in-memory store: the reference for tests, and the read side of the tiny store."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

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
    SearchedPlace,
    Settled,
    Share,
    Stored,
    Timer,
    Trace,
)
from bot.stores.copy import CopiedRow
from bot.stores.document import Document, from_json, to_json
from bot.stores.memory.state import StoreState, Table
from bot.stores.words import RUN_TABLES, RunSearch, WordSearch

# Few enough that turns of people are not delayed between.
_YIELD_EVERY: Final = 100


class MemoryStore:
    """Stores everything in this process only; the data is lost when the process ends.

    ``Store`` describes the methods.
    """

    decided_again: Callable[[str], None] = staticmethod(lambda _: None)

    def __init__(self) -> None:
        self._state = StoreState()
        self._posted = asyncio.Event()
        self._listener: Callable[[str], None] | None = None

    async def open(self) -> None:
        """See ``Store.open``."""

    async def close(self) -> None:
        """See ``Store.close``."""

    async def ping(self) -> None:
        """See ``Store.ping``. Called before every change."""

    def _check_open(self) -> None:
        """Return when stored data can be read. Raises StoreUnavailable."""

    async def _make_durable(self) -> None:
        """Return when the changes made so far will survive the process. Raises StoreUnavailable."""
        self._state.take_changes()

    def _make_durable_later(self) -> None:
        """Let the changes made so far survive the process soon."""
        self._state.take_changes()

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        self._check_open()
        return {key: stored for key in keys if (stored := self._state.records.get(key)) is not None}

    def get_documents(self, keys: Iterable[Key]) -> list[bytes]:
        """Return the JSON documents of the records that ``get`` returns, undecoded. Raises StoreUnavailable."""
        self._check_open()
        return [document for key in keys if (document := self._state.records.document(key)) is not None]

    def find_documents(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> list[bytes]:
        """Return the JSON documents of the records that ``find`` returns, undecoded. Raises StoreUnavailable."""
        self._check_open()
        return self._state.records.documents(kind, term, after=after, limit=limit)

    def find_any_documents(self, kind: str, terms: Collection[str]) -> list[bytes]:
        """Return the JSON documents of the records that ``find_any`` returns, undecoded. Raises StoreUnavailable."""
        self._check_open()
        return self._state.records.documents_of_any(kind, terms)

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        self._check_open()
        return self._state.records.find(kind, term, after=after, limit=limit)

    async def find_any(self, kind: str, terms: Collection[str]) -> Sequence[Stored]:
        self._check_open()
        return self._state.records.find_any(kind, terms)

    async def count(self, kind: str, term: str) -> int:
        self._check_open()
        return self._state.records.count(kind, term)

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        await self.ping()
        deliveries = self._state.commit(commit)
        await self._make_durable()
        if commit.multicasts or any(delivery.status is DeliveryStatus.WAITING for delivery in deliveries):
            self._posted.set()
        self.announce_news(commit.ended)
        return deliveries

    async def audit_head(self) -> AuditPoint:
        self._check_open()
        return self._state.audit.head

    async def audit_rows(self, *, after: int = 0, limit: int = 500) -> Sequence[AuditRow]:
        self._check_open()
        return self._state.audit_rows(after=after, limit=limit)

    async def audit_strays(self, *, limit: int = 500) -> Sequence[str]:
        self._check_open()
        return self._state.audit_strays(limit=limit)

    async def register_worker(self, worker: str) -> None:
        await self.ping()
        self._state.record_in_flight(worker, frozenset())
        await self._make_durable()

    async def heartbeat(
        self,
        worker: str,
        *,
        in_flight: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        """See ``Store.heartbeat``. With one process, no worker is declared dead and none shares a rate."""
        await self.ping()
        if worker not in self._state.in_flight:
            raise LeaseLost(tuple(in_flight))
        self._state.record_in_flight(worker, frozenset(in_flight))
        await self._make_durable()
        return {lane: Share() for lane in lanes}

    async def unregister_worker(self, worker: str) -> None:
        await self.ping()
        self._state.unregister_worker(worker)
        await self._make_durable()

    async def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        await self.ping()
        leased = self._state.outbox.claim(now=now, lease_for=lease_for, limit=limit, token=token)
        await self._make_durable()
        return leased

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        await self.ping()
        lost = self._state.outbox.settle(outcomes)
        if later:
            self._make_durable_later()
        else:
            await self._make_durable()
        if self._state.outbox.next_due_at() is not None:
            self._posted.set()  # the next delivery of the same recipient may be free now
        if lost:
            raise LeaseLost(lost)

    async def release(self, token: str) -> int:
        await self.ping()
        number = self._state.outbox.release(token)
        await self._make_durable()
        self._posted.set()
        return number

    async def next_due_at(self) -> datetime | None:
        self._check_open()
        return self._state.outbox.next_due_at()

    async def oldest_pending(self) -> Mapping[str, datetime]:
        self._check_open()
        return self._state.outbox.oldest_pending()

    async def wait_for_post(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._posted.wait()
        except TimeoutError:
            return
        self._posted.clear()

    def on_news(self, listener: Callable[[str], None]) -> None:
        """See ``Store.on_news``: with one process, only pages with an ended session must be notified."""
        self._listener = listener

    def announce_news(self, person_ids: Iterable[str]) -> None:
        """Report news that another process committed through this one."""
        if self._listener is not None:
            for person_id in person_ids:
                self._listener(person_id)

    async def tally(self, group: str) -> Mapping[str, int]:
        self._check_open()
        return self._state.outbox.tally(group)

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        self._check_open()
        return self._state.outbox.of_group(group, status=status, after=after, limit=limit)

    async def deliveries_of_recipient(
        self, recipient: str, *, group: str | None = None, after: int = 0, limit: int = 500
    ) -> Sequence[Delivery]:
        self._check_open()
        return self._state.outbox.of_recipient(recipient, group=group, after=after)[:limit]

    async def latest_deliveries(self, recipient: str, *, limit: int) -> Sequence[Delivery]:
        self._check_open()
        return self._state.outbox.of_recipient(recipient, group=None, after=0)[-limit:]

    async def deliveries_in_state(
        self, status: DeliveryStatus, *, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        self._check_open()
        return self._state.outbox.in_state(status, after=after, limit=limit)

    async def find_delivery(self, recipient: str, slot: str) -> Delivery | None:
        self._check_open()
        return self._state.outbox.find(recipient, slot)

    async def take_timers(
        self, *, now: datetime, hold_for: timedelta, limit: int, but: Collection[str] = ()
    ) -> Sequence[Timer]:
        """See ``Store.take_timers``: there is no other process to reserve them from."""
        self._check_open()
        return self._state.timers.due(now, limit, but=but)

    async def release_timer(self, timer: Timer, *, at: datetime) -> None:
        """See ``Store.release_timer``: nothing is reserved here."""
        self._check_open()

    async def next_timer_at(self) -> datetime | None:
        self._check_open()
        return self._state.timers.next_at()

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        await self.ping()
        number = self._state.forget_events(events_before)
        number += self._state.outbox.forget(deliveries_before, tuple(prefixes), prefix_before)
        await self._make_durable()
        return number

    async def forget_recipient(self, recipient: str) -> int:
        await self.ping()
        number = self._state.forget_recipient(recipient)
        await self._make_durable()
        return number

    async def count_rows(self, table: Table) -> int:
        self._check_open()
        return self._state.count(table)

    async def rows_with(self, words: Collection[str], *, tables: Collection[str] = ()) -> Sequence[FoundRow]:
        self._check_open()
        search = WordSearch(words)
        matching: list[FoundRow] = []
        for table in Table:
            if tables and table not in tables:
                continue
            ids = self._state.ids(table)
            for start in range(0, len(ids), _YIELD_EVERY):
                matching += self._matching(search, table, ids[start : start + _YIELD_EVERY])
                await asyncio.sleep(0)
        return matching

    async def rows_with_runs(self, key: str, runs: frozenset[int]) -> Sequence[RunRow]:
        self._check_open()
        search, matching = RunSearch(key, runs), list[RunRow]()
        for table in RUN_TABLES:
            ids = self._state.ids(table)
            for start in range(0, len(ids), _YIELD_EVERY):
                page = ids[start : start + _YIELD_EVERY]
                documents = ((id_, self._state.find(table, id_)) for id_ in page)
                rows = ((id_, from_json(document)) for id_, document in documents if document and b" " in document)
                matching += search.matching_rows(table, rows)
                await asyncio.sleep(0)
        return matching

    async def search_everything(self, words: Collection[str]) -> Searched:
        self._check_open()
        search = WordSearch(words)
        places, traces = [], []
        for table in Table:
            ids = self._state.ids(table)
            rows, size = 0, 0
            for start in range(0, len(ids), _YIELD_EVERY):
                for id_ in ids[start : start + _YIELD_EVERY]:
                    document = self._state.find(table, id_)
                    if document is None:  # removed meanwhile
                        continue
                    rows, size = rows + 1, size + len(document)
                    if words_found := search.words_in(id_.encode() + b"\n" + document):
                        traces.append(Trace(place=table, row=id_, words=words_found))
                await asyncio.sleep(0)
            places.append(SearchedPlace(name=table, rows=rows, size_bytes=size))
        return Searched(store="memory", places=tuple(places), traces=tuple(traces))

    async def purge(self) -> None:
        """See ``Store.purge``."""

    def _matching(self, search: WordSearch, table: Table, ids: Sequence[str]) -> Iterator[FoundRow]:
        for id_ in ids:
            document = self._state.find(table, id_)  # None when it was removed meanwhile
            if document is not None and (search.in_text(id_) or search.may_match(document)):
                content = from_json(document)
                if search.matches(id_, content):
                    yield FoundRow(table=table, id=id_, document=content)

    async def read_rows(self, table: Table, *, after: str, limit: int) -> Sequence[CopiedRow]:
        self._check_open()
        return [(id_, from_json(document)) for id_, document in self._state.read(table, after=after, limit=limit)]

    async def find_rows(self, table: Table, ids: Sequence[str]) -> Mapping[str, Document]:
        self._check_open()
        documents = {id_: self._state.find(table, id_) for id_ in ids}
        return {id_: from_json(document) for id_, document in documents.items() if document is not None}

    async def write_rows(self, table: Table, rows: Sequence[CopiedRow]) -> None:
        await self.ping()
        for id_, document in rows:
            self._state.import_row(table, id_, to_json(document))
        self._state.loaded()
        await self._make_durable()
