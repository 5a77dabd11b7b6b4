"""Which cells of a closed period are hidden, so that no number published is about fewer than five people.

A week: a cell of fewer than five people is hidden; where a cell is published, what its published parts leave over is
nothing, or at least two hidden parts of together five people. A month repeats this, and hides more until nothing hidden
follows from weeks and months together: ``determined`` solves the equations of all published cells.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dialogs.insight.cells import CellCount, Cells, partition_of, worth

FEWEST_PEOPLE: Final = 5
# Cells of a period; None is hidden. A missing cell is zero.
Published = Mapping[str, int | None]
# Arithmetic modulo a prime is exact, and products of two numbers below it fit into 64 bits.
_PRIME: Final = 2_147_483_647
Unknown = tuple[int, str]
_Equation = Mapping[Unknown, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCells:
    """A week of a month: the numbers published at its closing, and those counted now."""

    published: Published
    counted: Cells

    def hides(self, cell: str) -> bool:
        return cell in self.published and self.published[cell] is None


def close_week(cells: Cells) -> Published:
    """Return the published cells of a week."""
    hidden = _suppressed(cells, hidden=(), public=frozenset())
    return {cell: None if cell in hidden else count.number for cell, count in cells.items() if count.number}


def close_month(weeks: Sequence[WeekCells]) -> Published:
    """Return the published cells of a month. Cells that a week published keep their number, so that weeks add up."""
    cells = _added_up(weeks)
    concealed = {cell: _hidden_weeks(weeks, cell) for cell in cells}
    # A sum of published weeks hides nothing, whatever is done with it.
    public = frozenset(cell for cell, count in concealed.items() if count is None)
    forced = {cell for cell, count in concealed.items() if count is not None and _few(count)}
    while True:
        hidden = _suppressed(cells, hidden=forced, public=public)
        determinable = determined(month_equations(weeks, cells, hidden))
        visible = cells.keys() - hidden - public
        more = (
            visible & {key[1] for key in determinable}
            or visible & _related({key[1] for key in determinable}, cells)
            or visible
        )
        if not determinable or not more:
            return {cell: None if cell in hidden else count.number for cell, count in cells.items() if count.number}
        forced |= more


def month_equations(weeks: Sequence[WeekCells], cells: Iterable[str], hidden: Collection[str]) -> list[_Equation]:
    """Return the equations between hidden cells that a reader can set up.

    A cell of a week is ``(number of the week, cell)``, of the month ``(-1, cell)``. Published cells are known numbers,
    and left out.
    """
    equations: list[_Equation] = []
    secret = {(-1, cell) for cell in hidden} | {
        (number, cell) for number, week in enumerate(weeks) for cell in week.published if week.hides(cell)
    }
    all_cells = {*cells, *(cell for week in weeks for cell in week.published)}
    for number in (-1, *range(len(weeks))):
        divided: dict[tuple[str, str], dict[Unknown, int]] = defaultdict(dict)
        for cell in all_cells:
            partition = partition_of(cell)
            if partition is not None and (number, cell) in secret:
                divided[partition][number, cell] = 1
        for (above, _), equation in divided.items():
            if (number, above) in secret:
                equation[number, above] = -1
            equations.append(equation)
    for cell in all_cells:
        over_time = {(number, cell): 1 for number in range(len(weeks)) if (number, cell) in secret}
        if (-1, cell) in secret:
            over_time[-1, cell] = -1
        if over_time:
            equations.append(over_time)
    return equations


def determined(equations: Iterable[_Equation]) -> set[Unknown]:
    """Return the unknowns that have one solution only."""
    rows = list(equations)
    unknowns = sorted({key for row in rows for key in row}, key=repr)
    place = {key: number for number, key in enumerate(unknowns)}
    matrix = np.zeros((len(rows), len(unknowns)), dtype=np.int64)
    for number, row in enumerate(rows):
        for key, factor in row.items():
            matrix[number, place[key]] = factor % _PRIME
    _reduce(matrix)
    alone = matrix[np.count_nonzero(matrix, axis=1) == 1]
    return {unknowns[column] for column in np.nonzero(alone)[1]}


def _reduce(matrix: np.ndarray) -> None:
    """Bring a matrix to its reduced row echelon form modulo the prime."""
    row = 0
    for column in range(matrix.shape[1]):
        filled = np.nonzero(matrix[row:, column])[0]
        if not len(filled):
            continue
        pivot = row + int(filled[0])
        matrix[[row, pivot]] = matrix[[pivot, row]]
        matrix[row] = matrix[row] * pow(int(matrix[row, column]), -1, _PRIME) % _PRIME
        others = np.nonzero(matrix[:, column])[0]
        others = others[others != row]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[row]) % _PRIME
        row += 1
        if row == matrix.shape[0]:
            return


def _suppressed(cells: Cells, *, hidden: Iterable[str], public: frozenset[str]) -> set[str]:
    """Return the hidden cells: those given, those of few people, and as many more as the rule needs.

    Args:
        hidden: to be hidden in any case.
        public: known anyway, so that hiding them is no use.
    """
    gone = {cell for cell in hidden if cell not in public}
    gone |= {cell for cell, count in cells.items() if count.number and _few(count) and cell not in public}
    divided: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell, count in cells.items():
        partition = partition_of(cell)
        if partition is not None and count.number:
            divided[partition].append(cell)
    before = -1
    while len(gone) != before:
        before = len(gone)
        for (above, _), inside in sorted(divided.items()):
            if above in gone:
                gone.update(cell for cell in inside if cell not in public)
                continue
            gone |= _complement(above, inside, cells, gone, public)
    return gone


def _complement(
    above: str, inside: Sequence[str], cells: Cells, gone: Collection[str], public: frozenset[str]
) -> set[str]:
    """Return what to hide besides, so that the hidden parts of a published cell are many enough."""
    hidden = [cell for cell in inside if cell in gone]
    spare = sorted(
        (cell for cell in inside if cell not in gone and cell not in public),
        key=lambda cell: (worth(cell), len(cells[cell].people), cells[cell].number, cell),
        reverse=True,
    )
    added: set[str] = set()
    while hidden and (len(hidden) < 2 or len(set().union(*(cells[cell].people for cell in hidden))) < FEWEST_PEOPLE):
        if not spare:
            return {*added, above} if above not in public else added
        hidden.append(spare.pop())
        added.add(hidden[-1])
    return added


def _added_up(weeks: Sequence[WeekCells]) -> dict[str, CellCount]:
    total: dict[str, CellCount] = defaultdict(CellCount)
    for week in weeks:
        for cell, published in week.published.items():
            counted = week.counted.get(cell, CellCount())
            total[cell].number += counted.number if published is None else published
            total[cell].people |= counted.people
    return dict(total)


def _hidden_weeks(weeks: Sequence[WeekCells], cell: str) -> CellCount | None:
    """Return what the hidden weeks of a cell count together; None without any."""
    hidden = [week.counted.get(cell, CellCount()) for week in weeks if week.hides(cell)]
    if not hidden:
        return None
    if len(hidden) == 1:
        return CellCount()  # the month would give it away
    return CellCount(
        number=sum(count.number for count in hidden), people=set().union(*(count.people for count in hidden))
    )


def _few(count: CellCount) -> bool:
    return len(count.people) < FEWEST_PEOPLE


def _related(cell_names: Collection[str], cells: Iterable[str]) -> set[str]:
    """Return the cells in the partitions of ``cell_names``, and the cells above them."""
    partitions = {partition_of(cell) for cell in cell_names} - {None}
    return {cell for cell in cells if partition_of(cell) in partitions} | {
        partition[0] for partition in partitions if partition
    }
