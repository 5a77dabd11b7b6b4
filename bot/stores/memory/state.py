"""All data of a store in memory, with its rules.

The memory store uses it; the tiny store makes it durable. Nothing here waits or does I/O, so each method is one atomic
step. Changes are collected until ``take_changes``: the values are immutable, so another thread may write them.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.ports import AuditRow, Commit, Delivery, Duplicate, Key, RecordWrite, Timer
from bot.ports.audit import AUDIT_KIND, audit_content
from bot.stores import slot as slots
from bot.stores.document import (
    MessageContent,
    check_times,
    contents_of,
    from_json,
    time_text,
    timer_document,
    timer_from,
    to_json,
)
from bot.stores.memory.audit_chain import AuditChain, entry_key, in_order, link_row_id, never_replaced, new_entries
from bot.stores.memory.contents import Contents
from bot.stores.memory.outbox import Outbox, OutboxRow
from bot.stores.memory.record_index import RecordChange, RecordIndex, last_of_each


def _position(timer: Timer) -> tuple[datetime, str]:
    return timer.at, timer.key


class TimerQueue:
    """Timers by key and by time."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}
        self._ordered: list[Timer] = []

    def __iter__(self) -> Iterator[Timer]:
        return iter(list(self._ordered))

    def get(self, key: str) -> Timer | None:
        return self._timers.get(key)

    def put(self, key: str, timer: Timer | None) -> None:
        """Set or move the timer, or cancel it (None)."""
        old = self._timers.pop(key, None)
        if old is not None:
            del self._ordered[bisect_left(self._ordered, _position(old), key=_position)]
        if timer is not None:
            self._timers[key] = timer
            insort(self._ordered, timer, key=_position)

    def due(self, now: datetime, limit: int, *, but: Collection[str] = ()) -> Sequence[Timer]:
        """Return timers due at ``now``, earliest first, without those in ``but``."""
        due: list[Timer] = []
        for timer in self._ordered:
            if timer.at > now or len(due) >= limit:
                break
            if timer.key not in but:
                due.append(timer)
        return due

    def next_at(self) -> datetime | None:
        """Return when the next timer rings, or None."""
        return self._ordered[0].at if self._ordered else None


class Table(StrEnum):
    """Tables of stored rows, in the order of loading."""

    RECORD = "record"
    AUDIT = "audit"
    CONTENT = "content"
    DELIVERY = "delivery"
    TIMER = "timer"
    EVENT = "event"
    COUNTER = "counter"


Value = bytes | OutboxRow | Timer | datetime | int
Changes = Mapping[tuple[Table, str], Value | None]


class Step(NamedTuple):
    """Rows changed together: each row's new value and its old one, None where there is none."""

    changes: Changes
    before: Changes


SEQUENCE = "sequence"
UNDER_WAY = "under_way/"
LEVEL = "level"
NEEDED = "needed"


