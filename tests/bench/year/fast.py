"""The stage that runs real flows, made fast enough for a year: records stay values and are found by an index."""

import heapq
from collections import defaultdict
from datetime import datetime
from typing import Any

from bot.ports import Key
from dialogs.decision import Schedule
from dialogs.event import Rang
from dialogs.message import Message
from dialogs.query import Count, Find, Get, Query
from dialogs.record import Record
from tests.unit.driver import Stage


class FastStage(Stage):
    """Keeps what it is given without writing it as JSON; everything else is the stage's."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._found: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._due: list[tuple[datetime, str]] = []
        self.messages = 0

    def put(self, *records: Record) -> None:
        """Store records."""
        for record in records:
            key = Key(kind=record.KIND, id=record.id)
            version, before = self._stored.get(key, (0, None))
            self._forget_terms(key, before)
            for term in record.terms():
                self._found[key.kind, term].add(key.id)
            self._stored[key] = (version + 1, record)

    def drop(self, key: Key) -> None:
        """Remove a record."""
        self._forget_terms(key, self._stored.pop(key, (0, None))[1])

    def next_ring_at(self) -> datetime | None:
        """Return when the next timer rings."""
        while self._due:
            at, key = self._due[0]
            if key in self.timers and self.timers[key][0] == at:
                return at
            heapq.heappop(self._due)
        return None

    def ring_next(self) -> Rang:
        """Let the next timer ring and return what it was."""
        at, key = heapq.heappop(self._due)
        self.now = max(self.now, at)
        rang = self.timers.pop(key)[1]
        self._happen(self._event("", rang))
        return rang

    def _forget_terms(self, key: Key, record: Record | None) -> None:
        if record is not None:
            for term in record.terms():
                self._found[key.kind, term].discard(key.id)

    def _schedule(self, schedule: Schedule) -> None:
        super()._schedule(schedule)
        if schedule.at is not None and schedule.what is not None:
            heapq.heappush(self._due, (schedule.at, schedule.key))

    def _show(self, to: str, slot: str, message: Message | None) -> None:
        self.messages += 1
        if message is None:
            self.posts.pop((to, slot), None)
        else:
            self.posts[to, slot] = message

    def _answer(self, query: Query, versions: dict[Key, int]) -> Any:
        match query:
            case Find():
                kind = query.kind.KIND
                ids = sorted(id_ for id_ in self._found[kind, query.term] if id_ > query.after)[: query.limit]
                records = []
                for id_ in ids:
                    version, record = self._stored[key := Key(kind=kind, id=id_)]
                    versions.setdefault(key, version)
                    records.append(record)
                return tuple(records)
            case Count():
                return len(self._found[query.kind.KIND, query.term])
            case Get():
                return super()._answer(query, versions)
            case _:
                return super()._answer(query, versions)
