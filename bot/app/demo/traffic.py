"""Draw an invented year: people, questions, questions to colleagues, announcements. The same seed gives the same year.

Nothing is real: people are numbered roles, and questions without an answer are about things that no office has.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import accumulate
from typing import Final

import yaml

from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Counted, Wording
from dialogs.availability.worklist import Worklist
from dialogs.core.action_use import ActionUse
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.texts import OSLO
from dialogs.handoff.deadlines import WORKING_DAY, Deadlines
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion, Verdict, gap_id
from dialogs.handoff.transitions import HistoryEntry, Transition
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.rollout.software.model import Application
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind

DAYS: Final = 364
QUESTIONS_EACH: Final = 3
# Questions by hour, from six in the morning, and by weekday; in July and at Christmas few are at work.
_HOURS: Final = (2, 6, 20, 60, 95, 100, 80, 45, 70, 60, 35, 12, 8, 5)
_FIRST_HOUR: Final = 6
_WEEKDAYS: Final = (115, 110, 105, 100, 80, 6, 5)
_QUIET_MONTH: Final = 7
_LANGUAGES: Final = (Language.NB, Language.NB, Language.NB, Language.NB, Language.NN, Language.EN)
PREFIX: Final = "demo-"
ANNOUNCEMENTS_EACH: Final = 4
MOST_REACHED: Final = 300
_OPEN_SINCE_DAYS: Final = (1, 1, 4)
_WITH_CONTACT_SINCE_DAYS: Final = (3, 5)
_PROMISED: Final = 2 * WORKING_DAY
_NEWS: Final = {
    Language.NB: ("Oppdiktet kunngjøring", "Denne kunngjøringen er oppdiktet for å prøve Heia."),
    Language.NN: ("Oppdikta kunngjering", "Denne kunngjeringa er oppdikta for å prøve Heia."),
    Language.EN: ("Invented announcement", "This announcement is invented to try Heia."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedTheme:
    """Questions about one thing that no article answers, in several wordings."""

    share: int
    wordings: Mapping[Language, Sequence[str]]


def themes() -> tuple[InventedTheme, ...]:
    """Return the invented themes."""
    text = (files("bot.app.demo") / "themes.yaml").read_text("utf-8")
    return tuple(
        InventedTheme(
            share=theme["share"], wordings={Language(code): tuple(said) for code, said in theme["wordings"].items()}
        )
        for theme in yaml.load(text, Loader=yaml.CSafeLoader)
    )


@dataclass(slots=True)
class Traffic:
    """Draws records. ``helpers`` and ``contacts``: people by municipality; ``until``: the last day."""

    content: Content
    helpers: Mapping[str, Sequence[Person]]
    until: date
    rng: random.Random
    contacts: Mapping[str, Sequence[Person]] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    number: int = 0

    def draw_people(self, number: int) -> Iterator[Person]:
        """Yield so many employees, in units of all municipalities; larger ones get more."""
        units = [unit for unit in self.content.organisation.units() if unit.parent_id is not None]
        joined = datetime.combine(self.until - timedelta(days=DAYS), time(8), OSLO).astimezone(UTC)
        for position, unit in enumerate(self.rng.choices(units, k=number), start=1):
            person = Person(
                id=f"{PREFIX}{position:05d}",
                name=f"Oppdiktet medarbeider {position:05d}",
                municipality_id=unit.municipality_id,
                unit_id=unit.id,
                roles=frozenset({Role.EMPLOYEE}),
                language=self.rng.choice(_LANGUAGES),
                welcomed=True,
                registered=True,
                created_at=joined,
            )
            self.people.append(person)
            yield person

    def draw_records(self) -> Iterator[Record]:
        """Yield a year of questions and what follows from them, in the order of time."""
        known, unknown = self._articles(), themes()
        shares = list(accumulate(1 / (rank + 3) for rank in range(len(known))))
        weights = list(accumulate(theme.share for theme in unknown))
        for at in self._moments(len(self.people) * QUESTIONS_EACH):
            person = self.rng.choice(self.people)
            kind = self.rng.random()
            if kind < 0.1:
                yield ActionUse(id=self._numbered("use"), person_id=person.id, municipality_id=_home(person), at=at)
            elif kind < 0.82:
                yield from self._answered(person, self.rng.choices(known, cum_weights=shares)[0], at)
            else:
                theme = self.rng.choices(unknown, cum_weights=weights)[0]
                yield from self._unanswered(person, theme, at)
        yield from self._courses()

    def _answered(self, person: Person, article_id: str, at: datetime) -> Iterator[Record]:
        article = self.content.articles.get(article_id, person.language)
        draw = self.rng.random()
        helped = True if draw < 0.25 else False if draw < 0.31 else None
        words = self.rng.choice(article.phrasings) if article is not None else article_id
        question = self._question(person, words, OutcomeKind.ANSWER, at, article_id=article_id, helped=helped)
        if helped is False and self.rng.random() < 0.3:
            question = replace(question, handed_over=True)
            yield self._handoff(person, question)
        yield question

    def _unanswered(self, person: Person, theme: InventedTheme, at: datetime) -> Iterator[Record]:
        said = theme.wordings.get(person.language) or theme.wordings[Language.NB]
        draw = self.rng.random()
        unsure = OutcomeKind.CLARIFY if draw < 0.3 else OutcomeKind.HAND_OVER
        outcome = unsure if draw < 0.9 else OutcomeKind.OUT_OF_SCOPE
        question = self._question(person, self.rng.choice(said), outcome, at)
        if self.rng.random() < 0.05:
            question = replace(question, for_editors=True)
            yield self._shown_to_editors(person, question)
        if outcome is OutcomeKind.HAND_OVER and self.rng.random() < 0.5:
            question = replace(question, handed_over=True)
            yield self._handoff(person, question)
        yield question

    def _question(
        self,
        person: Person,
        words: str,
        outcome: OutcomeKind,
        at: datetime,
        *,
        article_id: str | None = None,
        helped: bool | None = None,
    ) -> Question:
        return Question(
            id=self._numbered("q"),
            person_id=person.id,
            municipality_id=person.municipality_id,
            utterance=words,
            language=person.language,
            outcome=outcome,
            article_id=article_id,
            confidence=round(self.rng.uniform(0.7, 1) if article_id else self.rng.uniform(0, 0.5), 4),
            helped=helped,
            asked_at=at,
        )

    def _shown_to_editors(self, person: Person, question: Question) -> Suggestion:
        """Return a question that its asker showed to the editors; one of the last month waits for them."""
        recent = self.until - question.asked_at.date() < timedelta(days=30)
        return Suggestion(
            id=gap_id(question.id),
            municipality_id=_home(person),
            handoff_id="",
            language=question.language,
            question=question.utterance,
            answer="",
            by=person.id,
            verdict=Verdict.WAITING if recent else Verdict.REJECTED,
            created_at=question.asked_at,
        )

    def _handoff(self, person: Person, question: Question) -> Handoff:
        """Return a question that a colleague took and solved."""
        helper = self.rng.choice(self.helpers[_home(person)])
        taken = question.asked_at + timedelta(minutes=self.rng.lognormvariate(3.4, 1.1))
        solved = taken + timedelta(minutes=self.rng.lognormvariate(4, 1.2))
        handoff = Handoff(
            id=self._numbered("handoff"),
            asker_id=person.id,
            municipality_id=_home(person),
            unit_id=person.unit_id or "",
            language=person.language,
            question=question.utterance,
            question_id=question.id,
            article_id=question.article_id,
            history=(HistoryEntry(at=question.asked_at, what=Transition.ASKED, by=person.id),),
            created_at=question.asked_at,
            changed_at=question.asked_at,
        )
        handoff = handoff.offer(helper.id, question.asked_at, until=taken).accept(helper.id, taken, until=solved)
        # No step follows: an invented asker does not reopen it.
        return replace(handoff.resolve(solved, by=helper.id, answer="Oppdiktet svar.", until=solved), next_at=None)

    def draw_open(self, now: datetime) -> Iterator[tuple[Handoff, Worklist | None]]:
        """Yield a few questions that are open now, those of ambassadors with the worklist; the oldest are overdue."""
        for municipality_id, helpers in sorted(self.helpers.items()):
            here = [person for person in self.people if person.municipality_id == municipality_id]
            if not here:
                continue
            for days, helper in zip(_OPEN_SINCE_DAYS, helpers, strict=False):
                handoff, at = self._asked(self.rng.choice(here), now - timedelta(days=days))
                taken = at + timedelta(minutes=20)
                handoff = handoff.offer(helper.id, at, until=taken).accept(
                    helper.id, taken, until=now + timedelta(days=1)
                )
                worklist = Worklist(id=helper.id, municipality_id=municipality_id)
                yield handoff, worklist.with_open(handoff.id, taken.astimezone(OSLO).date())
            # No ambassador took these: the contact has them, and contacts and administrators may pass them on.
            for days in _WITH_CONTACT_SINCE_DAYS:
                asker = self.rng.choice(here)
                contacts = tuple(
                    contact.id for contact in self.contacts.get(municipality_id, ()) if contact.id != asker.id
                )
                at = now - timedelta(days=days)
                while self._promised(asker, at) > now:  # of a weekend or a holiday
                    at -= timedelta(days=1)
                handoff, at = self._asked(asker, at)
                yield handoff.escalate(contacts, self._promised(asker, at), until=now + timedelta(days=1)), None

    def _promised(self, asker: Person, at: datetime) -> datetime:
        """Return the promised time of a question, in working time as for a real one."""
        return Deadlines.for_municipality(self.content, _home(asker)).after(at, _PROMISED)

    def _asked(self, asker: Person, at: datetime) -> tuple[Handoff, datetime]:
        """Return a question about something that no article answers, with its promised time, and when it was asked."""
        handoff = Handoff(
            id=self._numbered("handoff"),
            asker_id=asker.id,
            municipality_id=_home(asker),
            unit_id=asker.unit_id or "",
            language=asker.language,
            question=self.rng.choice(self.rng.choice(themes()).wordings[Language.NB]),
            history=(HistoryEntry(at=at, what=Transition.ASKED, by=asker.id),),
            created_at=at,
            changed_at=at,
        )
        return handoff.promise(self._promised(asker, at)), at

    def _courses(self) -> Iterator[Record]:
        """Yield courses taken and applications for programs."""
        for course in self.content.curriculum.modules:
            for person in self.rng.sample(self.people, k=len(self.people) // 20):
                at = self._moments(1)[0]
                yield CourseTaken(person_id=person.id, course_id=course.id, taken_at=at)
        for program in self.content.register.programs.values():
            for person in self.rng.sample(self.people, k=len(self.people) // 200):
                at = self._moments(1)[0]
                waiting = Application(
                    id=self._numbered("application"),
                    person_id=person.id,
                    municipality_id=_home(person),
                    program=program.name,
                    program_id=program.id,
                    applied_at=at,
                    changed_at=at,
                )
                yield waiting.withdraw(at + timedelta(days=1))

    def draw_announcements(self) -> Iterator[tuple[Announcement, tuple[Person, ...]]]:
        """Yield announcements with the people that each reached."""
        for municipality_id, helpers in sorted(self.helpers.items()):
            here = [person for person in self.people if person.municipality_id == municipality_id]
            for at in self._moments(ANNOUNCEMENTS_EACH if here else 0):
                reached = tuple(self.rng.sample(here, k=min(len(here), MOST_REACHED)))
                id_ = self._numbered("announcement")
                wordings = {
                    language: Wording(title=f"{title} {self.number}", body=body)
                    for language, (title, body) in _NEWS.items()
                }
                announcement = Announcement(
                    id=id_,
                    author_id=helpers[0].id,
                    municipality_id=municipality_id,
                    desk=f"announce/desk/{id_}",
                    state=AnnouncementState.SENT,
                    edition=1,
                    version=1,
                    wordings=wordings,
                    audience=Audience(municipality_ids=frozenset({municipality_id})),
                    counted=Counted(edition=1, people=len(reached), done=True),
                    started_at=at,
                    created_at=at,
                    changed_at=at,
                )
                yield announcement, reached

    def _numbered(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{PREFIX}{self.number:06d}"

    def _articles(self) -> list[str]:
        article_ids = sorted(self.content.articles.ids())
        self.rng.shuffle(article_ids)
        return article_ids

    def _moments(self, number: int) -> list[datetime]:
        days = [self.until - timedelta(days=back) for back in range(DAYS, 0, -1)]
        # More people use it as the year goes on.
        weights = [
            _WEEKDAYS[day.weekday()] * (0.4 if day.month == _QUIET_MONTH else 1) * (1 + position / DAYS)
            for position, day in enumerate(days)
        ]
        chosen = self.rng.choices(days, weights=weights, k=number)
        hours = self.rng.choices(range(len(_HOURS)), weights=_HOURS, k=number)
        return sorted(
            datetime.combine(day, time(_FIRST_HOUR + hour), OSLO).astimezone(UTC)
            + timedelta(seconds=self.rng.randrange(3600))
            for day, hour in zip(chosen, hours, strict=True)
        )


def _home(person: Person) -> str:
    return person.municipality_id or ""
