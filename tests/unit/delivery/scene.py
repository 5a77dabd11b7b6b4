"""A channel that answers as told, and the small parts a sender needs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.delivery.limiter import Limiter, Rates
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.ports import Delivery, DeliveryStatus, Landed, Outcome
from dialogs.core.channel import Channels
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from tests.channels import CHANNELS, TEAMS, WEB

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
TENANT = "tenant-1"


@dataclass
class HeldClock:
    """Time that moves when told, or when somebody sleeps."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        until = self.at + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.at = max(self.at, until)


@dataclass
class Dice:
    """Chance that always draws the same."""

    drawn: float = 0.0
    given: int = 0

    def new_id(self, prefix: str) -> str:
        self.given += 1
        return f"{prefix}-{self.given}"

    def uniform(self) -> float:
        return self.drawn


@dataclass
class ScriptedChannel:
    """Answers with the scripted outcomes in order, then lets everything land. ``done`` is what it was asked to do."""

    script: list[Outcome] = field(default_factory=list)
    done: list[tuple[str, str, str]] = field(default_factory=list)
    places: list[Mapping[str, str]] = field(default_factory=list)

    def _answer(self, act: str, delivery: Delivery, place: Mapping[str, str], message: Message | None) -> Outcome:
        self.done.append((act, delivery.recipient, message.text if message else ""))
        self.places.append(place)
        if self.script:
            return self.script.pop(0)
        return Landed(reference={**place, "activity_id": f"m{len(self.done)}"})

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        return self._answer("send", delivery, address.data, message)

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        return self._answer("update", delivery, reference, message)

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        return self._answer("delete", delivery, reference, None)


@dataclass
class KnownPeople:
    """Recipients in a dictionary; ``notes`` is what sending taught."""

    people: dict[str, Person] = field(default_factory=dict)
    notes: dict[tuple[str, ChannelName], Address | None] = field(default_factory=dict)

    async def find(self, ids: Sequence[str]) -> Mapping[str, Person]:
        return {id_: self.people[id_] for id_ in ids if id_ in self.people}

    def note_address(self, person_id: str, address: Address) -> None:
        self.notes[person_id, address.channel] = address

    def note_unreachable(self, person_id: str, channel: ChannelName) -> None:
        self.notes[person_id, channel] = None

    async def flush(self, at: datetime) -> None:
        return


@dataclass
class Scene:
    """A sender with its parts in reach."""

    teams: ScriptedChannel = field(default_factory=ScriptedChannel)
    web: ScriptedChannel = field(default_factory=ScriptedChannel)
    people: KnownPeople = field(default_factory=KnownPeople)
    clock: HeldClock = field(default_factory=HeldClock)
    dice: Dice = field(default_factory=Dice)
    limiter: Limiter = field(default_factory=lambda: Limiter(Rates()))
    specs: Channels = CHANNELS

    @property
    def sender(self) -> DeliverySender:
        return DeliverySender(
            channels={TEAMS: self.teams, WEB: self.web},
            specs=self.specs,
            recipients=self.people,
            limiter=self.limiter,
            backoff=BackoffPolicy(),
            clock=self.clock,
            rng=self.dice,
        )


def in_teams(person_id: str, **place: str) -> Person:
    """Return a person who has written from Teams."""
    address = Address(channel=TEAMS, data={"conversation_id": f"c-{person_id}", "tenant_id": TENANT, **place})
    return Person(
        id=person_id,
        name="Ansatt Helse Nord",
        created_at=NOON,
        object_id=f"o-{person_id}",
        tenant_id=TENANT,
        addresses={TEAMS: address},
        last_channel=TEAMS,
    )


def owed(
    recipient: str = "p1", *, text: str | None = "Hei", slot: str = "announcement/1", **changes: object
) -> Delivery:
    """Return a leased delivery."""
    values: dict[str, object] = {
        "id": f"d-{recipient}-{slot}",
        "recipient": recipient,
        "slot": slot,
        "version": 1,
        "message": Message(text=text) if text is not None else None,
        "status": DeliveryStatus.LEASED,
        "sequence": 1,
        "posted_at": NOON,
        "due_at": NOON,
        "lease_token": "lease-1",
        "lease_until": NOON + timedelta(minutes=2),
    }
    return Delivery(**{**values, **changes})  # type: ignore[arg-type]
