"""Completion of a course."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTaken:
    """Self-reported completion of a course."""

    KIND: ClassVar[str] = "course_taken"
    SCHEMA: ClassVar[int] = 1

    person_id: str
    course_id: str
    taken_at: datetime

    @property
    def id(self) -> str:
        """Unique per person and course."""
        return f"{self.person_id}:{self.course_id}"

    def terms(self) -> Iterable[str]:
        """Return index terms."""
        yield f"person:{self.person_id}"
        yield f"course:{self.course_id}"
        yield month_term(self.taken_at)
