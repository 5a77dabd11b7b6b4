"""Completion of a course."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose
from dialogs.core.month import month_term
from knowledge.organisation.person_id import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTaken:
    """Self-reported completion of a course."""

    KIND: ClassVar[str] = "course_taken"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each course", months=36, dated="taken_at")

    person_id: Annotated[PersonId, Purpose.ORDER]
    course_id: Annotated[str, Purpose.LEARN]
    taken_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per person and course."""
        return f"{self.person_id}:{self.course_id}"

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"course:{self.course_id}"
        yield month_term(self.taken_at)
