"""A runtime whose flows a test writes; store, directory and reading are real, the channel notes what it sends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.app.maintenance import Job
from bot.ports import (
    Commit,
    Delivery,
    DeliveryStatus,
    Incoming,
    Key,
    Sender,
    Settled,
    Timer,
    TimerWrite,
    Turn,
)
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from bot.turn.repeated_acts import RepeatCounter
from bot.turn.runtime import Runtime
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Put
from dialogs.core.event import Event, Pressed, Scope, What
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.query import Flow
from dialogs.core.record import Record
from knowledge.article.article import Language
from knowledge.matching.match import Asked, Match
from knowledge.matching.policy import OutcomeKind
from tests.channels import WEB
from tests.unit.driver import Stage
from tests.unit.handoff.scene import organisation, person

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
ADDRESS = Address(channel=WEB)
HELLO = Message(text="Hei", language=Language.NB)
FORMER = FormerMarks(b"m" * 32)


class RuntimeStore(MemoryStore):
    """Notes every commit of a turn. ``before_commit`` happens just before one; ``fault`` is raised instead of it."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []
        self.settled: list[Sequence[Settled]] = []
        self.before_commit: Callable[[], Awaitable[None]] | None = None
        self.fault: Exception | None = None
        self.settle_fault: Exception | None = None

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        if commit.event_id is not None:
            self.commits.append(commit)
            if self.fault is not None:
                raise self.fault
            if self.before_commit is not None:
                await self.before_commit()
        return await super().commit(commit)

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        self.settled.append(outcomes)
        if self.settle_fault is not None:
            raise self.settle_fault
        await super().settle(outcomes, later=later)

    async def put(self, record: Record) -> None:
        """Write a record, whatever is there."""
        write = replace(write_of(Put(record=record), {}), expected=None)
        await super().commit(Commit(at=NOON, records=(write,)))

    async def read(self, kind: type[Any], id_: str) -> Any:
        """Return a record, or None."""
        key = Key(kind=kind.KIND, id=id_)
        stored = (await self.get([key])).get(key)
        return decode(kind, stored) if stored else None


@dataclass
class Bench:
    """A runtime in the hands of a test. ``flow`` decides every event; the clock, chance and channel are its own."""

    flow: Callable[[Event], Flow]
    store: RuntimeStore = field(default_factory=RuntimeStore)
    at: datetime = NOON
    sent: list[Delivery] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stages: list[tuple[str, float]] = field(default_factory=list)
    asked: list[OutcomeKind] = field(default_factory=list)
    sending_takes: timedelta = timedelta()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        self.content: Content = Stage(organisation(), verbs={}, timers={}).content
        self.runtime = Runtime(
            store=self.store,
            directory=Directory(store=self.store, former=FORMER),
            understanding=self,
            route=self._route,
            content=lambda: self.content,
            sender=self,
            jobs=self.jobs,
            former=FORMER,
            clock=self,
            rng=self,
            stages=self,
            asked=self.asked.append,
            log=structlog.get_logger(),
            repeats=RepeatCounter(),
        )

    def _route(self, event: Event, content: Content) -> Flow:
        assert content is self.content
        self.events.append(event)
        return self.flow(event)

    # What the runtime stands on

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def new_id(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{self.number}"

    def uniform(self) -> float:
        return 0.5

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        raise AssertionError("no flow here asks what words mean")

    async def deliver(self, delivery: Delivery) -> Settled:
        self.sent.append(delivery)
        self.at += self.sending_takes
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=DeliveryStatus.SENT,
            at=self.at,
            channel=WEB,
            reference={"id": delivery.id},
        )

    def observe(self, stage: str, seconds: float) -> None:
        self.stages.append((stage, seconds))

    # What happens

    async def known(self, id_: str = "kari") -> Person:
        """Let a person be known who writes on the web."""
        someone = person(id_, "nord")
        await self.store.put(someone)
        return someone

    async def press(self, id_: str = "1", *, who: str = "kari", slot: str | None = None, **more: Any) -> Turn:
        """Let a known person press a button."""
        return await self.receive(Pressed(verb="test.press", slot=slot), id_, who=who, **more)

    async def receive(self, what: What, id_: str, *, who: str = "kari", scope: Scope = Scope.PERSONAL) -> Turn:
        """Let the web channel hand in an event."""
        return await self.runtime.receive(
            Incoming(
                id=id_,
                channel=WEB,
                sender=Sender(name="", person_id=who or None),
                address=ADDRESS,
                conversation_id=f"c-{who}",
                scope=scope,
                what=what,
            )
        )

    async def set_timer(self, timer: Timer) -> None:
        """Set a timer."""
        write = TimerWrite(key=timer.key, at=timer.at, verb=timer.verb, data=timer.data)
        await self.store.commit(Commit(at=self.at, timers=(write,)))

    async def delivery(self, recipient: str, slot: str) -> Delivery:
        """Return a delivery that must be there."""
        found = await self.store.find_delivery(recipient, slot)
        assert found is not None, (recipient, slot)
        return found


def decides(*decisions: Decision) -> Callable[[Event], Flow]:
    """Return a flow that asks nothing and decides this; the last for every further event."""
    left = list(decisions)

    def flow(event: Event) -> Flow:
        yield from ()
        return left.pop(0) if len(left) > 1 else left[0]

    return flow


def timer(key: str = "t", *, verb: str = "test.ring", at: datetime = NOON, **data: str) -> Timer:
    """Return a timer."""
    return Timer(key=key, at=at, verb=verb, data=data)


async def until_idle() -> None:
    """Return when every other task waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
