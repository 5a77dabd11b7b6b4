"""Deliveries in memory: one for each (recipient, slot), claimed in order from per-recipient queues."""

import sys
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import count

from bot.ports import PENDING, Delivery, DeliveryStatus, PostWrite, Settled
from bot.stores import slot as slots
from bot.stores.document import MessageContent, delivery_document, delivery_from, from_json, time_text, to_json
from bot.stores.memory.contents import Contents
from bot.stores.slot import LANES, LAST_LANE, is_pending, lane, ready_at, wake_at

# Per-recipient FIFO queues, ordered by urgency, then age.


def queue_position(delivery: Delivery) -> tuple[datetime, int]:
    """Return the sort key of a delivery in its recipient's queue."""
    return ready_at(delivery), delivery.sequence


class RecipientQueues:
    """Pending deliveries by recipient.

    Only the first of a queue can be claimed, and only if none of it is leased.
    """

    def __init__(self) -> None:
        self._queues: dict[str, list[Delivery]] = {}
        # A queue has one live entry in the heaps, marked by its stamp; outdated entries are skipped when popped.
        self._stamps: dict[str, int] = {}
        self._next_stamp = count(1)
        self._asleep: list[tuple[datetime, int, str]] = []
        self._due: list[tuple[int, datetime, int, int, str]] = []

    def change(self, delivery: Delivery) -> None:
        """Insert or move a delivery, or remove one no longer pending."""
        queue = self._without(delivery.recipient, delivery.id)
        if is_pending(delivery):
            insort(queue, delivery, key=queue_position)
        self._refresh(delivery.recipient, queue)

    def remove(self, recipient: str, delivery_id: str) -> None:
        """Remove a delivery from the recipient's queue, if it is there."""
        if recipient in self._queues:
            self._refresh(recipient, self._without(recipient, delivery_id))

    def __iter__(self) -> Iterator[Delivery]:
        """Iterate over all pending deliveries."""
        for queue in list(self._queues.values()):
            yield from queue

    def pop(self, now: datetime) -> Delivery | None:
        """Return the first delivery of the next queue.

        The queue is taken out; ``change`` puts it back.
        """
        while self._asleep and self._asleep[0][0] <= now:
            _, stamp, recipient = heappop(self._asleep)
            if self._stamps.get(recipient) == stamp:
                queue = self._queues[recipient]
                # An urgent delivery raises its whole queue: the earlier deliveries must be sent first.
                urgency = min(lane(delivery) for delivery in queue)
                heappush(self._due, (urgency, *queue_position(queue[0]), stamp, recipient))
        while self._due:
            *_, stamp, recipient = heappop(self._due)
            if self._stamps.get(recipient) == stamp:
                return self._queues[recipient][0]
        return None

    def behind(self, first: Delivery) -> Sequence[Delivery]:
        """Return the pending deliveries of the same recipient after ``first``."""
        return [delivery for delivery in self._queues.get(first.recipient, ()) if delivery.id != first.id]

    def next_at(self) -> datetime | None:
        """Return when the next queue needs a worker; None when no delivery is pending."""
        for *_, stamp, recipient in self._due:
            if self._stamps.get(recipient) == stamp:
                return self._wake_at(recipient)
        while self._asleep:
            at, stamp, recipient = self._asleep[0]
            if self._stamps.get(recipient) == stamp:
                return at
            heappop(self._asleep)
        return None

    def oldest(self) -> Mapping[int, datetime]:
        """Return since when the oldest pending delivery has been due, by lane."""
        oldest: dict[int, datetime] = {}
        for queue in self._queues.values():
            raised = LAST_LANE
            for delivery in reversed(queue):  # an urgent delivery raises those before it
                raised = min(raised, lane(delivery))
                oldest[raised] = min(ready_at(delivery), oldest.get(raised, ready_at(delivery)))
        return oldest

    def _without(self, recipient: str, delivery_id: str) -> list[Delivery]:
        return [delivery for delivery in self._queues.get(recipient, ()) if delivery.id != delivery_id]

    def _refresh(self, recipient: str, queue: list[Delivery]) -> None:
        if not queue:
            self._queues.pop(recipient, None)
            self._stamps.pop(recipient, None)
            return
        self._queues[recipient] = queue
        stamp = self._stamps[recipient] = next(self._next_stamp)
        heappush(self._asleep, (self._wake_at(recipient), stamp, recipient))

    def _wake_at(self, recipient: str) -> datetime:
        queue = self._queues[recipient]
        leases = [delivery.lease_until for delivery in queue if delivery.lease_until is not None]
        return max([wake_at(queue[0]), *leases])


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A stored delivery: an object while pending, its JSON document (a fifth of the size) once final."""

    delivery: Delivery | bytes
    content_hash: str | None
    recipient: str
    group: str | None
    status: DeliveryStatus
    settled_on: date | None  # in UTC, by the clock; thousands of rows share one object

    @property
    def standing(self) -> str:
        return str(self.status) if isinstance(self.delivery, bytes) else self.delivery.standing

    def encoded(self) -> bytes:
        """Return the delivery's JSON document."""
        if isinstance(self.delivery, bytes):
            return self.delivery
        return to_json(delivery_document(self.delivery, self.content_hash))


