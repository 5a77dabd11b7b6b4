"""Cells of the statistics, and which of them add up to which.

The cells of a municipality and period are a tree. ``questions`` has one part for each outcome, an outcome one for each
sector, ``answer`` also one for each article and one for each verdict. Each cell is in one partition only, so that
no two ways through the tree lead to the same number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dialogs.core.question import Question
from knowledge.matching.policy import OutcomeKind

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
