"""Write an invented year into a store, and close its weeks and months."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from bot.app.demo.applications import load_applications
from bot.app.demo.classes import load_classes
from bot.app.demo.traffic import PREFIX, Traffic
from bot.directory.current import every, load_sample
from bot.ports import Commit, DeliveryStatus, PostWrite, Settled, Store, TimerWrite
from bot.records.codec import write_of
from bot.report.closing import StatisticsClosing
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.core.texts import OSLO
from dialogs.handoff.projection import deadline_key

T = TypeVar("T")
_BATCH: Final = 1_000
_LEASE: Final = "invented"
_SENDING: Final = timedelta(minutes=5)


class NotEmpty(Exception):
    """The store has other people than those of the sample, or a year already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenYear:
    """Numbers of records written; ``closed``: weeks and months, of each municipality."""

    people: int
    records: int
    announcements: int
    closed: int


async def write_year(
    store: Store, content: Content, *, topics: Collection[str], people: int, seed: int, now: datetime
) -> WrittenYear:
    """Write a year that ends yesterday, with so many people. Raises NotEmpty, BadSample."""
    organisation = content.organisation
    places = content.channels.waiting_places()
    await load_sample(store, organisation, topics=topics, addresses=places, at=now)
    await _require_sample_only(store)
    traffic = Traffic(
        content=content,
        helpers=await _people_with(store, Role.AMBASSADOR, organisation.municipalities),
        contacts=await _people_with(store, Role.CONTACT, organisation.municipalities),
        until=now.astimezone(OSLO).date(),
        rng=random.Random(seed),  # noqa: S311 - the same year for the same seed
    )
    await load_applications(store, content, at=now)
    await load_classes(store, content, at=now)
    records = await _put(store, traffic.draw_people(people), at=now)
    records += await _put(store, traffic.draw_records(), at=now)
    for handoff, worklist in traffic.draw_open(now):
        records += await _put(store, [handoff, *([worklist] if worklist is not None else ())], at=now)
        due = handoff.next_at or now
        timer = TimerWrite(key=deadline_key(handoff.id), at=due, verb="handoff.due", data={"handoff_id": handoff.id})
        await store.commit(Commit(at=now, timers=(timer,)))
    announcements = 0
    for announcement, reached in traffic.draw_announcements():
        await _put(store, [announcement], at=now)
        await _deliver(store, content, announcement, reached)
        announcements += 1
    closed = await StatisticsClosing(store=store, clock=_Standing(now), content=lambda: content).close()
    return WrittenYear(people=people, records=records, announcements=announcements, closed=closed)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


async def _require_sample_only(store: Store) -> None:
    """Raise NotEmpty if a real person or an invented year exists."""
    async for person in every(store, Person, "registered"):
        if person.id.startswith(PREFIX):
            raise NotEmpty("There is an invented year already: start with an empty store.")
        # Addresses of the sample end in .example, which is reserved. Source: RFC 2606.
        if not (person.email or "").endswith(".example"):
            raise NotEmpty("The registry has real people: an invented year belongs in a store of its own.")


async def _people_with(store: Store, role: Role, municipality_ids: Iterable[str]) -> Mapping[str, Sequence[Person]]:
    by_municipality: dict[str, list[Person]] = defaultdict(list)
    for id_ in municipality_ids:
        by_municipality[id_] = [person async for person in every(store, Person, f"role:{role}@{id_}")]
    return {id_: people for id_, people in by_municipality.items() if people}


async def _put(store: Store, records: Iterable[Record], *, at: datetime) -> int:
    written = 0
    for batch in _batches(records, _BATCH):
        writes = tuple(replace(write_of(Put(record=record), {}), expected=None) for record in batch)
        await store.commit(Commit(at=at, records=writes))
        written += len(writes)
    return written


async def _deliver(store: Store, content: Content, announcement: Announcement, reached: Sequence[Person]) -> None:
    """Post an announcement and note at once that it arrived, so that nothing is sent."""
    at = announcement.started_at or announcement.created_at
    channel = next(iter(content.channels.waiting_places()), None)
    for batch in _batches(reached, _BATCH):
        posts = tuple(
            PostWrite(
                recipient=person.id,
                slot=announcement.slot,
                message=Message(text=announcement.wording(person.language).title),
                group=announcement.id,
                due_at=at,
                lease_token=_LEASE,
                lease_until=at + _SENDING,
            )
            for person in batch
        )
        deliveries = await store.commit(Commit(at=at, posts=posts))
        await store.settle(
            [
                Settled(
                    delivery_id=delivery.id,
                    lease_token=_LEASE,
                    version=delivery.version,
                    status=DeliveryStatus.SENT,
                    at=at + timedelta(seconds=number),
                    channel=channel,
                    reference={"id": delivery.id},
                )
                for number, delivery in enumerate(deliveries, start=1)
            ]
        )


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
