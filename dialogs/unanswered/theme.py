"""Themes of closed weeks: what at least five registered people asked, why, and how a week is closed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, TypeVar

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.question import Question
from dialogs.insight.model import period_id
from dialogs.insight.suppression import Asker, Band, EnoughPeople, band_of
from knowledge.article.article import Language
from knowledge.language.concerns.terms import is_sensitive_sentence
from knowledge.matching.match import Phrasing
from knowledge.matching.policy import OutcomeKind

# Why a question counts as unanswered.


class UnansweredReason(StrEnum):
    """Each has a catalogue text, ``unanswered.reason.…``."""

    UNKNOWN = "unknown"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"
    NOT_HELPED = "not_helped"


def reason_of(question: Question) -> UnansweredReason:
    if question.helped is False:
        return UnansweredReason.NOT_HELPED
    if question.handed_over:
        return UnansweredReason.HANDED_OVER
    return UnansweredReason.ASKED_BACK if question.outcome is OutcomeKind.CLARIFY else UnansweredReason.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Similar unanswered questions of one closed week.

    Attributes:
        sentence: the nearest sentence that ships with the content; ``entry_id`` is the article, action, program or task
            that it belongs to.
        terms: words that enough people used, the most used first.
        people: registered askers.
        reasons: why they count as unanswered, each for enough people, the most frequent first.
    """

    entry_id: Annotated[str, Purpose.IMPROVE]
    sentence: Annotated[str, Purpose.IMPROVE]
    language: Annotated[Language, Purpose.IMPROVE]
    terms: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    people: Annotated[Band, Purpose.IMPROVE]
    reasons: Annotated[tuple[UnansweredReason, ...], Purpose.IMPROVE] = ()

    def is_like(self, other: "Theme") -> bool:
        """Return whether two themes of different weeks are about the same subject."""
        shared = set(self.terms) & set(other.terms)
        if self.entry_id == other.entry_id and not (self.terms and other.terms):
            return True
        return bool(shared) and 2 * len(shared) >= min(len(self.terms), len(other.terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeWeek:
    """The themes of a closed week for the editors of one municipality, the largest first. They never change.

    Those of the provider are about all municipalities, and come from enough people of two of them.
    """

    KIND: ClassVar[str] = "theme_week"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: a week of a municipality has one",
        whose=Whose.NOBODY,
        months=12,
        dated="ended_at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    municipality_id: Annotated[str, Purpose.PLACE]
    week: Annotated[str, Purpose.TIME]
    themes: Annotated[tuple[Theme, ...], Purpose.IMPROVE] = ()
    ended_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per municipality and week."""
        return period_id(self.municipality_id, self.week)

    def terms(self) -> Iterable[str]:
        yield f"period:{self.week}"
        yield month_term(self.ended_at)


# Closing of a week's themes: groups that are themes, and stored data.

T = TypeVar("T")
MAX_TERMS: Final = 8
# Key and written form of each term of a question.
Terms = Mapping[str, str]


def theme_groups(questions: Sequence[Question], leaders: Sequence[int], rule: EnoughPeople) -> list[list[Question]]:
    """Return the plain questions of the groups that are themes, those of most people first.

    Others neither name a theme nor count for one: of a single plain question they would make one "of five people".

    Args:
        leaders: for each question the position of the one that leads its group.
    """
    groups: dict[int, list[Question]] = defaultdict(list)
    for question, leader in zip(questions, leaders, strict=True):
        groups[leader].append(question)
    plain = map(plain_questions, groups.values())
    allowed = [group for group in plain if rule.allows(map(asker_of, group))]
    return sorted(allowed, key=lambda group: (-_number_of_people(group), -len(group)))


def plain_questions(group: Iterable[Question]) -> list[Question]:
    """Return the questions that may help to name a theme: none about health, pupils or third persons."""
    return [question for question in group if not is_sensitive_sentence(question.utterance)]


def theme_of(group: Sequence[Question], name: Phrasing, terms: Mapping[str, Terms], rule: EnoughPeople) -> Theme | None:
    """Return the theme of a group; None if it has none.

    Args:
        name: the nearest sentence of the content.
        terms: of the plain questions, by question id.
    """
    people = band_of(_number_of_people(group))
    if people is None or not rule.allows(map(asker_of, group)):
        return None
    return Theme(
        entry_id=name.article_id,
        sentence=name.text,
        language=Language(name.language),
        terms=_shared_terms(group, terms, rule),
        people=people,
        reasons=tuple(_shared(((reason_of(question), question) for question in group), rule)),
    )


def _shared_terms(group: Sequence[Question], terms: Mapping[str, Terms], rule: EnoughPeople) -> tuple[str, ...]:
    """Return the terms that enough people used, each in the form that most of them wrote."""
    used = [(key, question) for question in group for key in terms.get(question.id, {})]
    forms: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key, question in used:
        forms[key][terms[question.id][key]].add(question.person_id)
    shared = _shared(used, rule)[:MAX_TERMS]
    return tuple(min(forms[key], key=lambda form: (-len(forms[key][form]), form)) for key in shared)


def _shared(pairs: Iterable[tuple[T, Question]], rule: EnoughPeople) -> list[T]:
    """Return what enough people share, that of most people first."""
    questions: dict[T, list[Question]] = defaultdict(list)
    for shared, question in pairs:
        questions[shared].append(question)
    enough = [shared for shared, group in questions.items() if rule.allows(map(asker_of, group))]
    return sorted(enough, key=lambda shared: (-_number_of_people(questions[shared]), str(shared)))


def asker_of(question: Question) -> Asker:
    return question.municipality_id, question.person_id


def _number_of_people(group: Iterable[Question]) -> int:
    return len({question.person_id for question in group})
