"""A person who changes municipality keeps personal settings only, and open hand-offs move on."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.records.query_answering import QueryAnswering
from bot.stores.memory.store import MemoryStore
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.decision import Put
from dialogs.core.event import CLOCK, Event, Rang
from dialogs.core.person import Person, Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.router import route
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language
from tests.channels import TEAMS
from tests.timers import due_timers
from tests.unit.cli.registry_scene import NOON, NORTH, Scene
from tests.unit.cli.test_registry_import import TALKS, WORLD

NES = "nes-helse"
ANA = f"ana,Ansatt Ana,eidsvoll,{NORTH},announcer;ambassador,,,,ana@eidsvoll.example\n"
BO = f"bo,Hjelper Bo,eidsvoll,{NORTH},ambassador,,,,\n"
CY = f"cy,Hjelper Cy,nes,{NES},ambassador,,,,\n"
MOVED = f"ana,Ansatt Ana,nes,{NES},,,,,\n"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(MemoryStore(), tmp_path)


async def reached(scene: Scene, *ids: str) -> None:
    for id_ in ids:
        await scene.put(replace(await scene.get(Person, id_), addresses={TEAMS: TALKS}, last_channel=TEAMS))


async def test_settings_stay_and_roles_do_not(scene: Scene) -> None:
    await scene.load(ANA + BO + CY)
    before = replace(
        await scene.get(Person, "ana"), muted=True, language=Language.NN, language_chosen=True, welcomed=True
    )
    await scene.put(before)
    await scene.put(
        WebSession(
            id="s", person_id="ana", way=SignInMethod.LINK, created_at=NOON, seen_at=NOON,
            expires_at=NOON.replace(year=2030),
        )
    )  # fmt: skip
    await scene.load(MOVED + BO + CY)
    after = await scene.get(Person, "ana")
    assert after == replace(before, municipality_id="nes", unit_id=NES, roles=frozenset({Role.EMPLOYEE}))
    assert not (await scene.get(AmbassadorProfile, "ana")).ambassador.active
    assert not await scene.has(WebSession, "s")


async def test_roles_that_the_new_municipality_gives_hold(scene: Scene) -> None:
    await scene.load(ANA + BO + CY)
    await scene.load(MOVED.replace(",,,,,", ",editor,,,,") + BO + CY)
    assert (await scene.get(Person, "ana")).roles == {Role.EMPLOYEE, Role.EDITOR}


async def test_within_a_municipality_roles_stay(scene: Scene) -> None:
    await scene.load(ANA)
    await scene.load(f"ana,Ansatt Ana,eidsvoll,{NORTH},,,,,ana@eidsvoll.example\n")
    assert (await scene.get(Person, "ana")).roles == {Role.EMPLOYEE, Role.ANNOUNCER, Role.AMBASSADOR}


@pytest.mark.parametrize("status", [Status.WAITING, Status.OFFERED, Status.ACCEPTED, Status.ESCALATED])
async def test_open_questions_follow_to_the_new_municipality(scene: Scene, status: Status) -> None:
    await scene.load(ANA + BO + CY)
    await reached(scene, "ana", "bo", "cy")
    asked = Handoff(
        id="h1", asker_id="ana", municipality_id="eidsvoll", unit_id=NORTH, language=Language.NB, question="Hvorfor?",
        created_at=NOON, changed_at=NOON,
    )  # fmt: skip
    offered = asked.offer("bo", NOON, until=NOON)
    states = {
        Status.WAITING: asked,
        Status.OFFERED: offered,
        Status.ACCEPTED: offered.accept("bo", NOON, until=NOON),
        Status.ESCALATED: asked.escalate(("bo",), NOON, until=NOON),
    }
    await scene.put(states[status])
    await scene.load(MOVED + BO + CY)
    [timer] = [each for each in await due_timers(scene.store, now=NOON, limit=9) if each.verb == "handoff.moved"]
    rang = Rang(verb=timer.verb, data=timer.data)
    event = Event(id="1", at=NOON, channel=CLOCK, person_id="", conversation_id="", what=rang)
    reading = QueryAnswering(store=scene.store, understanding=None, rng=scene.rng)  # type: ignore[arg-type]  # not asked
    decision = await reading.run(route(event, WORLD))
    [moved] = [w.record for w in decision.writes if isinstance(w, Put) and isinstance(w.record, Handoff)]
    assert (moved.municipality_id, moved.unit_id) == ("nes", NES)
    assert (moved.status, moved.assignment.offered_to) == (Status.OFFERED, "cy")


async def test_nothing_follows_who_stays(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await scene.load(ANA.replace("Ansatt Ana", "Ana Ansatt") + BO)
    assert not [each for each in await due_timers(scene.store, now=NOON, limit=9) if each.verb == "handoff.moved"]
