"""Closing: what is over is counted once from the store, and nothing of people stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import Commit
from bot.records.codec import decode, write_of
from bot.report.closing import StatisticsClosing
from bot.stores.memory.store import MemoryStore
from dialogs.core.action_use import ActionUse
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import HistoryEntry, Status, Transition
from dialogs.insight.model import ClosedPeriod, period_id, week_at
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.rollout.software.model import Application
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.audit.scene import MovedClock
from tests.unit.driver import Stage
from tests.unit.handoff.scene import organisation

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def question(id_: str, person: str, at: datetime, **more: object) -> Question:
    told = {"outcome": OutcomeKind.ANSWER, "article_id": "pin", "municipality_id": "nord", **more}
    return Question(id=id_, person_id=person, utterance="Hei", language=Language.NB, asked_at=at, **told)  # type: ignore[arg-type]


class House:
    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), MovedClock()
        content = Stage(organisation(), verbs={}, timers={}).content
        self.municipality, *_ = content.organisation.municipalities
        self.unit = content.organisation.units(self.municipality)[-1].id
        self.closing = StatisticsClosing(store=self.store, clock=self.clock, content=lambda: content)

    async def put(self, *records: Record) -> None:
        writes = tuple(write_of(Put(record=each), {}) for each in records)
        await self.store.commit(Commit(at=MONDAY, records=writes))

    async def ask(self, number: int, at: datetime, *, guests: bool = False, **more: object) -> None:
        """Let so many people ask one question each."""
        for n in range(number):
            id_ = f"guest-{n}" if guests else f"p{n}"
            key = f"{id_}-{at:%m%d%H}-{len(more)}"
            await self.put(question(key, id_, at, municipality_id=self.municipality, **more))

    async def close(self, at: datetime) -> int:
        self.clock.at = at
        return await self.closing.close()

    async def period(self, name: str) -> ClosedPeriod | None:
        found = await self.store.find(ClosedPeriod.KIND, f"period:{name}")
        each = {one.key.id: decode(ClosedPeriod, one) for one in found}
        return each.get(period_id(self.municipality, name))


@pytest.fixture
async def house() -> House:
    made = House()
    for n in range(12):
        person = Person(
            id=f"p{n}",
            name="Prøve",
            registered=True,
            municipality_id=made.municipality,
            unit_id=made.unit,
            created_at=MONDAY,
        )
        await made.put(person)
    return made


async def test_a_week_is_closed_once_it_is_over_and_then_never_changes(house: House) -> None:
    await house.ask(7, MONDAY)
    await house.close(MONDAY + timedelta(days=6))
    assert await house.period(week_at(MONDAY)) is None
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert (closed.cells["questions"], closed.cells["answer#pin"], closed.people) == (7, 7, 7)
    await house.ask(9, MONDAY + timedelta(hours=1))
    assert await house.close(MONDAY + WEEK + timedelta(days=1)) == 0
    assert await house.period(week_at(MONDAY)) == closed


async def test_fewer_than_five_people_are_hidden_however_often_they_ask(house: House) -> None:
    for hour in range(4):
        await house.ask(4, MONDAY + timedelta(hours=hour))
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert (set(closed.cells.values()), closed.people) == ({None}, None)


async def test_guests_are_counted_as_no_people(house: House) -> None:
    await house.ask(40, MONDAY, guests=True)
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert closed.cells["questions"] is None


async def test_a_month_adds_up_its_weeks_and_follows_the_last(house: House) -> None:
    for number in range(4):
        await house.ask(2 + number, MONDAY + number * WEEK)
    await house.close(MONDAY + 4 * WEEK)
    month = await house.period("2026-11")
    assert month is not None
    assert month.weekly == {"2026-W45": None, "2026-W46": None, "2026-W47": None, "2026-W48": 5}
    # Without the last week it would tell of four people.
    assert (month.cells["questions"], month.people) == (None, None)
    assert month.weeks_sum["questions"] == 5


async def test_actions_and_questions_to_colleagues_are_counted(house: House) -> None:
    await house.ask(6, MONDAY)
    for n in range(6):
        use = ActionUse(id=f"u{n}", person_id=f"p{n}", municipality_id=house.municipality, at=MONDAY)
        await house.put(use, question(f"q{n}", f"p{n}", MONDAY, municipality_id=house.municipality))
        await house.put(solved(house, f"h{n}", f"q{n}"))
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert {name: closed.cells[name] for name in ("questions", "answer", "handed_over", "action")} == {
        "questions": 18,
        "answer": 6,
        "handed_over": 6,
        "action": 6,
    }
    assert (closed.handoffs.created, closed.handoffs.resolved, closed.handoffs.own_unit) == (6, 6, 6)
    assert closed.handoffs.accept_minutes == (10,) * 6
    assert closed.handoffs.resolve_minutes == (60,) * 6


async def test_programs_and_courses_are_counted_in_the_week_of_their_day(house: House) -> None:
    await house.ask(6, MONDAY)
    for n in range(6):
        program_id = "slides" if n < 5 else None
        applied = Application(
            id=f"a{n}", person_id=f"p{n}", municipality_id=house.municipality, program="Slides",
            program_id=program_id, applied_at=MONDAY, changed_at=MONDAY,
        )  # fmt: skip
        await house.put(applied, CourseTaken(person_id=f"p{n}", course_id="first", taken_at=MONDAY))
    await house.put(CourseTaken(person_id="p0", course_id="first-2", taken_at=MONDAY + WEEK))
    stranger = CourseTaken(person_id="guest-1", course_id="first", taken_at=MONDAY)
    await house.put(stranger)
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    numbers = {cell: number for cell, number in closed.cells.items() if cell.partition("#")[0] in {"program", "course"}}
    # The one without a program of the register is hidden, and so is another beside it.
    assert numbers == {"program": 6, "program#slides": None, "program#other": None, "course": 6, "course#first": 6}


async def test_hand_offs_and_questions_of_other_weeks_are_not_counted(house: House) -> None:
    await house.ask(6, MONDAY)
    later = solved(house, "h1", "other")
    await house.put(replace(later, created_at=MONDAY - WEEK, changed_at=MONDAY))
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert (closed.handoffs.created, closed.handoffs.resolved) == (0, 1)
    assert closed.cells["answer"] == 6


async def test_a_question_that_was_solved_by_a_colleague_of_another_unit_is_not_called_near(house: House) -> None:
    await house.ask(6, MONDAY)
    await house.put(replace(solved(house, "h1", "other"), unit_id="elsewhere"))
    await house.close(MONDAY + WEEK)
    closed = await house.period(week_at(MONDAY))
    assert closed is not None
    assert (closed.handoffs.resolved, closed.handoffs.own_unit) == (1, 0)


async def test_closing_says_how_many_records_it_wrote(house: House) -> None:
    await house.ask(6, MONDAY)
    await house.close(MONDAY)
    written = await house.close(MONDAY + 5 * WEEK)
    names = ("2026-W45", "2026-W46", "2026-W47", "2026-W48", "2026-W49", "2026-11")
    periods = [await house.store.count(ClosedPeriod.KIND, f"period:{name}") for name in names]
    assert periods == [2] * 6, "one of each municipality"
    assert written == sum(periods) + 2, "and the totals of its modules"
    assert await house.close(MONDAY + 5 * WEEK) == 0


async def test_no_closed_period_names_a_person(house: House) -> None:
    await house.ask(12, MONDAY)
    await house.close(MONDAY + 5 * WEEK)
    assert await house.period(week_at(MONDAY)) is not None
    rows = await house.store.rows_with([f"p{n}" for n in range(12)], tables=["record"])
    assert rows
    assert [row.id for row in rows if ClosedPeriod.KIND in row.id] == []


def solved(house: House, id_: str, question_id: str) -> Handoff:
    """Return a question that a colleague of the same unit took after ten minutes and solved after an hour."""
    taken, done = MONDAY + timedelta(minutes=10), MONDAY + timedelta(hours=1)
    handoff = Handoff(
        id=id_,
        asker_id="p1",
        municipality_id=house.municipality,
        unit_id=house.unit,
        language=Language.NB,
        question="Hei",
        question_id=question_id,
        status=Status.WAITING,
        history=(HistoryEntry(at=MONDAY, what=Transition.ASKED, by="p1"),),
        created_at=MONDAY,
        changed_at=MONDAY,
    )
    return handoff.accept("p2", taken, until=done).resolve(done, by="p2", answer="Slik", until=done + WEEK)
