"""Route a waiting handoff to the nearest ambassador, the queue, or the contact.

Every handoff has a next step.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.availability.registry import Registry, today
from dialogs.core.content import Content
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.core.query import Asking, find_all
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.organisation.nearest import Ambassador, Asker, Availability, Ranked

# After this many escalation rounds, retries are a week apart.
PATIENT_ROUNDS: Final = 5
# Helpers that are asked before the contact gets the question.
MAX_ASKED: Final = 4


def assign(work: UnitOfWork, handoff: Handoff) -> Asking[Handoff]:
    """Offer, queue or escalate a waiting handoff; return its new state."""
    deadlines = work.deadlines(handoff.municipality_id)
    handoff = handoff.promise(deadlines.after(work.at, deadlines.answer))
    if is_for_contact(handoff, work.at):
        return (yield from escalate(work, handoff))
    registry = yield from work.registry(handoff.municipality_id)
    ranked = _nearest(work, registry, handoff)
    if ranked:
        return (yield from offer_to(work, handoff, ranked[0].ambassador, stands_in_for=ranked[0].stands_in_for))
    if handoff.assignment.topic:  # any helper is better than none, so drop the topic
        return (yield from assign(work, replace(handoff, assignment=handoff.assignment.ask_for(None))))
    # Queued once only: a question that waited for a place in vain goes to the contact instead of waiting again.
    if anyone_busy(work, registry, handoff) and not _queued_before(handoff):
        until = _within_promise(handoff, deadlines.after(work.at, deadlines.queue), work.at)
        return (yield from work.change(handoff.queue(work.at, until=until)))
    return (yield from escalate(work, handoff))


def is_for_contact(handoff: Handoff, at: datetime) -> bool:
    """Return whether no further ambassador is asked: enough were, or the promised time has passed."""
    return len(handoff.asked) >= MAX_ASKED or handoff.is_overdue(at)


def _within_promise(handoff: Handoff, until: datetime, at: datetime) -> datetime:
    """Return the deadline of a step, at the latest the promised time."""
    promised = handoff.assignment.expected_at
    # A colleague or a contact may pass it on after that time; then the step has its full length.
    return until if promised is None or promised <= at else min(until, promised)


def offer_to(
    work: UnitOfWork, handoff: Handoff, ambassador: Ambassador, *, stands_in_for: str | None = None
) -> Asking[Handoff]:
    """Offer a waiting handoff to one ambassador, possibly as a substitute."""
    deadlines = work.deadlines(handoff.municipality_id)
    handoff = handoff.promise(deadlines.after(work.at, deadlines.answer))
    until = _within_promise(handoff, deadlines.after(work.at, deadlines.offer, ambassador), work.at)
    return (
        yield from work.change(handoff.offer(ambassador.person_id, work.at, until=until, stands_in_for=stands_in_for))
    )


def escalate(work: UnitOfWork, handoff: Handoff) -> Asking[Handoff]:
    """Escalate a waiting handoff to the contacts and schedule their first reminder."""
    contacts = yield from contacts_of(handoff.municipality_id, work.content)
    # A contact that asks a question cannot be the one to answer it.
    reached = tuple(person.id for person in contacts if person.id != handoff.asker_id)
    return (yield from give_to_contacts(work, handoff, reached))


def give_to_contacts(work: UnitOfWork, handoff: Handoff, contacts: tuple[str, ...]) -> Asking[Handoff]:
    """Give a waiting handoff to these contacts, with a first reminder at the latest when the promised time passes."""
    until = _within_promise(handoff, next_search_at(work, handoff), work.at)
    return (yield from work.change(handoff.escalate(contacts, work.at, until=until)))


def contacts_of(municipality_id: str, content: Content) -> Asking[tuple[Person, ...]]:
    """Return the municipality's contacts that at least one channel can reach."""
    people = yield from find_all(Person, f"role:{Role.CONTACT}@{municipality_id}")
    return tuple(person for person in people if content.channels.reaches(person))


def next_search_at(work: UnitOfWork, handoff: Handoff) -> datetime:
    """Return the time of the next reminder to the contacts: daily at first, then weekly."""
    deadlines = work.deadlines(handoff.municipality_id)
    return deadlines.after(work.at, deadlines.contact * (1 if handoff.assignment.rounds < PATIENT_ROUNDS else 5))


def offer_queued(work: UnitOfWork, municipality_id: str) -> Asking[None]:
    """Offer queued questions to ambassadors with free capacity, employees' questions first."""
    waiting = yield from work.find(Handoff, f"status:{Status.WAITING}@{municipality_id}")
    # Employees first: a guest's workplace is unverified, and guests may be many.
    for handoff in sorted(waiting, key=lambda handoff: is_guest_id(handoff.asker_id)):
        if is_for_contact(handoff, work.at):
            continue  # its timer is late, and due now
        # Read in every round: an offer made in the round before has used capacity.
        ranked = _nearest(work, (yield from work.registry(municipality_id)), handoff)
        if ranked:
            yield from offer_to(work, handoff, ranked[0].ambassador, stands_in_for=ranked[0].stands_in_for)


def _nearest(work: UnitOfWork, registry: Registry, handoff: Handoff) -> Sequence[Ranked]:
    """Return the nearest ambassadors that were not asked before and know the required topic."""
    return registry.nearest(
        asker_of(handoff),
        work.content,
        work.at,
        excluded=handoff.assignment.asked_before,
        knowing=handoff.assignment.topic,
    )


def asker_of(handoff: Handoff) -> Asker:
    """Return the asker's data for ranking."""
    return Asker(
        person_id=handoff.asker_id,
        municipality_id=handoff.municipality_id,
        unit_id=handoff.unit_id,
        language=handoff.language,
        topics=handoff.topics,
    )


def availability_of(work: UnitOfWork, handoff: Handoff, person_id: str) -> Asking[Availability]:
    """Return a person's availability as an ambassador for this handoff."""
    registry = yield from work.registry(handoff.municipality_id)
    return registry.availability(person_id, work.content, work.at)


def has_capacity(work: UnitOfWork, handoff: Handoff, person_id: str) -> Asking[bool]:
    """Return whether an ambassador has free capacity, regardless of working hours."""
    registry = yield from work.registry(handoff.municipality_id)
    profile = registry.profiles.get(person_id)
    if profile is None:
        return False
    on = today(work.content, profile.ambassador.municipality_id, work.at)
    return profile.ambassador.has_room(registry.busy(person_id, on).open_count)


def anyone_busy(work: UnitOfWork, registry: Registry, handoff: Handoff) -> bool:
    """Return whether an ambassador could help after finishing another question."""
    out = {*handoff.assignment.asked_before, handoff.asker_id}
    asker = asker_of(handoff)
    return any(registry.is_busy(id_, asker, work.content, work.at) for id_ in registry.profiles if id_ not in out)


def _queued_before(handoff: Handoff) -> bool:
    """Return whether it was queued since it last had an owner or a retry."""
    for moment in reversed(handoff.history):
        if moment.what is Transition.QUEUED:
            return True
        if moment.what in {Transition.ACCEPTED, Transition.RETRIED}:
            return False
    return False
