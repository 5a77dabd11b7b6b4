"""The helper's ways to finish: resolve or release."""

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.handoff import cards
from dialogs.handoff.deadlines import REOPEN_FOR
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import reachable_handoff, refuse_moved_on
from dialogs.handoff.projection import finish, without_secrets
from dialogs.handoff.routing import assign, offer_queued
from dialogs.handoff.suggesting import suggest
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork


def resolve(event: Event, content: Content) -> Flow:
    """Mark the handoff as answered, with the helper's answer text if given."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    answer = yield from without_secrets(work, event.pressed.text("answer"), most=cards.MAX_LETTERS)
    share = event.pressed.text("share").lower() == "true"
    if share and not answer and not handoff.outcome.sent_article_id:
        return do(Notice(text=(yield from work.actor_texts())("handoff.resolve_nothing_to_share")))
    resolved = handoff.resolve(event.at, by=event.person_id, answer=answer, until=event.at + REOPEN_FOR)
    yield from work.change(resolved)
    if share:
        yield from suggest(work, resolved)
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


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
