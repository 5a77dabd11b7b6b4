"""Office hours, and working time: deadlines run in office hours only, correct across daylight saving changes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# So many days without a working day indicate wrong settings; the clock then runs all the time.
_LONGEST_REST_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """Office hours, as local time in ``timezone``.

    Attributes:
        weekdays: Monday is 0.
        opens: first minute of work.
        closes: first minute after work, later than ``opens``.
    """

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    opens: time = time(8, 0)
    closes: time = time(15, 30)
    timezone: str = "Europe/Oslo"


def add_working_time(
    start: datetime, amount: timedelta, hours: OfficeHours, holidays: Collection[date] = ()
) -> datetime:
    """Return the time when ``amount`` of working time has passed since ``start``.

    The result is within office hours, including the closing time: three hours after Friday 14:00 is Monday morning.
    Hours are elapsed hours, so a change of daylight saving time is respected. Without any working day, all time counts.

    Args:
        start: aware.
        amount: not negative. Zero returns ``start``, or the next opening time outside office hours.
        holidays: days off, in the office's calendar.
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
        # A period may end exactly at closing time, but none begins there.
        if begin < closes and left <= closes - begin:
            return (begin + left).astimezone(UTC)
        left -= max(closes - begin, timedelta(0))
    return (start + amount).astimezone(UTC)


def _shifts(start: datetime, hours: OfficeHours, holidays: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing times from the day of ``start``, until no working day follows."""
    day = start.astimezone(ZoneInfo(hours.timezone)).date()
    rested = 0
    while rested < _LONGEST_REST_DAYS:
        if is_working_day(day, hours, holidays):
            rested = 0
            yield _opens(day, hours), _closes(day, hours)
        else:
            rested += 1
        day += timedelta(days=1)


def is_working_day(day: date, hours: OfficeHours, holidays: Collection[date] = ()) -> bool:
    return day.weekday() in hours.weekdays and day not in holidays


def _opens(day: date, hours: OfficeHours) -> datetime:
    return datetime.combine(day, hours.opens, ZoneInfo(hours.timezone)).astimezone(UTC)


def _closes(day: date, hours: OfficeHours) -> datetime:
    return datetime.combine(day, hours.closes, ZoneInfo(hours.timezone)).astimezone(UTC)
