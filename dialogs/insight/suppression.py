"""Cells of the statistics, and which of them stay hidden, so that no number is about too few.

A week: a cell of fewer than five people is hidden; where a cell is published, what its published parts leave over is
nothing, or at least two hidden parts of together five people. A month repeats this, and hides more until nothing hidden
follows from weeks and months together: ``determined`` solves the equations of all published cells.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

import numpy as np

from dialogs.core.question import Question
from knowledge.matching.policy import OutcomeKind

# Cells of the statistics, and which of them add up to which.

QUESTIONS: Final = "questions"
PROGRAMS: Final = "program"
COURSES: Final = "course"
ROOTS: Final = (QUESTIONS, PROGRAMS, COURSES)
# For people without a unit.
OTHER_SECTOR: Final = "other"
_SECTOR, _PART = "@", "#"


class CountedOutcome(StrEnum):
    """Outcome of a question; each has one."""

    ANSWER = "answer"
    ASKED_BACK = "asked_back"
    UNKNOWN = "unknown"
    HANDED_OVER = "handed_over"
    DECLINED = "declined"
    ACTION = "action"


class Helpfulness(StrEnum):
    """The asker's verdict on an answer."""

    HELPED = "helped"
    NOT_HELPED = "not_helped"
    SILENT = "silent"


_OUTCOME_CELLS: Final = frozenset[str](CountedOutcome)
_VERDICT_CELLS: Final = frozenset[str](Helpfulness)
# Hidden first where another cell must be hidden besides: the same ones each week, so that months lose few sums.
_HIDDEN_FIRST: Final = (
    Helpfulness.SILENT,
    CountedOutcome.DECLINED,
    CountedOutcome.UNKNOWN,
    CountedOutcome.ASKED_BACK,
    CountedOutcome.ACTION,
    CountedOutcome.HANDED_OVER,
    Helpfulness.NOT_HELPED,
    Helpfulness.HELPED,
    CountedOutcome.ANSWER,
)
_WORTH: Final[Mapping[str, int]] = {cell: number for number, cell in enumerate(_HIDDEN_FIRST)}
_OUTCOMES: Final[Mapping[OutcomeKind, CountedOutcome]] = {
    OutcomeKind.ANSWER: CountedOutcome.ANSWER,
    OutcomeKind.ANSWERS: CountedOutcome.ANSWER,
    OutcomeKind.ACT: CountedOutcome.ACTION,
    OutcomeKind.DECLINE: CountedOutcome.DECLINED,
    OutcomeKind.OUT_OF_SCOPE: CountedOutcome.DECLINED,
    OutcomeKind.CLARIFY: CountedOutcome.ASKED_BACK,
    OutcomeKind.HAND_OVER: CountedOutcome.UNKNOWN,
}


def in_sector(outcome: str, sector: str) -> str:
    """Return the cell of an outcome in a sector."""
    return f"{outcome}{_SECTOR}{sector}"


def part(cell: str, id_: str) -> str:
    """Return the cell of one article, program or course."""
    return f"{cell}{_PART}{id_}"


def parts(cells: Iterable[str], of: str) -> Iterator[tuple[str, str]]:
    """Yield the cells of single articles, programs or courses of a cell, each with its id."""
    for cell in cells:
        above, mark, id_ = cell.partition(_PART)
        if mark and above == of:
            yield cell, id_


def partition_of(cell: str) -> tuple[str, str] | None:
    """Return the cell above and the kind of division; None for a root."""
    for mark in (_SECTOR, _PART):
        above, part, _ = cell.partition(mark)
        if part:
            return above, mark
    if cell in _OUTCOME_CELLS:
        return QUESTIONS, "outcome"
    if cell in _VERDICT_CELLS:
        return CountedOutcome.ANSWER, "verdict"
    return None


def worth(cell: str) -> int:
    """Return how much readers miss a cell when it is hidden for the sake of another."""
    return _WORTH.get(cell, 0)


@dataclass(slots=True)
class CellCount:
    """Number of questions in a cell, and the distinct people that asked them; guests are no people."""

    number: int = 0
    people: set[str] = field(default_factory=set)

    def count_person(self, person_id: str | None) -> None:
        self.number += 1
        if person_id is not None:
            self.people.add(person_id)


Cells = Mapping[str, CellCount]


def outcome_of(question: Question, *, handed_over: bool) -> CountedOutcome | None:
    """Return the outcome of a question; None for small talk."""
    return CountedOutcome.HANDED_OVER if handed_over else _OUTCOMES.get(question.outcome)


def cells_of(question: Question, *, handed_over: bool, sector: str) -> tuple[str, ...]:
    """Return every cell that counts a question."""
    outcome = outcome_of(question, handed_over=handed_over)
    if outcome is None:
        return ()
    common = (QUESTIONS, outcome, in_sector(outcome, sector))
    if outcome is not CountedOutcome.ANSWER or question.article_id is None:
        return common
    verdict = {None: Helpfulness.SILENT, True: Helpfulness.HELPED, False: Helpfulness.NOT_HELPED}[question.helped]
    unhelpful = (part(verdict, question.article_id),) if verdict is Helpfulness.NOT_HELPED else ()
    return (*common, part(outcome, question.article_id), verdict, *unhelpful)


def cells_of_action(sector: str) -> tuple[str, ...]:
    """Return every cell that counts an action asked for in words."""
    action = CountedOutcome.ACTION
    return QUESTIONS, action, in_sector(action, sector)


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
    all_cells = {*cells}
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


# Whether people are enough to say something about all of them, and in which band their number is shown.

# Municipality and id of a registered person.
Asker = tuple[str | None, str]


class Band(StrEnum):
    """A number of people, as coarse as it may be shown where a finer one could be subtracted."""

    FEW = "from_5"
    MORE = "from_10"
    MANY = "from_20"

    @property
    def shown(self) -> str:
        return {Band.FEW: "5–9", Band.MORE: "10–19", Band.MANY: "20+"}[self]


def band_of(number: int) -> Band | None:
    """Return the band of a number; None below five, which is not shown."""
    if number < FEWEST_PEOPLE:
        return None
    return Band.FEW if number < 10 else Band.MORE if number < 20 else Band.MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class EnoughPeople:
    """At least five registered people of one municipality; across municipalities, five in each of two."""

    municipalities: int = 1

    @classmethod
    def among(cls, scope: Collection[str]) -> Self:
        """Return the rule for readers that learn of all municipalities in ``scope``."""
        return cls(municipalities=min(2, max(1, len(scope))))

    def allows(self, askers: Iterable[Asker]) -> bool:
        """Return whether these people are enough."""
        people: dict[str | None, set[str]] = defaultdict(set)
        for municipality_id, person_id in askers:
            people[municipality_id].add(person_id)
        return sum(len(person_ids) >= FEWEST_PEOPLE for person_ids in people.values()) >= self.municipalities
