"""Stored profile of an ambassador, with its history."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from knowledge.organisation.nearest import Ambassador

MOST_CHANGES = 50
IMPORT = "import"
"""The ``by`` of changes made by a registry import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """One change of a profile; ``by`` is a person id or IMPORT."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorProfile:
    """One ambassador of the registry.

    ``tips``: subscribed to the weekly tips. ``history``: the newest changes, oldest first.
    """

    KIND: ClassVar[str] = "ambassador"
    SCHEMA: ClassVar[int] = 1

    ambassador: Ambassador
    tips: bool = True
    joined_at: datetime | None = None
    history: tuple[ProfileChange, ...] = ()

    @property
    def id(self) -> str:
        """The person id."""
        return self.ambassador.person_id

    def terms(self) -> Iterable[str]:
        """Return index terms."""
        yield f"municipality:{self.ambassador.municipality_id}"
        yield f"unit:{self.ambassador.unit_id}"
        yield f"person:{self.id}"
        if self.ambassador.active:
            yield f"active@{self.ambassador.municipality_id}"

    def changed(self, what: str, *, by: str, at: datetime, ambassador: Ambassador) -> Self:
        """Return the profile with the changed ambassador and a history entry."""
        history = (*self.history, ProfileChange(at=at, by=by, what=what))[-MOST_CHANGES:]
        return replace(self, ambassador=ambassador, history=history)
