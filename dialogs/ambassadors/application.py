"""Application to become an ambassador, and its decision."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.person import Person, Role
from knowledge.organisation.unit import PersonId


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
    RULES: ClassVar[DataRules] = DataRules(most="one; none of guests", months=24, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    unit_id: Annotated[str, Purpose.PLACE]
    topics: Annotated[frozenset[str], Purpose.NETWORK] = frozenset()
    motive: Annotated[str, Purpose.NETWORK] = ""
    standing: Annotated[ApplicationState, Purpose.ORDER] = ApplicationState.WAITING
    deciders: Annotated[tuple[PersonId, ...], Purpose.ORDER] = ()
    through_contact: Annotated[bool, Purpose.ORDER] = False
    decided_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    word: Annotated[str, Purpose.NETWORK] = ""
    created_at: Annotated[datetime, Purpose.TIME]
    decided_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        yield f"person:{self.id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.created_at)

    @property
    def slot(self) -> str:
        """The slot of the application in the deciders' chats."""
        return f"ambassador/application/{self.id}/{self.created_at:%Y%m%d%H%M%S}"

    def may_be_decided_by(self, person: Person) -> bool:
        """Return whether a person was asked or is an administrator there; nobody decides on their own."""
        if person.id == self.id or person.municipality_id != self.municipality_id:
            return False
        # Administrators too, so that an application is not stuck when a leader leaves.
        return person.id in self.deciders or person.has(Role.ADMIN)

    def decide(self, standing: ApplicationState, *, by: str, at: datetime, word: str) -> Self:
        """Return the application with a decision; the first decision stays."""
        if self.standing is not ApplicationState.WAITING:
            return self
        return replace(self, standing=standing, decided_by=by, decided_at=at, word=word)
