"""A tip shared among ambassadors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """One tip, masked.

    ``week``: ISO week of its sending, such as 2026-W48.
    """

    KIND: ClassVar[str] = "tip"
    SCHEMA: ClassVar[int] = 1

    id: str
    by: str
    municipality_id: str
    text: str
    week: str
    created_at: datetime

    def terms(self) -> Iterable[str]:
        """Return index terms."""
        yield f"person:{self.by}"
        yield f"week:{self.week}@{self.municipality_id}"
        yield month_term(self.created_at)


def week_of(at: datetime) -> str:
    """Return the ISO week of an instant."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"
