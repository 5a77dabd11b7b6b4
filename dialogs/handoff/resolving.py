"""The helper's ways to finish: resolve or release."""

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.core.review import reasons_to_warn
from dialogs.core.texts import Texts
from dialogs.handoff import cards, helper_cards
from dialogs.handoff.deadlines import REOPEN_FOR
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import reachable_handoff, refuse_moved_on
from dialogs.handoff.projection import finish, open_form, reply_or_post, resolve_slot, without_secrets
from dialogs.handoff.routing import assign, offer_queued
from dialogs.handoff.suggesting import suggest
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.language.masking import mask


def resolve_card(event: Event, content: Content) -> Flow:
    """Show the form for closing the question, as the last message."""
    work = UnitOfWork(event, content)
    handoff = open_form(work, (yield from owned_handoff(work)))
    texts, asker = (yield from work.actor_texts()), (yield from work.person(handoff.asker_id))
    message = helper_cards.resolve_form(texts, handoff, asker=name_of(asker, texts))
    reply_or_post(work, event.person_id, resolve_slot(handoff, event.person_id), message)
    return work.decision()


def resolve(event: Event, content: Content) -> Flow:
    """Mark the handoff as answered, with the helper's answer text if given."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    answer = yield from without_secrets(work, event.pressed.text("answer"), most=cards.MAX_LETTERS)
    # The asker decides; an earlier card may still offer it.
    share = handoff.suggestible and event.pressed.text("share").lower() == "true"
    if share and not answer and not handoff.outcome.sent_article_id:
        return do(Notice(text=(yield from work.actor_texts())("handoff.resolve_nothing_to_share")))
    resolved = handoff.resolve(event.at, by=event.person_id, answer=answer, until=event.at + REOPEN_FOR)
    yield from work.change(resolved)
    if share:
        _preview_suggestion(work, (yield from work.actor_texts()), resolved, resolved.question, answer)
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


def _preview_suggestion(work: UnitOfWork, texts: Texts, handoff: Handoff, question: str, answer: str) -> None:
    """Show the helper exactly what the editors would get."""
    concerns = reasons_to_warn(question, answer)
    message = helper_cards.suggestion_preview(texts, handoff, question=question, answer=answer, concerns=concerns)
    reply_or_post(work, work.event.person_id, suggest_slot(handoff.id), message)


def suggest_slot(handoff_id: str) -> str:
    return f"handoff/{handoff_id}/suggest"


def suggest_answer(event: Event, content: Content) -> Flow:
    """Send the editors the words of the preview; of a concern, after a second press."""
    work = UnitOfWork(event, content)
    handoff, texts = (yield from _solved_handoff(work)), (yield from work.actor_texts())
    question = (yield from without_secrets(work, event.pressed.text("question"), most=cards.MAX_LETTERS)).strip()
    answer = (yield from without_secrets(work, event.pressed.text("answer"), most=cards.MAX_LETTERS)).strip()
    if not question:
        return do(Notice(text=texts("suggestion.required")))
    if not answer and not handoff.outcome.sent_article_id:
        return do(Notice(text=texts("handoff.resolve_nothing_to_share")))
    if reasons_to_warn(question, answer) and event.pressed.text("warned") != mask(f"{question}\n{answer}"):
        _preview_suggestion(work, texts, handoff, question, answer)
        return work.decision()
    yield from suggest(work, handoff, question, answer)
    message = Message.plain(texts("handoff.suggest.sent"))
    reply_or_post(work, event.person_id, suggest_slot(handoff.id), message)
    return work.decision()


def keep_answer(event: Event, content: Content) -> Flow:
    """Suggest nothing to the editors."""
    work = UnitOfWork(event, content)
    handoff = yield from _solved_handoff(work)
    message = Message.plain((yield from work.actor_texts())("handoff.suggest.kept"))
    reply_or_post(work, event.person_id, suggest_slot(handoff.id), message)
    return work.decision()


def _solved_handoff(work: UnitOfWork) -> Asking[Handoff]:
    """Return the handoff that the actor solved and may suggest, once, or raise the refusal."""
    handoff = yield from reachable_handoff(work)
    solved = handoff.status is Status.RESOLVED and handoff.assignment.owner_id == work.event.person_id
    if not solved or not handoff.suggestible:
        raise EventRefused((yield from refuse_moved_on(work, handoff, "moved_on")))
    waiting = yield from work.find(Suggestion, f"handoff:{handoff.id}")
    if any(suggestion.verdict is Verdict.WAITING for suggestion in waiting):
        raise EventRefused(do(Notice(text=(yield from work.actor_texts())("handoff.suggest.sent"))))
    return handoff


def release(event: Event, content: Content) -> Flow:
    """Release the handoff; it is offered to the next nearest helper."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    yield from assign(work, handoff.wait(Transition.RELEASED, event.at, by=event.person_id))
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


def owned_handoff(work: UnitOfWork) -> Asking[Handoff]:
    """Return the handoff the actor owns, or raise the refusal."""
    handoff = yield from reachable_handoff(work)
    if handoff.status is Status.ACCEPTED and handoff.assignment.owner_id == work.event.person_id:
        return handoff
    reason = {Status.RESOLVED: "resolved", Status.WITHDRAWN: "withdrawn", Status.ACCEPTED: "taken"}
    raise EventRefused((yield from refuse_moved_on(work, handoff, reason.get(handoff.status, "moved_on"))))
