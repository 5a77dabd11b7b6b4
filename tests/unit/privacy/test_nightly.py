"""Nightly jobs: a missed night is made up at the start, each run is recorded, and doctor sees what is overdue."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app.doctor.finding import FindingState
from bot.app.doctor.stored import nightly_findings
from bot.app.maintenance import JOB_VERBS, Maintenance, completed_runs
from bot.content.catalogue import load_catalogue
from bot.ports import Commit, TimerWrite
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Audit, Put
from dialogs.core.nightly_run import IMAGES, NIGHTLY_JOBS, RETENTION, NightlyRun
from dialogs.core.question import Question
from dialogs.privacy import retention
from dialogs.privacy.flow import TIMERS
from dialogs.privacy.retention import next_night
from tests.timers import due_timers
from tests.unit.audit.scene import NOON, MovedClock
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation
from tests.unit.privacy.test_retention import question

OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"
EVERY_KEY = sorted(nightly.key for nightly in NIGHTLY_JOBS)


class House:
    """A store and its maintenance on a moved clock."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), MovedClock()
        self.upkeep = Maintenance(store=self.store, clock=self.clock)

    async def due(self) -> list[str]:
        """Return the keys of the timers that are due now."""
        return sorted(timer.key for timer in await due_timers(self.store, now=self.clock.now(), limit=9))

    async def run(self, *, retention_too: bool = True) -> None:
        """Run every job that is due."""
        for timer in await due_timers(self.store, now=self.clock.now(), limit=9):
            if timer.verb in self.upkeep.jobs:
                await self.upkeep.jobs[timer.verb](timer)
            elif retention_too:
                await self.retain()

    async def retain(self) -> None:
        """Complete the retention as its flow does."""
        now = self.clock.now()
        run = replace(_run(RETENTION.name, now), expected=None)
        again = TimerWrite(key=RETENTION.key, at=next_night(now), verb=RETENTION.verb)
        await self.store.commit(Commit(at=now, records=(run,), timers=(again,)))


def _run(job: str, done_at: datetime):  # type: ignore[no-untyped-def]
    return write_of(Put(record=NightlyRun(id=job, done_at=done_at)), {})


@pytest.fixture
def house() -> House:
    return House()


def test_every_nightly_job_is_declared_with_texts_a_function_and_a_line_for_operators() -> None:
    assert {nightly.verb for nightly in NIGHTLY_JOBS} <= {*JOB_VERBS, *TIMERS}
    [row] = [line for line in OPERATING.read_text("utf-8").splitlines() if "heia_nightly_run_timestamp_seconds" in line]
    assert [nightly.name for nightly in NIGHTLY_JOBS if f"`{nightly.name}`" not in row] == []
    texts = {f"officer.run.{nightly.name}" for nightly in NIGHTLY_JOBS}
    assert [language for language, known in load_catalogue().items() if texts - known.sentences.keys()] == []


def test_the_verbs_of_jobs_are_exported_whole(house: House) -> None:
    assert set(JOB_VERBS) == house.upkeep.jobs.keys()


async def test_the_first_start_runs_every_job(house: House) -> None:
    await house.upkeep.schedule()
    assert await house.due() == EVERY_KEY


async def test_a_restart_on_the_same_day_waits_for_the_night(house: House) -> None:
    for nightly in NIGHTLY_JOBS:
        await house.store.commit(Commit(at=NOON, records=(_run(nightly.name, NOON),)))
    house.clock.at = NOON + timedelta(hours=5)
    await house.upkeep.schedule()
    house.clock.at += timedelta(hours=2)
    assert await house.due() == []


async def test_a_bot_that_is_down_every_night_still_runs_them_each_day(house: House) -> None:
    for nightly in NIGHTLY_JOBS:
        await house.store.commit(Commit(at=NOON, records=(_run(nightly.name, NOON),)))
    house.clock.at = NOON + timedelta(days=1)
    await house.upkeep.schedule()
    assert await house.due() == EVERY_KEY
    await house.run(retention_too=False)
    done = await completed_runs(house.store)
    assert {job for job, at in done.items() if at == house.clock.now()} == {
        nightly.name for nightly in NIGHTLY_JOBS
    } - {RETENTION.name, IMAGES.name}


async def test_images_are_looked_through_again_until_retention_has_removed_their_records(house: House) -> None:
    await house.upkeep.schedule()
    await house.run(retention_too=False)
    house.clock.at += timedelta(minutes=5)
    assert IMAGES.key in await house.due()
    await house.run()
    done = await completed_runs(house.store)
    assert done[IMAGES.name] == house.clock.now()
    assert await house.due() == []


async def test_doctor_sees_what_is_missing_fresh_and_overdue(house: House) -> None:
    async def found() -> tuple[FindingState, str]:
        [finding] = [each async for each in nightly_findings(house.store, now=house.clock.now())]
        return finding.state, finding.found

    assert await found() == (FindingState.WARN, f"not run yet: {', '.join(nightly.name for nightly in NIGHTLY_JOBS)}")
    await house.upkeep.schedule()
    await house.run()
    first = f"last run {house.clock.now():%Y-%m-%d %H:%M} UTC"
    house.clock.at += timedelta(minutes=5)
    await house.run()
    assert await found() == (FindingState.OK, first)
    house.clock.at += timedelta(hours=31)
    state, told = await found()
    assert state is FindingState.FAIL
    assert all(nightly.name in told for nightly in NIGHTLY_JOBS)


def test_a_run_of_several_pages_is_recorded_once_with_its_number() -> None:
    stage = Stage(organisation(), verbs={}, timers=TIMERS)
    stage.put(*(question(f"q{n:04d}", TUESDAY - timedelta(days=400 + n % 90)) for n in range(450)))
    stage.ring(retention.VERB)
    stage.ring_until(stage.now + timedelta(hours=2))
    assert stage.all(Question) == []
    [run] = stage.all(NightlyRun)
    assert (run.id, run.removed) == (RETENTION.name, 450)
    ran = [audit for audit in stage.audits if audit.act == "privacy.retention_ran"]
    assert ran == [
        Audit(act="privacy.retention_ran", subject=RETENTION.name, by="clock", details=(("records", "450"),))
    ]


def test_a_later_run_replaces_the_record() -> None:
    stage = Stage(organisation(), verbs={}, timers=TIMERS)
    for _ in range(2):
        stage.ring(retention.VERB)
        stage.now += timedelta(days=1)
    [run] = stage.all(NightlyRun)
    assert run.done_at == stage.now - timedelta(days=1)
