"""The year as it is lived: steps, timers and reactions to offers through the real runtime, on any store."""

import asyncio
import heapq
import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.ports import (
    Commit,
    Delivery,
    DeliveryStatus,
    Incoming,
    Key,
    Sender,
    Settled,
    Store,
    StoreUnavailable,
    TimerWrite,
)
from bot.records.codec import decode, write_of
from bot.turn.identity import Directory, UnknownPerson
from bot.turn.runtime import Runtime
from dialogs.core.decision import Put
from dialogs.core.event import Pressed
from dialogs.core.person import Address, Person, Role
from dialogs.rollout.classroom.model import ClassSession, Enrolment
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.router import route
from tests.bench.classes.promises import Memory, Promises
from tests.bench.classes.script import Step
from tests.bench.classes.town import BEGIN, MODULES, CourseTown
from tests.channels import WEB
from tests.timers import due_timers
from tests.unit.driver import FORMER, SILENT

PROCESSES: Final = 3
KEPT: Final = (ClassSession, Enrolment, CourseTaken)
# Called with the kind, id and version of each record of an acknowledged commit.
Acknowledge = Callable[[str, str, int], None]


class WatchedStore:
    """A store that passes every acknowledged commit on; everything else goes through."""

    def __init__(self, store: Store, acknowledged: Callable[[Commit], None]) -> None:
        self._store = store
        self._acknowledged = acknowledged

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        deliveries = await self._store.commit(commit)
        self._acknowledged(commit)
        return deliveries


