"""Nightly closing of statistics: count the weeks and months that are over, and keep the publishable numbers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from bot.ports import Clock, Commit, Conflict, Key, Store
from bot.records.codec import decode, write_of
from dialogs.core.action_use import ActionUse
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.month import latest_month_terms, month_term
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.insight.cells import OTHER_SECTOR, PROGRAMS, cells_of, cells_of_action, cells_of_module, part
from dialogs.insight.closing import Counts, closed_month, closed_week
from dialogs.insight.model import ClosedPeriod, HandoffFigures, first_accepted_at, period_id
from dialogs.insight.period import end_of, last_closed_week, month_of, week_at, week_of, weeks_between, weeks_of
from dialogs.rollout.learn.model import CourseTaken
from dialogs.rollout.software.model import Application
from knowledge.organisation.organisation import Organisation

R = TypeVar("R", bound=Record)
_PAGE: Final = 500
# Questions are kept a year: older weeks cannot be counted any more.
_MONTHS_BACK: Final = 12


class StatisticsClosing:
    """Closes weeks and months that are over. ``content`` returns the content as published now."""

    def __init__(self, *, store: Store, clock: Clock, content: Callable[[], Content]) -> None:
        self._store = store
        self._clock = clock
        self._content = content

    async def close(self) -> int:
        """Close every week and month that is over; return the number of records written."""
        now = self._clock.now()
        weeks = await self._open_weeks(now)
        if not weeks:
            return 0
        organisation = self._content().organisation
        # The month of the first week is counted whole: it may close now, too.
        since = weeks_of(month_of(weeks[0]))[0]
        counts = await _Reading(self._store, organisation, since=since, now=now).counted()
        written = 0
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
        """Return the weeks that are over and not closed, from the first with a question or a module on."""
        first = await self._first_week(now)
        if first is None:
            return ()
        weeks = list(weeks_between(first, last_closed_week(now)))
        while weeks and await self._store.count(ClosedPeriod.KIND, f"period:{weeks[0]}"):
            weeks.pop(0)
        return weeks

    async def _first_week(self, now: datetime) -> str | None:
        for term in reversed(list(latest_month_terms(now, months=_MONTHS_BACK))):
            if await self._store.count(Question.KIND, term) or await self._store.count(CourseTaken.KIND, term):
                return week_of(date.fromisoformat(f"{term.removeprefix('month:')}-01"))
        return None

    async def _read(self, municipality_id: str, weeks: Collection[str]) -> Mapping[str, ClosedPeriod]:
        keys = [Key(kind=ClosedPeriod.KIND, id=period_id(municipality_id, week)) for week in weeks]
        found = (decode(ClosedPeriod, each) for each in (await self._store.get(keys)).values())
        return {each.period: each for each in found}

    async def _keep(self, now: datetime, records: Sequence[ClosedPeriod]) -> int:
        writes = tuple(write_of(Put(record=each), {}) for each in records)
        try:
            await self._store.commit(Commit(at=now, records=writes))
        except Conflict:  # another process closed it meanwhile
            return 0
        return len(writes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Workplace of a person, and whether the person counts."""

    municipality_id: str | None = None
    unit_id: str | None = None
    sector: str = OTHER_SECTOR
    counts: bool = False


