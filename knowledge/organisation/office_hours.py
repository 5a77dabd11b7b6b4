"""Working time: deadlines run only while people are at work, on every clock the country sets."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from knowledge.organisation.unit import OfficeHours

# A stretch without a single working day this long is a mistake in the settings; the clock then runs all the time.
_LONGEST_REST_DAYS: Final = 60


def is_open(at: datetime, hours: OfficeHours, holidays: Collection[date] = ()) -> bool:
    """Tell whether people are at work at ``at`` (aware)."""
    day = at.astimezone(ZoneInfo(hours.timezone)).date()
    return _works(day, hours, holidays) and _opens(day, hours) <= at < _closes(day, hours)


def add_working_time(
    start: datetime, amount: timedelta, hours: OfficeHours, holidays: Collection[date] = ()
) -> datetime:
    """Return the instant at which ``amount`` of working time has passed since ``start``.

    The result lies within office hours, closing time included: three hours after Friday 14:00 is Monday morning.
    Hours are real ones, so a day on which the clock is changed is as long as it is. Without any working day the time
    simply runs.

    Args:
        start: aware.
        amount: not negative. Zero gives ``start``, or the next opening when nobody is at work.
        holidays: days off, in the office's own calendar.
    Returns:
        Aware UTC.
    Raises:
        ValueError: ``start`` is naive or ``amount`` is negative.
    """
    if start.utcoffset() is None:
        raise ValueError("start must be aware")
    if amount < timedelta(0):
        raise ValueError("amount must not be negative")
    left = amount
    for opens, closes in _shifts(start, hours, holidays):
        begin = max(opens, start)
        # An hour that ends exactly at closing time ends today, but nothing begins at closing time.
        if begin < closes and left <= closes - begin:
            return (begin + left).astimezone(UTC)
        left -= max(closes - begin, timedelta(0))
    return (start + amount).astimezone(UTC)


def working_time(start: datetime, end: datetime, hours: OfficeHours, holidays: Collection[date] = ()) -> timedelta:
    """Return how much working time lies between two instants; zero when ``end`` is not after ``start``."""
    total = timedelta(0)
    for opens, closes in _shifts(start, hours, holidays):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total


def _shifts(start: datetime, hours: OfficeHours, holidays: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing times from the day of ``start`` on, until no working day is in sight."""
    day = start.astimezone(ZoneInfo(hours.timezone)).date()
    rested = 0
    while rested < _LONGEST_REST_DAYS:
        if _works(day, hours, holidays):
            rested = 0
            yield _opens(day, hours), _closes(day, hours)
        else:
            rested += 1
        day += timedelta(days=1)


def _works(day: date, hours: OfficeHours, holidays: Collection[date]) -> bool:
    return day.weekday() in hours.weekdays and day not in holidays


def _opens(day: date, hours: OfficeHours) -> datetime:
    return datetime.combine(day, hours.opens, ZoneInfo(hours.timezone)).astimezone(UTC)


def _closes(day: date, hours: OfficeHours) -> datetime:
    return datetime.combine(day, hours.closes, ZoneInfo(hours.timezone)).astimezone(UTC)
