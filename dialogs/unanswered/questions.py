"""The stored questions that an editor may learn from, and the rule by which their words are shown."""

from base64 import b64decode
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from dialogs.core.month import latest_month_terms
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.core.query import Asking, KeptWords, find_all, find_each
from dialogs.core.question import Question
from dialogs.core.viewer import Viewer

# How far back themes and rehearsals look.
KEPT_FOR: Final = timedelta(days=30)
# Registered people with similar questions, before the words are shown.
LEAST_PEOPLE: Final = 5
_AT_ONCE: Final = 2_000


def questions_scope(viewer: Viewer) -> frozenset[str]:
    """Return the municipalities an editor works with: at the provider, all. Raises EventRefused."""
    viewer.require(Role.EDITOR)
    own = viewer.require_municipality(viewer.person.municipality_id)
    organisation = viewer.content.organisation
    return frozenset(organisation.municipalities) if organisation.provides(own) else frozenset({own})


def kept_questions(scope: Collection[str], at: datetime) -> Asking[tuple[Question, ...]]:
    """Return the questions of the last 30 days from these municipalities, oldest first."""
    since, found = at - KEPT_FOR, list[Question]()
    for term in latest_month_terms(at, months=2):
        after = ""
        while page := (yield from find_all(Question, term, after=after, limit=_AT_ONCE)):
            found += [each for each in page if each.asked_at >= since and each.municipality_id in scope]
            after = page[-1].id
    return tuple(sorted(found, key=lambda each: (each.asked_at, each.id)))


def registered_askers(questions: Iterable[Question]) -> Asking[frozenset[str]]:
    """Return the askers that count as people: those in the registry, and no guests."""
    ids = sorted({each.person_id for each in questions if not is_guest_id(each.person_id)})
    people = yield from find_each(Person, ids)
    return frozenset(id_ for id_, person in people.items() if person.registered and not person.is_outsider)


def may_be_shown(questions: Collection[Question], registered: frozenset[str]) -> bool:
    """Return whether the words of similar questions may be shown to editors."""
    return count_people(questions, registered) >= LEAST_PEOPLE


def count_people(questions: Iterable[Question], registered: frozenset[str]) -> int:
    """Return how many registered people asked."""
    return len({each.person_id for each in questions} & registered)


def words_of(question: Question) -> KeptWords:
    """Return the words of a question with its vector."""
    return question.utterance, b64decode(question.vector)
