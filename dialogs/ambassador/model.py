"""What the bot keeps of its ambassadors: their place in the registry, and how they came to be there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from knowledge.ambassadors import Ambassador

MOST_CHANGES = 50
IMPORT = "import"
"""Who has changed what came from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a profile: who changed what, and when. ``by`` is a person id, or IMPORT."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorProfile:
    """One ambassador in the registry.

    ``tips`` tells whether the week's tips are wanted. ``history`` is the newest changes, oldest first.
    """

    KIND: ClassVar[str] = "ambassador"
    SCHEMA: ClassVar[int] = 1

    ambassador: Ambassador
    tips: bool = True
    joined_at: datetime | None = None
    history: tuple[Change, ...] = ()

    @property
    def id(self) -> str:
        """The person's id."""
        return self.ambassador.person_id

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"municipality:{self.ambassador.municipality_id}"
        yield f"unit:{self.ambassador.unit_id}"
        yield f"person:{self.id}"
        if self.ambassador.active:
            yield f"active@{self.ambassador.municipality_id}"

    def changed(self, what: str, *, by: str, at: datetime, ambassador: Ambassador) -> Self:
        """Return the profile with a changed ambassador and the change remembered."""
        history = (*self.history, Change(at=at, by=by, what=what))[-MOST_CHANGES:]
        return replace(self, ambassador=ambassador, history=history)
