"""Every store does what the memory store does, whatever is asked of it in whatever order."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.ports import (
    THROTTLED,
    Commit,
    Conflict,
    Delivery,
    DeliveryStatus,
    Duplicate,
    Key,
    LeaseLost,
    MulticastWrite,
    PostWrite,
    RecordWrite,
    Settled,
    Store,
    TimerWrite,
)
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from tests.contract.test_audit import act
from tests.contract.test_store import HELLO, LEASE, NEWER, NOON
from tests.timers import due_timers

STEPS = 120
MESSAGES = (HELLO, NEWER, Message(text="Hei igjen"), None)
DETAILS = ([], [["n", "1"], ["word", "\x00 \ud83d æ \\u0000 \"'\n{}"]])
TOKENS = ("w1", "w2", "turn")

Ask = Callable[[Store], Awaitable[Any]]


class Questions:
    """Draws what to ask next, to be put to both stores.

    Sequences leave other gaps in each store: ``names`` leads from the delivery ids of the reference to the other ones.
    """

    def __init__(self, seed: int, reference: Store) -> None:
        self.draw = random.Random(seed)
        self.now = NOON
        self.held: list[Delivery] = []
        self.names: dict[str, str] = {}
        self._reference = reference

    def next(self) -> Ask:
        self.now += timedelta(seconds=self.draw.choice([0, 0, 1, 10]))
        ask = self.draw.choices(
            [self.commit, self.claim, self.settle, self.release, self.forget, self.read],
            [30, 20, 25, 3, 3, 15],
        )
        return ask[0]()

    def commit(self) -> Ask:
        draw = self.draw
        event_id = draw.choice([None, f"e{draw.randrange(30)}"])
        records = tuple(self.record() for _ in range(draw.choice([0, 1, 1, 3])))
        acts = tuple(
            act(f"a{draw.randrange(40)}", details=draw.choice(DETAILS)) for _ in range(draw.choice([0, 0, 1, 2]))
        )
        posts = tuple(self.post() for _ in range(draw.choice([0, 1, 1, 2, 4])))
        timers = tuple(
            TimerWrite(key=f"t{draw.randrange(4)}", at=draw.choice([None, self.later()]), verb="x.y")
            for _ in range(draw.choice([0, 0, 1]))
        )
        multicasts = tuple(self.multicast() for _ in range(draw.choice([0, 0, 1, 2])))
        commit = Commit(
            at=self.now,
            event_id=event_id,
            records=records + acts,
            multicasts=multicasts,
            posts=posts,
            timers=timers,
            cut_audit=draw.choice([0, 0, 0, draw.randrange(20)]),
        )
        return lambda store: store.commit(commit)

    def multicast(self) -> MulticastWrite:
        draw = self.draw
        return MulticastWrite(
            recipients=tuple(draw.sample([f"p{n}" for n in range(5)], draw.randrange(6))),
            slot=f"s{draw.randrange(4)}",
            message=draw.choice([HELLO, NEWER]),
            group=draw.choice([None, "g1", "g2"]),
            urgency=draw.choice(list(Urgency)),
            due_at=draw.choice([self.now, self.later()]),
            expires_at=draw.choice([None, self.later()]),
        )

    def record(self) -> RecordWrite:
        draw = self.draw
        return RecordWrite(
            key=Key(kind=draw.choice(["a", "b"]), id=f"r{draw.randrange(5)}"),
            body=draw.choice([None, {"n": draw.randrange(99)}, {"n": draw.randrange(99)}]),
            terms=frozenset(draw.sample(["x", "y", "z"], draw.randrange(3))),
            expected=draw.choice([None, None, 0, 1, 2]),
        )

    def post(self) -> PostWrite:
        draw = self.draw
        turn = draw.random() < 0.2
        return PostWrite(
            recipient=f"p{draw.randrange(5)}",
            slot=f"s{draw.randrange(4)}",
            message=draw.choice(MESSAGES),
            group=draw.choice([None, "g1", "g2"]),
            urgency=draw.choice(list(Urgency)),
            due_at=draw.choice([self.now, self.now, self.later()]),
            expires_at=draw.choice([None, None, self.later()]),
            only_update=draw.random() < 0.2,
            lease_token="turn" if turn else None,
            lease_until=self.now + LEASE if turn else None,
        )

    def claim(self) -> Ask:
        """Claim all there is; of several recipients, who is first may differ once something urgent was sent."""
        now, token = self.now, self.draw.choice(TOKENS)

        async def claim(store: Store) -> Sequence[Delivery]:
            leased = await store.claim(now=now, lease_for=LEASE, limit=10, token=token)
            due = await store.next_due_at()
            assert due is None or due > now, "a courier would ask for nothing again and again"
            return sorted(leased, key=lambda delivery: delivery.recipient)

        return claim

    def settle(self) -> Ask:
        """Settle some of what was seen leased at any time, so mostly too late."""
        draw = self.draw
        chosen = draw.sample(self.held, min(len(self.held), draw.randrange(4)))
        outcomes = []
        for delivery in chosen:
            status = draw.choice(
                [DeliveryStatus.SENT, DeliveryStatus.SENT, DeliveryStatus.DEAD, DeliveryStatus.WAITING]
            )
            if delivery.message is None and status is DeliveryStatus.SENT:
                status = DeliveryStatus.DELETED
            outcomes.append(
                Settled(
                    delivery_id=delivery.id,
                    lease_token=delivery.lease_token or "",
                    version=delivery.version,
                    status=status,
                    at=self.now,
                    reference={"activity_id": str(delivery.version)} if status is DeliveryStatus.SENT else None,
                    due_at=self.later(),
                    reason=draw.choice(["", THROTTLED]),
                    counts_as_attempt=draw.random() < 0.8,
                    possibly_twice=draw.random() < 0.1,
                )
            )
        return lambda store: store.settle([self.named(store, outcome) for outcome in outcomes])

    def release(self) -> Ask:
        token = self.draw.choice(TOKENS)
        return lambda store: store.release(token)

    def forget(self) -> Ask:
        before = self.now - LEASE
        if self.draw.random() < 0.5:
            sooner = before - LEASE
            return lambda store: store.forget(
                events_before=before, deliveries_before=sooner, prefixes=["s1"], prefix_before=before
            )
        recipient = f"p{self.draw.randrange(5)}"
        return lambda store: store.forget_recipient(recipient)

    def read(self) -> Ask:
        draw, now = self.draw, self.now
        status = draw.choice([None, *DeliveryStatus])
        asks: Sequence[Ask] = (
            lambda store: store.tally("g1"),
            lambda store: self.next_due_at(store, now),
            lambda store: due_timers(store, now=now, limit=2),
            self.oldest_pending,
            lambda store: store.next_timer_at(),
            lambda store: store.audit_head(),
            lambda store: store.audit_rows(after=3, limit=9),
            lambda store: store.audit_strays(),
            lambda store: store.find("a", "x", limit=2),
            lambda store: store.count("b", "y"),
            lambda store: store.deliveries_of_group("g1", status=status, after="p1", limit=2),
            lambda store: store.latest_deliveries("p2", limit=2),
            lambda store: store.deliveries_in_state(status or DeliveryStatus.SENT, limit=3),
        )
        return draw.choice(asks)

    def later(self) -> datetime:
        return self.now + timedelta(seconds=self.draw.randrange(1, 60))

    async def next_due_at(self, store: Store, now: datetime) -> datetime | None:
        """Return when something is due; what is due already is due now."""
        due = await store.next_due_at()
        return due and max(due, now)

    async def oldest_pending(self, store: Store) -> datetime | None:
        """Return since when anything has been due; a lane may differ once something urgent was sent."""
        return min((await store.oldest_pending()).values(), default=None)

    def named(self, store: Store, outcome: Settled) -> Settled:
        """Return the outcome with the delivery's id in this store."""
        if store is self._reference:
            return outcome
        return replace(outcome, delivery_id=self.names.get(outcome.delivery_id, outcome.delivery_id))

    def learn(self, expected: Any, found: Any) -> None:
        """Take up ids and leases from answers that were found to agree."""
        if isinstance(expected, list):
            for delivery, other in zip(expected, found, strict=True):
                if isinstance(delivery, Delivery):
                    self.names[delivery.id] = other.id
                    if delivery.lease_token:
                        self.held.append(delivery)


async def answer(store: Store, ask: Ask) -> Any:
    """Return what the store answers, expected exceptions as values."""
    try:
        return await ask(store)
    except LeaseLost as error:
        return LeaseLost, len(error.delivery_ids)
    except (Conflict, Duplicate) as error:
        return type(error), str(error)


def without_ids(found: Any) -> Any:
    """Return an answer without what may differ."""
    if isinstance(found, list):
        return [replace(item, id="", sequence=0) if isinstance(item, Delivery) else item for item in found]
    return found


@pytest.mark.quick(9)
@pytest.mark.parametrize("seed", range(12))
async def test_a_store_agrees_with_the_reference(store: Store, seed: int) -> None:
    reference = MemoryStore()
    questions = Questions(seed, reference)
    for step in range(STEPS):
        ask = questions.next()
        expected, found = await answer(reference, ask), await answer(store, ask)
        assert without_ids(found) == without_ids(expected), f"step {step}"
        questions.learn(expected, found)
