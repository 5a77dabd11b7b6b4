"""A changed roster as one decision: records, everyone's cards, and the session's next timer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, Schedule, do, later, never, put
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_each
from dialogs.core.texts import Texts
from dialogs.rollout.classroom import cards
from dialogs.rollout.classroom.model import ACTIVE, PRESENTABLE, SEATED, ClassState, Enrolment, EnrolmentState
from dialogs.rollout.classroom.roster import Roster, reminder_times

DUE: Final = "classroom.due"
_NO_ONE: Final[frozenset[str]] = frozenset()
# States that need no notification: the person pressed the button, or there is nothing to do.
_IN_PLACE: Final = frozenset({EnrolmentState.WITHDRAWN, EnrolmentState.ATTENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """A roster before and after one decision.

    Attributes:
        before: None for a new session.
        by: id of the person that acts; empty for a timer.
        reason: why it was called off, as written on the desk; may be empty.
        silent: ids of people that get no message, such as those that left.
    """

    before: Roster | None
    after: Roster
    at: datetime
    by: str = ""
    reason: str = ""
    silent: Collection[str] = _NO_ONE

    @property
    def announced(self) -> bool:
        """Whether participants are notified of a change of the session."""
        return self.before is not None and self.before.session.sequence != self.after.session.sequence

    def earlier(self, person_id: str) -> Enrolment | None:
        return self.before.enrolment_of(person_id) if self.before is not None else None

    def removes(self, enrolment: Enrolment) -> bool:
        """Return whether the change takes the person off the session, by somebody else."""
        earlier = self.earlier(enrolment.person_id)
        active = earlier is not None and earlier.state in ACTIVE
        return active and enrolment.state is EnrolmentState.WITHDRAWN and self.by != enrolment.person_id

    def registers(self, enrolment: Enrolment) -> bool:
        """Return whether the change adds a person who came without a seat."""
        earlier = self.earlier(enrolment.person_id)
        there = earlier is not None and earlier.state in PRESENTABLE
        return enrolment.walked_in and enrolment.state is EnrolmentState.ATTENDED and not there

    def concerned(self) -> tuple[Enrolment, ...]:
        """Return the enrolments to show: changed ones, and every active one of a changed session."""
        ids = {enrolment.person_id for enrolment in self.after.changed_since(self.before)}
        if self.announced and self.before is not None:
            ids |= {enrolment.person_id for enrolment in self.before.active}
        return tuple(sorted((self.after.enrolments[id_] for id_ in ids), key=lambda enrolment: enrolment.number))

    def news(self, texts: Texts, person_id: str) -> str:
        """Return the news of the session for a person that was enrolled before; empty without any."""
        if self.removes(self.after.enrolments[person_id]):
            return texts("classroom.news.removed")
        if self.registers(self.after.enrolments[person_id]):
            return texts("classroom.news.walked_in")
        earlier = self.earlier(person_id)
        if self.before is None or not self.announced or earlier is None or earlier.state not in ACTIVE:
            return ""
        if self.after.session.state is ClassState.CALLED_OFF:  # the card says that it is
            return texts("classroom.news.reason", reason=self.reason) if self.reason else ""
        return cards.changes(texts, self.before.session, self.after.session)


def commit_roster(change: RosterChange, content: Content) -> Asking[Decision]:
    """Return the decision that stores the change and shows it to everyone concerned."""
    if change.after == change.before:
        return NOTHING
    # Written by every change of an enrolment, so that two decisions about one seat conflict.
    session = replace(change.after.session, revision=change.after.session.revision + 1, changed_at=change.at)
    change = replace(change, after=replace(change.after, session=session))
    concerned = change.concerned()
    teachers = {session.teacher_id} | ({change.before.session.teacher_id} if change.before is not None else set())
    people = yield from find_each(Person, sorted({*(enrolment.person_id for enrolment in concerned), *teachers} - {""}))
    stored: list[Enrolment] = []
    posts: list[Post] = []
    for enrolment in concerned:
        person = None if enrolment.person_id in change.silent else people.get(enrolment.person_id)
        kept, own = _shown_to(person, enrolment, change, content)
        stored.append(kept)
        posts += own
    posts += _teacher_notices(change, people, content)
    return put(session, *stored) + do(*posts, next_timer(change.after, content))


def card_slot(session_id: str, card: int) -> str:
    """Return the slot of a person's card of a session."""
    return f"classroom/{session_id}/{card}"