class _Reading:
    """One pass over everything that is counted, from the week ``since`` to ``last``."""

    def __init__(self, store: Store, organisation: Organisation, *, since: str, now: datetime) -> None:
        self._store = store
        self._organisation = organisation
        self._since = since
        self._last = last_closed_week(now)
        months = latest_month_terms(now, months=_MONTHS_BACK + 2)
        self._terms = [term for term in months if term >= month_term(end_of(since) - timedelta(days=7))]
        self._counts = Counts()
        self._askers: dict[str, _Asker] = {}

    async def counted(self) -> Counts:
        """Return the counts."""
        handed_over = await self._handoffs()
        async for questions in self._pages(Question):
            await self._learn(each.person_id for each in questions)
            for each in questions:
                sector = self._askers[each.person_id].sector
                cells = cells_of(each, handed_over=each.handed_over or each.id in handed_over, sector=sector)
                self._count(each.municipality_id, each.asked_at, cells, each.person_id)
        async for uses in self._pages(ActionUse):
            await self._learn(each.person_id for each in uses)
            for use in uses:
                cells = cells_of_action(self._askers[use.person_id].sector)
                self._count(use.municipality_id, use.at, cells, use.person_id)
        await self._rollout()
        await self._staff()
        return self._counts

    async def _rollout(self) -> None:
        """Count applications for programs, and completed modules."""
        async for applications in self._pages(Application):
            await self._learn(each.person_id for each in applications)
            for each in applications:
                applied = (PROGRAMS, part(PROGRAMS, each.program_id or OTHER_SECTOR))
                self._count(each.municipality_id, each.applied_at, applied, each.person_id)
        async for courses in self._pages(CourseTaken):
            await self._learn(each.person_id for each in courses)
            for taken in courses:
                learner = self._askers[taken.person_id]
                cells = cells_of_module(taken.course_id, learner.sector)
                self._count(learner.municipality_id, taken.taken_at, cells, taken.person_id)

    async def _staff(self) -> None:
        """Count the people of the registry, of which completed modules are a share."""
        async for people in self._pages_of(Person, "registered"):
            for each in people:
                if each.municipality_id is not None:
                    self._counts.count_staff(each.municipality_id, self._asker(each).sector)

    async def _handoffs(self) -> set[str]:
        """Count the hand-offs; return the ids of the questions they came from."""
        questions: set[str] = set()
        # Found by their last change, which may be much later than the week that counts them.
        async for page in self._pages(Handoff):
            await self._learn(each.assignment.owner_id for each in page if each.assignment.owner_id)
            for each in page:
                if each.question_id is not None:
                    questions.add(each.question_id)
                self._add(each, each.created_at, HandoffFigures(created=1))
                accepted, solved = first_accepted_at(each), each.solved_at
                if accepted is not None:
                    self._add(each, accepted, HandoffFigures.accepted_one(each, accepted))
                if solved is not None:
                    owner = self._askers.get(each.assignment.owner_id or "", _Asker())
                    near = owner.unit_id == each.unit_id
                    self._add(each, solved, HandoffFigures.resolved_one(each, solved, own_unit=near))
        return questions

    def _add(self, handoff: Handoff, at: datetime, figures: HandoffFigures) -> None:
        week = week_at(at)
        if self._since <= week <= self._last:
            self._counts.add_handoff(handoff.municipality_id, week, figures)

    def _count(self, municipality_id: str | None, at: datetime, cells: Iterable[str], person_id: str) -> None:
        week = week_at(at)
        if municipality_id is not None and self._since <= week <= self._last:
            person = person_id if self._askers[person_id].counts else None
            self._counts.count(municipality_id, week, cells, person)

    async def _learn(self, person_ids: Iterable[str]) -> None:
        """Look up the workplaces of people not known yet. Nothing of it is kept after the run."""
        unknown = sorted({*person_ids} - self._askers.keys())
        found = await self._store.get([Key(kind=Person.KIND, id=id_) for id_ in unknown])
        for id_ in unknown:
            stored = found.get(Key(kind=Person.KIND, id=id_))
            self._askers[id_] = _Asker() if stored is None else self._asker(decode(Person, stored))

    def _asker(self, person: Person) -> _Asker:
        sector = self._organisation.sector_of(person.unit_id) if person.unit_id else None
        return _Asker(
            municipality_id=person.municipality_id,
            unit_id=person.unit_id,
            sector=sector or OTHER_SECTOR,
            counts=person.vouched_for,
        )

    async def _pages(self, kind: type[R]) -> AsyncIterator[list[R]]:
        for term in self._terms:
            async for page in self._pages_of(kind, term):
                yield page

    async def _pages_of(self, kind: type[R], term: str) -> AsyncIterator[list[R]]:
        after = ""
        while page := await self._store.find(kind.KIND, term, after=after, limit=_PAGE):
            yield [decode(kind, each) for each in page]
            after = page[-1].key.id
            await asyncio.sleep(0)  # turns run in between
