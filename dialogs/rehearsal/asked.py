"""Questions of a rehearsal: those of the last closed weeks, the test questions, and those shown to the editors."""

from base64 import b64decode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from dialogs.core.query import Asking, KeptWords, find_all
from dialogs.core.question import Question
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.rehearsal.model import EVERY, TestQuestion
from dialogs.rehearsal.verdict import Evidence
from dialogs.unanswered.questions import closed_questions
from knowledge.matching.policy import OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """One question of a rehearsal.

    Attributes:
        words: masked, with the vector.
        asker_id: the registered asker, for questions that are only counted in groups; empty for those that
            editors read one by one.
        unanswered: it had no answer, or none that helped, so that it belongs to a theme.
    """

    id: str
    words: KeptWords
    municipality_id: str | None
    evidence: Evidence
    asker_id: str = ""
    unanswered: bool = False


def asked_again(own: Collection[str], scope: Collection[str], at: datetime) -> Asking[tuple[AskedAgain, ...]]:
    """Return what a rehearsal asks.

    Args:
        own: municipalities of the test questions and shown questions open to the reader.
        scope: municipalities of the counted questions.
    """
    tests = yield from find_all(TestQuestion, EVERY)
    shown: list[Suggestion] = []
    for municipality_id in sorted(own):
        shown += yield from find_all(Suggestion, f"{Verdict.WAITING}@{municipality_id}")
    questions = yield from closed_questions(scope, at)
    kept = {test.suggestion_id for test in tests}
    return (
        *_of_tests(test for test in tests if test.municipality_id in own and test.suggestion_id),
        *_of_shown(gap for gap in shown if gap.is_gap and gap.id not in kept),
        *_of_questions(questions),
    )


def _of_tests(tests: Iterable[TestQuestion]) -> Iterable[AskedAgain]:
    for test in tests:
        expected = frozenset({test.expected_id} if test.expected_id else ())
        yield AskedAgain(
            id=test.id,
            words=(test.utterance, b64decode(test.vector)),
            municipality_id=test.municipality_id,
            evidence=Evidence(expected=expected),
        )


def _of_shown(gaps: Iterable[Suggestion]) -> Iterable[AskedAgain]:
    for gap in gaps:
        refused = frozenset({gap.missed_article_id} if gap.missed_article_id else ())
        yield AskedAgain(
            id=gap.id,
            words=(gap.question, b""),
            municipality_id=gap.municipality_id,
            evidence=Evidence(refused=refused),
        )


def _of_questions(questions: Iterable[Question]) -> Iterable[AskedAgain]:
    for question in questions:
        yield AskedAgain(
            id=question.id,
            words=(question.utterance, b64decode(question.vector)),
            municipality_id=question.municipality_id,
            evidence=_known_about(question),
            asker_id=question.person_id,
            unanswered=question.unanswered,
        )


def _known_about(question: Question) -> Evidence:
    """Return the evidence of the asker's reaction."""
    answered = question.outcome is OutcomeKind.ANSWER and question.article_id is not None
    if answered and question.helped is True:
        return Evidence(expected=frozenset({str(question.article_id)}))
    if answered and question.helped is False:
        return Evidence(refused=frozenset({str(question.article_id)}))
    return Evidence()