Changed = Callable[[str, OutboxRow | None, OutboxRow | None], None]


class Outbox:
    """Deliveries with their indexes.

    ``changed`` is called with each id, its new row and its old one.
    """

    def __init__(self, contents: Contents, changed: Changed) -> None:
        self._contents = contents
        self._changed = changed
        self._rows: dict[str, OutboxRow] = {}
        self._slots: dict[str, dict[str, str]] = {}
        self._groups: dict[str, list[str]] = {}
        self._tallies: dict[str, Counter[str]] = {}
        self._queues = RecipientQueues()
        self.sequence = 0

    def __len__(self) -> int:
        return len(self._rows)

    def ids(self) -> Collection[str]:
        return self._rows.keys()

    def row(self, id_: str) -> OutboxRow | None:
        """Return the stored row of a delivery, or None."""
        return self._rows.get(id_)

    def post(self, write: PostWrite, content: MessageContent | None, at: datetime) -> Delivery | None:
        """Apply ``write`` with the contents of its message; None: it was dropped."""
        old = self.find(write.recipient, write.slot)
        new = slots.posted(old, write, at=at, sequence=self.sequence + 1)
        if new is None:
            return None
        if old is None:
            self.sequence += 1
        if content is None:
            return self._put(new, None)
        self._contents.add(content)
        return self._put(replace(new, message=self._contents.message(content.hash)), content.hash)

    def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        leased: list[Delivery] = []
        while len(leased) < limit and (first := self._queues.pop(now)) is not None:
            for waiting in self._queues.behind(first):
                if waiting.status is DeliveryStatus.LEASED:  # expired, or the queue would not have been selected
                    self._change(slots.given_up(waiting))
            new = self._change(slots.claimed(first, now=now, lease_for=lease_for, token=token))
            if new.status is DeliveryStatus.LEASED:
                leased.append(new)
        return leased

    def settle(self, outcomes: Sequence[Settled]) -> Sequence[str]:
        """Record outcomes and return the ids with a lost lease."""
        lost: list[str] = []
        for outcome in outcomes:
            row = self._rows.get(outcome.delivery_id)
            if row is None or isinstance(row.delivery, bytes) or not slots.holds(row.delivery, outcome):
                lost.append(outcome.delivery_id)
            else:
                self._change(slots.settled(row.delivery, outcome))
        return lost

    def release(self, token: str) -> int:
        """Release every delivery leased under ``token``; return their number."""
        leased = [d for d in self._queues if d.status is DeliveryStatus.LEASED and d.lease_token == token]
        for delivery in leased:
            self._change(slots.released(delivery))
        return len(leased)

    def give_up_leases(self, begun: Callable[[Delivery], bool], *, of: str | None = None) -> int:
        """End all leases, or those of one worker, after the holder died; return their number.

        ``begun`` deliveries may have been sent and are marked ``possibly_twice``.
        """
        leased = [
            delivery
            for delivery in self._queues
            if delivery.status is DeliveryStatus.LEASED
            and (of is None or slots.worker_of(delivery.lease_token or "") == of)
        ]
        for delivery in leased:
            self._change(slots.given_up(delivery) if begun(delivery) else slots.released(delivery))
        return len(leased)

    def next_due_at(self) -> datetime | None:
        """Return when the next delivery can be claimed."""
        return self._queues.next_at()

    def oldest_pending(self) -> Mapping[str, datetime]:
        """Return since when the oldest pending delivery has been due, by lane."""
        return {LANES[number]: at for number, at in self._queues.oldest().items()}

    def tally(self, group: str) -> Mapping[str, int]:
        """Return the number of deliveries of ``group`` by standing."""
        return {standing: number for standing, number in self._tallies.get(group, {}).items() if number}

    def find(self, recipient: str, slot: str) -> Delivery | None:
        """Return the slot's delivery, or None."""
        id_ = self._slots.get(recipient, {}).get(slot)
        return None if id_ is None else self._delivery(self._rows[id_])

    def of_group(self, group: str, *, status: DeliveryStatus | None, after: str, limit: int) -> Sequence[Delivery]:
        """Return a group's deliveries ordered by recipient, whole recipients only."""
        ids = self._groups.get(group, [])
        start = bisect_left(ids, (after, sys.maxsize), key=self._group_position) if after else 0
        page: list[OutboxRow] = []
        for position in range(start, len(ids)):
            row = self._rows[ids[position]]
            if status is not None and row.status is not status:
                continue
            if len(page) >= limit and row.recipient != page[-1].recipient:
                break
            page.append(row)
        return [self._delivery(row) for row in page]

    def of_recipient(self, recipient: str, *, group: str | None, after: int) -> Sequence[Delivery]:
        """Return a recipient's deliveries ordered by sequence, after the sequence ``after``."""
        ids = sorted(
            id_
            for id_ in self._slots.get(recipient, {}).values()
            if slots.sequence_of(id_) > after and (group is None or self._rows[id_].group == group)
        )
        return [self._delivery(self._rows[id_]) for id_ in ids]

    def in_state(self, status: DeliveryStatus, *, after: str, limit: int) -> Sequence[Delivery]:
        """Return deliveries in a state, ordered by id."""
        ids = [id_ for id_, row in self._rows.items() if id_ > after and row.status is status]
        return [self._delivery(self._rows[id_]) for id_ in sorted(ids)[:limit]]

    def forget(self, before: datetime, prefixes: tuple[str, ...], prefix_before: datetime) -> int:
        """See ``Store.forget``. Return the number of deleted deliveries."""
        old: list[str] = []
        last = max(before, prefix_before).astimezone(UTC).date()
        for id_, row in self._rows.items():
            # By day first, without decoding the document.
            if row.settled_on is None or row.settled_on > last:
                continue
            delivery = self._delivery(row)
            limit = max(before, prefix_before) if delivery.slot.startswith(prefixes) else before
            if delivery.settled_at is not None and delivery.settled_at < limit:
                old.append(id_)
        for id_ in old:
            self._remove(id_)
        return len(old)

    def forget_recipient(self, recipient: str) -> int:
        """Delete every delivery of a recipient; return their number."""
        ids = list(self._slots.get(recipient, {}).values())
        for id_ in ids:
            self._remove(id_)
        return len(ids)

    def rename_slots(self, person_id: str) -> None:
        """Replace a person's id in the slots of every recipient."""
        named = [
            (id_, slots.without_person(slot, person_id, id_))
            for own in self._slots.values()
            for slot, id_ in own.items()
            if person_id in slot
        ]
        for id_, slot in named:
            row = self._rows[id_]
            delivery = self._delivery(row)
            if slot != delivery.slot:
                renamed = replace(delivery, slot=slot)
                pending = isinstance(row.delivery, Delivery)
                new = replace(
                    row, delivery=renamed if pending else to_json(delivery_document(renamed, row.content_hash))
                )
                self._unindex(id_, delivery.slot, row)
                self._index(id_, slot, new)
                self._changed(id_, new, row)

    def load(self, id_: str, document: bytes) -> None:
        """Add a stored delivery; call ``sort`` after the last one."""
        stored = from_json(document)
        hash_, group, settled_at = stored["content"], stored.get("group"), stored.get("settled_at")
        status = DeliveryStatus(stored["status"])
        self._contents.add_reference(hash_)
        row = OutboxRow(
            delivery_from(stored, self._contents.message(hash_)) if status in PENDING else document,
            hash_ and sys.intern(hash_),
            sys.intern(stored["recipient"]),
            group and sys.intern(group),
            status,
            _day(settled_at[:10]) if settled_at else None,
        )
        self._index(id_, sys.intern(stored["slot"]), row, loading=True)

    def restore(self, before: Mapping[str, OutboxRow | None]) -> None:
        """Restore earlier rows; None removes a row. Their contents must have been restored before."""
        now = {id_: row for id_ in before if (row := self._rows.get(id_)) is not None}
        for id_, row in now.items():  # all of them first: two deliveries may have swapped slots
            self._unindex(id_, self._delivery(row).slot, row)
        for id_, old in before.items():
            if old is not None:
                self._contents.add_reference(old.content_hash)
                self._index(id_, self._delivery(old).slot, old)
        for row in now.values():
            self._contents.release_reference(row.content_hash)

    def sort(self) -> None:
        """Sort the groups after loading."""
        for ids in self._groups.values():
            ids.sort(key=self._group_position)

    def _delivery(self, row: OutboxRow) -> Delivery:
        if isinstance(row.delivery, bytes):
            return delivery_from(from_json(row.delivery), self._contents.message(row.content_hash))
        return row.delivery

    def _change(self, new: Delivery) -> Delivery:
        return self._put(new, self._rows[new.id].content_hash)

    def _put(self, new: Delivery, content_hash: str | None) -> Delivery:
        pending = slots.is_pending(new)
        row = OutboxRow(
            new if pending else to_json(delivery_document(new, content_hash)),
            content_hash,
            new.recipient,
            new.group,
            new.status,
            new.settled_at and _day(time_text(new.settled_at)[:10]),
        )
        old = self._rows.get(new.id)
        self._contents.add_reference(content_hash)
        if old is not None and old.group == row.group:
            self._count(old, -1)
            self._count(row, +1)
            self._rows[new.id] = row
            self._queues.change(new)
        else:
            if old is not None:
                self._unindex(new.id, new.slot, old)
            self._index(new.id, new.slot, row)
        if old is not None:
            self._contents.release_reference(old.content_hash)
        self._changed(new.id, row, old)
        return new

    def _remove(self, id_: str) -> None:
        row = self._rows[id_]
        self._unindex(id_, self._delivery(row).slot, row)
        self._contents.release_reference(row.content_hash)
        self._changed(id_, None, row)

    def _index(self, id_: str, slot: str, row: OutboxRow, *, loading: bool = False) -> None:
        self._rows[id_] = row
        self._slots.setdefault(row.recipient, {})[slot] = id_
        if row.group is not None:
            ids = self._groups.setdefault(row.group, [])
            if loading:
                ids.append(id_)
            else:
                insort(ids, id_, key=self._group_position)
            self._count(row, +1)
        if isinstance(row.delivery, Delivery):
            self._queues.change(row.delivery)

    def _unindex(self, id_: str, slot: str, row: OutboxRow) -> None:
        self._queues.remove(row.recipient, id_)
        if row.group is not None:
            ids = self._groups[row.group]
            del ids[bisect_left(ids, self._group_position(id_), key=self._group_position)]
            if not ids:
                del self._groups[row.group]
            self._count(row, -1)
        del self._slots[row.recipient][slot]
        if not self._slots[row.recipient]:
            del self._slots[row.recipient]
        del self._rows[id_]

    def _count(self, row: OutboxRow, by: int) -> None:
        if row.group is not None:
            self._tallies.setdefault(row.group, Counter())[row.standing] += by

    def _group_position(self, id_: str) -> tuple[str, int]:
        row = self._rows[id_]
        return row.recipient, slots.sequence_of(id_)


@cache
def _day(text: str) -> date:
    """Return the day of an ISO date; equal days share one object."""
    return date.fromisoformat(text)
