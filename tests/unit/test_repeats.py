"""What one person can cause in a loop costs one audit entry, and one with the number for each further hour."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Delivery, Incoming, Sender, StoreUnavailable, Turn
from bot.records.codec import decode
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from bot.turn.repeated_acts import MAX_GUESTS_APART, MAX_WINDOWS, RepeatCounter, RepeatWriter
from bot.turn.runtime import Runtime
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit
from dialogs.core.event import Pressed
from dialogs.core.person import Address
from dialogs.router import route
from tests.channels import WEB
from tests.contract.test_handoff_limits import KnowsNothing, Lands, Untimed, fill
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import person
from tests.unit.images.test_keeping import HeldClock


def refusal(by: str = "kari", act: str = "handoff.refused", **details: str) -> Audit:
    return Audit(act=act, subject="x", by=by, details=tuple(details.items()), repeatable=True)


def caused(counter: RepeatCounter, audit: Audit, times: int, *, minutes: float = 0) -> int:
    """Cause an act so often and return how many entries it writes at once."""
    at = TUESDAY + timedelta(minutes=minutes)
    return sum(counter.count_act(audit, at) for _ in range(times))


def test_the_first_is_written_at_once_and_the_others_become_a_number_when_the_hour_is_over() -> None:
    counter = RepeatCounter()
    assert caused(counter, refusal(), 10_000) == 1
    assert counter.take_due(TUESDAY + timedelta(minutes=59)) == ()
    [entry] = counter.take_due(TUESDAY + timedelta(hours=1))
    assert (entry.act, entry.by, entry.subject) == ("handoff.refused", "kari", "kari")
    assert dict(entry.details) == {"count": "9999", "since": TUESDAY.isoformat()}
    assert counter.take_due(TUESDAY + timedelta(hours=1)) == ()


def test_a_loop_that_goes_on_costs_one_entry_an_hour() -> None:
    counter, written = RepeatCounter(), 0
    for minute in range(24 * 60):
        written += caused(counter, refusal(), 5, minutes=minute)
        written += len(counter.take_due(TUESDAY + timedelta(minutes=minute)))
    assert written <= 25


def test_another_act_another_person_and_an_act_that_succeeded_are_told_apart() -> None:
    counter = RepeatCounter()
    assert caused(counter, refusal(), 3) == 1
    assert caused(counter, refusal(by="ola"), 3) == 1
    assert caused(counter, refusal(act="announce.refused"), 3) == 1
    assert caused(counter, refusal(act="profile.unit"), 3) == 1
    assert caused(counter, refusal(act="profile.unit", refused="true"), 3) == 1
    refused = [dict(entry.details).get("refused") for entry in counter.take_due(TUESDAY + timedelta(hours=1))]
    assert Counter(refused) == {None: 4, "true": 1}


def test_after_a_quiet_hour_the_next_is_written_at_once_again() -> None:
    counter = RepeatCounter()
    assert caused(counter, refusal(), 1) == 1
    assert caused(counter, refusal(), 1, minutes=60) == 1
    assert counter.take_due(TUESDAY + timedelta(hours=3)) == ()
    assert len(counter) == 0


def test_guests_without_number_share_one_count_and_colleagues_keep_their_own() -> None:
    counter = RepeatCounter()
    written = sum(caused(counter, refusal(by=f"guest-{number}"), 2) for number in range(5_000))
    assert written == MAX_GUESTS_APART + 1
    assert caused(counter, refusal(by="kari"), 1) == 1
    entries = {entry.by: dict(entry.details)["count"] for entry in counter.take_due(TUESDAY + timedelta(hours=1))}
    assert entries.pop("guests") == str(2 * (5_000 - MAX_GUESTS_APART) - 1)
    assert len(entries) == MAX_GUESTS_APART


def test_memory_is_bounded_whoever_writes() -> None:
    counter = RepeatCounter()
    for number in range(MAX_WINDOWS + 500):
        caused(counter, refusal(by=f"p{number}"), 1)
    assert len(counter) == MAX_WINDOWS + 1


class Away(MemoryStore):
    away = False
    commits = 0

    async def commit(self, commit: Commit) -> list[Delivery]:
        if self.away:
            raise StoreUnavailable("away")
        self.commits += 1
        return list(await super().commit(commit))

    async def audits(self) -> list[AuditEntry]:
        return [decode(AuditEntry, stored) for stored in await self.find(AuditEntry.KIND, "all")]


def writer(counter: RepeatCounter, store: MemoryStore, clock: HeldClock) -> RepeatWriter:
    return RepeatWriter(counter, store=store, clock=clock, rng=SystemRandomSource(), log=structlog.get_logger())


async def test_a_count_waits_while_the_store_is_away_and_is_not_lost() -> None:
    counter, store, clock = RepeatCounter(), Away(), HeldClock(at=TUESDAY + timedelta(hours=1))
    caused(counter, refusal(), 3)
    store.away = True
    await writer(counter, store, clock).flush()
    caused(counter, refusal(), 2)
    store.away = False
    await writer(counter, store, clock).flush()
    [entry] = await store.audits()
    assert dict(entry.details)["count"] == "4"


async def test_what_is_counted_is_recorded_when_the_process_stops() -> None:
    counter, store, clock = RepeatCounter(), Away(), HeldClock(at=TUESDAY)
    loop = writer(counter, store, clock)
    caused(counter, refusal(), 3)
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0)
    await loop.stop()
    await running
    [entry] = await store.audits()
    assert dict(entry.details)["count"] == "2"


class Desk:
    """A runtime over a store whose commits are counted."""

    def __init__(self, store: Away) -> None:
        self.store, self.number = store, 0
        self.seen: Counter[str] = Counter()
        self.counter = RepeatCounter(seen=lambda act: self.seen.update([act]))

    async def open(self) -> "Desk":
        content = await fill(self.store, person("guest-1", "nord", name=""))
        self.runtime = Runtime(
            store=self.store,
            directory=Directory(store=self.store, former=FormerMarks(b"l" * 32)),
            understanding=KnowsNothing(),
            route=route,
            content=lambda: content,
            sender=Lands(),
            jobs={},
            former=FormerMarks(b"l" * 32),
            clock=HeldClock(at=TUESDAY),
            rng=SystemRandomSource(),
            stages=Untimed(),
            log=structlog.get_logger(),
            repeats=self.counter,
        )
        return self

    async def press(self, verb: str, data: dict[str, str], by: str = "guest-1") -> Turn:
        self.number += 1
        return await self.runtime.receive(
            Incoming(
                id=str(self.number),
                channel=WEB,
                sender=Sender(name="", person_id=by),
                address=Address(channel=WEB),
                conversation_id=f"web:{by}",
                what=Pressed(verb=verb, data=data, slot="handoff/x/offer"),
            )
        )


PRESSES = [
    ("handoff.accept", {"handoff_id": "nothing"}),
    ("handoff.send", {"handoff_id": "nothing", "question": "?"}),
    ("handoff.tip", {"handoff_id": "nothing", "words": "?"}),
    ("ambassador.approve", {"person_id": "kari"}),
    ("editor.approve", {"suggestion_id": "x"}),
    ("announce.confirm", {"announcement_id": "x"}),
    ("announce.open", {"announcement_id": "x"}),
    ("announce.recalled", {"announcement_id": "x", "edition": "1"}),
    ("profile.municipality", {"municipality": "storvik"}),
    ("profile.unit", {"unit": "bryggen"}),
    ("nothing.at_all", {}),
]


@pytest.mark.parametrize(("verb", "data"), PRESSES, ids=[verb for verb, _ in PRESSES])
async def test_a_refused_press_writes_at_most_once_however_often_it_is_made(verb: str, data: dict[str, str]) -> None:
    desk = await Desk(Away()).open()
    turns = [await desk.press(verb, data)]
    first = desk.store.commits
    audits = len(await desk.store.audits())
    turns += [await desk.press(verb, data) for _ in range(30)]
    assert desk.store.commits == first
    assert len(await desk.store.audits()) == audits <= 1
    assert all(turn.notice for turn in turns)
    assert sum(desk.seen.values()) in {0, 31}


async def test_moving_to_and_fro_between_units_is_in_the_audit_log_once() -> None:
    desk = await Desk(Away()).open()
    for number in range(30):
        await desk.press("profile.unit", {"unit": ("nord", "sor")[number % 2]})
    assert [entry.act for entry in await desk.store.audits()] == ["profile.unit"]
    assert desk.seen == {}
    [entry] = desk.counter.take_due(TUESDAY, all_of_them=True)
    assert dict(entry.details)["count"] == "28"


def test_an_entry_for_the_log_holds_no_more_than_before() -> None:
    entry = AuditEntry.from_act(replace(refusal(), subject="h"), id="audit-1", at=TUESDAY)
    assert (entry.act, entry.subject, entry.by, entry.details) == ("handoff.refused", "h", "kari", ())


class Slow(Away):
    """A store that takes a while, so that turns of many people overlap."""

    async def commit(self, commit: Commit) -> list[Delivery]:
        await asyncio.sleep(0)
        return await super().commit(commit)


async def test_guests_who_press_all_at_once_do_not_each_get_an_entry() -> None:
    desk = await Desk(Slow()).open()
    presses = (desk.press("handoff.accept", {"handoff_id": "x"}, by=f"guest-{number}") for number in range(60))
    await asyncio.gather(*presses)
    assert len(await desk.store.audits()) == MAX_GUESTS_APART + 1
    assert desk.seen == {"handoff.refused": 60}


async def test_an_act_whose_turn_could_not_be_stored_is_recorded_when_it_happens_again() -> None:
    desk = await Desk(Away()).open()
    await desk.press("status.show", {})
    desk.store.away = True
    with pytest.raises(StoreUnavailable):
        await desk.press("handoff.accept", {"handoff_id": "x"})
    desk.store.away = False
    await desk.press("handoff.accept", {"handoff_id": "x"})
    assert [entry.act for entry in await desk.store.audits()] == ["handoff.refused"]


def test_what_did_not_happen_is_not_counted() -> None:
    counter = RepeatCounter()
    assert counter.count_act(refusal(), TUESDAY)
    counter.undo(refusal(), recorded=True)
    assert counter.count_act(refusal(), TUESDAY)
    assert not counter.count_act(refusal(), TUESDAY)
    counter.undo(refusal(), recorded=False)
    assert counter.take_due(TUESDAY + timedelta(hours=2)) == ()
