"""Stored profile of an ambassador, with its history."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.unit import PersonId

MAX_CHANGES = 50
# The ``by`` of changes made by a registry import.
IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """One change of a profile; ``by`` is a person id or IMPORT."""

    at: datetime
    by: PersonId
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorProfile:
    """One ambassador of the registry.

    ``tips``: subscribed to the weekly tips. ``history``: the newest changes, oldest first.
    """

    KIND: ClassVar[str] = "ambassador"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one, with 50 changes", whose=Whose.HELPER, erasing=Erasing.KEPT_REGISTERED
    )

    ambassador: Annotated[Ambassador, Purpose.NETWORK]
    tips: Annotated[bool, Purpose.CHOICE] = True
    joined_at: Annotated[datetime | None, Purpose.TIME] = None
    history: Annotated[tuple[ProfileChange, ...], Purpose.EVIDENCE] = ()

    @property
    def id(self) -> str:
        """The person id."""
        return self.ambassador.person_id

    def terms(self) -> Iterable[str]:
        yield f"municipality:{self.ambassador.municipality_id}"
        yield f"unit:{self.ambassador.unit_id}"
        yield f"person:{self.id}"
        if self.ambassador.active:
            yield f"active@{self.ambassador.municipality_id}"

    def changed(self, change: str, *, by: str, at: datetime, ambassador: Ambassador) -> Self:
        """Return the profile with the changed ambassador and a history entry."""
        history = (*self.history, ProfileChange(at=at, by=by, what=change))[-MAX_CHANGES:]
        return replace(self, ambassador=ambassador, history=history)
