"""Times around a session: how long an offered seat waits, and when people are reminded."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.core.content import Content
from dialogs.core.local_time import in_zone
from dialogs.rollout.classroom.model import ClassSession
from knowledge.organisation.office_hours import add_working_time, is_working_day
from knowledge.organisation.unit import OfficeHours

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
