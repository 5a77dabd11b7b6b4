"""Accept or decline an offer."""

from dataclasses import replace

from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.handoff import helper_cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import (
    articles_slot,
    finish,
    offer_slot,
    pass_slot,
    remove_choice_cards,
    reply_or_post,
    resolve_slot,
)
from dialogs.handoff.routing import assign, availability_of, contacts_of, has_capacity, offer_queued
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import helper_view
from knowledge.organisation.nearest import Availability


def accept(event: Event, content: Content) -> Flow:
    """Accept an offer, a queued question, or an escalated question."""
    work = UnitOfWork(event, content)
    handoff = yield from reachable_handoff(work)
    reason = yield from reason_against(work, handoff)
    if reason:
        return (yield from refuse_moved_on(work, handoff, reason))
    if handoff.status is Status.ACCEPTED:  # already the actor's own
        return (yield from refuse_moved_on(work, handoff, "", audit=False))
    yield from become_owner(work, handoff)
    return (yield from finish(work))


def become_owner(work: UnitOfWork, handoff: Handoff) -> Asking[Handoff]:
    """Make the actor the owner of a handoff that they may accept."""
    deadlines = work.deadlines(handoff.municipality_id)
    until = deadlines.after(work.at, deadlines.idle)
    return (yield from work.change(handoff.accept(work.event.person_id, work.at, until=until)))


def decline(event: Event, content: Content) -> Flow:
    """Decline an offer; the question is offered to the next nearest helper."""
    work = UnitOfWork(event, content)
    handoff = yield from reachable_handoff(work)
    if handoff.status is not Status.OFFERED or handoff.assignment.offered_to != event.person_id:
        return (yield from refuse_moved_on(work, handoff, _where_it_is(handoff, event.person_id)))
    yield from assign(work, handoff.wait(Transition.DECLINED, event.at, by=event.person_id))
    # The declined offer had used capacity that a queued question may need.
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


def reachable_handoff(work: UnitOfWork) -> Asking[Handoff]:
    """Return the handoff of a helper's card, or raise the refusal."""
    # A person without past or present access gets the same refusal as for an unknown id: ambassadors of municipalities
    # without shared people, removed ambassadors, former contacts.
    id_, person_id = work.event.pressed.text("handoff_id"), work.event.person_id
    handoff = yield from work.get(Handoff, id_)
    if handoff is None:
        raise EventRefused((yield from work.refuse("unknown", id_)))
    if person_id in {handoff.assignment.owner_id, handoff.assignment.offered_to}:
        return handoff
    if person_id == handoff.asker_id:
        raise EventRefused((yield from work.refuse("own_question", id_)))
    if (yield from availability_of(work, handoff, person_id)) is not Availability.GONE:
        return handoff
    profile = yield from work.get(AmbassadorProfile, person_id)
    if profile is not None and not profile.ambassador.active:
        raise EventRefused((yield from work.refuse("not_ambassador", id_)))
    person = yield from work.person(person_id)
    contacts = yield from contacts_of(handoff.municipality_id, work.content)
    if person is not None and any(contact.id == person_id for contact in contacts):
        return handoff
    raise EventRefused((yield from work.refuse("unknown", id_)))


def refuse_moved_on(work: UnitOfWork, handoff: Handoff, reason: str, *, audit: bool = True) -> Asking[Decision]:
    """Refuse a press on a helper's outdated card and update the card."""
    texts = yield from work.actor_texts()
    viewer = work.event.person_id
    view = yield from helper_view(work, handoff, viewer, texts)
    refusal = (
        (yield from work.refuse(reason, handoff.id, audit=audit, name=view.owner or texts("common.a_colleague")))
        if reason
        else NOTHING
    )
    # Two decisions may draw this card at once; the one with the older state must not overwrite the newer card.
    work.require_unchanged(handoff)
    remove_choice_cards(work, viewer, handoff)
    refusal = _in_place_of_form(work, handoff, refusal)
    reply_or_post(work, viewer, offer_slot(handoff, viewer), helper_cards.helper(texts, handoff, viewer, view))
    return refusal + work.decision()


def _in_place_of_form(work: UnitOfWork, handoff: Handoff, refusal: Decision) -> Decision:
    """Show the refusal where the pressed form stood: a notice would leave with the form."""
    slot = work.event.what.slot if isinstance(work.event.what, Pressed) else None
    reason = " ".join(effect.text for effect in refusal.effects if isinstance(effect, Notice))
    by = work.event.person_id
    forms = {pass_slot(handoff, by), resolve_slot(handoff, by), articles_slot(handoff.id)}
    if slot is None or slot not in forms or not reason:
        return refusal
    reply_or_post(work, work.event.person_id, slot, Message.plain(reason))
    return replace(refusal, effects=tuple(effect for effect in refusal.effects if not isinstance(effect, Notice)))


def reason_against(work: UnitOfWork, handoff: Handoff) -> Asking[str]:
    """Return why the actor, or the reader of a view, cannot accept it.

    Empty if they can or already have it.
    """
    by = work.event.person_id
    if handoff.status is Status.ACCEPTED and handoff.assignment.owner_id == by:
        return ""
    state = yield from availability_of(work, handoff, by)
    if handoff.status is Status.OFFERED and handoff.assignment.offered_to == by:
        return "not_ambassador" if state is Availability.GONE else ""
    if handoff.status not in {Status.WAITING, Status.ESCALATED}:
        return _where_it_is(handoff, by)
    if by == handoff.asker_id:
        return "own_question"
    # Contacts have no capacity limit: after them there is no further helper.
    contacts = yield from contacts_of(handoff.municipality_id, work.content)
    if any(contact.id == by for contact in contacts):
        return ""
    if state is Availability.GONE:
        return "not_ambassador"
    return "" if (yield from has_capacity(work, handoff, by)) else "full"


def _where_it_is(handoff: Handoff, viewer_id: str) -> str:
    match handoff.status:
        case Status.ACCEPTED:
            return "yours" if handoff.assignment.owner_id == viewer_id else "taken"
        case Status.OFFERED | Status.WAITING | Status.ESCALATED:
            return "moved_on"
        case Status.RESOLVED:
            return "resolved"
        case Status.WITHDRAWN:
            return "withdrawn"
