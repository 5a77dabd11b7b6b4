import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
import structlog

from bot.app.clock import SystemClock
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.ports import (
    Commit,
    Delivery,
    DeliveryStatus,
    Faulted,
    Key,
    Landed,
    LeaseLost,
    Outcome,
    PostWrite,
    RecordWrite,
    Settled,
    StoreUnavailable,
    Throttled,
    Unreachable,
)
from bot.records.codec import encode
from bot.stores.memory.store import MemoryStore
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from tests.channels import CHANNELS, TEAMS
from tests.draining import drain
from tests.unit.delivery.scene import NOON, TENANT, Dice, HeldClock, ScriptedChannel, in_teams


class Stand:
    """A courier over a store in memory and a channel that answers as told."""

    def __init__(self, *, concurrency: int = 8, rates: Rates | None = None) -> None:
        self.store = MemoryStore()
        self.teams = ScriptedChannel()
        self.clock = HeldClock()
        self.concurrency = concurrency
        self.limiter = Limiter(rates or Rates())
        self.recipients = StoredRecipients(store=self.store)
        self.courier = self.new_courier()

    def new_courier(self) -> Courier:
        sender = DeliverySender(
            channels={TEAMS: self.teams},
            specs=CHANNELS,
            recipients=self.recipients,
            limiter=self.limiter,
            backoff=BackoffPolicy(),
            clock=self.clock,
            rng=Dice(drawn=0.5),
        )
        return Courier(
            store=self.store,
            sender=sender,
            recipients=self.recipients,
            limiter=self.limiter,
            clock=self.clock,
            rng=Dice(),
            log=structlog.get_logger(),
            concurrency=self.concurrency,
        )

    async def know(self, *people: Person) -> None:
        writes = tuple(
            RecordWrite(key=Key(kind=Person.KIND, id=p.id), body=encode(p), terms=frozenset(p.terms())) for p in people
        )
        await self.store.commit(Commit(at=NOON, records=writes))

    async def post(
        self, *to: str, text: str | None = "Hei", slot: str = "announcement/1", due_at: datetime | None = None
    ) -> None:
        message = Message(text=text) if text is not None else None
        posts = tuple(
            PostWrite(recipient=each, slot=slot, message=message, group="g", due_at=due_at or self.clock.at)
            for each in to
        )
        await self.store.commit(Commit(at=due_at or self.clock.at, posts=posts))

    async def delivery(self, to: str, slot: str = "announcement/1") -> Delivery:
        found = await self.store.find_delivery(to, slot)
        assert found is not None
        return found

    async def states(self) -> dict[str, int]:
        return dict(await self.store.tally("g"))


@pytest.fixture
async def stand() -> Stand:
    stand = Stand()
    await stand.know(*(in_teams(f"p{n}") for n in range(50)))
    return stand


@pytest.mark.full
async def test_everything_due_is_delivered_once(stand: Stand) -> None:
    await stand.post(*(f"p{n}" for n in range(50)))
    await drain(stand.courier)
    assert sorted(to for _, to, _ in stand.teams.done) == sorted(f"p{n}" for n in range(50))
    assert await stand.states() == {"sent": 50}


async def test_a_correction_reaches_those_who_have_it_in_place_and_those_who_will(stand: Stand) -> None:
    await stand.post("p1", text="Gammel")
    await drain(stand.courier)
    await stand.post("p2", text="Gammel")
    await stand.post("p1", "p2", text="Ny")
    await drain(stand.courier)
    assert stand.teams.done == [("send", "p1", "Gammel"), ("update", "p1", "Ny"), ("send", "p2", "Ny")]


async def test_a_recall_takes_it_away_and_what_never_landed_is_never_sent(stand: Stand) -> None:
    await stand.post("p1")
    await drain(stand.courier)
    await stand.post("p2")
    await stand.post("p1", "p2", text=None)
    await drain(stand.courier)
    assert [(act, to) for act, to, _ in stand.teams.done] == [("send", "p1"), ("delete", "p1")]
    assert await stand.states() == {"deleted": 2}


