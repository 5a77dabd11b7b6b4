"""Application to approve a program, with its state transitions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose
from dialogs.core.month import month_term
from knowledge.organisation.person_id import PersonId

LONGEST_PROGRAM: Final = 80
LONGEST_TEXT: Final = 500


class ProgramState(StrEnum):
    """State of an application. All but WAITING are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application to use a program. ``program``, ``reason`` and ``word`` are masked.

    Attributes:
        program_id: the program's id, if it is listed.
        shown_to: ids of people with the application's card in their chat.
        word: the decider's message.
    """

    KIND: ClassVar[str] = "software_application"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="5 waiting, 10 in 24 hours; none of guests", months=24, dated="changed_at"
    )

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    program: Annotated[str, Purpose.PROGRAM]
    program_id: Annotated[str | None, Purpose.PROGRAM] = None
    reason: Annotated[str, Purpose.PROGRAM] = ""
    standing: Annotated[ProgramState, Purpose.PROGRAM] = ProgramState.WAITING
    shown_to: Annotated[tuple[PersonId, ...], Purpose.PROGRAM] = ()
    decided_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    word: Annotated[str, Purpose.PROGRAM] = ""
    applied_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.changed_at)

    def decide(self, standing: ProgramState, *, by: str, word: str, at: datetime) -> Self:
        """Return the application approved or declined.

        Raises:
            ValueError: not pending, or ``standing`` is not a decision.
        """
        if self.standing is not ProgramState.WAITING or standing not in {ProgramState.APPROVED, ProgramState.DECLINED}:
            raise ValueError(f"{self.standing} → {standing}")
        return replace(self, standing=standing, decided_by=by, word=word, changed_at=at)

    def withdraw(self, at: datetime) -> Self:
        """Return the application withdrawn.

        Raises:
            ValueError: not pending.
        """
        if self.standing is not ProgramState.WAITING:
            raise ValueError(f"{self.standing} → {ProgramState.WITHDRAWN}")
        return replace(self, standing=ProgramState.WITHDRAWN, changed_at=at)
