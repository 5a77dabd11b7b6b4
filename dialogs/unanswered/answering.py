"""Send an answer to askers after they showed the editors a question, once there is one."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.ask import cards
from dialogs.core import card
from dialogs.core.article_view import view_article
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, match
from dialogs.core.question import Question
from dialogs.core.texts import Texts
from dialogs.handoff.suggesting import CHECK_VERB, check_later, close_answered
from dialogs.handoff.suggestion import Suggestion, Verdict, gap_id
from dialogs.unanswered.model import ThemeDecision
from knowledge.matching.policy import OutcomeKind

WAITS_FOR: Final = timedelta(days=30)
_OVER: Final = frozenset({Verdict.REJECTED, Verdict.ANSWERED})


def check_answer(event: Event, content: Content) -> Flow:
    """Send an asker the answer that the question gets now, or look again later."""
    if "decision_id" in event.rang.data:
        return (yield from _earlier(event))
    question_id = event.rang.data["question_id"]
    question = yield from find(Question, question_id)
    gap = yield from find(Suggestion, gap_id(question_id))
    if question is None or gap is None or gap.verdict in _OVER or not question.unanswered:
        return NOTHING
    person = yield from find(Person, question.person_id)
    if person is None or person.is_outsider:
        return NOTHING
    message, becomes = yield from _answer_now(content, person, question)
    if message is None:
        waits = event.at - gap.created_at < WAITS_FOR
        return do(check_later(question.id, since=gap.created_at, now=event.at)) if waits else NOTHING
    answered = put(becomes) + do(Post(to=person.id, slot=f"theme/{question.id}", message=message))
    return answered + (yield from close_answered(event, content, question.id, by=gap.decided_by or "clock"))


def _earlier(event: Event) -> Asking[Decision]:
    """Go on with the timer of a version before 0.9, which waited by decision."""
    decision = yield from find(ThemeDecision, event.rang.data["decision_id"])
    waiting = decision.waiting_ids if decision is not None else ()
    return do(*(check_later(id_, since=event.at, now=event.at) for id_ in waiting))


def _answer_now(content: Content, person: Person, question: Question) -> Asking[tuple[Message | None, Question]]:
    """Return the answer that a question gets now, None without one, and the question with it."""
    texts = content.texts[person.language]
    matched = yield from match(question.utterance, municipality_id=person.municipality_id)
    outcome = content.policy.outcome(matched, content.actions.kinds)
    if outcome.kind is not OutcomeKind.ANSWER or outcome.article_id is None:
        return None, question
    becomes = replace(question, outcome=OutcomeKind.ANSWER, article_id=outcome.article_id, helped=None)
    action = content.actions.get(outcome.article_id)
    if action is not None:
        offers = [action] if action.button_verb is not None else content.actions.offered(action)
        message = cards.action_reply(texts, action, offers, question_id=question.id, masked=frozenset())
        return _with_line(texts, question, message), replace(becomes, outcome=OutcomeKind.ACT, article_id=None)
    view = view_article(content, texts, outcome.article_id, person.municipality_id)
    if view is None or outcome.article_id == question.article_id:
        return None, question
    actions = frozenset(content.commands.values())
    message = cards.answered(texts, view, question_id=question.id, masked=frozenset(), actions=actions)
    return _with_line(texts, question, message), becomes


def _with_line(texts: Texts, question: Question, message: Message) -> Message:
    line = texts("unanswered.now_answered", question=card.unmarked(question.utterance[:120]))
    return message.below(f"{line}\n", [card.small(line)])


TIMERS: Final[Verbs] = {CHECK_VERB: check_answer}
