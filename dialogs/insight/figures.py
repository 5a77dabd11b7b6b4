"""Sums of published cells over the months and weeks of a span."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Self

from dialogs.core.query import Asking, find_each
from dialogs.insight.model import (
    ClosedPeriod,
    HandoffFigures,
    end_of,
    first_day,
    last_closed_week,
    last_day,
    month_of,
    period_id,
    week_of,
    weeks_between,
    weeks_of,
)
from dialogs.insight.suppression import QUESTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A sum of published cells. ``partial``: some of them are hidden, so that it is more in truth."""

    number: int = 0
    partial: bool = False

    @classmethod
    def total(cls, amounts: Iterable[Self]) -> Self:
        summands = list(amounts)
        return cls(number=sum(amount.number for amount in summands), partial=any(amount.partial for amount in summands))

    @property
    def hidden(self) -> bool:
        """Whether nothing of it may be shown."""
        return self.partial and not self.number


NONE: Final = Amount()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSpan:
    """Whole weeks, from the first to the last, that are closed."""

    first: str
    last: str

    @classmethod
    def between(cls, first: date, last: date, *, now: datetime) -> Self:
        """Return the closed weeks with any of these days, at least one."""
        closed = last_closed_week(now)
        end = min(week_of(last), closed)
        return cls(first=min(week_of(first), end), last=end)

    @property
    def weeks(self) -> tuple[str, ...]:
        return tuple(weeks_between(self.first, self.last))

    @property
    def first_day(self) -> date:
        return first_day(self.first)

    @property
    def last_day(self) -> date:
        return last_day(self.last)

    @property
    def periods(self) -> tuple[str, ...]:
        """The months that are inside, and the weeks besides: each week once."""
        weeks, periods = list(self.weeks), list[str]()
        while weeks:
            month = weeks_of(month_of(weeks[0]))
            if tuple(weeks[: len(month)]) == month:
                periods.append(month_of(weeks[0]))
                del weeks[: len(month)]
            else:
                periods.append(weeks.pop(0))
        return tuple(periods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The published statistics of one municipality over a span, or of several. ``sums`` are the cells added up."""

    periods: Sequence[ClosedPeriod] = ()
    sums: Mapping[str, Amount] = field(default_factory=dict)

    @classmethod
    def from_periods(cls, periods: Sequence[ClosedPeriod]) -> Self:
        """Add up all cells in one pass: a year of all municipalities has thousands."""
        numbers: dict[str, int] = {}
        partial: set[str] = set()
        for closed in periods:
            for cell, number in closed.cells.items():
                if number is None:
                    partial.add(cell)
                known = closed.weeks_sum.get(cell, 0) if number is None else number
                numbers[cell] = numbers.get(cell, 0) + known
        sums = {cell: Amount(number=number, partial=cell in partial) for cell, number in numbers.items()}
        return cls(periods=periods, sums=sums)

    @classmethod
    def together(cls, figures: Iterable[Self]) -> Self:
        """Return the figures of several municipalities as one."""
        parts = list(figures)
        cells = {cell for part in parts for cell in part.sums}
        return cls(
            periods=[period for part in parts for period in part.periods],
            sums={cell: Amount.total(part.sums[cell] for part in parts if cell in part.sums) for cell in cells},
        )

    def amount(self, cell: str) -> Amount:
        """Return the sum of a cell."""
        return self.sums.get(cell, NONE)

    def weekly(self) -> Iterator[tuple[str, Amount]]:
        """Yield the questions of each week."""
        for closed in self.periods:
            for week, number in (closed.weekly or {closed.period: closed.cells.get(QUESTIONS, 0)}).items():
                yield week, Amount(number=number or 0, partial=number is None)

    @property
    def newest_people(self) -> tuple[str, Amount] | None:
        """The newest period with the distinct people that asked in it; None without periods.

        People of several periods are not added up: many ask in each.
        """
        newest = max((closed.period for closed in self.periods), key=end_of, default=None)
        if newest is None:
            return None
        latest = [closed for closed in self.periods if closed.period == newest]
        # Fewer than five look the same as none, but a municipality without questions hides no one.
        hidden = any(closed.people is None and QUESTIONS in closed.cells for closed in latest)
        return newest, Amount(number=sum(closed.people or 0 for closed in latest), partial=hidden)

    @property
    def handoffs(self) -> HandoffFigures:
        return HandoffFigures.total(closed.handoffs for closed in self.periods)


def read_questions(municipality_ids: Iterable[str], span: WeekSpan) -> Asking[Amount]:
    """Return the number of questions of all these municipalities."""
    closed_periods = yield from _read_periods(tuple(municipality_ids), span.periods)
    numbers = [closed.cells.get(QUESTIONS, 0) for closed in closed_periods.values()]
    return Amount(number=sum(number or 0 for number in numbers), partial=None in numbers)


def _read_periods(ids: Sequence[str], periods: Sequence[str]) -> Asking[Mapping[str, ClosedPeriod]]:
    return (yield from find_each(ClosedPeriod, (period_id(id_, period) for id_ in ids for period in periods)))


def read_figures(municipality_ids: Iterable[str], span: WeekSpan) -> Asking[Mapping[str, Figures]]:
    """Return the statistics of each municipality."""
    ids, periods = tuple(municipality_ids), span.periods
    closed_periods = yield from _read_periods(ids, periods)
    return {
        id_: Figures.from_periods(
            [closed_periods[key] for period in periods if (key := period_id(id_, period)) in closed_periods]
        )
        for id_ in ids
    }
