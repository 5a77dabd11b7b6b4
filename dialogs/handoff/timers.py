"""Timers of a handoff.

Every open handoff has a next timer, so silence never blocks it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from dialogs.core.data_rules import is_expired
from dialogs.core.decision import NOTHING, Post, never
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.names import name_for, name_of
from dialogs.core.query import Asking, Flow
from dialogs.handoff import cards, helper_cards
from dialogs.handoff.deadlines import REOPEN_FOR
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import finish, reminder_slot, status_slot
from dialogs.handoff.routing import (
    MAX_ASKED,
    asker_of,
    assign,
    availability_of,
    contacts_of,
    next_search_at,
    offer_queued,
    offer_to,
)
from dialogs.handoff.transitions import ENDED, Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.organisation.nearest import Availability

UNAVAILABLE: Final = frozenset({Availability.GONE, Availability.ABSENT, Availability.PAUSED, Availability.UNREACHABLE})


def run_due_step(event: Event, content: Content) -> Flow:
    """Run the due step of a handoff."""
    # A timer that was set before the hand-off moved on may still fire; then the step is not due.
    work = UnitOfWork(event, content)
    handoff = yield from work.get(Handoff, event.rang.data.get("handoff_id", ""))
    if handoff is None or handoff.next_at is None or event.at < handoff.next_at or _is_over_age(handoff, event):
        return NOTHING
    # A deadline passes at its time, also when the bot was off then: retention counts from there.
    passed_at = max(handoff.changed_at, handoff.next_at)
    match handoff.status:
        case Status.WAITING:
            yield from assign(work, handoff)
        case Status.OFFERED:
            yield from assign(work, handoff.wait(Transition.EXPIRED, passed_at))
            # Capacity that becomes free goes to the queue in the same decision.
            yield from offer_queued(work, handoff.municipality_id)
        case Status.ACCEPTED:
            yield from _remind_or_reassign(work, handoff, passed_at)
        case Status.ESCALATED:
            yield from _remind_contacts(work, handoff)
        # The asker did not reopen it in time.
        case Status.RESOLVED:
            yield from work.change(replace(handoff.log(Transition.CLOSED, passed_at), next_at=None))
        case Status.WITHDRAWN:
            return NOTHING
    return (yield from finish(work))


def discard_draft(event: Event, content: Content) -> Flow:
    """Discard a draft that was not sent in time."""
    work = UnitOfWork(event, content)
    draft = yield from work.get(Draft, event.rang.data.get("handoff_id", ""))
    if draft is None:
        return NOTHING
    work.remove(Draft, draft.id)
    texts = yield from work.texts(draft.asker_id)
    work.do(Post(to=draft.asker_id, slot=status_slot(draft.id), message=cards.cancelled(texts), only_update=True))
    return work.decision()


def reassign_lost(event: Event, content: Content) -> Flow:
    """Reassign the handoffs of an absent, paused, removed or unreachable helper."""
    work = UnitOfWork(event, content)
    yield from reassign_all(work, event.rang.data.get("person_id", ""))
    return (yield from finish(work))


def withdraw_for_leaver(event: Event, content: Content) -> Flow:
    """Withdraw the open questions and drafts of a former employee, or of one now in another municipality."""
    work = UnitOfWork(event, content)
    person = yield from work.person(event.rang.data.get("person_id", ""))
    if person is None:
        return NOTHING
    # A later import may have brought the person back before the timer fired.
    here = None if person.left else person.municipality_id
    for handoff in (yield from work.find(Handoff, f"open:{person.id}")):
        if handoff.municipality_id != here and handoff.status not in ENDED and not _is_over_age(handoff, event):
            yield from work.change(handoff.withdraw(max(handoff.changed_at, event.due_at)))
            # The leaver's question may have occupied a helper.
            yield from offer_queued(work, handoff.municipality_id)
    for draft in (yield from work.find(Draft, f"person:{person.id}")) if person.left else ():
        work.remove(Draft, draft.id)
        work.do(never(f"handoff/{draft.id}/draft"))
        work.do(Post(to=person.id, slot=status_slot(draft.id), message=None, only_update=True))
    return (yield from finish(work))


def follow_asker(event: Event, content: Content) -> Flow:
    """Take a person's open questions along to the municipality they have moved to."""
    work = UnitOfWork(event, content)
    person = yield from work.person(event.rang.data.get("person_id", ""))
    # A later import may have changed the person again before the timer fired.
    if person is None or person.municipality_id is None:
        return NOTHING
    for handoff in (yield from work.find(Handoff, f"open:{person.id}")):
        left_behind = handoff.municipality_id
        if handoff.status in ENDED or left_behind == person.municipality_id or _is_over_age(handoff, event):
            continue
        # Only people of the asker's own municipality help: the earlier helpers no longer see the question.
        waiting = handoff if handoff.status is Status.WAITING else handoff.wait(Transition.LOST, work.at)
        here = person.municipality_id
        yield from assign(work, replace(waiting, municipality_id=here, unit_id=person.unit_id or here))
        yield from offer_queued(work, left_behind)
    return (yield from finish(work))


