"""How a turn goes: decided again after a conflict, given up, repeated, replied to, and one at a time for a person."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import (
    Conflict,
    Delivery,
    DeliveryStatus,
    Incoming,
    Key,
    LeaseLost,
    Overloaded,
    Sender,
    Settled,
    StoreUnavailable,
    Timer,
    Turn,
    TurnFailed,
)
from bot.records.conflict import MAX_TRIES
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory, UnknownPerson
from bot.turn.runtime import REPLY_LEASE, REPLY_MARGIN
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Decision, Multicast, Notice, Post, Reply, Schedule, do, put
from dialogs.core.event import Event, Pressed, Rang, Said, What
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow, find
from dialogs.core.session import Session
from knowledge.article.article import Language
from knowledge.language.masking import mask
from tests.channels import WEB
from tests.timers import due_timers
from tests.unit.handoff.scene import person
from tests.unit.runtime.scene import ADDRESS, FORMER, HELLO, NOON, Bench, decides, timer, until_idle


def counts_sessions(event: Event) -> Flow:
    """Add a letter to what the session holds."""
    known = yield from find(Session, "kari")
    before = (known.article_id or "") if known else ""
    return put(Session(id="kari", article_id=before + "x", changed_at=event.at)) + do(Reply(slot="s", message=HELLO))


@pytest.mark.parametrize(
    ("what", "on_the_loop"),
    [
        (Said(utterance=mask("ord " * 200)), True),
        (Said(utterance=mask("ord " * 300)), False),
        (Pressed(verb="v", data={"text": "ord " * 300}), False),
    ],
)
async def test_a_flow_that_reads_a_long_text_does_not_hold_the_loop(what: What, on_the_loop: bool) -> None:
    threads: list[bool] = []

    def reads(event: Event) -> Flow:
        threads.append(threading.current_thread() is threading.main_thread())
        yield from find(Session, "kari")
        threads.append(threading.current_thread() is threading.main_thread())
        return do(Reply(slot="s", message=HELLO))

    bench = Bench(reads)
    await bench.store.put(person("kari", "nord"))
    await bench.receive(what, "e1")
    assert threads == [on_the_loop, on_the_loop]


def interferes(bench: Bench, times: int) -> Callable[[], Awaitable[None]]:
    """Write the session of another turn just before this one commits, so often."""
    left = [times]

    async def write() -> None:
        if left[0]:
            left[0] -= 1
            known = await bench.store.read(Session, "kari")
            article_id = (known.article_id or "") if known else ""
            await bench.store.put(Session(id="kari", article_id=article_id + "o", changed_at=NOON))

    return write


def changes_language(event: Event) -> Flow:
    """Write in the languages of three readers: one who changes it just now, one read, and one who is not known."""
    me, other = (yield from find(Person, "kari")), (yield from find(Person, "ola"))
    assert me
    assert other
    plain, spoken = Message(text="Hei"), Message(text="Hello", language=Language.EN)
    return put(replace(me, language=Language.NN)) + do(
        Reply(slot="mine", message=plain),
        Reply(slot="quoted", message=spoken),
        Post(to="ola", slot="theirs", message=plain),
        Post(to="stranger", slot="theirs", message=plain),
    )


async def test_every_message_has_the_language_that_its_reader_reads() -> None:
    bench = Bench(flow=changes_language)
    await bench.known()
    await bench.store.put(Person(id="ola", name="", language=Language.EN, created_at=NOON))
    await bench.press()
    each = [
        (delivery.slot, delivery.message.language)
        for to in ("kari", "ola", "stranger")
        for delivery in await bench.store.deliveries_of_recipient(to)
        if delivery.message
    ]
    assert sorted(each, key=str) == sorted(
        [("mine", Language.NN), ("quoted", Language.EN), ("theirs", Language.EN), ("theirs", None)], key=str
    )


async def test_a_new_guest_begins_in_the_language_of_the_browser_and_keeps_what_it_changes_to() -> None:
    store = MemoryStore()
    directory = Directory(store=store, former=FORMER)

    async def seen(language: Language | None) -> Person:
        sender = Sender(name="", person_id="guest-1", language=language)
        incoming = Incoming(
            id="1", channel=WEB, sender=sender, address=ADDRESS, conversation_id="c", what=Said(utterance="hello")
        )
        return (await directory.recognise(incoming, NOON))[0]

    assert (await seen(Language.EN)).language is Language.EN
    assert (await seen(Language.NN)).language is Language.EN


@pytest.mark.parametrize("times", [0, 1, MAX_TRIES - 1])
async def test_a_turn_is_decided_again_on_what_others_wrote_meanwhile(times: int) -> None:
    bench = Bench(flow=counts_sessions)
    await bench.known()
    bench.store.before_commit = interferes(bench, times)
    await bench.press()
    assert (await bench.store.read(Session, "kari")).article_id == "o" * times + "x"
    assert len(bench.store.commits) == times + 1
    assert [delivery.slot for delivery in bench.sent] == ["s"]


async def test_a_turn_that_others_forestall_each_time_is_given_up_and_changes_nothing() -> None:
    bench = Bench(flow=counts_sessions)
    await bench.known()
    bench.store.before_commit = interferes(bench, 1000)
    with pytest.raises(StoreUnavailable, match="session"):
        await bench.press()
    assert len(bench.store.commits) == MAX_TRIES
    assert (await bench.store.read(Session, "kari")).article_id == "o" * MAX_TRIES
    assert bench.sent == []


async def test_a_turn_decides_on_the_sender_as_recognised_and_again_on_the_sender_as_stored() -> None:
    def flow(event: Event) -> Flow:
        sender = yield from find(Person, event.person_id)
        assert sender is not None
        seen.append(sender.name)
        return put(replace(sender, muted=True))

    seen: list[str] = []
    bench = Bench(flow=flow)
    kari = await bench.known()

    async def rename() -> None:
        bench.store.before_commit = None
        await bench.store.put(replace(kari, name="Et nytt navn"))

    bench.store.before_commit = rename
    await bench.press()
    assert seen == [kari.name, "Et nytt navn"]
    stored = await bench.store.read(Person, "kari")
    assert (stored.name, stored.muted) == ("Et nytt navn", True)


async def test_an_event_that_comes_again_is_not_done_again() -> None:
    bench = Bench(flow=counts_sessions)
    await bench.known()
    assert await bench.press("same") == Turn()
    assert await bench.press("same") == Turn(duplicate=True)
    assert (await bench.store.read(Session, "kari")).article_id == "x"
    assert len(bench.sent) == 1


async def test_what_did_not_commit_is_not_counted_among_the_repetitions() -> None:
    bench = Bench(flow=decides(do(Audit(act="x.refused", subject="s", by="kari", repeatable=True))))
    await bench.known()
    bench.store.fault = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        await bench.press("1")
    bench.store.fault = None
    await bench.press("2")
    assert len(await bench.store.find(AuditEntry.KIND, "act:x.refused")) == 1


# Replies


async def test_replies_are_sent_in_order_and_settled_within_the_turn() -> None:
    goodbye = replace(HELLO, text="Ha det")
    bench = Bench(flow=decides(do(Reply(slot="a", message=HELLO), Reply(slot="b", message=goodbye))))
    await bench.known()
    await bench.press()
    assert [(each.slot, each.message) for each in bench.sent] == [("a", HELLO), ("b", goodbye)]
    for slot in ("a", "b"):
        settled = await bench.delivery("kari", slot)
        assert (settled.status, settled.lease_token, settled.lease_until) == (DeliveryStatus.SENT, None, None)


async def test_what_is_owed_to_others_is_left_to_the_couriers() -> None:
    message = Message(text="Til deg")
    bench = Bench(
        flow=decides(do(Post(to="ola", slot="s", message=message), Multicast(to=("bo",), slot="s", message=message)))
    )
    await bench.known()
    await bench.press()
    assert bench.sent == []
    assert bench.store.settled == []
    assert [(await bench.delivery(who, "s")).status for who in ("ola", "bo")] == [DeliveryStatus.WAITING] * 2


async def test_a_slot_another_worker_is_sending_into_stays_that_workers() -> None:
    bench = Bench(flow=decides(do(Post(to="kari", slot="s", message=HELLO)), do(Reply(slot="s", message=HELLO))))
    await bench.known()
    await bench.press("1")
    [held] = await bench.store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=9, token="worker/1")
    await bench.press("2")
    assert bench.sent == []
    now = await bench.delivery("kari", "s")
    assert (now.lease_token, now.version) == ("worker/1", held.version + 1)


@pytest.mark.parametrize(
    ("takes", "sent"),
    [
        (REPLY_LEASE - REPLY_MARGIN, ["a", "b"]),
        (REPLY_LEASE - REPLY_MARGIN + timedelta(microseconds=1), ["a"]),
    ],
)
async def test_a_reply_is_begun_only_while_its_lease_leaves_time_for_it(takes: timedelta, sent: list[str]) -> None:
    bench = Bench(flow=decides(do(Reply(slot="a", message=HELLO), Reply(slot="b", message=HELLO))), sending_takes=takes)
    await bench.known()
    await bench.press()
    assert [delivery.slot for delivery in bench.sent] == sent
    left = {slot for slot in "ab" if (await bench.delivery("kari", slot)).status is DeliveryStatus.LEASED}
    assert left == {"a", "b"} - set(sent)


async def test_a_reply_may_take_no_longer_than_its_lease_holds() -> None:
    assert timedelta() < REPLY_MARGIN < REPLY_LEASE
    assert (timedelta(seconds=30), timedelta(seconds=15)) == (REPLY_LEASE, REPLY_MARGIN)


@pytest.mark.parametrize("fault", [LeaseLost(["d1"]), StoreUnavailable("away")])
async def test_a_turn_whose_replies_cannot_be_settled_has_not_failed(fault: Exception) -> None:
    """It is committed; what the store does not know of may be sent once more, and is marked so."""
    bench = Bench(flow=decides(do(Reply(slot="s", message=HELLO), Notice(text="Ja"))))
    await bench.known()
    bench.store.settle_fault = fault
    assert (await bench.press()).notice == "Ja"
    assert [delivery.slot for delivery in bench.sent] == ["s"]


async def test_the_time_of_each_stage_is_measured() -> None:
    bench = Bench(flow=counts_sessions, sending_takes=timedelta(seconds=3))
    await bench.known()
    bench.store.before_commit = lambda: bench.sleep(2)
    await bench.press()
    assert bench.stages == [("decide", 0.0), ("commit", 2.0), ("reply", 3.0)]


# What the press is answered with


async def test_of_several_notices_the_last_is_shown() -> None:
    bench = Bench(flow=decides(do(Notice(text="Først"), Notice(text="Sist"))))
    await bench.known()
    assert await bench.press() == Turn(notice="Sist")


async def test_the_pressed_card_is_answered_with_what_its_slot_now_holds() -> None:
    another = Message(text="Noe annet")
    bench = Bench(
        flow=decides(
            do(
                Post(to="ola", slot="pressed", message=another),
                Reply(slot="other", message=another),
                Post(to="kari", slot="pressed", message=HELLO),
                Post(to="bo", slot="pressed", message=another),
            )
        )
    )
    await bench.known()
    assert await bench.press(slot="pressed") == Turn(card=HELLO)
    assert await bench.press("2") == Turn()


# Faults


async def test_a_web_session_of_a_person_who_is_no_more_opens_nothing() -> None:
    bench = Bench(flow=decides(Decision()))
    with pytest.raises(UnknownPerson):
        await bench.press(who="borte")
    assert bench.events == []


async def test_a_store_that_is_away_is_told_and_nothing_is_sent() -> None:
    bench = Bench(flow=counts_sessions)
    await bench.known()
    bench.store.fault = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        await bench.press()
    assert bench.sent == []
    bench.store.fault = None
    await bench.press()
    assert (await bench.store.read(Session, "kari")).article_id == "x"


async def test_too_much_work_is_told_as_such() -> None:
    def flow(event: Event) -> Flow:
        yield from ()
        raise Overloaded

    bench = Bench(flow=flow)
    await bench.known()
    with pytest.raises(Overloaded):
        await bench.press()


@pytest.mark.full
async def test_any_other_fault_is_ours_and_names_no_person() -> None:
    def flow(event: Event) -> Flow:
        yield from ()
        raise KeyError(event.person_id)

    bench = Bench(flow=flow)
    await bench.known()
    with pytest.raises(TurnFailed) as raised:
        await bench.press()
    assert isinstance(raised.value.__cause__, KeyError)
    assert "kari" not in str(raised.value)


# One at a time


class Gate:
    """A channel that is slow until opened."""

    def __init__(self, bench: Bench) -> None:
        self.open = asyncio.Event()
        self.begun: list[str] = []
        self._bench = bench
        self._deliver = bench.deliver

    async def deliver(self, delivery: Delivery) -> Settled:
        self.begun.append(delivery.slot)
        await self.open.wait()
        return await self._deliver(delivery)


def replies_by_event(event: Event) -> Flow:
    yield from ()
    return do(Reply(slot=event.id, message=HELLO))


async def test_turns_of_one_person_run_one_after_the_other_and_those_of_others_beside_them() -> None:
    bench = Bench(flow=replies_by_event)
    gate = Gate(bench)
    bench.deliver = gate.deliver  # type: ignore[method-assign]
    await bench.known("kari")
    await bench.store.put(person("ola", "skole"))
    presses = [("1", "kari"), ("2", "kari"), ("3", "ola"), ("4", ""), ("5", "")]
    turns = [asyncio.create_task(bench.press(id_, who=who)) for id_, who in presses]
    await until_idle()
    assert [event.id for event in bench.events] == ["web:1", "web:3", "web:4", "web:5"]
    gate.open.set()
    await asyncio.gather(*turns)
    assert sorted(gate.begun) == ["web:1", "web:2", "web:3", "web:4", "web:5"]
    assert bench.events[-1].id == "web:2"


async def test_a_turn_that_failed_does_not_keep_the_person_from_the_next() -> None:
    bench = Bench(flow=replies_by_event)
    await bench.known()
    bench.store.fault = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        await bench.press("1")
    bench.store.fault = None
    async with asyncio.timeout(5):
        await bench.press("2")
    assert [delivery.slot for delivery in bench.sent] == ["web:2"]


async def test_nothing_is_remembered_of_a_person_when_their_turns_are_over() -> None:
    bench = Bench(flow=replies_by_event)
    await bench.known()
    await asyncio.gather(*(bench.press(str(number)) for number in range(3)))
    assert not bench.runtime._turns
    assert not bench.runtime._waiting


# Timers


async def test_a_timer_set_again_for_the_instant_it_rang_at_does_not_ring_without_end() -> None:
    again = do(Schedule(key="t", at=NOON, what=Rang(verb="test.ring")))
    bench = Bench(flow=decides(again))
    await bench.set_timer(timer())
    rung = 0
    while due := await due_timers(bench.store, now=NOON, limit=9):
        rung += 1
        assert rung <= 3
        await bench.runtime.ring(due[0])
    assert len(bench.events) <= 2
    assert await bench.store.next_timer_at() is None


async def test_a_timer_moved_while_it_rings_rings_again() -> None:
    later = NOON + timedelta(hours=1)
    bench = Bench(flow=decides(do(Schedule(key="t", at=later, what=Rang(verb="test.ring")))))
    await bench.set_timer(timer())
    await bench.runtime.ring(timer())
    assert await bench.store.next_timer_at() == later
    await bench.runtime.ring(timer(at=later))
    assert [event.id for event in bench.events] == [f"clock:t:{at.isoformat()}" for at in (NOON, later)]


async def test_a_timer_that_rang_already_does_nothing_more() -> None:
    bench = Bench(flow=counts_sessions)
    await bench.runtime.ring(timer())
    await bench.runtime.ring(timer())
    assert (await bench.store.read(Session, "kari")).article_id == "x"


async def test_a_chore_is_done_before_its_timer_goes() -> None:
    done: list[Timer] = []

    async def chore(rung: Timer) -> None:
        done.append(rung)
        assert await bench.store.next_timer_at() == NOON

    bench = Bench(flow=decides(Decision()), jobs={"test.chore": chore})
    await bench.set_timer(timer(verb="test.chore"))
    await bench.runtime.ring(timer(verb="test.chore"))
    assert done == [timer(verb="test.chore")]
    assert await bench.store.next_timer_at() is None


async def test_a_chore_that_failed_stays_to_be_done() -> None:
    async def chore(rung: Timer) -> None:
        raise StoreUnavailable("away")

    bench = Bench(flow=decides(Decision()), jobs={"test.chore": chore})
    await bench.set_timer(timer(verb="test.chore"))
    with pytest.raises(StoreUnavailable):
        await bench.runtime.ring(timer(verb="test.chore"))
    assert await bench.store.next_timer_at() == NOON


async def test_a_timer_is_decided_again_after_a_conflict_too() -> None:
    bench = Bench(flow=counts_sessions)
    bench.store.before_commit = interferes(bench, 1)
    await bench.runtime.ring(timer())
    assert (await bench.store.read(Session, "kari")).article_id == "ox"


async def test_a_turn_that_is_given_up_names_the_kind_of_record_and_no_id() -> None:
    bench = Bench(flow=decides(put(Session(id="kari", changed_at=NOON))))
    await bench.known()
    bench.store.fault = Conflict(Key(kind="session", id="kari"))
    with pytest.raises(StoreUnavailable, match=r"^session is written too often$"):
        await bench.receive(Pressed(verb="test.press"), "1")
