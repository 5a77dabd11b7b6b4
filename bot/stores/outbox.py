"""Deliveries in memory: one a (recipient, slot), claimed in order, counted by group."""

import sys
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ports import OWED, Delivery, DeliveryStatus, PostWrite, Settled
from bot.stores import slot as slots
from bot.stores.content import Contents
from bot.stores.document import Content, delivery_from, from_json
from bot.stores.line import Lines

Changed = Callable[[str, Delivery | None], None]


class Outbox:
    """Every delivery, with what claiming, counting and listing need. ``changed`` hears of each id and its new value."""

    def __init__(self, contents: Contents, changed: Changed) -> None:
        self._contents = contents
        self._changed = changed
        self._deliveries: dict[str, Delivery] = {}
        self._slots: dict[str, dict[str, str]] = {}
        self._groups: dict[str, list[str]] = {}
        self._tallies: dict[str, Counter[DeliveryStatus]] = {}
        self._lines = Lines()
        self.sequence = 0

    def __len__(self) -> int:
        return len(self._deliveries)

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self._deliveries.values())

    def post(self, write: PostWrite, content: Content | None, at: datetime) -> Delivery | None:
        """Carry out ``write``, whose message has this content; None: it was dropped."""
        old = self.find(write.recipient, write.slot)
        new = slots.posted(old, write, at=at, sequence=self.sequence + 1)
        if new is None:
            return None
        if old is None:
            self.sequence += 1
        return self._put(replace(new, message=self._contents.shared(content)) if content else new)

    def claim(self, *, now: datetime, lease_for: timedelta, limit: int, token: str) -> Sequence[Delivery]:
        """See ``Store.claim``."""
        leased: list[Delivery] = []
        while len(leased) < limit and (first := self._lines.pop(now)) is not None:
            new = self._put(slots.claimed(first, now=now, lease_for=lease_for, token=token))
            if new.status is DeliveryStatus.LEASED:
                leased.append(new)
        return leased

    def settle(self, outcomes: Sequence[Settled]) -> Sequence[str]:
        """Record outcomes and return the ids whose lease was lost."""
        lost: list[str] = []
        for outcome in outcomes:
            old = self._deliveries.get(outcome.delivery_id)
            if old is None or not slots.holds(old, outcome):
                lost.append(outcome.delivery_id)
            else:
                self._put(slots.settled(old, outcome))
        return lost

    def release(self, token: str) -> int:
        """Give back everything leased under ``token``; return how many."""
        held = [d for d in self._lines if d.status is DeliveryStatus.LEASED and d.lease_token == token]
        for delivery in held:
            self._put(slots.released(delivery))
        return len(held)

    def next_due_at(self) -> datetime | None:
        """Return when the next delivery can be claimed."""
        return self._lines.next_at()

    def tally(self, group: str) -> Mapping[DeliveryStatus, int]:
        """Return how many deliveries of ``group`` stand in each state."""
        return {status: number for status, number in self._tallies.get(group, {}).items() if number}

    def find(self, recipient: str, slot: str) -> Delivery | None:
        """Return the slot's delivery, or None."""
        id_ = self._slots.get(recipient, {}).get(slot)
        return None if id_ is None else self._deliveries[id_]

    def of_group(self, group: str, *, status: DeliveryStatus | None, after: str, limit: int) -> Sequence[Delivery]:
        """Return a group's deliveries ordered by recipient, whole recipients only."""
        ids = self._groups.get(group, [])
        start = bisect_left(ids, (after, sys.maxsize), key=self._group_place) if after else 0
        page: list[Delivery] = []
        for position in range(start, len(ids)):
            delivery = self._deliveries[ids[position]]
            if status is not None and delivery.status is not status:
                continue
            if len(page) >= limit and delivery.recipient != page[-1].recipient:
                break
            page.append(delivery)
        return page

    def of_recipient(
        self,
        recipient: str,
        *,
        group: str | None,
        status: DeliveryStatus | None,
        after: str,
        limit: int,
        latest: bool,
    ) -> Sequence[Delivery]:
        """Return a recipient's deliveries ordered by sequence; ``latest``: the newest ``limit`` of them."""
        least = int(after) if after else 0
        found = sorted(
            (
                delivery
                for delivery in map(self._deliveries.__getitem__, self._slots.get(recipient, {}).values())
                if delivery.sequence > least
                and (status is None or delivery.status is status)
                and (group is None or delivery.group == group)
            ),
            key=lambda d: d.sequence,
        )
        return found[max(0, len(found) - limit) :] if latest else found[:limit]

    def in_state(self, status: DeliveryStatus | None, *, after: str, limit: int) -> Sequence[Delivery]:
        """Return deliveries in a state, ordered by id."""
        found = (d for d in self._deliveries.values() if d.id > after and (status is None or d.status is status))
        return sorted(found, key=lambda d: d.id)[:limit]

    def resend(self, *, group: str, statuses: Sequence[DeliveryStatus], now: datetime) -> int:
        """Owe settled deliveries of a group again; return how many."""
        wanted = set(statuses) - OWED
        again = [
            delivery
            for delivery in map(self._deliveries.__getitem__, self._groups.get(group, ()))
            if delivery.status in wanted and slots.can_resend(delivery)
        ]
        for delivery in again:
            self._put(slots.resent(delivery, now))
        return len(again)

    def forget(self, before: datetime) -> int:
        """Drop what settled before that; return how many."""
        old = [d for d in self._deliveries.values() if d.settled_at is not None and d.settled_at < before]
        for delivery in old:
            self._remove(delivery)
        return len(old)

    def forget_recipient(self, recipient: str) -> int:
        """Drop every delivery of a recipient; return how many."""
        ids = list(self._slots.get(recipient, {}).values())
        for id_ in ids:
            self._remove(self._deliveries[id_])
        return len(ids)

    def load(self, document: bytes) -> None:
        """Take in a stored delivery; ``sort`` must follow the last one."""
        stored = from_json(document)
        for name in ("slot", "group", "reason"):
            if stored.get(name):
                stored[name] = sys.intern(stored[name])
        message = self._contents.take(stored["content"])
        self._index(delivery_from(stored, message), loading=True)

    def sort(self) -> None:
        """Put the groups in order after loading."""
        for ids in self._groups.values():
            ids.sort(key=self._group_place)

    def _put(self, new: Delivery) -> Delivery:
        old = self._deliveries.get(new.id)
        self._contents.hold(new.message)
        if old is not None:
            self._contents.let_go(old.message)
            if old.group == new.group:
                self._count(new.group, old.status, -1)
                self._count(new.group, new.status, +1)
                self._deliveries[new.id] = new
                self._lines.change(new)
                self._changed(new.id, new)
                return new
            self._unindex(old)
        self._index(new)
        self._changed(new.id, new)
        return new

    def _remove(self, delivery: Delivery) -> None:
        self._unindex(delivery)
        self._contents.let_go(delivery.message)
        self._changed(delivery.id, None)

    def _index(self, delivery: Delivery, *, loading: bool = False) -> None:
        self._deliveries[delivery.id] = delivery
        self._slots.setdefault(delivery.recipient, {})[delivery.slot] = delivery.id
        if delivery.group is not None:
            ids = self._groups.setdefault(delivery.group, [])
            if loading:
                ids.append(delivery.id)
            else:
                insort(ids, delivery.id, key=self._group_place)
            self._count(delivery.group, delivery.status, +1)
        self._lines.change(delivery)

    def _unindex(self, delivery: Delivery) -> None:
        self._lines.remove(delivery)
        if delivery.group is not None:
            ids = self._groups[delivery.group]
            del ids[bisect_left(ids, self._group_place(delivery.id), key=self._group_place)]
            if not ids:
                del self._groups[delivery.group]
            self._count(delivery.group, delivery.status, -1)
        del self._slots[delivery.recipient][delivery.slot]
        if not self._slots[delivery.recipient]:
            del self._slots[delivery.recipient]
        del self._deliveries[delivery.id]

    def _count(self, group: str | None, status: DeliveryStatus, by: int) -> None:
        if group is not None:
            self._tallies.setdefault(group, Counter())[status] += by

    def _group_place(self, id_: str) -> tuple[str, int]:
        delivery = self._deliveries[id_]
        return delivery.recipient, delivery.sequence
