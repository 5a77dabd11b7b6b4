"""Count working time day by day, to compare with what is added."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from knowledge.organisation.office_hours import OfficeHours


def is_open(at: datetime, office: OfficeHours, days: Collection[date] = ()) -> bool:
    """Return whether ``at`` is within office hours."""
    return any(opens <= at < closes for opens, closes in shifts(at, at, office, days))


def working_time(start: datetime, end: datetime, office: OfficeHours, days: Collection[date] = ()) -> timedelta:
    """Return the working time between two times, summed over every day of the calendar."""
    open_for = (min(closes, end) - max(opens, start) for opens, closes in shifts(start, end, office, days))
    return sum((each for each in open_for if each > timedelta(0)), timedelta(0))


def shifts(
    start: datetime, end: datetime, office: OfficeHours, days: Collection[date]
) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(office.timezone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        if day.weekday() in office.weekdays and day not in days:
            opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (office.opens, office.closes))
            yield opens, closes
        day += timedelta(days=1)
