"""What every commit must keep, computed apart from the code under test, from the records that were written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.ports import Commit, RecordWrite
from dialogs.rollout.classroom.model import ClassSession, Enrolment
from dialogs.rollout.learn.learner import CourseTaken

HOLDS_SEAT: Final = frozenset({"booked", "offered"})
NO_OFFERS: Final = timedelta(minutes=30)
LATEST_TIMER: Final = timedelta(days=2)
"""On busy days timers ring late: a person who leaves hours before a session may keep the seat."""
REMINDED_BEFORE: Final = timedelta(days=4)
"""Before that, a reminder is still to come: on the last working day at the earliest."""


@dataclass(slots=True)
class Memory:
    """What happened when: facts that no record has. They go from one life to the next.

    ``booked_at``: by session and person.
    """

    booked_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    moved_at: dict[str, datetime] = field(default_factory=dict)
    left_at: dict[str, datetime] = field(default_factory=dict)
    reminders: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Promises:
    """The state after all commits so far, and each broken promise."""

    sessions: dict[str, Any] = field(default_factory=dict)
    enrolments: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    memory: Memory = field(default_factory=Memory)
    broken: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def load(self, writes: Iterable[RecordWrite]) -> None:
        """Take over records as they are."""
        for write in writes:
            self._apply(write)

    def check(self, commit: Commit) -> None:
        """Compare the records of one commit with those before it."""
        concerned = {write.key.id.partition(":")[0] for write in commit.records if _is(write, Enrolment)}
        before = {each: dict(self.enrolments[each]) for each in concerned}
        for write in commit.records:
            known = self.sessions.get(write.key.id)
            if _is(write, ClassSession) and known and write.body and write.body["starts_at"] != known["starts_at"]:
                self.memory.moved_at[write.key.id] = commit.at
            self._apply(write)
        for session_id, earlier in before.items():
            self._check_session(session_id, earlier, commit.at)

    def check_start(self, session_id: str) -> None:
        """Check a session that was held: everyone with a seat was reminded, no one waits, no leaver has a seat."""
        session = self.sessions[session_id]
        starts_at = _time(session["starts_at"])
        for person_id, each in self.enrolments[session_id].items():
            self.broken["left waiting"] += each["state"] in {"waiting", "offered"}
            if each["state"] not in {"booked", "attended", "absent"}:
                continue
            booked_at = self.memory.booked_at.get((session_id, person_id), starts_at)
            known_at = max(booked_at, self.memory.moved_at.get(session_id, booked_at))
            self.broken["not reminded"] += known_at < starts_at - REMINDED_BEFORE and not each["reminded"]
            left_at = self.memory.left_at.get(person_id, starts_at)
            self.broken["a leaver has a seat"] += left_at < starts_at - LATEST_TIMER

    def check_reminder(self, person_id: str, slot: str) -> None:
        """Count a reminder; a second one for the same time is a fault."""
        self.broken["reminded twice"] += (person_id, slot) in self.memory.reminders
        self.memory.reminders.add((person_id, slot))

    def _apply(self, write: RecordWrite) -> None:
        body = write.body
        if _is(write, ClassSession) and body is not None:
            self.sessions[write.key.id] = body
        elif _is(write, CourseTaken):
            person_id, _, module_id = write.key.id.partition(":")
            (self.taken[person_id].discard if body is None else self.taken[person_id].add)(module_id)
        elif _is(write, Enrolment):
            session_id, _, person_id = write.key.id.partition(":")
            if body is None:
                self.enrolments[session_id].pop(person_id, None)
            else:
                self.enrolments[session_id][person_id] = body

    def _check_session(self, session_id: str, before: Mapping[str, Any], at: datetime) -> None:
        session, now = self.sessions[session_id], self.enrolments[session_id]
        self.broken["overbooked"] += sum(each["state"] in HOLDS_SEAT for each in now.values()) > session["seats"]
        waits = [_order(each) for each in now.values() if each["state"] == "waiting"]
        for person_id, each in now.items():
            earlier = before.get(person_id, {})
            if each["state"] == earlier.get("state"):
                continue
            self.seen[each["state"]] += 1
            if each["state"] == "booked":
                self.memory.booked_at[session_id, person_id] = at
                self._check_seat(session, person_id, earlier, waits, at)
            if each["state"] == "offered":
                self._check_offer(session, each, waits, at)

    def _check_seat(self, session: Any, person_id: str, earlier: Any, waits: list[Any], at: datetime) -> None:
        self.broken["without prerequisite"] += not set(session["prerequisites"]) <= self.taken[person_id]
        if earlier.get("state") == "offered":
            self.broken["accepted too late"] += at >= _time(earlier["offered_until"])
        else:
            self.broken["past the waiting list"] += bool(waits) and _time(session["starts_at"]) - at >= NO_OFFERS

    def _check_offer(self, session: Any, offered: Any, waits: list[Any], at: datetime) -> None:
        self.broken["out of order"] += any(order < _order(offered) for order in waits)
        longest = (_time(session["starts_at"]) - at) / 2
        self.broken["offered too long"] += not at < _time(offered["offered_until"]) <= at + longest


def _is(write: RecordWrite, kind: type[Any]) -> bool:
    return write.key.kind == kind.KIND


def _order(body: Any) -> tuple[bool, int]:
    return bool(body["yields"]), int(body["number"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