def document_of(value: Value) -> bytes:
    """Return the JSON document of a changed row."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, OutboxRow):
        return value.encoded()
    if isinstance(value, Timer):
        return to_json(timer_document(value))
    if isinstance(value, datetime):
        return to_json({"at": time_text(value)})
    return to_json({"value": value})


class StoreState:
    """Records, deliveries, timers and remembered event ids."""

    def __init__(self) -> None:
        self._changes: dict[tuple[Table, str], Value | None] = {}
        self._before: dict[tuple[Table, str], Value | None] = {}
        self.records = RecordIndex()
        self.audit = AuditChain()
        self.contents = Contents(self._content_changed)
        self.outbox = Outbox(self.contents, self._delivery_changed)
        self.timers = TimerQueue()
        self.events: dict[str, datetime] = {}
        self.in_flight: dict[str, frozenset[str]] = {}
        self.level = 0  # number of the last data upgrade applied to the records
        self.needed = 0  # number of the last one that a program must know

    def take_changes(self) -> Step:
        """Return the changes since the last call."""
        step = Step(self._changes, self._before)
        self._changes, self._before = {}, {}
        return step

    def undo(self, steps: Iterable[Step]) -> None:
        """Undo the latest steps, given oldest first.

        The sequence is kept: a number is never used again.
        """
        before: dict[tuple[Table, str], Value | None] = {}
        for step in steps:
            for key, value in step.before.items():
                before.setdefault(key, value)
        rows: dict[str, OutboxRow | None] = {}
        for (table, id_), value in before.items():
            match table:
                case Table.RECORD:
                    assert value is None or isinstance(value, bytes)  # noqa: S101 - one type a table
                    self.records.restore(key_of_row(id_), value)
                case Table.AUDIT:
                    assert value is None or isinstance(value, bytes)  # noqa: S101 - one type a table
                    self.audit.put(int(id_), value)
                case Table.CONTENT:
                    if isinstance(value, bytes):
                        self.contents.restore(id_, value)
                case Table.DELIVERY:
                    assert value is None or isinstance(value, OutboxRow)  # noqa: S101 - one type a table
                    rows[id_] = value
                case Table.TIMER:
                    assert value is None or isinstance(value, Timer)  # noqa: S101 - one type a table
                    self.timers.put(id_, value)
                case Table.EVENT:
                    self._restore_event(id_, value)
                case Table.COUNTER if id_.startswith(UNDER_WAY):
                    self._restore_under_way(id_.removeprefix(UNDER_WAY), value)
        self.outbox.restore(rows)  # after the contents that they reference
        self.take_changes()

    def _restore_event(self, id_: str, value: Value | None) -> None:
        if isinstance(value, datetime):
            self.events[id_] = value
        else:
            self.events.pop(id_, None)

    def _restore_under_way(self, worker: str, value: Value | None) -> None:
        if isinstance(value, bytes):
            self.in_flight[worker] = frozenset(from_json(value)["ids"])
        else:
            self.in_flight.pop(worker, None)

    def _note(self, table: Table, id_: str, new: Value | None, before: Value | None) -> None:
        self._changes[table, id_] = new
        self._before.setdefault((table, id_), before)

    def commit(self, commit: Commit) -> Sequence[Delivery]:
        """See ``Store.commit``. All checks run before the first change."""
        check_times(commit)
        if commit.event_id is not None and commit.event_id in self.events:
            raise Duplicate(commit.event_id)
        entries = new_entries(commit.records)
        records = [self.records.prepare(never_replaced(write)) for write in last_of_each(commit.records)]
        self.records.check(commit.reads, commit.finds)
        contents = contents_of(commit)

        if commit.event_id is not None:
            self.events[commit.event_id] = commit.at
            self._note(Table.EVENT, commit.event_id, commit.at, None)
        for change in records:
            self._change_record(change)
        last = self.audit.head.number
        self._link_entries(entries)
        self._cut_audit(min(commit.cut_audit, last))  # never what this commit adds
        sequence = self.outbox.sequence
        for multicast in commit.multicasts:
            for post in multicast.posts():
                self.outbox.post(post, contents[id(multicast.message)], commit.at)
        posted: dict[tuple[str, str], Delivery | None] = {}
        for post in commit.posts:
            place = (post.recipient, post.slot)
            posted.setdefault(place, None)
            posted[place] = self.outbox.post(post, contents.get(id(post.message)), commit.at) or posted[place]
        if self.outbox.sequence != sequence:
            self._note(Table.COUNTER, SEQUENCE, self.outbox.sequence, sequence)
        rang = commit.timer_rang
        if rang is not None and self.timers.get(rang.key) == rang:
            self._set_timer(rang.key, None)
        for timer in commit.timers:
            at = timer.at
            new = None if at is None else Timer(key=timer.key, at=at, verb=timer.verb, data=dict(timer.data))
            self._set_timer(timer.key, new)
        return [delivery for delivery in posted.values() if delivery is not None]

    def _change_record(self, change: RecordChange) -> None:
        before = self.records.document(change.key)
        self.records.put(change)
        self._note(Table.RECORD, record_row_id(change.key), change.document, before)

    def _link_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        for id_, content in entries:
            number, database = self.audit.next_link(id_, content)
            self.audit.put(number, database)
            self._note(Table.AUDIT, link_row_id(number), database, None)

    def _cut_audit(self, number: int) -> None:
        for link_number in self.audit.up_to(number) if number else ():
            document = self.audit.document(link_number)
            key = entry_key(self.audit.link(link_number).id)
            self.audit.put(link_number, None)
            self._note(Table.AUDIT, link_row_id(link_number), None, document)
            if self.records.document(key) is not None:
                self._change_record(self.records.prepare(RecordWrite(key=key, body=None)))

    def audit_rows(self, *, after: int, limit: int) -> Sequence[AuditRow]:
        links = [
            (database, self.records.get(entry_key(database.id)))
            for database in self.audit.links(after=after, limit=limit)
        ]
        return [
            replace(database, schema=stored.schema, body=stored.body) if stored else database
            for database, stored in links
        ]

    def audit_strays(self, *, limit: int) -> Sequence[str]:
        return sorted(set(self.records.ids(AUDIT_KIND)) - self.audit.ids())[:limit]

    def link_audit_entries(self) -> None:
        """Link all entries of an earlier program version, oldest first."""
        entries = [stored for id_ in self.records.ids(AUDIT_KIND) if (stored := self.records.get(entry_key(id_)))]
        self._link_entries((stored.key.id, audit_content(stored.schema, stored.body)) for stored in in_order(entries))

    def rewrite(self, write: RecordWrite) -> None:
        """Write one record without a version check, for data upgrades."""
        change = self.records.prepare(write)
        self.records.put(change)
        self._changes[Table.RECORD, record_row_id(change.key)] = change.document

    def raise_level(self, level: int, *, needed: int = 0) -> None:
        """Record the number of the last data upgrade, and of the last that a program must know."""
        self.level = level
        self._changes[Table.COUNTER, LEVEL] = level
        if needed > self.needed:
            self.needed = needed
            self._changes[Table.COUNTER, NEEDED] = needed

    def record_in_flight(self, worker: str, ids: frozenset[str] | None) -> None:
        """Record the deliveries a worker is sending now; None: it has ended."""
        before = self.in_flight.get(worker)
        if before == ids:
            return
        if ids is None:
            self.in_flight.pop(worker, None)
        else:
            self.in_flight[worker] = ids
        self._note(Table.COUNTER, UNDER_WAY + worker, _in_flight_document(ids), _in_flight_document(before))

    def unregister_worker(self, worker: str) -> None:
        """Remove a worker that has ended and release its leases."""
        self.outbox.give_up_leases(self._was_begun, of=worker)
        self.record_in_flight(worker, None)

    def give_up_leases(self) -> int:
        """End all leases, because their holders are dead; return their number."""
        given_up = self.outbox.give_up_leases(self._was_begun)
        for worker in list(self.in_flight):
            self.record_in_flight(worker, None)
        return given_up

    def _was_begun(self, delivery: Delivery) -> bool:
        """Return whether its worker may have sent it.

        A turn starts sending at once, so its leases always count.
        """
        worker = slots.worker_of(delivery.lease_token or "")
        return worker not in self.in_flight or delivery.id in self.in_flight[worker]

    def forget_events(self, before: datetime) -> int:
        """Delete events remembered before a time; return their number."""
        old = [id_ for id_, at in self.events.items() if at < before]
        for id_ in old:
            self._note(Table.EVENT, id_, None, self.events.pop(id_))
        return len(old)

    def forget_recipient(self, recipient: str) -> int:
        pattern = re.compile(slots.person_pattern(recipient))
        for id_ in [id_ for id_ in self.events if pattern.search(id_)]:
            self._note(Table.EVENT, id_, None, self.events.pop(id_))
        number = self.outbox.forget_recipient(recipient)
        self.outbox.rename_slots(recipient)
        return number

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return len(self._ids(table))

    def read(self, table: Table, *, after: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return a table's ids and documents after an id, in order."""
        ids = sorted(id_ for id_ in self._ids(table) if id_ > after)[:limit]
        return [(id_, document) for id_ in ids if (document := self.find(table, id_)) is not None]

    def find(self, table: Table, id_: str) -> bytes | None:
        """Return a row's document, or None."""
        value: Value | None
        match table:
            case Table.RECORD:
                return self.records.document(key_of_row(id_))
            case Table.AUDIT:
                return self.audit.document(int(id_))
            case Table.CONTENT:
                return self.contents.document(id_)
            case Table.DELIVERY:
                value = self.outbox.row(id_)
            case Table.TIMER:
                value = self.timers.get(id_)
            case Table.EVENT:
                value = self.events.get(id_)
            case Table.COUNTER:
                value = self.outbox.sequence if id_ == SEQUENCE and self.outbox.sequence else None
        return None if value is None else document_of(value)

    def import_row(self, table: Table, id_: str, document: bytes) -> None:
        """Add a new row from another store, as a change. Otherwise like ``load``."""
        self.load(table, id_, document)
        self._note(table, id_, document, None)

    def ids(self, table: Table) -> Sequence[str]:
        """Return a table's ids in order."""
        return sorted(self._ids(table))

    def _ids(self, table: Table) -> Collection[str]:
        match table:
            case Table.RECORD:
                return self.records.row_ids()
            case Table.AUDIT:
                return [link_row_id(number) for number in self.audit]
            case Table.CONTENT:
                return [content.hash for content in self.contents]
            case Table.DELIVERY:
                return self.outbox.ids()
            case Table.TIMER:
                return [timer.key for timer in self.timers]
            case Table.EVENT:
                return self.events.keys()
            case Table.COUNTER:
                return [SEQUENCE] if self.outbox.sequence else []

    def load(self, table: str, id_: str, document: bytes) -> None:
        """Add a stored row. Load tables in the order of ``Table``, then call ``loaded``."""
        match Table(table):
            case Table.RECORD:
                self.records.load(document)
            case Table.AUDIT:
                self.audit.put(int(id_), document)
            case Table.CONTENT:
                self.contents.load(MessageContent(id_, document))
            case Table.DELIVERY:
                self.outbox.load(id_, document)
            case Table.TIMER:
                self.timers.put(id_, timer_from(from_json(document)))
            case Table.EVENT:
                self.events[id_] = datetime.fromisoformat(from_json(document)["at"])
            case Table.COUNTER if id_.startswith(UNDER_WAY):
                self.in_flight[id_.removeprefix(UNDER_WAY)] = frozenset(from_json(document)["ids"])
            case Table.COUNTER if id_ == LEVEL:
                self.level = from_json(document)["value"]
            case Table.COUNTER if id_ == NEEDED:
                self.needed = from_json(document)["value"]
            case Table.COUNTER:
                self.outbox.sequence = from_json(document)["value"]

    def loaded(self) -> None:
        """Sort the indexes after loading."""
        self.records.sort()
        self.outbox.sort()

    def _set_timer(self, key: str, timer: Timer | None) -> None:
        before = self.timers.get(key)
        self.timers.put(key, timer)
        self._note(Table.TIMER, key, timer, before)

    def _content_changed(self, hash_: str, document: bytes | None, before: bytes | None) -> None:
        self._note(Table.CONTENT, hash_, document, before)

    def _delivery_changed(self, id_: str, row: OutboxRow | None, before: OutboxRow | None) -> None:
        self._note(Table.DELIVERY, id_, row, before)


def _in_flight_document(ids: frozenset[str] | None) -> bytes | None:
    return None if ids is None else to_json({"ids": sorted(ids)})


def record_row_id(key: Key) -> str:
    """Return the id of a record's row; kinds contain no slash."""
    return f"{key.kind}/{key.id}"


def key_of_row(id_: str) -> Key:
    """Return the key of a record's row."""
    kind, _, name = id_.partition("/")
    return Key(kind=kind, id=name)