def reassign_all(work: UnitOfWork, person_id: str) -> Asking[int]:
    """Reassign a helper's handoffs if the helper cannot continue; return their number."""
    # A contact has no substitute: accepted handoffs stay with a contact that can be reached.
    worklist = yield from work.get(Worklist, person_id)
    reassigned = 0
    for handoff_id in (*worklist.offered, *worklist.open) if worklist else ():
        handoff = yield from work.get(Handoff, handoff_id)
        if handoff is None or handoff.helper_id != person_id or handoff.status in ENDED:
            continue  # reassigned or ended since the worklist was read
        if _is_over_age(handoff, work.event):
            continue
        if not (yield from cannot_continue(work, handoff, person_id)):
            continue
        yield from assign(work, handoff.wait(Transition.LOST, work.at))
        reassigned += 1
    return reassigned


def cannot_continue(work: UnitOfWork, handoff: Handoff, person_id: str) -> Asking[bool]:
    """Return whether a helper cannot continue with a handoff."""
    if (yield from availability_of(work, handoff, person_id)) not in UNAVAILABLE:
        return False
    return not any(
        contact.id == person_id for contact in (yield from contacts_of(handoff.municipality_id, work.content))
    )


def _remind_or_reassign(work: UnitOfWork, handoff: Handoff, passed_at: datetime) -> Asking[None]:
    """Remind the silent end. Its time was over at ``passed_at``."""
    # After the last reminder resolve (asker silent) or reassign (helper silent).
    deadlines = work.deadlines(handoff.municipality_id)
    owner_id = handoff.assignment.owner_id or ""
    # Checked first: a reminder to a helper that is away would only cost the asker time.
    if (yield from cannot_continue(work, handoff, owner_id)):
        yield from assign(work, handoff.wait(Transition.LOST, work.at))
        return
    if handoff.waits_for_asker:
        # An asker is reminded once. The answer counts as given, and can be reopened.
        if handoff.chat.reminders:
            resolved = handoff.resolve(passed_at, by=None, answer=handoff.outcome.answer, until=work.at + REOPEN_FOR)
            yield from work.change(resolved)
            yield from offer_queued(work, handoff.municipality_id)
            return
        texts = yield from work.texts(handoff.asker_id)
        owner = yield from work.person(owner_id)
        asker = yield from work.person(handoff.asker_id)
        message = cards.news(texts, "still_there", name=name_for(asker, owner, texts))
        work.do(Post(to=handoff.asker_id, slot=reminder_slot(handoff), message=message, alerts=True))
        quiet_for = deadlines.asker_idle
    elif handoff.chat.reminders >= deadlines.reminders:
        yield from assign(work, handoff.wait(Transition.IDLE, work.at))
        yield from offer_queued(work, handoff.municipality_id)
        return
    else:
        texts = yield from work.texts(owner_id)
        asker = yield from work.person(handoff.asker_id)
        name = name_of(asker, texts)
        last = handoff.chat.reminders + 1 == deadlines.reminders
        message = helper_cards.reminder(texts, handoff, asker=name, last=last)
        work.do(Post(to=owner_id, slot=reminder_slot(handoff), message=message, alerts=True))
        quiet_for = deadlines.idle
    reminded = handoff.log(Transition.REMINDED, work.at)
    yield from work.change(replace(reminded, chat=handoff.chat.remind(), next_at=deadlines.after(work.at, quiet_for)))


def _remind_contacts(work: UnitOfWork, handoff: Handoff) -> Asking[None]:
    """Remind the contacts. Without a reachable one, search for an ambassador again."""
    contacts = yield from contacts_of(handoff.municipality_id, work.content)
    reached = tuple(person.id for person in contacts if person.id != handoff.asker_id)
    if not reached and len(handoff.asked) < MAX_ASKED:
        registry = yield from work.registry(handoff.municipality_id)
        ranked = registry.nearest(asker_of(handoff), work.content, work.at, excluded=handoff.assignment.asked_before)
        if ranked:
            waiting = handoff.wait(Transition.RETRIED, work.at)
            yield from offer_to(work, waiting, ranked[0].ambassador, stands_in_for=ranked[0].stands_in_for)
            return
    again = replace(
        handoff.log(Transition.REMINDED, work.at),
        assignment=handoff.assignment.search_again(reached),
        next_at=next_search_at(work, handoff),
    )
    yield from work.change(again)
    for id_ in reached:
        # A contact that is new in this round gets the question itself, as a card of the projection.
        if id_ in handoff.assignment.contacts:
            texts = yield from work.texts(id_)
            message = helper_cards.escalation_reminder(texts, again)
            slot = f"handoff/{handoff.id}/reminder/{again.assignment.rounds}"
            work.do(Post(to=id_, slot=slot, message=message, alerts=True))


def _is_over_age(handoff: Handoff, event: Event) -> bool:
    """Return whether retention will remove the handoff: no late timer may give it another term."""
    months = Handoff.RULES.months
    return months is not None and is_expired(handoff.changed_at, now=event.at, months=months)


TIMERS: Final[Verbs] = {
    "handoff.due": run_due_step,
    "handoff.draft_over": discard_draft,
    "handoff.lost": reassign_lost,
    "handoff.left": withdraw_for_leaver,
    "handoff.moved": follow_asker,
}
