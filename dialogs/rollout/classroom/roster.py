"""Rules of seats and waiting list, and the times around a session."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from dialogs.core.content import Content
from dialogs.core.query import Asking, find, find_all, find_any
from dialogs.core.texts import in_zone
from dialogs.rollout.classroom.model import (
    ACTIVE,
    PRESENTABLE,
    SEATED,
    ClassSession,
    ClassState,
    Enrolment,
    EnrolmentState,
)
from knowledge.organisation.office_hours import OfficeHours, add_working_time, is_working_day

# Times around a session: how long an offered seat waits, and when people are reminded.

# A working day, so that an offer on a Friday lasts until Monday.
OFFER_FOR: Final = timedelta(hours=7, minutes=30)
SHORTEST_OFFER: Final = timedelta(minutes=15)
# Days searched for a working day before a session; more days off indicate wrong settings.
_LONGEST_REST_DAYS: Final = 30
_NOON: Final = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRule:
    """How long an offered seat waits, by one municipality's office hours and holidays."""

    hours: OfficeHours = field(default_factory=OfficeHours)
    holidays: Collection[date] = ()

    def deadline(self, at: datetime, starts_at: datetime) -> datetime | None:
        """Return until when a seat offered ``at`` waits for an answer; None when it is too late for offers.

        A working day, but at most half of the time that is left, so that several people can be asked before the start.
        """
        if is_too_late(at, starts_at):
            return None
        return min(add_working_time(at, OFFER_FOR, self.hours, self.holidays), at + (starts_at - at) / 2)


def offer_rule(session: ClassSession, content: Content) -> OfferRule:
    return OfferRule(hours=_hours_of(session, content), holidays=content.holidays.days)


def is_too_late(at: datetime, starts_at: datetime) -> bool:
    """Return whether no seat is offered any more, so shortly before the start."""
    return (starts_at - at) / 2 < SHORTEST_OFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderTimes:
    """When people are reminded of a session, in UTC.

    ``usual``: at noon the day before. ``quiet``: for people with quiet hours, on the last working day before.
    """

    quiet: datetime
    usual: datetime

    def due_for(self, *, quiet: bool) -> datetime:
        return self.quiet if quiet else self.usual

    @property
    def instants(self) -> tuple[datetime, ...]:
        return tuple(sorted({self.quiet, self.usual}))


def reminder_times(session: ClassSession, content: Content) -> ReminderTimes:
    """Return the reminder times by the office hours of the session's municipality."""
    hours = _hours_of(session, content)
    before = session.starts_at.astimezone(session.tz).date() - timedelta(days=1)
    return ReminderTimes(
        quiet=_noon(_last_working_day(before, hours, content.holidays.days), hours), usual=_noon(before, hours)
    )


def _hours_of(session: ClassSession, content: Content) -> OfficeHours:
    municipality = content.organisation.municipalities.get(session.municipality_id)
    return municipality.office_hours if municipality else OfficeHours()


def _last_working_day(day: date, hours: OfficeHours, holidays: Collection[date]) -> date:
    days = (day - timedelta(days=back) for back in range(_LONGEST_REST_DAYS))
    return next((candidate for candidate in days if is_working_day(candidate, hours, holidays)), day)


def _noon(day: date, hours: OfficeHours) -> datetime:
    """Return noon in the office, or the office hour nearest to it."""
    zone = ZoneInfo(hours.timezone)
    clock = min(max(_NOON, hours.opens), hours.closes)
    noon = in_zone(day, clock, zone)
    return noon if noon is not None else datetime.combine(day, clock, zone).astimezone(UTC)


