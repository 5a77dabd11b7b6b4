"""The stored questions that an editor may learn from."""

from base64 import b64decode
from collections.abc import Collection
from datetime import datetime
from typing import Final

from dialogs.core.month import latest_month_terms
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.core.query import Asking, KeptWords, find_all, find_each
from dialogs.core.question import Question
from dialogs.core.viewer import Viewer
from dialogs.insight.period import latest_weeks, week_at

# Closed weeks that themes and rehearsals look back.
WEEKS: Final = 4
_AT_ONCE: Final = 2_000


def questions_scope(viewer: Viewer) -> frozenset[str]:
    """Return the municipalities an editor works with: at the provider, all. Raises EventRefused."""
    return viewer.content.organisation.edited_by(editors_municipality(viewer))


def editors_municipality(viewer: Viewer) -> str:
    """Return the municipality an editor works for. Raises EventRefused."""
    viewer.require(Role.EDITOR)
    return viewer.require_municipality(viewer.person.municipality_id)


def closed_questions(scope: Collection[str], at: datetime) -> Asking[tuple[Question, ...]]:
    """Return the questions of registered people in the last closed weeks from these municipalities, oldest first."""
    weeks, questions = latest_weeks(at, WEEKS), list[Question]()
    for term in latest_month_terms(at, months=3):
        after = ""
        while page := (yield from find_all(Question, term, after=after, limit=_AT_ONCE)):
            questions += [
                question
                for question in page
                if question.municipality_id in scope and week_at(question.asked_at) in weeks
            ]
            after = page[-1].id
    ids = sorted({question.person_id for question in questions if not is_guest_id(question.person_id)})
    people = yield from find_each(Person, ids)
    counted = {id_ for id_, person in people.items() if person.registered and not person.is_outsider}
    asked = (question for question in questions if question.person_id in counted)
    return tuple(sorted(asked, key=lambda question: (question.asked_at, question.id)))


def words_of(question: Question) -> KeptWords:
    """Return the words of a question with its vector."""
    return question.utterance, b64decode(question.vector)
