"""The calendar file of a session for one person: an iTIP request, or a cancellation.

Sources: RFC 5545 (iCalendar), RFC 5546 (iTIP), 2026-11-27.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, Self
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.slug import slug
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.rollout.classroom.model import PRESENTABLE, ClassSession, ClassState, Enrolment

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_PRODUCT: Final = "-//Heia//Classroom courses//NO"
# A calendar address is required, and a person may have none. Other calendars use this form for it.
_NO_ADDRESS: Final = "invalid:nomail"
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A calendar file. ``cancels``: it takes the entry out of the calendar."""

    name: str
    body: bytes
    cancels: bool

    @property
    def method(self) -> str:
        """The iTIP method, which mail programs expect in the media type, too."""
        return _method(cancels=self.cancels)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One person's entry: the revision, and whether it is a cancellation."""

    sequence: int
    cancels: bool

    @classmethod
    def of_participant(cls, enrolment: Enrolment | None) -> Self | None:
        """Return the entry of an enrolment; None before there was a seat."""
        if enrolment is None or not enrolment.sequence:
            return None
        return cls(sequence=enrolment.sequence, cancels=enrolment.state not in PRESENTABLE)

    @classmethod
    def of_teacher(cls, session: ClassSession) -> Self:
        return cls(sequence=session.sequence, cancels=session.state is ClassState.CALLED_OFF)


def invitation_view(viewer: Viewer, session_id: str) -> Asking[Invitation | None]:
    """Return the reader's own calendar file of a session; None without a part in it."""
    if viewer.person.is_outsider:
        return None
    session = yield from find(ClassSession, session_id)
    if session is None:
        return None
    enrolment = yield from find(Enrolment, Enrolment.enrolment_id(session_id, viewer.person.id))
    teaches = session.teacher_id == viewer.person.id
    entry = CalendarEntry.of_teacher(session) if teaches else CalendarEntry.of_participant(enrolment)
    if entry is None:
        return None
    teacher = viewer.person if teaches else (yield from find(Person, session.teacher_id))
    return invitation(viewer, session, entry, teacher=teacher)


def invitation(viewer: Viewer, session: ClassSession, entry: CalendarEntry, *, teacher: Person | None) -> Invitation:
    """Return the calendar file for the reader."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", _method(cancels=entry.cancels))
    calendar.add_component(timezone_of(session))
    calendar.add_component(_event(viewer, session, entry, teacher))
    title = slug(session.title(viewer.texts.language)) or "kurs"
    day = session.starts_at.astimezone(session.tz).date()
    name = f"{title}-{day}{'-cancelled' if entry.cancels else ''}.ics"
    return Invitation(name=name, body=calendar.to_ical(), cancels=entry.cancels)


def _method(*, cancels: bool) -> str:
    return "CANCEL" if cancels else "REQUEST"


def _event(viewer: Viewer, session: ClassSession, entry: CalendarEntry, teacher: Person | None) -> Event:
    texts = viewer.texts
    event = Event()
    # The same in every revision, so that calendars find the entry again.
    event.add("uid", f"{session.id}@heia")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", session.changed_at.astimezone(UTC))
    event.add("dtstart", session.starts_at.astimezone(session.tz))
    event.add("dtend", session.ends_at.astimezone(session.tz))
    event.add("summary", session.title(texts.language))
    event.add("location", session.venue)
    event.add("description", _description(texts, session, entry, teacher))
    event.add("status", "CANCELLED" if entry.cancels else "CONFIRMED")
    event.add("transp", "OPAQUE")
    municipality = viewer.content.organisation.municipalities.get(session.municipality_id)
    contact = municipality.contact if municipality else None
    organizer = _address(contact.address if contact else None)
    organizer.params["CN"] = vText(municipality.names.text(texts.language) if municipality else "Heia")
    event.add("organizer", organizer)
    attendee = _address(viewer.person.email)
    attendee.params["CN"] = vText(viewer.person.name)
    attendee.params["PARTSTAT"] = vText("DECLINED" if entry.cancels else "ACCEPTED")
    # No answer by e-mail: people sign off in Heia.
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee)
    return event


def _description(texts: Texts, session: ClassSession, entry: CalendarEntry, teacher: Person | None) -> str:
    about = session.description(texts.language)
    lines = [about] if about else []
    lines += [texts("classroom.calendar.teacher", name=teacher.name)] if teacher is not None and teacher.name else []
    # Of a cancelled entry there is nothing to cancel.
    return "\n".join([*lines, *([] if entry.cancels else [texts("classroom.calendar.sign_off")])])


def _address(address: str | None) -> vCalAddress:
    return vCalAddress(f"mailto:{address}" if address and "@" in address else _NO_ADDRESS)


def timezone_of(session: ClassSession) -> Timezone:
    """Return the session's zone with the changes of the clock around it, for calendars that do not know the zone."""
    # The library's own component dates the change to summer time an hour late, so it is made here.
    component = Timezone()
    component.add("tzid", session.zone)
    year = session.starts_at.astimezone(session.tz).year
    component.add_component(_observance(session.tz, datetime(year - 1, 1, 1, tzinfo=UTC), before=None))
    for change in _changes(session.tz, year):
        component.add_component(_observance(session.tz, change, before=change - timedelta(minutes=1)))
    return component


def _observance(zone: ZoneInfo, at: datetime, *, before: datetime | None) -> TimezoneStandard | TimezoneDaylight:
    """Return the offset that applies from the instant ``at``; ``before`` is in the offset before it."""
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    earlier = offset if before is None else before.astimezone(zone).utcoffset() or timedelta()
    component = TimezoneDaylight() if local.dst() else TimezoneStandard()
    # The onset is written in the local time that ends there.
    component.add("dtstart", (at + earlier).replace(tzinfo=None))
    component.add("tzoffsetfrom", earlier)
    component.add("tzoffsetto", offset)
    component.add("tzname", local.tzname() or "")
    return component


def _changes(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """Yield the instants, on whole hours, at which the zone's offset changes from the year before to the year after."""
    day, last = date(year - 1, 1, 1), date(year + 1, 12, 31)
    while day < last:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        day += timedelta(days=1)
        hours = [start + _HOUR * hour for hour in range(25)]
        if hours[0].astimezone(zone).utcoffset() == hours[-1].astimezone(zone).utcoffset():
            continue
        for before, after in pairwise(hours):
            if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                yield after
