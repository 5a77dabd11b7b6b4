"""Questions of a rehearsal: the stored questions of 30 days and the test questions."""

from base64 import b64decode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from dialogs.core.query import Asking, KeptWords, find_all
from dialogs.core.question import Question
from dialogs.rehearsal.model import EVERY, TestQuestion
from dialogs.rehearsal.verdict import Evidence
from dialogs.unanswered.questions import kept_questions
from knowledge.matching.policy import OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """One question of a rehearsal.

    Attributes:
        words: masked, with the vector.
        question: the stored question; None for a test question, with words that every editor may see.
    """

    id: str
    words: KeptWords
    municipality_id: str | None
    evidence: Evidence
    question: Question | None = None


def asked_again(scope: Collection[str], at: datetime) -> Asking[tuple[AskedAgain, ...]]:
    """Return the test questions and the stored questions of these municipalities."""
    tests = yield from find_all(TestQuestion, EVERY)
    questions = yield from kept_questions(scope, at)
    return (*_of_tests(each for each in tests if each.municipality_id in scope), *_of_questions(questions))


def _of_tests(tests: Iterable[TestQuestion]) -> Iterable[AskedAgain]:
    for each in tests:
        expected = frozenset({each.expected_id} if each.expected_id else ())
        yield AskedAgain(
            id=each.id,
            words=(each.utterance, b64decode(each.vector)),
            municipality_id=each.municipality_id,
            evidence=Evidence(expected=expected),
        )


def _of_questions(questions: Iterable[Question]) -> Iterable[AskedAgain]:
    for each in questions:
        yield AskedAgain(
            id=each.id,
            words=(each.utterance, b64decode(each.vector)),
            municipality_id=each.municipality_id,
            evidence=_known_about(each),
            question=each,
        )


def _known_about(question: Question) -> Evidence:
    """Return the evidence of the asker's reaction."""
    answered = question.outcome is OutcomeKind.ANSWER and question.article_id is not None
    if answered and question.helped is True:
        return Evidence(expected=frozenset({str(question.article_id)}))
    if answered and question.helped is False:
        return Evidence(refused=frozenset({str(question.article_id)}))
    return Evidence()
