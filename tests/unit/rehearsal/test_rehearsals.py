"""A rehearsal runs in one process; its progress and its result are in the store, for every process."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import structlog

from bot.content import rehearsals
from bot.content.rehearsals import Rehearsals
from bot.ports import Commit, Key, StoreUnavailable
from bot.records.codec import decode, write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.rehearsal.asked import AskedAgain, RehearsalTask
from dialogs.rehearsal.model import Rehearsal, RehearsalState
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Captured, Change, Evidence
from knowledge.article.change import ArticleChange
from knowledge.matching.policy import Outcome, OutcomeKind
from tests.unit.web.conftest import NOON, HeldClock

KEY = Key(kind=Rehearsal.KIND, id="draft-1/lillevik")
ASKED = AskedAgain(
    id="test-1", words=("passord", b""), municipality_id="lillevik", evidence=Evidence(expected=frozenset({"mfa"}))
)
RIGHT, LOST = Outcome(kind=OutcomeKind.ANSWER, article_id="mfa"), Outcome(kind=OutcomeKind.HAND_OVER)


class TornStore(MemoryStore):
    """A store that is away for some commits."""

    away = 0

    async def commit(self, commit: Commit) -> Sequence[object]:  # type: ignore[override]
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return await super().commit(commit)


@dataclass
class Desk:
    """A process with a rehearsal that waits until it may end."""

    store: TornStore
    fault: Exception | None = None
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0

    def __post_init__(self) -> None:
        self.rehearsals = Rehearsals(
            rehearse=self.rehearse, store=self.store, clock=HeldClock(), log=structlog.get_logger()
        )

    async def rehearse(
        self, change: ArticleChange, asked: Sequence[AskedAgain], *, progress: Callable[[int, int], None]
    ) -> RehearsalResult:
        self.runs += 1
        progress(1, 2)
        await self.may_end.wait()
        if self.fault is not None:
            raise self.fault
        changed = tuple(ChangedOutcome(asked=each, before=RIGHT, after=LOST) for each in asked)
        return RehearsalResult(asked=tuple(asked), ran=1, changed=changed, captured=Captured())

    def begin(self, at: timedelta = timedelta()) -> None:
        change = ArticleChange(article_id="mfa")
        self.rehearsals.begin_rehearsal(RehearsalTask(id=KEY.id, begun_at=NOON + at, change=change, asked=(ASKED,)))

    async def stored(self) -> Rehearsal:
        return decode(Rehearsal, (await self.store.get([KEY]))[KEY])

    async def becomes(self, true: Callable[[Rehearsal], bool]) -> Rehearsal:
        async with asyncio.timeout(20):
            while not true(found := await self.stored()):  # noqa: ASYNC110 - another task writes it
                await asyncio.sleep(0.001)
        return found


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(rehearsals, "BEAT_SECONDS", 0.001)
    desk = Desk(TornStore())
    begun = Rehearsal(id=KEY.id, revision_id="draft-1", municipality_id="lillevik", by="ed", begun_at=NOON, at=NOON)
    await desk.store.commit(Commit(at=NOON, records=(write_of(Put(record=begun), {}),)))
    return desk


async def test_progress_and_result_are_for_every_process(desk: Desk) -> None:
    desk.begin()
    running = await desk.becomes(lambda found: found.total == 2)
    assert (running.state, running.done) == (RehearsalState.RUNNING, 1)
    desk.may_end.set()
    done = await desk.becomes(lambda found: found.state is RehearsalState.DONE)
    assert (done.tests, done.asked, done.changed_number(Change.WORSE)) == (1, None, 1)
    assert done.groups[0].listed_ids == ("test-1",)


async def test_the_same_form_twice_runs_it_once(desk: Desk) -> None:
    desk.begin()
    desk.begin()
    await desk.becomes(lambda found: found.total == 2)
    desk.may_end.set()
    await desk.becomes(lambda found: found.state is RehearsalState.DONE)
    assert desk.runs == 1


async def test_a_fault_is_recorded_and_the_next_one_runs(desk: Desk) -> None:
    desk.fault = RuntimeError("no")
    desk.may_end.set()
    desk.begin()
    failed = await desk.becomes(lambda found: found.state is RehearsalState.FAILED)
    desk.fault = None
    again = replace(failed, state=RehearsalState.RUNNING, begun_at=NOON + timedelta(hours=1))
    version = (await desk.store.get([KEY]))[KEY].version
    await desk.store.commit(Commit(at=NOON, records=(write_of(Put(record=again), {KEY: version}),)))
    desk.begin(timedelta(hours=1))
    assert (await desk.becomes(lambda found: found.state is RehearsalState.DONE)).begun_at == again.begun_at


async def test_a_result_waits_for_the_store(desk: Desk) -> None:
    desk.begin()
    await desk.becomes(lambda found: found.total == 2)
    desk.store.away = 5
    desk.may_end.set()
    assert await desk.becomes(lambda found: found.state is RehearsalState.DONE)
    assert desk.store.away == 0


async def test_the_result_of_an_earlier_run_is_dropped(desk: Desk) -> None:
    desk.begin(timedelta(hours=-1))
    desk.may_end.set()
    await asyncio.gather(*desk.rehearsals._running.values())
    assert (await desk.stored()).state is RehearsalState.RUNNING
