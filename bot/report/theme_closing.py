"""Nightly closing of themes: group unanswered questions, keep the published and drop the rest."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from bot.ports import Commit, Key, RecordWrite, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.report.counted_places import record_pages
from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms
from dialogs.core.decision import Put
from dialogs.core.person import Person, is_guest_id
from dialogs.core.query import KeptWords
from dialogs.core.question import Question
from dialogs.insight.model import end_of, latest_weeks, week_at
from dialogs.insight.suppression import EnoughPeople
from dialogs.rehearsal.model import EVERY, TestQuestion
from dialogs.unanswered.subjects import words_of
from dialogs.unanswered.theme import Theme, ThemeWeek, asker_of, theme_groups, theme_of
from knowledge.matching.match import Phrasing

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
