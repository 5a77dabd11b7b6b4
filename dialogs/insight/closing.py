"""Counting of weeks and months that are over, from the questions and hand-offs in the store.

Nothing is counted in a turn. Ids of people are compared in memory only: no list of askers outlives a run.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dialogs.insight.model import ClosedPeriod, HandoffFigures, end_of, weeks_of
from dialogs.insight.suppression import (
    FEWEST_PEOPLE,
    QUESTIONS,
    CellCount,
    Cells,
    Published,
    WeekCells,
    close_month,
    close_week,
)

Place = tuple[str, str]


@dataclass(slots=True)
class Counts:
    """Counts by municipality and week."""

    cells: dict[Place, dict[str, CellCount]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(CellCount))
    )
    handoffs: dict[Place, list[HandoffFigures]] = field(default_factory=lambda: defaultdict(list))

    def count(self, municipality_id: str, week: str, cells: Iterable[str], person_id: str | None) -> None:
        """Count one question in each of its cells. ``person_id`` is None for a guest."""
        for cell in cells:
            self.cells[municipality_id, week][cell].count_person(person_id)

    def add_handoff(self, municipality_id: str, week: str, figures: HandoffFigures) -> None:
        self.handoffs[municipality_id, week].append(figures)

    def week_cells(self, municipality_id: str, week: str) -> Cells:
        return self.cells.get((municipality_id, week), {})

    def work(self, municipality_id: str, week: str) -> HandoffFigures:
        return HandoffFigures.total(self.handoffs.get((municipality_id, week), ()))


def closed_week(counts: Counts, municipality_id: str, week: str) -> ClosedPeriod:
    """Return the statistics of a week."""
    cells = counts.week_cells(municipality_id, week)
    published = close_week(cells)
    return ClosedPeriod(
        municipality_id=municipality_id,
        period=week,
        cells=published,
        people=_people(published, cells[QUESTIONS].people if QUESTIONS in cells else set()),
        handoffs=counts.work(municipality_id, week),
        ended_at=end_of(week),
    )


def closed_month(counts: Counts, municipality_id: str, month: str, weeks: Mapping[str, ClosedPeriod]) -> ClosedPeriod:
    """Return the statistics of a month after its weeks; a week without a record counts as empty."""
    ordered = weeks_of(month)
    cells = [
        WeekCells(
            published=weeks[week].cells if week in weeks else {},
            counted=counts.week_cells(municipality_id, week) if week in weeks else {},
        )
        for week in ordered
    ]
    people = set().union(*(week.counted[QUESTIONS].people for week in cells if QUESTIONS in week.counted))
    published = close_month(cells)
    weeks_sum = {
        cell: weekly_sum
        for cell, number in published.items()
        if number is None and (weekly_sum := sum(week.published.get(cell) or 0 for week in cells))
    }
    return ClosedPeriod(
        municipality_id=municipality_id,
        period=month,
        cells=published,
        weeks_sum=weeks_sum,
        people=_people(published, people),
        weekly={week: weeks[week].cells.get(QUESTIONS, 0) for week in ordered if week in weeks},
        handoffs=HandoffFigures.total(weeks[week].handoffs for week in ordered if week in weeks),
        ended_at=end_of(month),
    )


def _people(published: Published, people: set[str]) -> int | None:
    """Return the number of people, if that of their questions is published, too."""
    return len(people) if published.get(QUESTIONS) is not None and len(people) >= FEWEST_PEOPLE else None