# Missed sessions after which others on a waiting list come first, until the person attends one.
NO_SHOWS: Final = 2
# A change of these raises the sequence of the calendar entry, and participants are notified.
ANNOUNCED: Final = ("names", "venue", "starts_at", "ends_at", "zone", "language", "teacher_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A session with its enrolments by person id. ``rule``: how long an offered seat waits."""

    session: ClassSession
    enrolments: Mapping[str, Enrolment]
    rule: OfferRule = field(default_factory=OfferRule)

    @property
    def waiting(self) -> tuple[Enrolment, ...]:
        """The waiting list in order: by number, people that yield last."""
        waiting = (enrolment for enrolment in self.enrolments.values() if enrolment.state is EnrolmentState.WAITING)
        return tuple(sorted(waiting, key=lambda enrolment: (enrolment.yields, enrolment.number)))

    @property
    def participants(self) -> tuple[Enrolment, ...]:
        """People with a seat, or that had one when the session began, in the order of sign-up."""
        return self._in(PRESENTABLE)

    @property
    def signed_up(self) -> tuple[Enrolment, ...]:
        """People in the session, or that were when it was called off, in the order of sign-up."""
        if self.session.state is ClassState.CALLED_OFF:
            return self._in({EnrolmentState.CALLED_OFF})
        return self.participants

    @property
    def active(self) -> tuple[Enrolment, ...]:
        return self._in(ACTIVE)

    @property
    def taken(self) -> int:
        """Seats that are booked or offered."""
        return len(self._in(SEATED))

    @property
    def free(self) -> int:
        return self.session.seats - self.taken

    def enrolment_of(self, person_id: str) -> Enrolment | None:
        return self.enrolments.get(person_id)

    def position(self, person_id: str) -> int:
        """Return the place on the waiting list from 1; 0 when the person does not wait."""
        ids = [enrolment.person_id for enrolment in self.waiting]
        return ids.index(person_id) + 1 if person_id in ids else 0

    def has_seat_for(self, at: datetime) -> bool:
        """Return whether a sign-up now gets a seat at once."""
        # Shortly before the start no one is asked any more, and the first to sign up gets the seat.
        asks = not is_too_late(at, self.session.starts_at)
        return self.free > 0 and not (asks and self.waiting)

    def sign_up(self, person_id: str, at: datetime, *, yields: bool = False) -> Self:
        """Return the roster with the person in a seat, or last on the waiting list."""
        fresh = replace(self._numbered(person_id, at), yields=yields)
        return self._with_next(_booked(fresh) if self.has_seat_for(at) else fresh)

    def walk_in(self, person_id: str, at: datetime) -> Self:
        """Return the roster with a person present who came without a seat. The waiting list stays as it is."""
        before = self.enrolment_of(person_id)
        if before is not None and before.state in PRESENTABLE:
            return self._with(before.to(EnrolmentState.ATTENDED))
        return self._with_next(self._numbered(person_id, at).to(EnrolmentState.ATTENDED))

    def accept_offer(self, person_id: str) -> Self:
        """Return the roster with the offered seat booked. Raises ValueError without an offer."""
        offered = self.enrolments[person_id]
        if offered.state is not EnrolmentState.OFFERED:
            raise ValueError(f"{person_id} has no offer but is {offered.state}")
        return self._with(_booked(offered))

    def sign_off(self, person_id: str, at: datetime) -> Self:
        """Return the roster without the person; the seat goes to the waiting list."""
        return self._with(_ended(self.enrolments[person_id], EnrolmentState.WITHDRAWN)).promote(at)

    def promote(self, at: datetime) -> Self:
        """Return the roster with free seats offered to the waiting list, in order."""
        until = self.rule.deadline(at, self.session.starts_at)
        if until is None or self.session.state is not ClassState.OPEN:
            return self
        first = self.waiting[: max(0, self.free)]
        return self._with(*(enrolment.to(EnrolmentState.OFFERED, until=until) for enrolment in first))

    def pass_time(self, at: datetime) -> Self:
        """Return the roster after the deadlines that have passed; an unanswered offer goes to the next."""
        if self.session.state is not ClassState.OPEN:
            return self
        begun = at >= self.session.starts_at
        over = [
            enrolment
            for enrolment in self.active
            if (enrolment.state is EnrolmentState.OFFERED and (enrolment.offered_until or at) <= at)
            or (begun and enrolment.state is not EnrolmentState.BOOKED)
        ]
        return self._with(*(_ended(enrolment, EnrolmentState.LAPSED) for enrolment in over)).promote(at)

    def edited(self, session: ClassSession, at: datetime) -> Self:
        """Return the roster of the edited session. A change that ``announces`` raises the sequences."""
        if not announces(self.session, session):
            return replace(self, session=session).promote(at)
        session = replace(session, sequence=session.sequence + 1)
        latest = self.rule.deadline(at, session.starts_at) or session.starts_at
        moved = [_moved(enrolment, session, latest) for enrolment in self.active]
        return replace(self._with(*moved), session=session).promote(at)

    def call_off(self) -> Self:
        """Return the roster of the session that does not take place."""
        session = replace(self.session, state=ClassState.CALLED_OFF, sequence=self.session.sequence + 1)
        return replace(
            self._with(*(_ended(enrolment, EnrolmentState.CALLED_OFF) for enrolment in self.active)), session=session
        )

    def note_attendance(self, came: Collection[int], *, shown: Collection[int] = (), over: bool = True) -> Self:
        """Return the roster after a list of who came, by number; ``shown``: who was ticked when the list was shown.

        Only what was ticked or unticked in it is changed. All others that nobody has noted are absent; until the
        session is ``over`` they may still come, and keep their seat. A person who had none, and did not come after all,
        was registered by mistake.
        """
        noted = {enrolment.number for enrolment in self.participants if enrolment.state is EnrolmentState.ATTENDED}
        present = noted - (set(shown) - set(came)) | (set(came) - set(shown))
        seated = EnrolmentState.ABSENT if over else EnrolmentState.BOOKED
        return self._with(
            *(
                enrolment.to(
                    EnrolmentState.ATTENDED
                    if enrolment.number in present
                    else EnrolmentState.WITHDRAWN
                    if enrolment.walked_in
                    else seated
                )
                for enrolment in self.participants
            )
        )

    def changed_since(self, before: Self | None) -> tuple[Enrolment, ...]:
        """Return the enrolments that differ from those of ``before``, by number."""
        known = before.enrolments if before is not None else {}
        changed = (enrolment for enrolment in self.enrolments.values() if known.get(enrolment.person_id) != enrolment)
        return tuple(sorted(changed, key=lambda enrolment: enrolment.number))

    def _numbered(self, person_id: str, at: datetime) -> Enrolment:
        """Return a person's enrolment with the next number."""
        session, before = self.session, self.enrolment_of(person_id)
        return Enrolment(
            session_id=session.id,
            person_id=person_id,
            state=EnrolmentState.WAITING,
            number=session.numbers + 1,
            sequence=before.sequence if before else 0,
            card=before.card if before else 0,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            created_at=at,
        )

    def _with_next(self, enrolment: Enrolment) -> Self:
        return replace(self._with(enrolment), session=replace(self.session, numbers=enrolment.number))

    def _in(self, states: Collection[EnrolmentState]) -> tuple[Enrolment, ...]:
        matching = (enrolment for enrolment in self.enrolments.values() if enrolment.state in states)
        return tuple(sorted(matching, key=lambda enrolment: enrolment.number))

    def _with(self, *changed: Enrolment) -> Self:
        return replace(
            self, enrolments={**self.enrolments, **{enrolment.person_id: enrolment for enrolment in changed}}
        )


def announces(before: ClassSession, after: ClassSession) -> bool:
    """Return whether participants are notified of an edit."""
    return any(getattr(before, name) != getattr(after, name) for name in ANNOUNCED)


def stays_behind(history: Iterable[Enrolment]) -> bool:
    """Return whether the person missed ``NO_SHOWS`` sessions since the last one attended."""
    missed = 0
    for enrolment in sorted(history, key=lambda enrolment: enrolment.ends_at):
        if enrolment.state is EnrolmentState.ATTENDED:
            missed = 0
        missed += enrolment.state is EnrolmentState.ABSENT
    return missed >= NO_SHOWS


def roster_of(session_id: str, content: Content) -> Asking[Roster | None]:
    """Return the roster of a session, or None."""
    # The session is read first: an enrolment that is written in between makes the commit conflict, because every
    # such commit writes the session too.
    session = yield from find(ClassSession, session_id)
    if session is None:
        return None
    enrolments = yield from find_all(Enrolment, f"session:{session_id}")
    own = {enrolment.person_id: enrolment for enrolment in enrolments}
    return Roster(session=session, enrolments=own, rule=offer_rule(session, content))


def rosters_of(sessions: Iterable[ClassSession]) -> Asking[tuple[Roster, ...]]:
    """Return the rosters of sessions to show, in one look-up."""
    listed = tuple(sessions)
    enrolments = yield from find_any(Enrolment, [f"session:{session.id}" for session in listed])
    by_session: dict[str, dict[str, Enrolment]] = {session.id: {} for session in listed}
    for enrolment in enrolments:
        by_session[enrolment.session_id][enrolment.person_id] = enrolment
    return tuple(Roster(session=session, enrolments=by_session[session.id]) for session in listed)


def _booked(enrolment: Enrolment) -> Enrolment:
    return replace(enrolment.to(EnrolmentState.BOOKED), sequence=enrolment.sequence + 1)


def _ended(enrolment: Enrolment, state: EnrolmentState) -> Enrolment:
    """Return the enrolment ended; a calendar that has it learns of it by a higher sequence."""
    invited = enrolment.state is EnrolmentState.BOOKED
    return replace(enrolment.to(state), sequence=enrolment.sequence + invited)


def _moved(enrolment: Enrolment, session: ClassSession, latest: datetime) -> Enrolment:
    until = enrolment.offered_until
    return replace(
        enrolment,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        # An offer must not outlast a session that was moved nearer.
        offered_until=min(until, latest) if until is not None else None,
        reminded=enrolment.reminded and enrolment.starts_at == session.starts_at,
        sequence=enrolment.sequence + (enrolment.state is EnrolmentState.BOOKED),
    )
