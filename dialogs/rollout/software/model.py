"""Application to approve a program, with its state transitions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from dialogs.core.month import month_term

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

    id: str
    person_id: str
    municipality_id: str
    program: str
    program_id: str | None = None
    reason: str = ""
    standing: ProgramState = ProgramState.WAITING
    shown_to: tuple[str, ...] = ()
    decided_by: str | None = None
    word: str = ""
    applied_at: datetime
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return index terms."""
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