async def test_a_throttled_tenant_is_left_alone_as_long_as_asked_and_nobody_is_lost(stand: Stand) -> None:
    await stand.know(in_teams("q", tenant_id="other"))
    stand.teams.script = [Throttled(retry_after_seconds=30, tenant_id=TENANT)]
    await stand.post("p1")
    await drain(stand.courier)
    await stand.post("p2", "q")
    await drain(stand.courier)
    assert [to for _, to, _ in stand.teams.done] == ["p1", "q"]
    stand.clock.at += timedelta(seconds=29)
    await drain(stand.courier)
    assert len(stand.teams.done) == 2
    stand.clock.at += timedelta(seconds=3)
    await drain(stand.courier)
    assert sorted(to for _, to, _ in stand.teams.done[2:]) == ["p1", "p2"]
    assert (await stand.delivery("p1")).attempts == 1


async def test_what_was_throttled_is_counted_apart_until_it_is_sent_however_often_it_comes_back(stand: Stand) -> None:
    stand.teams.script = [Throttled(retry_after_seconds=4), Throttled(retry_after_seconds=30, tenant_id=TENANT)]
    await stand.post("p1")
    await drain(stand.courier)
    await stand.post("p2")
    await drain(stand.courier)
    assert await stand.states() == {"throttled": 2}
    stand.clock.at += timedelta(seconds=5)
    await stand.post("p3")
    await drain(stand.courier)
    assert [to for _, to, _ in stand.teams.done] == ["p1", "p2"]
    assert await stand.states() == {"throttled": 2, "waiting": 1}
    stand.clock.at += timedelta(seconds=30)
    await drain(stand.courier)
    assert await stand.states() == {"sent": 3}


@pytest.mark.full
async def test_what_fails_is_tried_again_later_until_it_is_dead_and_can_be_owed_again(stand: Stand) -> None:
    stand.teams.script = [Faulted(reason="http_503", again=True)] * 14
    await stand.post("p1")
    for _ in range(20):
        await drain(stand.courier)
        stand.clock.at += timedelta(minutes=15)
    assert len(stand.teams.done) == 14
    dead = await stand.delivery("p1")
    assert (dead.status, dead.reason) == (DeliveryStatus.DEAD, "http_503")
    await stand.post("p1")
    await drain(stand.courier)
    assert await stand.states() == {"sent": 1}


async def test_whoever_blocked_the_bot_is_not_written_to_again(stand: Stand) -> None:
    stand.teams.script = [Unreachable(reason="ConversationBlockedByUser")]
    await stand.post("p1")
    await drain(stand.courier)
    await stand.post("p1", slot="announcement/2")
    await drain(stand.courier)
    assert len(stand.teams.done) == 1
    assert await stand.states() == {"unreachable": 2}


async def test_a_conversation_that_had_to_be_created_is_kept(stand: Stand) -> None:
    await stand.know(Person(id="new", name="Ny", object_id="o", tenant_id=TENANT, created_at=NOON))
    made = Address(channel=TEAMS, data={"conversation_id": "made", "tenant_id": TENANT})
    stand.teams.script = [Landed(reference={"activity_id": "1"}, address=made)]
    await stand.post("new")
    await drain(stand.courier)
    await stand.post("new", slot="announcement/2")
    await drain(stand.courier)
    assert stand.teams.places == [{"object_id": "o", "tenant_id": TENANT}, made.data]


@pytest.mark.full
async def test_a_channel_that_raises_costs_an_attempt_and_nothing_else(stand: Stand) -> None:
    class Broken(ScriptedChannel):
        async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
            if delivery.recipient == "p1":
                raise ZeroDivisionError
            return await super().send(delivery, address, message)

    stand.teams = Broken()
    stand.courier = stand.new_courier()
    await stand.post("p1", "p2")
    await drain(stand.courier)
    assert await stand.states() == {"sent": 1, "waiting": 1}
    assert (await stand.delivery("p1")).possibly_twice


