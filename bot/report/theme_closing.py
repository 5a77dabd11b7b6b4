"""Nightly closing of themes, and the counting of completed modules."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from bot.ports import Commit, Key, RecordWrite, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms, month_term
from dialogs.core.decision import Put
from dialogs.core.person import Person, is_guest_id
from dialogs.core.query import KeptWords
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.insight.learning import EVERYONE, ModuleTotals
from dialogs.insight.model import end_of, last_closed_week, latest_weeks, week_at
from dialogs.insight.suppression import OTHER_SECTOR, EnoughPeople
from dialogs.rehearsal.model import EVERY, TestQuestion
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.unanswered.subjects import words_of
from dialogs.unanswered.theme import Theme, ThemeWeek, asker_of, theme_groups, theme_of
from knowledge.matching.match import Phrasing
from knowledge.organisation.organisation import Organisation

# The workplaces of people, looked up for counting. Nothing of it is kept after a run.

R = TypeVar("R", bound=Record)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPlace:
    """CountedPlace of a person, and whether the person counts."""

    municipality_id: str | None = None
    unit_id: str | None = None
    sector: str = OTHER_SECTOR
    counts: bool = False


class CountedPlaces:
    """Looks each person up once."""

    def __init__(self, store: Store, organisation: Organisation) -> None:
        self._store = store
        self._organisation = organisation
        self._known: dict[str, CountedPlace] = {}

    def place_of(self, person_id: str) -> CountedPlace:
        """Return a person's workplace; an unknown person has an empty one."""
        return self._known.get(person_id, CountedPlace())

    async def learn(self, person_ids: Iterable[str]) -> None:
        """Look up people that are not known yet."""
        unknown = sorted({*person_ids} - self._known.keys())
        people = await self._store.get([Key(kind=Person.KIND, id=id_) for id_ in unknown])
        for id_ in unknown:
            stored = people.get(Key(kind=Person.KIND, id=id_))
            self._known[id_] = CountedPlace() if stored is None else self.place_of_person(decode(Person, stored))

    def place_of_person(self, person: Person) -> CountedPlace:
        sector = self._organisation.sector_of(person.unit_id) if person.unit_id else None
        return CountedPlace(
            municipality_id=person.municipality_id,
            unit_id=person.unit_id,
            sector=sector or OTHER_SECTOR,
            counts=person.vouched_for,
        )


async def record_pages(store: Store, kind: type[R], term: str) -> AsyncIterator[list[R]]:
    """Yield the records with a term, page by page; turns run in between."""
    after = ""
    while page := await store.find(kind.KIND, term, after=after, limit=_PAGE):
        yield [decode(kind, stored) for stored in page]
        after = page[-1].key.id
        await asyncio.sleep(0)


# Weeks without a record that are still closed, after a standstill or an upgrade.
WEEKS_BACK: Final = 5


