"""Pass a question on: to a chosen colleague, or to the nearest who knows a topic."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.availability.topic import topic_choices
from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.handoff import helper_cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import reachable_handoff, refuse_moved_on
from dialogs.handoff.projection import finish, pass_slot, remove_choice_cards, reply_or_post
from dialogs.handoff.routing import asker_of, assign, availability_of, offer_queued, offer_to
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork, name_of
from dialogs.handoff.views import unit_name
from knowledge.organisation.nearest import Availability, Ranked

MAX_COLLEAGUES = 8


def pass_card(event: Event, content: Content) -> Flow:
    """Show the nearest free colleagues and the topics they know."""
    work = UnitOfWork(event, content)
    handoff = yield from _passable(work)
    texts = yield from work.actor_texts()
    free = yield from _free(work, handoff, limit=200)
    elsewhere = texts("handoff.the_municipality")
    colleagues = [
        (
            f"{each.ambassador.name}, {unit_name(work, each.ambassador.unit_id, texts) or elsewhere}",
            each.ambassador.person_id,
        )
        for each in free[:MAX_COLLEAGUES]
    ]
    known = {topic for each in free if _offerable_by_topic(handoff, each) for topic in each.ambassador.topics}
    message = helper_cards.pass_on(texts, handoff, colleagues=colleagues, topics=topic_choices(texts, known))
    reply_or_post(work, event.person_id, pass_slot(handoff.id), message)
    return work.decision()


def pass_on(event: Event, content: Content) -> Flow:
    """Offer it to the chosen colleague, or to the nearest who knows the chosen topic."""
    work = UnitOfWork(event, content)
    handoff = yield from _passable(work)
    texts = yield from work.actor_texts()
    colleague_id, topic = event.pressed.text("colleague_id"), event.pressed.text("topic")
    if not colleague_id and not topic:
        return do(Notice(text=texts("handoff.pass.choose")))
    free = {each.ambassador.person_id: each for each in (yield from _free(work, handoff, limit=200))}
    passed = handoff.wait(Transition.PASSED, event.at, by=event.person_id)
    if colleague_id:
        if colleague_id not in free:
            gone = (yield from availability_of(work, handoff, colleague_id)) is Availability.GONE
            return (yield from work.refuse("not_free", handoff.id, audit=gone))
        asked_again = replace(passed, assignment=passed.assignment.include(colleague_id))
        after = yield from offer_to(work, asked_again, free[colleague_id].ambassador)
    else:
        if not any(topic in each.ambassador.topics and _offerable_by_topic(handoff, each) for each in free.values()):
            return (yield from work.refuse("nobody_knows", handoff.id, audit=False))
        after = yield from assign(work, replace(passed, assignment=passed.assignment.ask_for(topic)))
    yield from offer_queued(work, handoff.municipality_id)
    to = yield from work.person(after.assignment.offered_to or "")
    done = texts("handoff.pass.done", name=name_of(to, texts)) if to else texts("handoff.gone.passed")
    return (yield from finish(work)) + do(Notice(text=done))


def pass_cancel(event: Event, content: Content) -> Flow:
    """Keep the question and close the form."""
    work = UnitOfWork(event, content)
    handoff = yield from reachable_handoff(work)
    texts = yield from work.actor_texts()
    remove_choice_cards(work, event.person_id, handoff.id)
    return work.decision() + do(Notice(text=texts("handoff.pass.kept")))


def _passable(work: UnitOfWork) -> Asking[Handoff]:
    """Return the handoff if the actor may pass it on, or raise the refusal."""
    handoff = yield from reachable_handoff(work)
    by = work.event.person_id
    has_it = handoff.status in {Status.OFFERED, Status.ACCEPTED} and handoff.helper_id == by
    if has_it or (handoff.status is Status.ESCALATED and by in handoff.assignment.contacts):
        return handoff
    ended = {Status.RESOLVED: "resolved", Status.WITHDRAWN: "withdrawn"}
    raise EventRefused((yield from refuse_moved_on(work, handoff, ended.get(handoff.status, "moved_on"))))


def _free(work: UnitOfWork, handoff: Handoff, *, limit: int) -> Asking[Sequence[Ranked]]:
    """Return the free ambassadors, nearest first."""
    # Ambassadors with an earlier refusal are included, because they may be asked again by name. The actor is excluded.
    registry = yield from work.registry(handoff.municipality_id)
    return registry.nearest(asker_of(handoff), work.content, work.at, excluded={work.event.person_id}, limit=limit)


def _offerable_by_topic(handoff: Handoff, each: Ranked) -> bool:
    """Return whether the ambassador may be asked by topic."""
    # After a refusal or expired offer, by name only.
    return each.ambassador.person_id not in handoff.assignment.excluded
