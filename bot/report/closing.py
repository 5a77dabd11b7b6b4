"""Nightly closing of statistics: count the weeks and months that are over, and keep the publishable numbers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from bot.ports import Clock, Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.report.counted_places import CountedPlaces, record_pages
from bot.report.module_counting import ModuleCounting
from bot.report.theme_closing import ThemeClosing, ThemeReading
from dialogs.core.action_use import ActionUse
from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms, month_term
from dialogs.core.decision import Put
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.insight.closing import Counts, closed_month, closed_week
from dialogs.insight.model import (
    ClosedPeriod,
    HandoffFigures,
    end_of,
    first_accepted_at,
    last_closed_week,
    month_of,
    period_id,
    week_at,
    week_of,
    weeks_between,
    weeks_of,
)
from dialogs.insight.suppression import COURSES, OTHER_SECTOR, PROGRAMS, cells_of, cells_of_action, part
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.rollout.software.model import Application
from knowledge.organisation.organisation import Organisation

R = TypeVar("R", bound=Record)
# Questions are kept a year: older weeks cannot be counted any more.
_MONTHS_BACK: Final = 12


class StatisticsClosing:
    """Closes weeks and months that are over. ``content`` returns the content as published now.

    ``reading`` reads the questions of themes; without it none are closed.
    """

    def __init__(
        self, *, store: Store, clock: Clock, content: Callable[[], Content], reading: ThemeReading | None = None
    ) -> None:
        self._reading = reading
        self._store = store
        self._clock = clock
        self._content = content

    async def close(self) -> int:
        """Count modules, and close the themes, weeks and months that are over; return the number of records written."""
        now = self._clock.now()
        written = await ModuleCounting(store=self._store, content=self._content).count_modules(now)
        if self._reading is not None:
            themes = ThemeClosing(store=self._store, content=self._content, reading=self._reading)
            written += await themes.close_themes(now)
        weeks = await self._open_weeks(now)
        if not weeks:
            return written
        organisation = self._content().organisation
        # The month of the first week is counted whole: it may close now, too.
        since = weeks_of(month_of(weeks[0]))[0]
        counts = await _Reading(self._store, organisation, since=since, now=now).counted()
        for week in weeks:
            records = [closed_week(counts, id_, week) for id_ in organisation.municipalities]
            written += await self._keep(now, records)
            await asyncio.sleep(0)
            month = month_of(week)
            if week == weeks_of(month)[-1]:
                written += await self._close_month(now, counts, month)
        return written

    async def _close_month(self, now: datetime, counts: Counts, month: str) -> int:
        records: list[ClosedPeriod] = []
        for municipality_id in self._content().organisation.municipalities:
            closed = await self._read(municipality_id, weeks_of(month))
            if closed:
                # Solves equations: off the loop, as a large municipality has hundreds of hidden cells.
                records.append(await asyncio.to_thread(closed_month, counts, municipality_id, month, closed))
        return await self._keep(now, records)

    async def _open_weeks(self, now: datetime) -> Sequence[str]:
        """Return the weeks that are over and not closed, from the first with a question on."""
        first = await self._first_week(now)
        if first is None:
            return ()
        weeks = list(weeks_between(first, last_closed_week(now)))
        while weeks and await self._store.count(ClosedPeriod.KIND, f"period:{weeks[0]}"):
            weeks.pop(0)
        return weeks

    async def _first_week(self, now: datetime) -> str | None:
        for term in reversed(list(latest_month_terms(now, months=_MONTHS_BACK))):
            if await self._store.count(Question.KIND, term):
                return week_of(date.fromisoformat(f"{term.removeprefix('month:')}-01"))
        return None

    async def _read(self, municipality_id: str, weeks: Collection[str]) -> Mapping[str, ClosedPeriod]:
        keys = [Key(kind=ClosedPeriod.KIND, id=period_id(municipality_id, week)) for week in weeks]
        periods = (decode(ClosedPeriod, stored) for stored in (await self._store.get(keys)).values())
        return {period.period: period for period in periods}

    async def _keep(self, now: datetime, records: Sequence[ClosedPeriod]) -> int:
        writes = tuple(write_of(Put(record=period), {}) for period in records)
        # Otherwise another process closed it meanwhile.
        return len(writes) if await commit_if_unchanged(self._store, Commit(at=now, records=writes)) else 0


class _Reading:
    """One pass over everything that is counted, from the week ``since`` to ``last``."""

    def __init__(self, store: Store, organisation: Organisation, *, since: str, now: datetime) -> None:
        self._store = store
        self._since = since
        self._last = last_closed_week(now)
        months = latest_month_terms(now, months=_MONTHS_BACK + 2)
        self._terms = [term for term in months if term >= month_term(end_of(since) - timedelta(days=7))]
        self._counts = Counts()
        self._places = CountedPlaces(store, organisation)

    async def counted(self) -> Counts:
        """Return the counts."""
        handed_over = await self._handoffs()
        async for questions in self._pages(Question):
            await self._places.learn(question.person_id for question in questions)
            for question in questions:
                sector = self._places.place_of(question.person_id).sector
                cells = cells_of(
                    question, handed_over=question.handed_over or question.id in handed_over, sector=sector
                )
                self._count(question.municipality_id, question.asked_at, cells, question.person_id)
        async for uses in self._pages(ActionUse):
            await self._places.learn(use.person_id for use in uses)
            for use in uses:
                cells = cells_of_action(self._places.place_of(use.person_id).sector)
                self._count(use.municipality_id, use.at, cells, use.person_id)
        await self._rollout()
        return self._counts

    async def _rollout(self) -> None:
        """Count applications for programs, and courses."""
        async for applications in self._pages(Application):
            await self._places.learn(application.person_id for application in applications)
            for application in applications:
                cells = (PROGRAMS, part(PROGRAMS, application.program_id or OTHER_SECTOR))
                self._count(application.municipality_id, application.applied_at, cells, application.person_id)
        async for courses in self._pages(CourseTaken):
            await self._places.learn(taken.person_id for taken in courses)
            for taken in courses:
                municipality_id = self._places.place_of(taken.person_id).municipality_id
                cells = (COURSES, part(COURSES, taken.course_id))
                self._count(municipality_id, taken.taken_at, cells, taken.person_id)

    async def _handoffs(self) -> set[str]:
        """Count the hand-offs; return the ids of the questions they came from."""
        questions: set[str] = set()
        # Found by their last change, which may be much later than the week that counts them.
        async for page in self._pages(Handoff):
            await self._places.learn(handoff.assignment.owner_id for handoff in page if handoff.assignment.owner_id)
            for handoff in page:
                if handoff.question_id is not None:
                    questions.add(handoff.question_id)
                self._add(handoff, handoff.created_at, HandoffFigures(created=1))
                accepted, solved = first_accepted_at(handoff), handoff.solved_at
                if accepted is not None:
                    self._add(handoff, accepted, HandoffFigures.accepted_one(handoff, accepted))
                if solved is not None:
                    owner = self._places.place_of(handoff.assignment.owner_id or "")
                    near = owner.unit_id == handoff.unit_id
                    self._add(handoff, solved, HandoffFigures.resolved_one(handoff, solved, own_unit=near))
        return questions

    def _add(self, handoff: Handoff, at: datetime, figures: HandoffFigures) -> None:
        week = week_at(at)
        if self._since <= week <= self._last:
            self._counts.add_handoff(handoff.municipality_id, week, figures)

    def _count(self, municipality_id: str | None, at: datetime, cells: Iterable[str], person_id: str) -> None:
        week = week_at(at)
        if municipality_id is not None and self._since <= week <= self._last:
            person = person_id if self._places.place_of(person_id).counts else None
            self._counts.count(municipality_id, week, cells, person)

    async def _pages(self, kind: type[R]) -> AsyncIterator[list[R]]:
        for term in self._terms:
            async for page in record_pages(self._store, kind, term):
                yield page