class ThemeReading(Protocol):
    """Reads questions as groups, without blocking the event loop."""

    async def group_questions(self, asked: Sequence[KeptWords]) -> tuple[int, ...]:
        """Return for each question the position of the one that leads its group of similar ones."""
        ...

    async def nearest_sentences(self, groups: Sequence[Sequence[KeptWords]]) -> tuple[Phrasing | None, ...]:
        """Return for each group the nearest sentence that ships with the content."""
        ...

    async def terms_in(self, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
        """Return the terms of each text, see ``knowledge.matching.naming``."""
        ...


class ThemeClosing:
    """Closes the themes of weeks that are over. ``content`` returns the content as published now."""

    def __init__(self, *, store: Store, content: Callable[[], Content], reading: ThemeReading) -> None:
        self._store = store
        self._content = content
        self._reading = reading

    async def close_themes(self, now: datetime) -> int:
        """Close each of the latest weeks that is not closed; return the number of records written."""
        await self._drop_earlier_tests(now)
        weeks = [week for week in latest_weeks(now, WEEKS_BACK) if not await self._is_closed(week)]
        if not weeks:
            return 0
        questions = await self._questions(weeks, now)
        names = await self._registered_names()
        organisation = self._content().organisation
        written = 0
        for week in weeks:
            asked = [question for question in questions if week_at(question.asked_at) == week]
            records = []
            for municipality_id in organisation.municipalities:
                scope = organisation.edited_by(municipality_id)
                own = [question for question in asked if question.municipality_id in scope]
                themes = await self._themes(own, names, EnoughPeople.among(scope))
                records.append(
                    ThemeWeek(municipality_id=municipality_id, week=week, themes=themes, ended_at=end_of(week))
                )
            written += await self._keep_closed(now, records)
        return written

    async def _themes(self, asked: Sequence[Question], names: Collection[str], rule: EnoughPeople) -> tuple[Theme, ...]:
        if not rule.allows(map(asker_of, asked)):
            return ()
        leaders = await self._reading.group_questions([words_of(question) for question in asked])
        # A thousand sentences take longer than a message may hold the loop.
        groups = await asyncio.to_thread(theme_groups, asked, leaders, rule)
        nearest = await self._reading.nearest_sentences(
            [[words_of(question) for question in group] for group in groups]
        )
        spoken = [question for group in groups for question in group]
        terms = await self._reading.terms_in([question.utterance for question in spoken], names)
        terms_by_question = dict(zip((question.id for question in spoken), terms, strict=True))
        themes = (
            theme_of(group, name, terms_by_question, rule)
            for group, name in zip(groups, nearest, strict=True)
            if name is not None
        )
        return tuple(theme for theme in themes if theme is not None)

    async def _drop_earlier_tests(self, now: datetime) -> None:
        """Remove test questions from before 0.9, with words no asker showed."""
        async for page in record_pages(self._store, TestQuestion, EVERY):
            writes = tuple(
                RecordWrite(key=Key(kind=TestQuestion.KIND, id=test.id), body=None, expected=None)
                for test in page
                if not test.suggestion_id
            )
            if writes:
                await self._store.commit(Commit(at=now, records=writes))

    async def _is_closed(self, week: str) -> bool:
        return await self._store.count(ThemeWeek.KIND, f"period:{week}") > 0

    async def _questions(self, weeks: Collection[str], now: datetime) -> list[Question]:
        """Return the unanswered questions of registered people, oldest first."""
        questions: list[Question] = []
        for term in latest_month_terms(now, months=3):
            async for page in record_pages(self._store, Question, term):
                questions += [
                    question
                    for question in page
                    if question.unanswered
                    and not is_guest_id(question.person_id)
                    and week_at(question.asked_at) in weeks
                ]
        registered = await self._registered({question.person_id for question in questions})
        counted = (question for question in questions if question.person_id in registered)
        return sorted(counted, key=lambda question: (question.asked_at, question.id))

    async def _registered(self, person_ids: Collection[str]) -> set[str]:
        stored = await self._store.get([Key(kind=Person.KIND, id=id_) for id_ in sorted(person_ids)])
        people = (decode(Person, row) for row in stored.values())
        return {person.id for person in people if person.registered and not person.is_outsider}

    async def _registered_names(self) -> frozenset[str]:
        """Return the parts of the names of all people of the registry, in lower case."""
        name_parts: set[str] = set()
        async for page in record_pages(self._store, Person, "registered"):
            name_parts.update(part for person in page for part in person.name.lower().replace("-", " ").split())
        return frozenset(name_parts)

    async def _keep_closed(self, now: datetime, records: Sequence[ThemeWeek]) -> int:
        writes = tuple(write_of(Put(record=record), {}) for record in records)
        # Otherwise another process closed it meanwhile.
        return len(writes) if await commit_if_unchanged(self._store, Commit(at=now, records=writes)) else 0


# Nightly counting of completed modules, for the shares that leaders see.

# Completed modules are kept three years; one month more covers the week in which the oldest begin.
_MONTHS_BACK: Final = 37
_Completed = Mapping[str, Counter[tuple[str, str]]]
_StaffCounts = Mapping[str, Counter[str]]


class ModuleCounting:
    """Counts the weeks that are over, each once. ``content`` returns the content as published now."""

    def __init__(self, *, store: Store, content: Callable[[], Content]) -> None:
        self._store = store
        self._content = content

    async def count_modules(self, now: datetime) -> int:
        """Add the completions of weeks that are over to the totals; return the number of records written."""
        organisation = self._content().organisation
        keys = {id_: Key(kind=ModuleTotals.KIND, id=id_) for id_ in organisation.municipalities}
        stored = await self._store.get(list(keys.values()))
        totals = {
            id_: decode(ModuleTotals, stored[key])
            if key in stored
            else ModuleTotals(municipality_id=id_, counted_at=now)
            for id_, key in keys.items()
        }
        until = last_closed_week(now)
        if all(total.counted_until == until for total in totals.values()):
            return 0
        places = CountedPlaces(self._store, organisation)
        completed = await self._completed(totals, places, now=now, until=until)
        staff = await self._staff(places)
        # All in one commit: a moved person is counted in one municipality only.
        versions = {key: stored[key].version for key in stored}
        writes = tuple(
            write_of(Put(record=total.counted(completed[id_], staff=staff[id_], until=until, at=now)), versions)
            for id_, total in totals.items()
        )
        # Otherwise another process counted meanwhile.
        return len(writes) if await commit_if_unchanged(self._store, Commit(at=now, records=writes)) else 0

    async def _completed(
        self, totals: Mapping[str, ModuleTotals], places: CountedPlaces, *, now: datetime, until: str
    ) -> _Completed:
        """Return the completions by municipality, module and sector."""
        completed: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        earliest = min(total.counted_until for total in totals.values())
        oldest = month_term(end_of(earliest) - timedelta(days=7)) if earliest else ""
        for term in (month for month in latest_month_terms(now, months=_MONTHS_BACK) if month >= oldest):
            async for page in record_pages(self._store, CourseTaken, term):
                await places.learn(taken.person_id for taken in page)
                for taken in page:
                    place = places.place_of(taken.person_id)
                    own = totals.get(place.municipality_id or "")
                    if own is not None and place.counts and own.counted_until < week_at(taken.taken_at) <= until:
                        completed[own.municipality_id][taken.course_id, place.sector] += 1
        return completed

    async def _staff(self, places: CountedPlaces) -> _StaffCounts:
        """Return the people of the registry by municipality, in all and by sector."""
        staff: dict[str, Counter[str]] = defaultdict(Counter)
        async for people in record_pages(self._store, Person, "registered"):
            for person in people:
                if person.municipality_id is not None:
                    staff[person.municipality_id].update((EVERYONE, places.place_of_person(person).sector))
        return staff
