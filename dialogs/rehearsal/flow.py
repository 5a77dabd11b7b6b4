"""A person's verdict about a question: it becomes a test question."""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Remove, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Flow, find
from dialogs.core.viewer import viewer_of_event
from dialogs.rehearsal.drafts import draft_id_view
from dialogs.rehearsal.model import TestQuestion
from dialogs.rehearsal.page import showable_questions
from dialogs.unanswered.questions import kept_questions, questions_scope

# Stands for "none of them" in a form.
NOTHING_RIGHT: Final = "none"


def start_rehearsal(event: Event, content: Content) -> Flow:
    """Check that the draft may be rehearsed; the page then begins, and shows its progress."""
    viewer = yield from viewer_of_event(event, content)
    yield from draft_id_view(viewer, event.pressed.text("key"))
    return do(Notice(text=viewer.texts("rehearsal.started")))


def expect(event: Event, content: Content) -> Flow:
    """Keep a question with the right answer, as a test question."""
    viewer = yield from viewer_of_event(event, content)
    scope = questions_scope(viewer)
    id_, expected = event.pressed.text("question_id"), event.pressed.text("expected_id")
    known = expected in content.articles.ids() or content.actions.get(expected) is not None
    if not known and expected != NOTHING_RIGHT:
        raise viewer.refusal("rehearsal.choose")
    questions = yield from kept_questions(scope, event.at)
    # The words were shown, but the consent or the theme may be gone by now.
    if id_ not in (yield from showable_questions(questions, [id_])):
        raise viewer.refusal("unanswered.gone")
    question = next(each for each in questions if each.id == id_)
    test_id = f"test-{question.id}"
    yield from find(TestQuestion, test_id)  # a later verdict replaces the one before
    test = TestQuestion(
        id=test_id,
        municipality_id=viewer.require_municipality(viewer.person.municipality_id),
        utterance=question.utterance,
        language=question.language,
        expected_id=None if expected == NOTHING_RIGHT else expected,
        vector=question.vector,
        by=event.person_id,
        at=event.at,
    )
    audit = Audit(act="rehearsal.expected", subject=test_id, by=event.person_id)
    return put(test) + do(audit, Notice(text=viewer.texts("rehearsal.expected")))


def forget_test(event: Event, content: Content) -> Flow:
    """Remove a test question."""
    viewer = yield from viewer_of_event(event, content)
    scope = questions_scope(viewer)
    test = yield from find(TestQuestion, event.pressed.text("test_id"))
    if test is None or test.municipality_id not in scope:
        raise viewer.refusal("unanswered.gone")
    audit = Audit(act="rehearsal.forgotten", subject=test.id, by=event.person_id)
    gone = Decision(writes=(Remove(kind=TestQuestion, id=test.id),))
    return gone + do(audit, Notice(text=viewer.texts("rehearsal.forgotten")))


VERBS: Final[Verbs] = {"rehearsal.start": start_rehearsal, "rehearsal.expect": expect, "rehearsal.forget": forget_test}
FEATURE: Final = Feature(verbs=VERBS, records=(TestQuestion,))
