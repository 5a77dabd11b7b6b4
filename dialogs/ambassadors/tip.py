"""A tip shared among ambassadors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose, Whose, month_term
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """One tip, masked.

    ``week``: ISO week of its sending, such as 2026-W48.
    """

    KIND: ClassVar[str] = "tip"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="5 a week", whose=Whose.HELPER, months=12, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    by: Annotated[PersonId, Purpose.NETWORK]
    municipality_id: Annotated[str, Purpose.PLACE]
    text: Annotated[str, Purpose.NETWORK]
    week: Annotated[str, Purpose.ORDER]
    created_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.by}"
        yield f"week:{self.week}@{self.municipality_id}"
        yield month_term(self.created_at)


def week_of(at: datetime) -> str:
    """Return the ISO week of an instant."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"
