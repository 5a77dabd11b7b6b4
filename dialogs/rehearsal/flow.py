"""The beginning of a rehearsal, and a person's verdict about a question: it becomes a test question."""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do, put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Flow, find
from dialogs.core.speaker import viewer_of_event
from dialogs.editing.validation import problems_of
from dialogs.handoff.suggestion import Suggestion
from dialogs.rehearsal.asked import find_rehearsal, rehearsable_draft
from dialogs.rehearsal.model import Rehearsal, RehearsalState, TestQuestion, rehearsal_id
from dialogs.unanswered.subjects import editors_municipality, questions_scope

# Stands for "none of them" in a form.
NOTHING_RIGHT: Final = "none"


def start_rehearsal(event: Event, content: Content) -> Flow:
    """Record that the rehearsal of a draft begins; the process that wrote this then runs it."""
    viewer = yield from viewer_of_event(event, content)
    questions_scope(viewer)
    draft = yield from rehearsable_draft(viewer, event.pressed.text("key"))
    if any(not problem.notice for problem in problems_of(draft, content, today=viewer.at.date())):
        raise viewer.refusal("rehearsal.faults")
    before = yield from find_rehearsal(viewer, draft.id)
    if before is not None and before.state_at(event.at) is RehearsalState.RUNNING:
        return do(Notice(text=viewer.texts("rehearsal.state.running")))
    own = viewer.require_municipality(viewer.person.municipality_id)
    begun = Rehearsal(
        id=rehearsal_id(draft.id, own),
        revision_id=draft.id,
        municipality_id=own,
        by=event.person_id,
        begun_at=event.at,
        at=event.at,
    )
    return put(begun) + do(Notice(text=viewer.texts("rehearsal.started")))


def expect(event: Event, content: Content) -> Flow:
    """Keep a question that its asker showed to the editors, with the right answer, as a test question."""
    viewer = yield from viewer_of_event(event, content)
    own = editors_municipality(viewer)
    id_, expected = event.pressed.text("suggestion_id"), event.pressed.text("expected_id")
    known = expected in content.articles.ids() or content.actions.get(expected) is not None
    if not known and expected != NOTHING_RIGHT:
        # A new article is right, too: its draft is rehearsed.
        draft = yield from rehearsable_draft(viewer, event.pressed.text("key"))
        if expected != draft.article_id:
            raise viewer.refusal("rehearsal.choose")
    shown = yield from find(Suggestion, id_)
    if shown is None or not shown.is_gap or shown.municipality_id != own:
        raise viewer.refusal("unanswered.gone")
    test_id = f"test-{shown.id}"
    yield from find(TestQuestion, test_id)  # a later verdict replaces the one before
    test = TestQuestion(
        id=test_id,
        municipality_id=own,
        utterance=shown.question,
        language=shown.language,
        expected_id=None if expected == NOTHING_RIGHT else expected,
        suggestion_id=shown.id,
        words_of=(shown.by,),
        by=event.person_id,
        at=event.at,
    )
    audit = Audit(act="rehearsal.expected", subject=test_id, by=event.person_id)
    return put(test) + do(audit, Notice(text=viewer.texts("rehearsal.expected")))


def forget_test(event: Event, content: Content) -> Flow:
    """Remove a test question."""
    viewer = yield from viewer_of_event(event, content)
    own = editors_municipality(viewer)
    test = yield from find(TestQuestion, event.pressed.text("test_id"))
    if test is None or test.municipality_id != own:
        raise viewer.refusal("unanswered.gone")
    audit = Audit(act="rehearsal.forgotten", subject=test.id, by=event.person_id)
    gone = remove(TestQuestion, test.id)
    return gone + do(audit, Notice(text=viewer.texts("rehearsal.forgotten")))


VERBS: Final[Verbs] = {"rehearsal.start": start_rehearsal, "rehearsal.expect": expect, "rehearsal.forget": forget_test}
FEATURE: Final = Feature(verbs=VERBS, records=(TestQuestion, Rehearsal))
