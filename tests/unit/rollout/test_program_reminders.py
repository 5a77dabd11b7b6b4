"""Reviewers hear once of each program whose assessment or approval ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.app.maintenance import Maintenance, completed_runs
from bot.app.program_reminders import MAX_NAMED, ProgramReminders
from bot.ports import Commit
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.nightly_run import PROGRAMS
from dialogs.core.person import Person, Role
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, Program, ProgramStatus, ProgramUse
from knowledge.software.register import Forum, Register
from tests.timers import due_timers
from tests.unit.driver import Stage
from tests.unit.handoff.scene import person
from tests.unit.rollout.program_scene import SCHOOL_FORUM, program_stage

TODAY = date(2026, 11, 24)


class Night:
    """The clock of a night, moved by the test."""

    at = datetime(2026, 11, 24, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a job never waits")


def ending(id_: str, end: date, **more: object) -> Program:
    assessment = Assessment(status=ProgramStatus.APPROVED, review_by=end, **more)  # type: ignore[arg-type]
    return Program(id=id_, name=id_.title(), assessments=(assessment,))


@pytest.fixture
def stage() -> Stage:
    scene = program_stage()
    scene.put(person("dora", "drift-it", Role.REVIEWER, municipality_id="drift"))
    return scene


async def reminded(stage: Stage, *programs: Program, last: datetime | None = None) -> dict[str, str]:
    """Return what a run posts, by recipient."""
    store = MemoryStore()
    for each in stage.all(Person):
        await store.commit(Commit(at=Night.at, records=(write_of(Put(record=each), {}),)))
    content = replace(stage.content, register=Register.from_files(programs, (SCHOOL_FORUM, Forum())))
    await ProgramReminders(store=store, clock=Night(), content=lambda: content).remind(last)
    later = Night.at + timedelta(days=1)
    claimed = await store.claim(now=later, lease_for=timedelta(hours=1), limit=100, token="t")
    return {each.recipient: each.message.text for each in claimed if each.message is not None}


async def test_the_reviewers_of_each_list_hear_of_their_programs(stage: Stage) -> None:
    soon = TODAY + timedelta(days=20)
    said = await reminded(
        stage,
        ending("for-all", soon),
        ending("own", soon, municipality_id="lillevik"),
        ending("pupils", soon, municipality_id="lillevik", sector=Sector.SCHOOL, use=ProgramUse.PUPILS),
        ending("much-later", TODAY + timedelta(days=31)),
    )
    assert sorted(said) == ["dina", "dora", "gro", "gunn", "rita", "rune"]
    assert "- For-All" in said["dina"]
    assert "- Own" in said["gro"]
    assert "- Pupils" in said["rita"]
    assert "For-All" not in said["gro"]
    assert not any("Much-Later" in text for text in said.values())


@pytest.mark.parametrize(
    ("days", "named"),
    [(31, False), (30, True), (29, False), (7, True), (6, False), (0, False), (-1, True), (-2, False)],
)
async def test_each_step_is_told_once(stage: Stage, days: int, named: bool) -> None:
    program = ending("own", TODAY + timedelta(days=days), municipality_id="lillevik")
    said = await reminded(stage, program, last=Night.at - timedelta(days=1))
    assert ("gro" in said) is named


async def test_missed_nights_are_made_up(stage: Stage) -> None:
    program = ending("own", TODAY + timedelta(days=27), municipality_id="lillevik")
    assert "gro" in await reminded(stage, program, last=Night.at - timedelta(days=5))


async def test_an_expiry_counts_as_an_assessment_does(stage: Stage) -> None:
    assessment = Assessment(
        status=ProgramStatus.APPROVED, municipality_id="lillevik", expires=TODAY + timedelta(days=7)
    )
    program = Program(id="own", name="Own", assessments=(assessment,))
    assert "gro" in await reminded(stage, program, last=Night.at - timedelta(days=1))


async def test_a_long_list_is_cut(stage: Stage) -> None:
    programs = [ending(f"p{number:02}", TODAY, municipality_id="lillevik") for number in range(MAX_NAMED + 3)]
    said = (await reminded(stage, *programs))["gro"]
    assert said.count("\n- ") == MAX_NAMED
    assert stage.texts("gro")("software.review_more", number="3") in said


async def test_the_job_records_its_run_and_posts_once(stage: Stage) -> None:
    store = MemoryStore()
    for each in stage.all(Person):
        await store.commit(Commit(at=Night.at, records=(write_of(Put(record=each), {}),)))
    program = ending("own", TODAY, municipality_id="lillevik")
    content = replace(stage.content, register=Register.from_files((program,), (SCHOOL_FORUM, Forum())))
    reminders = ProgramReminders(store=store, clock=Night(), content=lambda: content)
    upkeep = Maintenance(store=store, clock=Night(), programs=reminders)
    await upkeep.schedule()
    [timer] = [each for each in await due_timers(store, now=Night.at, limit=20) if each.verb == PROGRAMS.verb]
    for _ in range(2):
        await upkeep.jobs[PROGRAMS.verb](timer)
    claimed = await store.claim(now=Night.at + timedelta(days=1), lease_for=timedelta(hours=1), limit=100, token="t")
    assert sorted(each.recipient for each in claimed) == ["gro", "gunn"]
    assert (await completed_runs(store))[PROGRAMS.name] == Night.at
