"""The published statistics of a closed week or month, and the periods."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.texts import OSLO
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFigures:
    """Hand-offs of a period, as work items; nothing of them is hidden.

    Attributes:
        created: asked in the period.
        resolved: resolved in the period; ``own_unit`` of them by a helper in the asker's unit.
        accept_minutes, resolve_minutes: from asking to the first acceptance and to the resolution, of those accepted
            or resolved in the period, sorted.
    """

    created: Annotated[int, Purpose.IMPROVE] = 0
    resolved: Annotated[int, Purpose.IMPROVE] = 0
    own_unit: Annotated[int, Purpose.IMPROVE] = 0
    accept_minutes: Annotated[tuple[int, ...], Purpose.IMPROVE] = ()
    resolve_minutes: Annotated[tuple[int, ...], Purpose.IMPROVE] = ()

    @classmethod
    def total(cls, figures: Iterable[Self]) -> Self:
        """Return the figures of several periods together."""
        parts = list(figures)
        return cls(
            created=sum(part.created for part in parts),
            resolved=sum(part.resolved for part in parts),
            own_unit=sum(part.own_unit for part in parts),
            accept_minutes=tuple(sorted(minutes for part in parts for minutes in part.accept_minutes)),
            resolve_minutes=tuple(sorted(minutes for part in parts for minutes in part.resolve_minutes)),
        )

    @classmethod
    def accepted_one(cls, handoff: Handoff, at: datetime) -> Self:
        return cls(accept_minutes=(_minutes(handoff.created_at, at),))

    @classmethod
    def resolved_one(cls, handoff: Handoff, at: datetime, *, own_unit: bool) -> Self:
        return cls(resolved=1, own_unit=int(own_unit), resolve_minutes=(_minutes(handoff.created_at, at),))


def first_accepted_at(handoff: Handoff) -> datetime | None:
    """Return when a helper first took the question."""
    return next((entry.at for entry in handoff.history if entry.what is Transition.ACCEPTED), None)


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() / 60))


def percentile(values: tuple[int, ...], share: float) -> int | None:
    """Return the smallest of the sorted values that ``share`` of them do not exceed; None without values."""
    return values[max(0, ceil(share * len(values)) - 1)] if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriod:
    """Published numbers of one municipality and closed week or month. They never change, and refer to no person.

    Attributes:
        cells: numbers by cell (``dialogs/insight/suppression.py``); None is hidden, a missing cell is zero.
        people: distinct registered people that asked; None for fewer than five, or with hidden questions.
        weeks_sum: of a month, for each hidden cell the sum of its weeks that are published.
        weekly: the questions of each week of a month, in order; None is hidden.
    """

    KIND: ClassVar[str] = "closed_period"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: a week or month of a municipality has one",
        whose=Whose.NOBODY,
        months=36,
        dated="ended_at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    municipality_id: Annotated[str, Purpose.PLACE]
    period: Annotated[str, Purpose.TIME]
    cells: Annotated[Mapping[str, int | None], Purpose.IMPROVE] = field(default_factory=dict)
    people: Annotated[int | None, Purpose.IMPROVE] = None
    weeks_sum: Annotated[Mapping[str, int], Purpose.IMPROVE] = field(default_factory=dict)
    weekly: Annotated[Mapping[str, int | None], Purpose.IMPROVE] = field(default_factory=dict)
    handoffs: HandoffFigures = field(default_factory=HandoffFigures)
    ended_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per municipality and period."""
        return period_id(self.municipality_id, self.period)

    def terms(self) -> Iterable[str]:
        yield f"period:{self.period}"
        yield month_term(self.ended_at)


def period_id(municipality_id: str, period: str) -> str:
    return f"{municipality_id}:{period}"


# Weeks and months of the statistics.

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