class CourseLife:
    """Lives the steps on a store. After the death of a process another life goes on with the same store."""

    def __init__(
        self,
        store: Store,
        town: CourseTown,
        *,
        seed: int,
        memory: Memory | None = None,
        acknowledge: Acknowledge | None = None,
    ) -> None:
        self.now = BEGIN
        self.promises = Promises(memory=memory or Memory())
        self._town = town
        self._seed = seed
        self._acknowledge = acknowledge
        self._store: Any = WatchedStore(store, self._check)
        self._reactions: list[tuple[datetime, str, str, str]] = []
        self._next_ids: list[str] = []
        self._swept_at = BEGIN
        self._runtimes = [self._process() for _ in range(PROCESSES)]

    async def begin(self) -> None:
        """Store the people, unless an earlier life did, and take over what is stored."""
        if await self._store.count(Person.KIND, "all") < len(self._town.people):
            for start in range(0, len(self._town.people), 500):
                page = self._town.people[start : start + 500]
                writes = tuple(_unchecked(Put(record=each)) for each in page)
                await self._store.commit(Commit(at=BEGIN, records=writes))
        for kind in KEPT:
            await self._take_over(kind)

    async def live(
        self, steps: Sequence[Step], *, since: int = 0, ends: bool = True, done: Callable[[int], None] | None = None
    ) -> None:
        """Live the steps from number ``since``; ``done`` is called with the number of steps acknowledged so far.

        ``ends``: a month follows in which the last timers ring.
        """
        number = since
        if since:
            self.now = steps[since - 1].at
        while number < len(steps):
            together = [number]
            while steps[number].burst and (following := number + len(together)) < len(steps):
                if steps[following].burst != steps[number].burst:
                    break
                together.append(following)
            await self._pass_time(steps[number].at)
            async with asyncio.TaskGroup() as burst:
                for each in together:
                    burst.create_task(self._act(steps[each], f"s{each}", self._runtimes[each % PROCESSES]))
            number += len(together)
            if done is not None:
                done(number)
        if ends:
            await self._pass_time(self.now + timedelta(days=30))

    async def _pass_time(self, until: datetime) -> None:
        """Let every timer ring and every reaction happen that is due by then, the earliest first."""
        while True:
            due = [] if _is_busy(until) else await due_timers(self._store, now=until, limit=1)
            react = self._reactions[0] if self._reactions and self._reactions[0][0] <= until else None
            if react is not None and (not due or react[0] < due[0].at):
                heapq.heappop(self._reactions)
                self.now = max(self.now, react[0])
                step = Step(at=self.now, who=react[2], verb=react[3], data={"session_id": react[1]})
                await self._act(step, f"r{react[1]}-{react[2]}-{react[0].isoformat()}", self._runtimes[0])
            elif due:
                self.now = max(self.now, due[0].at)
                await self._runtimes[0].ring(due[0])
            else:
                break
        self.now = max(self.now, until)
        if self.now - self._swept_at > timedelta(days=1):
            await self._deliver()

    async def _act(self, step: Step, event_id: str, runtime: Runtime) -> None:
        if step.verb == "leaves":
            await self._leave(step.who)
            return
        data = dict(step.data)
        session_id = data.get("session_id", "")
        if step.verb == "classroom.create":
            self._next_ids[:] = [session_id]
        elif step.verb == "classroom.change":
            data["edition"] = str(self.promises.sessions.get(session_id, {}).get("edition", ""))
        elif step.verb == "classroom.attendance":
            data["came"] = self._present(session_id)
            data["nobody"] = "true"
            data["ticked"] = self._numbers(session_id, {"attended"})
        incoming = Incoming(
            id=event_id,
            channel=WEB,
            sender=Sender(name="", person_id=step.who),
            address=Address(channel=WEB),
            conversation_id=f"web:{step.who}",
            what=Pressed(verb=step.verb, data=data),
        )
        while True:
            try:
                await runtime.receive(incoming)
            except StoreUnavailable:  # many at once: the person tries again
                continue
            except UnknownPerson:  # left, and comes in no more
                return
            return

    def _present(self, session_id: str) -> str:
        numbers = self._numbers(session_id, {"booked", "attended", "absent"}).split(",")
        draw = random.Random(f"{self._seed}/{session_id}")
        return ",".join(number for number in numbers if draw.random() < 0.85)

    def _numbers(self, session_id: str, states: Collection[str]) -> str:
        held = self.promises.enrolments[session_id].values()
        return ",".join(map(str, sorted(enrolment["number"] for enrolment in held if enrolment["state"] in states)))

    async def _leave(self, person_id: str) -> None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self._store.get([key]))[key]
        body = {**stored.body, "left": True, "municipality_id": None, "unit_id": None, "roles": [Role.EMPLOYEE.value]}
        person = decode(Person, type(stored)(key=key, version=stored.version, schema=stored.schema, body=body))
        timer = TimerWrite(
            key=f"classroom/left/{person_id}", at=self.now, verb="classroom.left", data={"person_id": person_id}
        )
        write = write_of(Put(record=person), {key: stored.version})
        await self._store.commit(Commit(at=self.now, records=(write,), timers=(timer,)))
        self.promises.memory.left_at[person_id] = self.now

    def _check(self, commit: Commit) -> None:
        held = [
            write.key.id
            for write in commit.records
            if write.key.kind == ClassSession.KIND and write.body and write.body["asked_attendance"]
        ]
        first = [each for each in held if not self.promises.sessions.get(each, {}).get("asked_attendance")]
        self.promises.check(commit)
        for session_id in first:
            self.promises.check_start(session_id)
        for post in commit.posts:
            if "/reminder/" in post.slot and post.message is not None:
                self.promises.check_reminder(post.recipient, post.slot)
        for write in commit.records:
            if write.key.kind == Enrolment.KIND and write.body and write.body["state"] == "offered":
                self._react(write.body)
            kept = write.key.kind in {kind.KIND for kind in KEPT} and write.body is not None
            if kept and self._acknowledge is not None and write.expected is not None:
                self._acknowledge(write.key.kind, write.key.id, write.expected + 1)

    def _react(self, offered: Any) -> None:
        """Plan what the person does with an offer: it depends on the offer alone, so it is the same after a death."""
        until = datetime.fromisoformat(offered["offered_until"])
        draw = random.Random(f"{self._seed}/{offered['session_id']}/{offered['person_id']}/{until.isoformat()}")
        does = draw.random()
        if does < 0.8:
            verb = "classroom.accept" if does < 0.65 else "classroom.cancel"
            at = until - timedelta(hours=8 * draw.random() - 1)
            plan = (max(at, self.now), str(offered["session_id"]), str(offered["person_id"]), verb)
            if plan not in self._reactions:
                heapq.heappush(self._reactions, plan)

    async def _take_over(self, kind: type[Any]) -> None:
        if kind is CourseTaken:
            terms = [f"course:{each.id}" for each in MODULES]
        elif kind is ClassSession:
            terms = [f"municipality:{each}" for each in self._town.employees]
        else:
            terms = [f"session:{each}" for each in self.promises.sessions]
        for term in terms:
            for stored in await self._store.find(kind.KIND, term):
                self.promises.load([write_of(Put(record=decode(kind, stored)), {})])
                if kind is Enrolment and stored.body["state"] == "offered":
                    self._react(stored.body)

    async def _deliver(self) -> None:
        """Do what couriers and the nightly jobs do, so that the store does not grow all year."""
        while claimed := await self._store.claim(
            now=self.now, lease_for=timedelta(hours=1), limit=500, token="courier"
        ):
            await self._store.settle([self.landed(each) for each in claimed])
        month, two_days = self.now - timedelta(days=30), self.now - timedelta(days=2)
        await self._store.forget(events_before=two_days, deliveries_before=month, prefixes=(), prefix_before=month)
        self._swept_at = self.now

    def landed(self, delivery: Delivery) -> Settled:
        """Return the outcome of a delivery that arrived."""
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=DeliveryStatus.DELETED if delivery.message is None else DeliveryStatus.SENT,
            at=self.now,
            channel=WEB,
            reference=None if delivery.message is None else {"id": delivery.id},
        )

    def take_id(self, prefix: str) -> str | None:
        """Return the id of the script for a new session; None for everything else."""
        return self._next_ids.pop() if prefix == "class" and self._next_ids else None

    def _process(self) -> Runtime:
        return Runtime(
            store=self._store,
            directory=Directory(store=self._store, former=FORMER),
            understanding=None,  # type: ignore[arg-type]  # nobody writes
            route=route,
            content=lambda: self._town.content,
            sender=_Lands(self),
            jobs={},
            former=FORMER,
            clock=_SimulatedClock(self),
            rng=_NumberedIds(self),
            stages=_Unmeasured(),
            log=SILENT,
        )


def _is_busy(at: datetime) -> bool:
    """Return whether timers are late that day, so that people press before what is due has happened."""
    return (at - BEGIN).days % 9 == 4


def _unchecked(put: Put) -> Any:
    """Return the write of a person that an earlier life may have stored already."""
    write = write_of(put, {})
    return type(write)(key=write.key, body=write.body, schema=write.schema, terms=write.terms)


class _SimulatedClock:
    def __init__(self, life: CourseLife) -> None:
        self._life = life

    def now(self) -> datetime:
        return self._life.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class _NumberedIds:
    def __init__(self, life: CourseLife) -> None:
        self._life = life
        self._draw = random.Random()

    def new_id(self, prefix: str) -> str:
        return self._life.take_id(prefix) or f"{prefix}-{self._draw.getrandbits(128):032x}"

    def uniform(self) -> float:
        return 0.5


class _Lands:
    def __init__(self, life: CourseLife) -> None:
        self._life = life

    async def deliver(self, delivery: Delivery) -> Settled:
        return self._life.landed(delivery)


class _Unmeasured:
    def observe(self, stage: str, seconds: float) -> None:
        """Measure nothing."""
