"""The demo's applications for programs: each municipality has some for every reviewer, and the same each time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

from bot.app.demo.applications import load_applications
from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from bot.directory import load_sample
from bot.records.codec import decode
from bot.stores.memory.store import MemoryStore
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.rollout.software.model import STATUSES, Application, ProgramState
from dialogs.rollout.software.reviewers import may_decide, sector_of
from knowledge.matching.policy import Policy
from knowledge.organisation.unit import Sector
from knowledge.software.program import ProgramUse
from tests.channels import CHANNELS
from tests.learned import sample_content
from tests.unit.cli.registry_scene import NOON


@cache
def content() -> Content:
    published = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    return replace(published, channels=CHANNELS)


async def stocked() -> MemoryStore:
    store = MemoryStore()
    await load_sample(
        store, content().organisation, topics=sample_content().topics(), addresses=CHANNELS.waiting_places(), at=NOON
    )
    return store


async def applications(store: MemoryStore, municipality_id: str) -> Sequence[Application]:
    found = [await store.find(Application.KIND, f"{standing}@{municipality_id}") for standing in ProgramState]
    return [decode(Application, each) for page in found for each in page]


async def test_each_municipality_has_applications_in_every_state_that_its_reviewers_decide() -> None:
    store = await stocked()
    written = await load_applications(store, content(), at=NOON)
    people = [decode(Person, each) for each in await store.find(Person.KIND, "registered")]
    reviewers = [each for each in people if each.has(Role.REVIEWER)]
    seen = 0
    for municipality_id in content().organisation.municipalities:
        own = await applications(store, municipality_id)
        seen += len(own)
        assert {each.standing for each in own} == set(ProgramState)
        for each in own:
            [applicant] = [person for person in people if person.id == each.person_id]
            assert sector_of(content(), applicant) is each.sector
            assert any(may_decide(content(), person, municipality_id, each.sector) for person in reviewers)
            assert each.pending is (each.due_at is not None)
            assert (each.decided_by is not None) is (each.standing in STATUSES)
    assert seen == written


async def test_the_pupils_programs_wait_for_the_leader_of_the_schools_and_then_for_the_reviewers_of_schools() -> None:
    store = await stocked()
    await load_applications(store, content(), at=NOON)
    people = {each.key.id: decode(Person, each) for each in await store.find(Person.KIND, "registered")}
    pupils = [each for each in await applications(store, "eidsvoll") if each.use is ProgramUse.PUPILS]
    assert {each.standing for each in pupils} >= {ProgramState.WITH_MANAGER, ProgramState.WAITING}
    for each in pupils:
        assert each.sector is Sector.SCHOOL
        assert [people[id_].name for id_ in each.manager_ids] == ["Leder Skole Eidsvoll"]
        deciders = {
            person.name
            for person in people.values()
            if person.has(Role.REVIEWER) and may_decide(content(), person, "eidsvoll", each.sector)
        }
        assert deciders == {"Programvurderer Skole Eidsvoll 1", "Programvurderer Skole Eidsvoll 2"}


async def test_what_is_decided_agrees_with_the_register_and_what_is_late_rings() -> None:
    store = await stocked()
    await load_applications(store, content(), at=NOON)
    own = await applications(store, "nes")
    listed = {each.program for each in own if each.program_id is not None}
    assert {"Kahoot!", "Canva", "QGIS", "µTorrent"} <= listed
    due = await store.take_timers(now=NOON, hold_for=timedelta(minutes=1), limit=100)
    late = {each.id for each in own if each.due_at is not None and each.due_at <= NOON}
    assert len(late) == 2
    assert late <= {timer.data["application_id"] for timer in due}


async def test_a_second_start_writes_no_more() -> None:
    store = await stocked()
    assert await load_applications(store, content(), at=NOON) > 0
    assert await load_applications(store, content(), at=NOON + timedelta(days=1)) == 0