class Slow(ScriptedChannel):
    """Sends that take until ``go`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.go.wait()
        self.under_way -= 1
        return await super().send(delivery, address, message)


async def until(condition: object) -> None:
    """Let the loop turn until ``condition()`` holds."""
    assert callable(condition)
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the condition is about tasks that run now
            await asyncio.sleep(0)


@pytest.mark.full
async def test_no_more_sends_are_under_way_than_allowed_until_their_outcomes_are_durable() -> None:
    class SlowStore(MemoryStore):
        unsettled = 0
        most = 0

        async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
            self.most = max(self.most, len(outcomes))
            await asyncio.sleep(0)
            await super().settle(outcomes, later=later)

    stand = Stand(concurrency=4, rates=Rates(lane_per_second=1_000_000))
    stand.store = SlowStore()
    stand.recipients = StoredRecipients(store=stand.store)
    slow = stand.teams = Slow()
    stand.courier = stand.new_courier()
    await stand.know(*(in_teams(f"p{n}") for n in range(20)))
    await stand.post(*(f"p{n}" for n in range(20)))
    draining = asyncio.create_task(drain(stand.courier))
    await until(lambda: slow.under_way == 4)
    slow.go.set()
    await draining
    assert slow.most_under_way == 4
    assert stand.store.most <= 4
    assert await stand.states() == {"sent": 20}


@pytest.mark.full
async def test_stopping_finishes_what_is_under_way_and_gives_the_rest_back_unharmed() -> None:
    stand = Stand(concurrency=3, rates=Rates(lane_per_second=1_000_000))
    slow = stand.teams = Slow()
    stand.courier = stand.new_courier()
    await stand.know(*(in_teams(f"p{n}") for n in range(10)))
    await stand.post(*(f"p{n}" for n in range(10)))
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: slow.under_way == 3)
    await stand.courier.stop()
    await asyncio.sleep(0.01)
    slow.go.set()
    await running
    assert await stand.states() == {"sent": 3, "waiting": 7}
    given_back = [await stand.delivery(f"p{n}") for n in range(10)]
    assert not any(delivery.possibly_twice for delivery in given_back)
    await drain(stand.new_courier())
    assert await stand.states() == {"sent": 10}
    assert len({to for _, to, _ in stand.teams.done}) == len(stand.teams.done) == 10


async def test_a_courier_that_died_leaves_its_sends_to_the_next_marked_as_possibly_twice(stand: Stand) -> None:
    slow = stand.teams = Slow()
    stand.courier = stand.new_courier()
    await stand.post("p1")
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: slow.under_way == 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    slow.go.set()
    await drain(stand.new_courier())
    assert await stand.states() == {"leased": 1}
    stand.clock.at += timedelta(seconds=121)
    await drain(stand.new_courier())
    assert await stand.states() == {"sent": 1}
    assert (await stand.delivery("p1")).possibly_twice


async def test_a_new_post_wakes_the_courier(stand: Stand) -> None:
    running = asyncio.create_task(stand.courier.run())
    await asyncio.sleep(0.01)
    await stand.post("p1")
    await until(lambda: stand.teams.done)
    await stand.courier.stop()
    await running


async def test_a_store_that_is_away_for_a_while_loses_nothing(stand: Stand) -> None:
    class Away(MemoryStore):
        refusals = 3

        async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
            if self.refusals:
                self.refusals -= 1
                raise StoreUnavailable
            await super().settle(outcomes, later=later)

    stand = Stand()
    stand.store = Away()
    stand.recipients = StoredRecipients(store=stand.store)
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"))
    await stand.post("p1")
    await drain(stand.courier)
    assert await stand.states() == {"sent": 1}
    assert len(stand.teams.done) == 1


async def test_a_courier_ends_also_when_the_store_is_away() -> None:
    class Away(MemoryStore):
        async def unregister_worker(self, worker: str) -> None:
            raise StoreUnavailable

    stand = Stand()
    stand.store = Away()
    stand.recipients = StoredRecipients(store=stand.store)
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"))
    await stand.post("p1")
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: stand.teams.done)
    await stand.courier.stop()
    await running
    assert await stand.states() == {"sent": 1}


async def test_nothing_is_sent_on_a_lease_that_is_running_out() -> None:
    stand = Stand(concurrency=1, rates=Rates(lane_per_second=1_000_000))
    slow = stand.teams = Slow()
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"), in_teams("p2"))
    await stand.post("p1", "p2")
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: slow.under_way == 1)
    stand.clock.at += timedelta(seconds=100)
    slow.go.set()
    await until(lambda: slow.done)
    await stand.courier.stop()
    await running
    assert len(slow.done) == 1
    await drain(stand.new_courier())
    assert await stand.states() == {"sent": 2}
    assert len(slow.done) == 2


async def test_every_send_begins_with_a_quarter_of_its_lease_left() -> None:
    class Noting(Slow):
        left: list[timedelta]

        async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
            assert delivery.lease_until is not None
            self.left.append(delivery.lease_until - stand.clock.now())
            return await super().send(delivery, address, message)

    stand = Stand(concurrency=1, rates=Rates(lane_per_second=1_000_000))
    slow = stand.teams = Noting()
    slow.left = []
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"), in_teams("p2"))
    await stand.post("p1", "p2")
    draining = asyncio.create_task(drain(stand.courier))
    await until(lambda: slow.under_way == 1)
    stand.clock.at += timedelta(seconds=100)
    slow.go.set()
    await draining
    assert len(slow.left) == 2
    assert min(slow.left) > timedelta(seconds=30)
    assert await stand.states() == {"sent": 2}


async def test_nothing_is_claimed_while_outcomes_wait_for_the_store() -> None:
    class Away(MemoryStore):
        away = True
        claims = 0

        async def claim(self, **how: Any) -> Sequence[Delivery]:
            self.claims += 1
            return await super().claim(**how)

        async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
            if self.away:
                raise StoreUnavailable
            await super().settle(outcomes, later=later)

    stand = Stand()
    away = stand.store = Away()
    stand.recipients = StoredRecipients(store=away)
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"))
    await stand.post("p1")
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: stand.clock.at > NOON + timedelta(seconds=300))
    claims = away.claims
    away.away = False
    await stand.courier.stop()
    await running
    assert claims <= 3
    assert len(stand.teams.done) == 1
    assert await stand.states() == {"sent": 1}


async def test_a_lost_lease_is_told_and_ends_nothing(stand: Stand) -> None:
    class Losing(MemoryStore):
        async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
            raise LeaseLost([outcome.delivery_id for outcome in outcomes])

    stand = Stand()
    stand.store = Losing()
    stand.recipients = StoredRecipients(store=stand.store)
    stand.courier = stand.new_courier()
    await stand.know(in_teams("p1"))
    await stand.post("p1")
    await drain(stand.courier)
    assert len(stand.teams.done) == 1


@pytest.mark.full
async def test_a_long_line_in_one_tenant_holds_up_no_other() -> None:
    stand = Stand(rates=Rates(lane_per_second=20, patience_seconds=0.2))
    stand.clock = cast(HeldClock, SystemClock())
    stand.courier = stand.new_courier()
    await stand.know(*(in_teams(f"p{n}") for n in range(600)), in_teams("q", tenant_id="other"))
    await stand.post(*(f"p{n}" for n in range(600)), due_at=stand.clock.now())
    await stand.post("q", due_at=stand.clock.now())
    running = asyncio.create_task(stand.courier.run())
    await until(lambda: any(to == "q" for _, to, _ in stand.teams.done))
    before_q = len(stand.teams.done)
    await stand.courier.stop()
    await running
    assert before_q < 100
    assert (await stand.states()).get("waiting", 0) + len(stand.teams.done) == 601
