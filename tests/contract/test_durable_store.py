"""What a store that outlives its process still knows after it was opened again."""

from datetime import timedelta

import pytest

from bot.ports import THROTTLED, Commit, DeliveryStatus, Duplicate, Key, LeaseLost, RecordWrite, Store, TimerWrite
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import TEAMS
from tests.contract.conftest import Reopen
from tests.contract.test_store import ANA, HELLO, LEASE, NEWER, NOON, SECOND, claim, outcome, owe, person, post, slot_of
from tests.timers import due_timers


async def test_records_and_their_terms_survive(reopen: Reopen) -> None:
    store = await reopen()
    await store.commit(Commit(at=NOON, records=(person("ana", "all"), person("bo", "all"), person("cy", "all"))))
    await store.commit(Commit(at=NOON, records=(person("ana", "all", "new"), person("bo"))))
    await store.commit(Commit(at=NOON, records=(RecordWrite(key=Key(kind="person", id="cy"), body=None),)))
    before = await store.get([ANA])
    store = await reopen()
    assert await store.get([ANA]) == before
    assert before[ANA].version == 2
    assert [stored.key.id for stored in await store.find("person", "all")] == ["ana"]
    assert await store.count("person", "new") == 1


async def test_deliveries_in_every_state_survive_field_by_field(reopen: Reopen) -> None:
    store = await reopen()
    address = Address(channel=TEAMS, data={"conversation_id": "c1"}, reachable=False)
    await owe(
        store, *(post(f"p{n}", group="g", address=address, expires_at=NOON + timedelta(days=1)) for n in range(6))
    )
    await owe(store, post("p6", group="g", due_at=NOON + LEASE, urgency=Urgency.QUIET, message=NEWER))
    leased = await claim(store)
    states = (DeliveryStatus.SENT, DeliveryStatus.DEAD, DeliveryStatus.UNREACHABLE, DeliveryStatus.WAITING)
    for delivery, status in zip(leased, states, strict=False):
        await store.settle([outcome(delivery, status, reason=THROTTLED, due_at=NOON + LEASE)])
    before = await store.deliveries_of_group("g")
    tally = await store.tally("g")
    due = await store.next_due_at()
    store = await reopen()
    assert await store.deliveries_of_group("g") == before
    assert await store.tally("g") == tally
    assert tally[THROTTLED] == 1
    assert await store.next_due_at() == due


async def test_a_lease_survives_and_is_possibly_twice_when_it_ran_out(reopen: Reopen) -> None:
    store = await reopen()
    await owe(store, post("ana"), post("bo"))
    ana, bo = await claim(store)
    store = await reopen()
    assert await claim(store, NOON + SECOND) == []
    await store.settle([outcome(ana)])
    [again] = await claim(store, NOON + LEASE, token="w2")
    assert (again.id, again.possibly_twice) == (bo.id, True)
    store = await reopen()
    with pytest.raises(LeaseLost):
        await store.settle([outcome(bo)])


async def test_outcomes_to_be_written_later_survive_a_close(reopen: Reopen) -> None:
    store = await reopen()
    await owe(store, post("ana"))
    [ana] = await claim(store)
    await store.settle([outcome(ana)], later=True)
    before = await store.deliveries_of_recipient("ana")
    store = await reopen()
    assert await store.deliveries_of_recipient("ana") == before
    assert [delivery.status for delivery in before] == [DeliveryStatus.SENT]


async def test_the_order_of_a_recipient_survives(reopen: Reopen) -> None:
    store = await reopen()
    await owe(store, post(slot="c"), post(slot="a", due_at=NOON + SECOND), post(slot="b"))
    store = await reopen()
    seen = []
    while leased := await claim(store, NOON + LEASE):
        await store.settle([outcome(delivery) for delivery in leased])
        seen += [delivery.slot for delivery in leased]
    assert seen == ["c", "b", "a"]


async def test_a_groups_recipients_are_in_order_whatever_the_order_they_were_posted_in(reopen: Reopen) -> None:
    store = await reopen()
    await owe(store, *(post(f"p{n}", group="g") for n in (3, 1, 2, 0)))
    store = await reopen()
    assert [each.recipient for each in await store.deliveries_of_group("g")] == ["p0", "p1", "p2", "p3"]
    assert [each.recipient for each in await store.deliveries_of_group("g", after="p1")] == ["p2", "p3"]


async def test_events_and_timers_survive(reopen: Reopen) -> None:
    store = await reopen()
    timers = (
        TimerWrite(key="a", at=NOON, verb="x.y", data={"id": "1"}),
        TimerWrite(key="b", at=NOON + LEASE, verb="z"),
    )
    await store.commit(Commit(at=NOON, event_id="æ/e\n\t1", timers=timers))
    await store.commit(Commit(at=NOON, timers=(TimerWrite(key="b", at=None),)))
    before = await due_timers(store, now=NOON + LEASE, limit=9)
    store = await reopen()
    assert await due_timers(store, now=NOON + LEASE, limit=9) == before
    assert [timer.key for timer in before] == ["a"]
    with pytest.raises(Duplicate):
        await store.commit(Commit(at=NOON, event_id="æ/e\n\t1"))


async def test_a_sequence_is_never_used_again(reopen: Reopen) -> None:
    store = await reopen()
    [before] = await owe(store, post())
    await store.forget_recipient("ana")
    store = await reopen()
    [after] = await owe(store, post())
    assert after.sequence > before.sequence


async def test_what_was_forgotten_stays_forgotten(reopen: Reopen) -> None:
    store = await reopen()
    await store.commit(Commit(at=NOON, event_id="e1", posts=(post("ana", group="g"), post("bo", group="g"))))
    [ana, _] = await claim(store)
    await store.settle([outcome(ana, at=NOON)])
    await store.forget(
        events_before=NOON + SECOND, deliveries_before=NOON + SECOND, prefixes=["x/"], prefix_before=NOON
    )
    await store.forget_recipient("bo")
    store = await reopen()
    assert await store.tally("g") == {}
    assert await store.deliveries_of_recipient("bo") == []
    await store.commit(Commit(at=NOON, event_id="e1"))


async def test_a_slot_stays_renamed(reopen: Reopen) -> None:
    store = await reopen()
    await owe(store, post("bo", "apply/ana/1"), post("bo", "seen/ana", due_at=NOON + SECOND))
    await store.forget_recipient("ana")
    slots = [each.slot for each in await store.deliveries_of_recipient("bo")]
    assert not any("ana" in slot for slot in slots)
    store = await reopen()
    assert [each.slot for each in await store.deliveries_of_recipient("bo")] == slots


async def test_contents_shared_by_many_survive_until_the_last_one_goes(reopen: Reopen) -> None:
    store = await reopen()
    equal = Message(text=HELLO.text, card=dict(HELLO.card or {}))
    await owe(store, post("ana"), post("bo", message=equal))
    await store.forget_recipient("ana")
    store = await reopen()
    assert (await slot_of(store, "bo")).message == HELLO
    await owe(store, post("bo", message=NEWER))
    store = await reopen()
    assert (await slot_of(store, "bo")).message == NEWER
    await owe(store, post("cy"))
    store = await reopen()
    assert (await slot_of(store, "cy")).message == HELLO


async def test_a_store_opens_empty(reopen: Reopen) -> None:
    store: Store = await reopen()
    await store.ping()
    assert await store.next_due_at() is None
    assert await store.next_timer_at() is None
    assert await store.deliveries_in_state(DeliveryStatus.WAITING) == []