def reminder_slot(session_id: str, sequence: int) -> str:
    """Return the slot of a person's reminder of a session, by the revision that it shows."""
    return f"classroom/{session_id}/reminder/{sequence}"


def timer_key(session_id: str) -> str:
    return f"classroom/{session_id}/due"


def next_timer(roster: Roster, content: Content) -> Schedule:
    """Return the timer of the session's next event."""
    session = roster.session
    if session.state is not ClassState.OPEN or session.asked_attendance:
        return never(timer_key(session.id))
    instants = [session.ends_at]
    instants += [enrolment.offered_until for enrolment in roster.active if enrolment.offered_until is not None]
    if any(enrolment.state is not EnrolmentState.BOOKED for enrolment in roster.active):
        instants.append(session.starts_at)
    if any(enrolment.state in SEATED and not enrolment.reminded for enrolment in roster.active):
        # An overdue one still rings when another commit comes before its timer does.
        since = session.reminders_at or session.created_at
        instants += [instant for instant in reminder_times(session, content).instants if instant > since]
    return later(timer_key(session.id), min(instants), DUE, session_id=session.id)


def _shown_to(
    person: Person | None, enrolment: Enrolment, change: RosterChange, content: Content
) -> tuple[Enrolment, list[Post]]:
    """Return the enrolment with its card counted, and the posts of the card."""
    earlier = change.earlier(enrolment.person_id)
    unseen = earlier is not None and replace(enrolment, reminded=earlier.reminded) == earlier
    if person is None or (unseen and not change.announced):
        return enrolment, []
    texts, session_id = content.texts[person.language], enrolment.session_id
    accepted = earlier is not None and earlier.state is EnrolmentState.OFFERED
    in_place = enrolment.card > 0 and (
        (enrolment.state in _IN_PLACE and not (change.removes(enrolment) or change.registers(enrolment)))
        or (accepted and enrolment.state is EnrolmentState.BOOKED)
    )
    kept = enrolment if in_place else replace(enrolment, card=enrolment.card + 1)
    message = cards.own_enrolment(texts, change.after, kept, content.curriculum.modules, change.news(texts, person.id))
    posts = [Post(to=person.id, slot=card_slot(session_id, kept.card), message=message)]
    if not in_place and enrolment.card:
        # One card a session, the latest at the end of the chat.
        posts.insert(0, Post(to=person.id, slot=card_slot(session_id, enrolment.card), message=None, only_update=True))
    still = earlier is not None and (earlier.state, earlier.sequence) == (enrolment.state, enrolment.sequence)
    if earlier is not None and earlier.reminded and not still:
        # It shows a seat, a time or a place that no longer holds.
        slot = reminder_slot(session_id, earlier.sequence)
        posts.append(Post(to=person.id, slot=slot, message=None, only_update=True))
    return kept, posts


def _teacher_notices(change: RosterChange, people: Mapping[str, Person], content: Content) -> Iterable[Post]:
    """Yield the notices to the present and the former teacher, unless they made the change."""
    before, session = change.before.session if change.before is not None else None, change.after.session
    former = people.get(before.teacher_id) if before is not None and before.teacher_id != session.teacher_id else None
    if former is not None and former.id not in {change.by, *change.silent}:
        texts = content.texts[former.language]
        message = cards.no_longer_teacher(texts, session)
        yield Post(to=former.id, slot=f"classroom/{session.id}/former/{session.sequence}", message=message)
    teacher = people.get(session.teacher_id)
    if teacher is None or teacher.id == change.by:
        return
    texts = content.texts[teacher.language]
    if before is None or before.teacher_id != session.teacher_id:
        news = texts("classroom.teacher.appointed")
    elif change.announced:
        news = cards.changes(texts, before, session)
    elif session.asked_attendance and not before.asked_attendance:
        message = cards.for_teacher(texts, change.after, texts("classroom.teacher.attendance"))
        yield Post(to=teacher.id, slot=f"classroom/{session.id}/attendance", message=message)
        return
    else:
        return
    message = cards.for_teacher(texts, change.after, news)
    yield Post(to=teacher.id, slot=f"classroom/{session.id}/teacher/{session.sequence}", message=message)
