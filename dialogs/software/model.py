"""An application to have a program approved, as a frozen state machine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from dialogs.month import month_term

LONGEST_PROGRAM: Final = 80
LONGEST_TEXT: Final = 500


class Standing(StrEnum):
    """Where an application stands. All but WAITING are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One person's wish to use one program. ``program``, ``reason`` and ``word`` are masked.

    Attributes:
        program_id: the program on the list, when it is there.
        shown_to: the people whose chats hold its card.
        word: what the decider says with the decision.
    """

    KIND: ClassVar[str] = "software_application"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    municipality_id: str
    program: str
    program_id: str | None = None
    reason: str = ""
    standing: Standing = Standing.WAITING
    shown_to: tuple[str, ...] = ()
    decided_by: str | None = None
    word: str = ""
    applied_at: datetime
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.person_id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.changed_at)

    def decide(self, standing: Standing, *, by: str, word: str, at: datetime) -> Self:
        """Approve or decline it. Raises ValueError: it is decided already, or that is no decision."""
        if self.standing is not Standing.WAITING or standing not in {Standing.APPROVED, Standing.DECLINED}:
            raise ValueError(f"{self.standing} → {standing}")
        return replace(self, standing=standing, decided_by=by, word=word, changed_at=at)

    def withdraw(self, at: datetime) -> Self:
        """Take it back. Raises ValueError: it is decided already."""
        if self.standing is not Standing.WAITING:
            raise ValueError(f"{self.standing} → {Standing.WITHDRAWN}")
        return replace(self, standing=Standing.WITHDRAWN, changed_at=at)
