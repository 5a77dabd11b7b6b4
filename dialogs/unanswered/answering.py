"""Send an answer to askers after they showed the editors a question, once there is one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.ask import cards
from dialogs.core import card
from dialogs.core.article_view import view_article
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, Schedule, do, later, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_each, match
from dialogs.core.question import Question
from dialogs.core.texts import Texts
from dialogs.handoff.suggesting import close_answered
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from knowledge.matching.policy import OutcomeKind

VERB: Final = "unanswered.check"
WAITS_FOR: Final = timedelta(days=30)
_FIRST: Final = timedelta(minutes=2)
_RAREST: Final = timedelta(hours=6)
# A text may be published much later, so it is looked at more and more rarely.
_SHARE_OF_AGE: Final = 10


def first_check(decision: ThemeDecision) -> Iterable[Schedule]:
    """Yield the timer of the first look, if an asker waits for an answer."""
    if decision.waiting_ids and decision.act not in {ThemeAct.SERVICE_DESK, ThemeAct.DISMISSED}:
        yield _next_check(decision, decision.at)


def check_answers(event: Event, content: Content) -> Flow:
    """Send each asker the answer that their question gets now; look again for the others."""
    decision = yield from find(ThemeDecision, event.rang.data.get("decision_id", ""))
    if decision is None:
        return NOTHING
    stored = yield from find_each(Question, decision.waiting_ids)
    people = yield from find_each(Person, {each.person_id for each in stored.values()})
    answered, waiting, work = Decision(), list[str](), UnitOfWork(event, content)
    for question in stored.values():
        person = people.get(question.person_id)
        if person is None or person.is_outsider or not question.unanswered:
            continue
        message, becomes = yield from _answer_now(content, person, question)
        if message is None:
            waiting.append(question.id)
            continue
        slot = f"theme/{decision.id}/{question.id}"
        answered += put(becomes) + do(Post(to=person.id, slot=slot, message=message))
        yield from close_answered(work, question.id, by=decision.by)
    left = replace(decision, waiting_ids=tuple(waiting))
    again = do(_next_check(left, event.at)) if waiting and event.at - decision.at < WAITS_FOR else Decision()
    return answered + work.decision() + again + (put(left) if left != decision else Decision())


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
    shown = message.card or card.card([card.paragraph(message.text)])
    return replace(message, text=f"{line}\n{message.text}", card={**shown, "body": [card.small(line), *shown["body"]]})


def _next_check(decision: ThemeDecision, now: datetime) -> Schedule:
    wait = min(max(_FIRST, (now - decision.at) / _SHARE_OF_AGE), _RAREST)
    return later(f"theme/{decision.id}/check", now + wait, VERB, decision_id=decision.id)


TIMERS: Final[Verbs] = {VERB: check_answers}
