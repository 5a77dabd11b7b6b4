"""The caps on questions to colleagues hold when several processes decide at the same time, in every store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.app.clock import SystemRandomSource
from bot.ports import Clock, Commit, Delivery, DeliveryStatus, Incoming, Key, Sender, Settled, Store
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content, GuestRules
from dialogs.core.decision import Put
from dialogs.core.event import Pressed
from dialogs.core.person import Address, Person
from dialogs.core.record import Record
from dialogs.handoff.draft import Draft
from dialogs.handoff.limits import MAX_OPEN, GuestAllowance
from dialogs.handoff.model import Handoff
from dialogs.router import route
from knowledge.matching.match import Asked, Match
from knowledge.organisation.nearest import Ambassador
from tests.channels import WEB
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import enlist, person, stage


class Now:
    def now(self) -> datetime:
        return TUESDAY + timedelta(minutes=1)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


_NOW: Final = Now()


class Lands:
    async def deliver(self, delivery: Delivery) -> Settled:
        return Settled(
            delivery_id=delivery.id,
            lease_token=str(delivery.lease_token),
            version=delivery.version,
            status=DeliveryStatus.SENT,
            at=TUESDAY,
            channel=WEB,
            reference={"id": delivery.id},
        )


class KnowsNothing:
    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        return tuple(
            Match(utterance=each, language="nb", small_talk=None, candidates=(), precision=0.0) for each in utterances
        )


class Untimed:
    def observe(self, stage: str, seconds: float) -> None:
        pass


def process(store: Store, content: Content, clock: Clock = _NOW) -> Runtime:
    """Return what one process decides with; turns of one person queue within it, but not across several."""
    return Runtime(
        store=store,
        directory=Directory(store=store, former=FormerMarks(b"l" * 32)),
        understanding=KnowsNothing(),
        route=route,
        content=lambda: content,
        sender=Lands(),
        jobs={},
        former=FormerMarks(b"l" * 32),
        clock=clock,
        rng=SystemRandomSource(),
        stages=Untimed(),
        log=structlog.get_logger(),
    )


async def fill(store: Store, *more: Record, helpers: int = 0) -> Content:
    """Put the people of the town into the store; ``helpers`` are ambassadors besides its three."""
    town = stage()
    for number in range(helpers):
        enlist(town, Ambassador(person_id=f"h{number}", name="H", municipality_id="lillevik", unit_id="nord"))
    records = [*town.all(Person), *town.all(AmbassadorProfile)]
    writes = tuple(write_of(Put(record=record), {}) for record in (*records, *more))
    await store.commit(Commit(at=TUESDAY, records=writes))
    return town.content


def draft(number: int, asker_id: str) -> Draft:
    return Draft(id=f"handoff-{number}", asker_id=asker_id, question="Hei?", created_at=TUESDAY)


async def send(runtime: Runtime, number: int, asker_id: str) -> str | None:
    what = Pressed(verb="handoff.send", data={"handoff_id": f"handoff-{number}", "question": "Hei?"})
    turn = await runtime.receive(
        Incoming(
            id=f"press-{number}",
            channel=WEB,
            sender=Sender(name="", person_id=asker_id),
            address=Address(channel=WEB),
            conversation_id=f"web:{asker_id}",
            what=what,
        )
    )
    return turn.notice


async def test_one_person_sending_from_many_processes_at_once_stays_within_the_cap(store: Store) -> None:
    number = MAX_OPEN + 3
    content = await fill(store, *(draft(each, "kari") for each in range(number)), helpers=number)
    notices = await asyncio.gather(*(send(process(store, content), each, "kari") for each in range(number)))
    opened = await store.find(Handoff.KIND, "open:kari")
    assert len(opened) == MAX_OPEN
    assert sum(notice is not None for notice in notices) == number - MAX_OPEN
    assert len(await store.find(Draft.KIND, "person:kari")) == number - MAX_OPEN


async def test_guests_sending_from_many_processes_at_once_stay_within_share_and_allowance(store: Store) -> None:
    guests = [person(f"guest-{number}", "nord", name="") for number in range(6)]
    content = await fill(store, *guests, *(draft(number, each.id) for number, each in enumerate(guests)))
    rules = replace(content, guests=GuestRules(share=0.5, handoffs_an_hour=2))
    notices = await asyncio.gather(
        *(send(process(store, rules), number, each.id) for number, each in enumerate(guests))
    )
    [allowance] = [
        decode(GuestAllowance, stored)
        for stored in (await store.get([Key(kind=GuestAllowance.KIND, id="lillevik")])).values()
    ]
    assert allowance.sent == 2
    assert sum(notice is None for notice in notices) == 2
    desks = [decode(Worklist, stored) for stored in await store.find(Worklist.KIND, "municipality:lillevik")]
    assert sorted(desk.used_capacity for desk in desks) == [1, 1]
