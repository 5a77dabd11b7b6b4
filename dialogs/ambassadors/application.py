"""Application to become an ambassador, and its decision."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from dialogs.core.month import month_term


class ApplicationState(StrEnum):
    """State of an application."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorApplication:
    """An application to become an ambassador, at most one per person.

    Args:
        id: person id of the applicant.
        deciders: people asked for a decision, each may decide alone.
        through_contact: the leader does not use the bot; the municipality's contact decides after asking them.
        word: the decider's message, masked.
    """

    KIND: ClassVar[str] = "ambassador_application"
    SCHEMA: ClassVar[int] = 1

    id: str
    municipality_id: str
    unit_id: str
    topics: frozenset[str] = frozenset()
    motive: str = ""
    standing: ApplicationState = ApplicationState.WAITING
    deciders: tuple[str, ...] = ()
    through_contact: bool = False
    decided_by: str | None = None
    word: str = ""
    created_at: datetime
    decided_at: datetime | None = None

    def terms(self) -> Iterable[str]:
        """Return index terms."""
        yield f"person:{self.id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.created_at)

    @property
    def slot(self) -> str:
        """The slot of the application in the deciders' chats."""
        return f"ambassador/application/{self.id}/{self.created_at:%Y%m%d%H%M%S}"

    def decide(self, standing: ApplicationState, *, by: str, at: datetime, word: str) -> Self:
        """Return the application with a decision; the first decision stays."""
        if self.standing is not ApplicationState.WAITING:
            return self
        return replace(self, standing=standing, decided_by=by, decided_at=at, word=word)
