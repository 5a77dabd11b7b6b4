"""Timers of a session, and people that leave: offers run out, reminders go, seats become free."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, find_each
from dialogs.rollout.classroom import cards
from dialogs.rollout.classroom.commit import DUE, RosterChange, commit_roster, reminder_slot
from dialogs.rollout.classroom.model import ACTIVE, ClassSession, ClassState, Enrolment, EnrolmentState
from dialogs.rollout.classroom.roster import Roster, reminder_times, roster_of

LEFT: Final = "classroom.left"


def run_due(event: Event, content: Content) -> Flow:
    """Run the due steps of a session: deadlines of offers, reminders, the start, and attendance after the end."""
    before = yield from roster_of(event.rang.data.get("session_id", ""), content)
    if before is None or before.session.state is not ClassState.OPEN:
        return NOTHING
    after = before.pass_time(event.at)
    after, reminders = yield from _reminded(after, content, event.at)
    if event.at >= after.session.ends_at and not after.session.asked_attendance:
        after = replace(after, session=replace(after.session, asked_attendance=True))
    decision = yield from commit_roster(RosterChange(before=before, after=after, at=event.at), content)
    return decision + do(*reminders)


def free_seats_of_leaver(event: Event, content: Content) -> Flow:
    """Free the seats of a person that left or moved to another municipality, and look for another teacher."""
    person_id = event.rang.data.get("person_id", "")
    person = yield from find(Person, person_id)
    # A later import may have brought the person back before the timer rang.
    here = None if person is None or person.left else person.municipality_id
    return (yield from person_removed(person_id, content, event.at, keep_in=here))


def person_removed(person_id: str, content: Content, at: datetime, *, keep_in: str | None = None) -> Asking[Decision]:
    """Return the decision that takes a person out of the sessions ahead.

    A seat goes to the waiting list. Where the person was the teacher, the administrators are notified; participants
    are not, because the session still takes place.

    Args:
        keep_in: id of the municipality where the person stays.
    """
    enrolled = yield from find_all(Enrolment, f"person:{person_id}")
    taught = yield from find_all(ClassSession, f"teacher:{person_id}")
    ids = {enrolment.session_id for enrolment in enrolled if enrolment.state in ACTIVE} | {
        session.id for session in taught
    }
    decision = NOTHING
    for session_id in sorted(ids):
        before = yield from roster_of(session_id, content)
        if before is None or not before.session.open_at(at) or before.session.municipality_id == keep_in:
            continue
        after, session = before, before.session
        if session.teacher_id == person_id:
            after = replace(after, session=replace(session, teacher_id="", edition=session.edition + 1))
            decision += yield from _admins_notified(session, content, but=person_id)
        own = after.enrolment_of(person_id)
        if own is not None and own.state in ACTIVE:
            after = after.sign_off(person_id, at)
        change = RosterChange(before=before, after=after, at=at, by=person_id, silent={person_id})
        decision += yield from commit_roster(change, content)
    return decision


def _admins_notified(session: ClassSession, content: Content, *, but: str) -> Asking[Decision]:
    admins = yield from find_all(Person, f"role:{Role.ADMIN}@{session.municipality_id}")
    slot = f"classroom/{session.id}/teacher"
    return do(
        *(
            Post(to=admin.id, slot=slot, message=cards.teacher_missing(content.texts[admin.language], session))
            for admin in admins
            if admin.id != but
        )
    )


def _reminded(roster: Roster, content: Content, at: datetime) -> Asking[tuple[Roster, Iterable[Post]]]:
    """Return the roster with the reminders that are due noted, and their posts."""
    session = roster.session
    times = reminder_times(session, content)
    since = session.reminders_at or session.created_at
    if at >= session.starts_at or not any(since < instant <= at for instant in times.instants):
        return roster, ()
    pending = [
        enrolment for enrolment in roster.active if enrolment.state is EnrolmentState.BOOKED and not enrolment.reminded
    ]
    people = yield from find_each(Person, sorted(enrolment.person_id for enrolment in pending))
    changed: dict[str, Enrolment] = {}
    posts: list[Post] = []
    for enrolment in pending:
        person = people.get(enrolment.person_id)
        due = times.due_for(quiet=person.quiet) if person is not None else times.usual
        # A person that signed up later knows of the session.
        if at < due or enrolment.created_at >= due:
            continue
        changed[enrolment.person_id] = replace(enrolment, reminded=True)
        if person is not None:
            message = cards.reminder_card(content.texts[person.language], session)
            slot = reminder_slot(session.id, enrolment.sequence)
            posts.append(Post(to=person.id, slot=slot, message=message, expires_at=session.starts_at))
    noted = replace(session, reminders_at=at)
    return replace(roster, session=noted, enrolments={**roster.enrolments, **changed}), posts


TIMERS: Final[Verbs] = {DUE: run_due, LEFT: free_seats_of_leaver}
