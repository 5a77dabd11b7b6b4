"""Stored learning: completed modules, place in others, and a chosen plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose
from dialogs.core.month import month_term
from knowledge.organisation.person_id import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTaken:
    """A completed module. Names outside are of the time when modules were courses."""

    KIND: ClassVar[str] = "course_taken"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each module", months=36, dated="taken_at")

    person_id: Annotated[PersonId, Purpose.ORDER]
    course_id: Annotated[str, Purpose.LEARN]
    taken_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per person and module."""
        return f"{self.person_id}:{self.course_id}"

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"course:{self.course_id}"
        yield month_term(self.taken_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePlace:
    """The step of a module at which a person is. Answers are not kept."""

    KIND: ClassVar[str] = "module_place"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each module that is begun", months=12, dated="changed_at")

    person_id: Annotated[PersonId, Purpose.ORDER]
    module_id: Annotated[str, Purpose.LEARN]
    step: Annotated[int, Purpose.LEARN]
    changed_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per person and module."""
        return f"{self.person_id}:{self.module_id}"

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield month_term(self.changed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """The plan that a person chose; ``id`` is the person id. An empty ``plan_id`` is none at all."""

    KIND: ClassVar[str] = "plan_choice"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one", months=36, terms=(), by_id=True, dated="changed_at")

    id: Annotated[str, Purpose.ORDER]
    plan_id: Annotated[str, Purpose.LEARN]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield month_term(self.changed_at)
