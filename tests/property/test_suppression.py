"""Nothing hidden in the statistics follows from all that is published, over sectors, articles, weeks and months."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialogs.insight.suppression import (
    FEWEST_PEOPLE,
    CellCount,
    CountedOutcome,
    Helpfulness,
    Published,
    WeekCells,
    close_month,
    close_week,
    in_sector,
    part,
    partition_of,
)

Answer = CountedOutcome.ANSWER
# A question: week, person (guests have none), outcome, sector, article, verdict.
PEOPLE = [f"p{number}" for number in range(14)]
QUESTION = st.tuples(
    st.integers(0, 3),
    st.sampled_from([*PEOPLE, None]),
    st.sampled_from([Answer, CountedOutcome.UNKNOWN, CountedOutcome.ACTION]),
    st.sampled_from(["health", "school", "culture"]),
    st.sampled_from(["pin", "share", "print"]),
    st.sampled_from(list(Helpfulness)),
)
# Two articles in the first two weeks and two in the last two, and one cell that ties them: it follows from the others.
TIED = [
    (week, PEOPLE[(3 * place + number) % 14], Answer, "health", article, Helpfulness.HELPED)
    for place, (week, articles) in enumerate([(0, "ab"), (1, "abc"), (2, "cd"), (3, "cd")])
    for offset, article in enumerate(articles)
    for number in range(4 * offset, 4 * offset + 3)
]
Weeks = Sequence[Mapping[str, CellCount]]


def counted(questions: Sequence[tuple[int, str | None, str, str, str, str]]) -> Weeks:
    weeks: list[dict[str, CellCount]] = [defaultdict(CellCount) for _ in range(4)]
    for week, person, outcome, sector, article, verdict in questions:
        cells = ["questions", outcome, in_sector(outcome, sector)]
        if outcome == Answer:
            cells += [part(outcome, article), verdict]
            cells += [part(verdict, article)] if verdict == Helpfulness.NOT_HELPED else []
        for cell in cells:
            weeks[week][cell].count_person(person)
    return [dict(week) for week in weeks]


def recovered(periods: Mapping[int, tuple[Mapping[str, int], Published]], *, month: int) -> set[tuple[int, str]]:
    """Return the hidden cells with one value only in the solutions of all equations, by singular values."""
    keys = [(period, cell) for period, (numbers, _) in periods.items() for cell in numbers]
    place = {key: number for number, key in enumerate(keys)}
    rows: list[np.ndarray] = []

    def equation(**_: object) -> np.ndarray:
        rows.append(np.zeros(len(keys)))
        return rows[-1]

    for period, (numbers, published) in periods.items():
        for partition in {partition_of(cell) for cell in numbers} - {None}:
            row = equation()
            row[place[period, partition[0]]] = -1
            for cell in numbers:
                if partition_of(cell) == partition:
                    row[place[period, cell]] = 1
        for cell in numbers:
            if published.get(cell) is not None:
                equation()[place[period, cell]] = 1
    for cell in periods[month][0] if month in periods else ():
        row = equation()
        row[place[month, cell]] = -1
        for period, (numbers, _) in periods.items():
            if period != month and cell in numbers:
                row[place[period, cell]] = 1
    if not rows:
        return set()
    _, sizes, directions = np.linalg.svd(np.array(rows), full_matrices=True)
    free = directions[np.count_nonzero(sizes > 1e-9) :]
    return {
        (period, cell)
        for period, cell in keys
        if periods[period][1][cell] is None and np.abs(free[:, place[period, cell]]).max(initial=0) < 1e-9
    }


def numbers_of(cells: Mapping[str, CellCount]) -> dict[str, int]:
    return {cell: count.number for cell, count in cells.items()}


@settings(deadline=None)
@given(st.lists(QUESTION, max_size=90))
@example(TIED)
@example([(0, person, Answer, "health", "pin", Helpfulness.SILENT) for person in PEOPLE])
@example(
    [(week, person, Answer, "health", "pin", Helpfulness.HELPED) for week in range(4) for person in PEOPLE[: 3 + week]]
)
def test_no_hidden_cell_follows_from_all_that_is_published(
    questions: list[tuple[int, str, str, str, str, str]],
) -> None:
    weeks = counted(questions)
    closed = [WeekCells(published=close_week(cells), counted=cells) for cells in weeks]
    month = close_month(closed)
    whole = counted([(0, *rest) for _, *rest in questions])[0]
    assert month.keys() == whole.keys()
    assert [cell for cell, number in month.items() if number not in {None, whole[cell].number}] == []
    few = {cell for cell, count in whole.items() if len(count.people) < FEWEST_PEOPLE}
    assert [cell for cell in few if month[cell] is not None] == []
    periods = {number: (numbers_of(week.counted), week.published) for number, week in enumerate(closed)}
    assert recovered({**periods, 9: (numbers_of(whole), month)}, month=9) == set()


@settings(deadline=None)
@given(st.lists(QUESTION, max_size=60))
def test_what_published_parts_leave_over_is_of_five_people(
    questions: list[tuple[int, str, str, str, str, str]],
) -> None:
    cells = counted([(0, *rest) for _, *rest in questions])[0]
    published = close_week(cells)
    divided: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in cells:
        if (partition := partition_of(cell)) is not None:
            divided[partition].append(cell)
    for (above, _), inside in divided.items():
        hidden = [cell for cell in inside if published[cell] is None]
        if published[above] is None:
            assert len(hidden) == len(inside)
        elif hidden:
            assert len(hidden) > 1
            assert len(set().union(*(cells[cell].people for cell in hidden))) >= FEWEST_PEOPLE


def test_the_check_itself_finds_a_cell_that_a_total_tells() -> None:
    numbers = {"questions": 9, "answer": 7, "unknown": 2}
    assert recovered({0: (numbers, {"questions": 9, "answer": 7, "unknown": None})}, month=9) == {(0, "unknown")}


def test_large_groups_are_published_whole() -> None:
    questions = [(week, person, Answer, "health", "pin", Helpfulness.HELPED) for week in range(4) for person in PEOPLE]
    weeks = [WeekCells(published=close_week(cells), counted=cells) for cells in counted(questions)]
    assert close_month(weeks) == numbers_of(counted([(0, *rest) for _, *rest in questions])[0])
    assert all(None not in week.published.values() for week in weeks)


def test_a_month_tells_what_its_weeks_are_too_small_for() -> None:
    questions = [
        (week, PEOPLE[(3 * week + number) % 14], outcome, "health", "pin", Helpfulness.HELPED)
        for week in range(4)
        for number in range(3)
        for outcome in (Answer, CountedOutcome.UNKNOWN)
    ]
    weeks = [WeekCells(published=close_week(cells), counted=cells) for cells in counted(questions)]
    assert {number for week in weeks for number in week.published.values()} == {None}
    assert close_month(weeks)["questions"] == 24
