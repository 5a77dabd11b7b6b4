"""Weeks and months of the statistics.

A month is the whole weeks with their Thursday in it, so that it is the sum of its weeks.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from dialogs.core.texts import OSLO

_THURSDAY: Final = 4
_WEEK: Final = timedelta(days=7)


def week_of(day: date) -> str:
    """Return the ISO week of a day, such as ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_at(at: datetime) -> str:
    """Return the week of an instant, in Norway."""
    return week_of(at.astimezone(OSLO).date())


def is_week(period: str) -> bool:
    return "W" in period


def monday(week: str) -> date:
    """Return the first day of a week. Raises ValueError."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def month_of(week: str) -> str:
    """Return the month that a week belongs to, such as ``2026-11``."""
    thursday = monday(week) + timedelta(days=_THURSDAY - 1)
    return f"{thursday:%Y-%m}"


def weeks_of(month: str) -> tuple[str, ...]:
    """Return the weeks of a month, in order: four or five. Raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    start = first - timedelta(days=first.weekday())
    weeks = (week_of(start + number * _WEEK) for number in range(6))
    return tuple(week for week in weeks if month_of(week) == month)


def first_day(period: str) -> date:
    return monday(period if is_week(period) else weeks_of(period)[0])


def last_day(period: str) -> date:
    week = period if is_week(period) else weeks_of(period)[-1]
    return monday(week) + timedelta(days=6)


def end_of(period: str) -> datetime:
    """Return the instant at which a period is over."""
    return datetime.combine(last_day(period) + timedelta(days=1), time(), OSLO)


def weeks_between(first: str, last: str) -> Iterator[str]:
    """Yield the weeks from ``first`` to ``last``, both included."""
    day, end = monday(first), monday(last)
    while day <= end:
        yield week_of(day)
        day += _WEEK


def last_closed_week(now: datetime) -> str:
    """Return the newest week that is over."""
    return week_of(now.astimezone(OSLO).date() - _WEEK)


def latest_weeks(now: datetime, number: int) -> tuple[str, ...]:
    """Return so many closed weeks, the latest last."""
    last = monday(last_closed_week(now))
    return tuple(week_of(last - back * _WEEK) for back in range(number - 1, -1, -1))
