"""An act that waits to be undone is done once in every store, whatever process dies and whoever presses at once."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.delivery.timers import Timers
from bot.ports import Commit, Incoming, Key, Sender, Store, Timer
from bot.records.codec import decode, write_of
from bot.turn.runtime import Runtime
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.channel import Channels
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.event import Pressed
from dialogs.core.person import Address, Person
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.undo import DUE, HeldAct
from tests.channels import CHANNELS, WEB
from tests.contract.conftest import Reopen
from tests.contract.test_handoff_limits import process
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import accepted, stage

PRESSED_AT: Final = TUESDAY + timedelta(minutes=1)
TEN: Final = timedelta(seconds=10)


@dataclass(slots=True)
class Held:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


async def fill(store: Store) -> tuple[Content, str]:
    """Put a question that Ana has taken into the store; return its id."""
    town = stage()
    id_ = accepted(town)
    records = [record for kind in (Person, AmbassadorProfile, Handoff, Worklist) for record in town.all(kind)]
    await store.commit(Commit(at=TUESDAY, records=tuple(write_of(Put(record=record), {}) for record in records)))
    specs = tuple(replace(spec, undo_for=TEN) if spec.name == WEB else spec for spec in CHANNELS)
    return replace(town.content, channels=Channels(specs)), id_


async def press(runtime: Runtime, id_: str, verb: str, **data: str) -> str | None:
    """Let Ana press; return the notice."""
    turn = await runtime.receive(
        Incoming(
            id=id_,
            channel=WEB,
            sender=Sender(name="", person_id="ana"),
            address=Address(channel=WEB),
            conversation_id="web:ana",
            what=Pressed(verb=verb, data=data),
        )
    )
    return turn.notice


async def due(store: Store, at: datetime) -> list[Timer]:
    """Take the timers of held acts that are due."""
    timers = await store.take_timers(now=at, hold_for=TEN, limit=100)
    return [timer for timer in timers if timer.verb == DUE]


async def stored(store: Store, kind: type[Any], id_: str) -> Any:
    rows = await store.get([Key(kind=kind.KIND, id=id_)])
    return next((decode(kind, row) for row in rows.values()), None)


async def resolutions(store: Store, id_: str) -> int:
    handoff: Handoff = await stored(store, Handoff, id_)
    done = [entry.what for entry in handoff.history].count(Transition.RESOLVED)
    assert (handoff.status is Status.RESOLVED) == (done == 1)
    return done


async def test_after_a_crash_and_with_the_page_closed_it_is_done_once(reopen: Reopen) -> None:
    store = await reopen()
    content, id_ = await fill(store)
    await press(process(store, content, Held(PRESSED_AT)), "p1", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    assert await resolutions(store, id_) == 0
    store = await reopen()
    # Another process takes the timer and dies before it has done anything.
    assert len(await due(store, PRESSED_AT + TEN)) == 1
    store = await reopen()
    later = PRESSED_AT + 3 * TEN
    [timer] = await due(store, later)
    processes = [process(store, content, Held(later)) for _ in range(2)]
    # The first process was only slow, and does it too.
    await asyncio.gather(*(runtime.ring(timer) for runtime in processes))
    assert await resolutions(store, id_) == 1
    handoff = await stored(store, Handoff, id_)
    assert handoff.outcome.answer == "Trykk Del."
    assert await stored(store, HeldAct, f"{id_}/ana") is None
    assert await due(store, later + 9 * TEN) == []


async def test_a_double_press_in_two_tabs_is_held_and_done_once(store: Store) -> None:
    content, id_ = await fill(store)
    tabs = [process(store, content, Held(PRESSED_AT)) for _ in range(2)]
    await asyncio.gather(
        *(press(tab, f"p{number}", "handoff.resolve", handoff_id=id_) for number, tab in enumerate(tabs))
    )
    at = PRESSED_AT + TEN
    runtime = process(store, content, Held(at))
    timers = Timers(store=store, ring=runtime.ring, clock=Held(at), log=structlog.get_logger())
    while await timers.tick():
        pass
    assert await resolutions(store, id_) == 1
    # The back button shows the old page, whose button is pressed again.
    assert await press(runtime, "again", "handoff.resolve", handoff_id=id_)
    assert await resolutions(store, id_) == 1


async def test_undone_at_the_last_moment_it_is_either_undone_or_done(store: Store) -> None:
    content, id_ = await fill(store)
    await press(process(store, content, Held(PRESSED_AT)), "p1", "handoff.resolve", handoff_id=id_)
    at = PRESSED_AT + TEN
    [timer] = await due(store, at)
    late, _ = await asyncio.gather(
        press(process(store, content, Held(at)), "p2", "handoff.undo", held_id=f"{id_}/ana"),
        process(store, content, Held(at)).ring(timer),
    )
    assert await resolutions(store, id_) == (1 if late else 0)
    assert await stored(store, HeldAct, f"{id_}/ana") is None
