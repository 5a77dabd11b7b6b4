"""Closing of a week's themes: groups that are themes, and stored data.

Nothing is counted in a turn. Ids of people are compared in memory only; the stored data refers to no person.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from dialogs.core.question import Question
from dialogs.insight.enough import Asker, EnoughPeople, band_of
from dialogs.unanswered.reason import reason_of
from dialogs.unanswered.theme import Theme
from knowledge.article.article import Language
from knowledge.language.concerns.terms import is_sensitive_sentence
from knowledge.matching.match import Phrasing

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
