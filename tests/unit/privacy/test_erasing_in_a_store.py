"""Deleting one's data through the whole bot: afterwards the store knows nothing of the person."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.content.catalogue import commands_of
from bot.ports import Commit, Delivery, DeliveryStatus, Incoming, Key, Sender, Settled, Turn
from bot.records.codec import write_of
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.decision import Put
from dialogs.core.event import Arrived, Pressed, Said, What
from dialogs.core.person import Address, Person
from dialogs.privacy.inventory import INVENTORY
from dialogs.router import route
from knowledge.matching.matcher import Match
from knowledge.matching.policy import Policy
from tests.channels import WEB
from tests.timers import due_timers
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff import scene

WORDS = "Hvorfor virker ikke den hemmelige mappa?"


class Now:
    at = TUESDAY

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


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


class Forgets:
    """A channel that takes so long that the timers due meanwhile ring first."""

    def __init__(self, house: "House") -> None:
        self.house = house

    async def deliver(self, delivery: Delivery) -> Settled:
        await self.house.ring()
        return await Lands().deliver(delivery)


class KnowsNothing:
    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: str,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        return tuple(
            Match(utterance=each, language="nb", small_talk=None, candidates=(), precision=0.0) for each in utterances
        )


class Untimed:
    def observe(self, stage: str, seconds: float) -> None:
        pass


class House:
    """A bot with everything real but the channel and the matcher."""

    def __init__(self, store: MemoryStore, *, slow: bool = False) -> None:
        self.store = store
        self._number = 0
        content = replace(scene.stage().content, commands=commands_of(CATALOGUE), policy=Policy())
        self.runtime = Runtime(
            jobs=Maintenance(store=store, clock=Now()).jobs,
            former=FormerMarks(b"l" * 32),
            store=store,
            directory=Directory(store=store, former=FormerMarks(b"l" * 32)),
            understanding=KnowsNothing(),
            route=route,
            content=lambda: content,
            sender=Forgets(self) if slow else Lands(),
            clock=Now(),
            rng=SystemRandomSource(),
            stages=Untimed(),
            log=structlog.get_logger(),
        )

    async def happens(self, person_id: str, what: What) -> Turn:
        self._number += 1
        return await self.runtime.receive(
            Incoming(
                id=str(self._number),
                channel=WEB,
                sender=Sender(name="", person_id=person_id),
                address=Address(channel=WEB),
                conversation_id=f"web-{person_id}",
                what=what,
            )
        )

    async def slot(self, person_id: str, start: str) -> str:
        deliveries = await self.store.deliveries_of_recipient(person_id)
        return [each.slot for each in deliveries if each.slot.startswith(start)][-1]

    async def ring(self) -> None:
        for timer in await due_timers(self.store, now=TUESDAY + timedelta(seconds=30), limit=100):
            await self.runtime.ring(timer)

    async def everything(self) -> str:
        """Return all the store holds, as text."""
        held: list[Any] = []
        for people in ("guest-kari", "ana"):
            held += [each.message for each in await self.store.deliveries_of_recipient(people)]
        for holding in INVENTORY:
            for term in ("person:guest-kari", "municipality:lillevik", "status:withdrawn", "all"):
                held += await self.store.find(holding.kind, term)
            held += (await self.store.get([Key(kind=holding.kind, id="guest-kari")])).values()
        return repr([each for each in held if getattr(each, "key", Key(kind="", id="")).kind != "audit"])


@pytest.fixture
async def house() -> AsyncIterator[House]:
    store = MemoryStore()
    town = scene.stage()
    kari = replace(town.get(Person, "kari"), id="guest-kari")
    people = [*(person for person in town.all(Person) if person.id != "kari"), kari]
    records = [*people, *(town.get(kind, id_) for kind, id_ in _profiles(town))]
    await store.commit(Commit(at=TUESDAY, records=tuple(write_of(Put(record=record), {}) for record in records)))
    yield House(store)
    await store.close()


def _profiles(town: Any) -> list[tuple[Any, str]]:

    return [(AmbassadorProfile, each.id) for each in town.all(AmbassadorProfile)]


async def test_after_deleting_the_store_knows_nothing_of_the_person(house: House) -> None:
    await house.happens("guest-kari", Arrived())
    await house.happens("guest-kari", Said(utterance=WORDS))
    asked = await house.slot("guest-kari", "ask/")
    await house.happens(
        "guest-kari", Pressed(verb="handoff.start", data={"question_id": asked.removeprefix("ask/")}, slot=asked)
    )
    handoff_id = (await house.slot("guest-kari", "handoff/")).split("/")[1]
    await house.happens("guest-kari", Pressed(verb="handoff.send", data={"handoff_id": handoff_id, "question": WORDS}))
    assert WORDS in repr(await house.store.deliveries_of_recipient("ana"))
    await house.happens("guest-kari", Said(utterance="mine data"))
    shown = await house.slot("guest-kari", "privacy/")
    turn = await house.happens("guest-kari", Pressed(verb="privacy.erase", slot=shown))
    assert turn.card is not None
    turn = await house.happens("guest-kari", Pressed(verb="privacy.erase_now", slot=shown))
    assert turn.card is not None
    assert turn.card.text.startswith(CATALOGUE[scene.ARTICLE.language]("privacy.erased"))
    await house.ring()
    left = await house.everything()
    assert WORDS not in left
    assert "guest-kari" not in left
    assert not await house.store.deliveries_of_recipient("guest-kari")


async def test_who_comes_back_is_met_anew(house: House) -> None:
    await house.happens("guest-kari", Arrived())
    await house.happens("guest-kari", Pressed(verb="privacy.erase_now"))
    await house.ring()
    await house.happens("guest-kari", Arrived())
    assert await house.slot("guest-kari", "welcome/")


async def test_data_that_is_gone_before_the_answer_arrived_is_no_fault() -> None:
    store = MemoryStore()
    house = House(store, slow=True)
    await house.happens("guest-kari", Arrived())
    turn = await house.happens("guest-kari", Pressed(verb="privacy.erase_now"))
    assert turn is not None
    assert await store.deliveries_of_recipient("guest-kari") == []
