"""The memory store as the unit driver needs it: what is posted is due at once, and a test may say where it stands."""

import types
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from bot.ports import (
    THROTTLED,
    Commit,
    Delivery,
    DeliveryStatus,
    Key,
    MulticastWrite,
    PostWrite,
    RecordWrite,
    Timer,
    TimerWrite,
)
from bot.records.codec import decode, write_of
from bot.stores.memory.store import MemoryStore
from bot.turn.job import FORGET_VERB
from dialogs.core.decision import Put, Schedule
from dialogs.core.record import Record

W = TypeVar("W", PostWrite, MulticastWrite)
AT_THE_GATE: Final = object()
"""Yielded to the driver by a turn that has decided and waits to commit."""
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


class StageStore(MemoryStore):
    """Checks every commit, holds turns back before they commit, and overrides the state of settled posts.

    ``statuses`` and ``twice`` override, by recipient and slot, what reports read about a post that has landed.
    """

    def __init__(self, forgotten: Callable[[str], None]) -> None:
        super().__init__()
        self.statuses: dict[tuple[str, str], str] = {}
        self.twice: set[tuple[str, str]] = set()
        self.holding = False
        self._forgotten = forgotten
        self._decoded: dict[Key, tuple[bytes, Record]] = {}

    # What a test reads and writes

    def put(self, *records: Record) -> None:
        """Store records as if they had always been there."""
        self._write(*(replace(write_of(Put(record=record), {}), expected=None) for record in records))
        for record in records:
            self.check(record)

    def remove(self, key: Key) -> None:
        """Remove a record that must be there."""
        assert self._state.records.document(key) is not None, key
        self._write(RecordWrite(key=key, body=None))

    def record(self, kind: type[Record], id_: str) -> Record | None:
        """Return a record, or None."""
        return self._read(kind, Key(kind=kind.KIND, id=id_))

    def every(self, kind: type[Record]) -> list[Record]:
        """Return every record of a kind, ordered by id."""
        keys = sorted((key for key in self._state.records if key.kind == kind.KIND), key=lambda key: key.id)
        return [record for key in keys if (record := self._read(kind, key)) is not None]

    def timers(self) -> Sequence[Timer]:
        """Return every timer that is set, the earliest first."""
        return list(self._state.timers)

    def timer(self, key: str) -> Timer:
        """Return a timer that must be set."""
        timer = self._state.timers.get(key)
        assert timer is not None, key
        return timer

    def bearing(self, kind: type[Record], term: str) -> list[Record]:
        """Return the records of a kind that carry a term, ordered by id."""
        keys = [stored.key for stored in self._state.records.find(kind.KIND, term, after="", limit=None)]
        return [record for key in keys if (record := self._read(kind, key)) is not None]

    def schedule(self, schedule: Schedule) -> None:
        """Set a timer."""
        verb, data = (schedule.what.verb, schedule.what.data) if schedule.what else ("", {})
        timer = TimerWrite(key=schedule.key, at=schedule.at, verb=verb, data=data)
        self._state.commit(Commit(at=BEGINNING, timers=(timer,)))

    def check(self, record: Record) -> None:
        """Fail unless the record reads back as it was written."""
        back = self.record(type(record), record.id)
        assert back == record, f"{record} does not survive the store: {back}"

    def _read(self, kind: type[Record], key: Key) -> Record | None:
        """Return a record as it is stored, decoded once for each version."""
        document = self._state.records.document(key)
        known = self._decoded.get(key)
        if known is not None and known[0] is document:
            return known[1]
        stored = self._state.records.get(key)
        if document is None or stored is None:
            return None
        record = decode(kind, stored)
        self._decoded[key] = (document, record)
        return record

    def _write(self, *writes: RecordWrite) -> None:
        self._state.commit(Commit(at=BEGINNING, records=writes))
        self._state.take_changes()

    # What the runtime sees

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        """Commit a decision whose posts are all due at once."""
        if self.holding and commit.event_id is not None:
            await _wait_at_the_gate()
        keys = [write.key for write in commit.records]
        assert len(keys) == len(set(keys)), "a record is written twice in one decision"
        for post in (*commit.posts, *commit.multicasts):
            assert post.message is None or post.message.text.strip(), f"{post.slot} has no text"
        posts = tuple(_due_now(each, commit.at) for each in commit.posts)
        multicasts = tuple(_due_now(each, commit.at) for each in commit.multicasts)
        deliveries = await super().commit(replace(commit, posts=posts, multicasts=multicasts))
        for timer in commit.timers:
            if timer.verb == FORGET_VERB:  # what the turn itself still says comes after it
                self._forgotten(timer.data["person_id"])
        return deliveries

    async def tally(self, group: str) -> Mapping[str, int]:
        """Count the group's posts by their overridden state."""
        if not self.statuses:
            return await super().tally(group)
        return Counter(each.standing for each in await self.deliveries_of_group(group, limit=1_000_000))

    async def deliveries_of_group(
        self, group: str, *, status: DeliveryStatus | None = None, after: str = "", limit: int = 500
    ) -> Sequence[Delivery]:
        """Return the group's deliveries in their overridden state."""
        found = await super().deliveries_of_group(group, status=status, after=after, limit=limit)
        return [self._overridden(each) for each in found] if self.statuses or self.twice else found

    def _overridden(self, delivery: Delivery) -> Delivery:
        place = (delivery.recipient, delivery.slot)
        twice = delivery.possibly_twice or place in self.twice
        standing = self.statuses.get(place)
        if standing is None or standing == delivery.status:
            return replace(delivery, possibly_twice=twice)
        reason = THROTTLED if standing == THROTTLED else ""
        status = DeliveryStatus.WAITING if standing == THROTTLED else DeliveryStatus(standing)
        return replace(delivery, status=status, reason=reason, reference=None, possibly_twice=twice)


def _due_now(write: W, at: datetime) -> W:
    return write if write.due_at == at and write.expires_at is None else replace(write, due_at=at, expires_at=None)


@types.coroutine
def _wait_at_the_gate() -> Generator[Any, None, None]:
    yield AT_THE_GATE
