"""A person as a learner, as stored and as read: completed modules, places, questions to repeat, and the plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.content import Content
from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from knowledge.learning.curriculum import Curriculum, LearningPlan
from knowledge.learning.module import LearningModule
from knowledge.organisation.unit import PersonId

# Stored learning: completed modules, place in others, questions to repeat, and a chosen plan.


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
    """The step of a module at which a person is, and the questions to repeat.

    Of a wrong answer only the step is kept, until the question is answered right; of right answers nothing.
    """

    KIND: ClassVar[str] = "module_place"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each module", months=12, dated="changed_at")

    person_id: Annotated[PersonId, Purpose.ORDER]
    module_id: Annotated[str, Purpose.LEARN]
    step: Annotated[int, Purpose.LEARN]
    to_repeat: Annotated[tuple[int, ...], Purpose.LEARN] = ()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """What the cards show of a person's learning.

    Attributes:
        taken: ids of completed modules, also of modules that no longer exist.
        places: of modules that are begun, or have questions to repeat, by module id; the last changed first.
        plan: chosen, or suggested by the sector of the person's unit; None without one.
        choice: id of the plan the person chose; empty for none at all, None without a choice.
    """

    person: Person
    texts: Texts
    curriculum: Curriculum
    taken: frozenset[str] = frozenset()
    places: Mapping[str, ModulePlace] = field(default_factory=dict)
    plan: LearningPlan | None = None
    choice: str | None = None

    def place(self, module: LearningModule) -> int:
        """Return the step to go on with: 1 for a module that is not begun."""
        place = self.places.get(module.id)
        # The module may have lost steps since.
        return min(max(place.step if place is not None else 1, 1), max(len(module.steps), 1))

    def is_begun(self, module: LearningModule) -> bool:
        """Return whether there is a step to go on with. After the end the place only has questions to repeat."""
        ended = module.id in self.taken and self.place(module) == len(module.steps)
        return module.id in self.places and bool(module.steps) and not ended

    def to_repeat(self, module: LearningModule) -> tuple[int, ...]:
        """Return the steps of the questions that were last answered wrong."""
        place = self.places.get(module.id)
        # The module may have changed since.
        return tuple(number for number in module.questions if place is not None and number in place.to_repeat)

    def next_in_plan(self, *, after: LearningModule | None = None) -> LearningModule | None:
        """Return the first module of the plan that is not completed. ``after`` has just been."""
        modules = self.curriculum.modules_of(self.plan) if self.plan is not None else ()
        return next((module for module in modules if module.id not in self.taken and module != after), None)

    def require_own(self) -> None:
        """Refuse guests and leavers, of which nothing is kept. Raises EventRefused."""
        if self.person.is_outsider:
            raise EventRefused(do(Notice(text=self.texts("learn.not_saved"))))


def taken_by(person_id: str) -> Asking[frozenset[str]]:
    """Return the ids of a person's completed modules."""
    records = yield from find_all(CourseTaken, f"person:{person_id}")
    return frozenset(record.course_id for record in records)


def learner_of(event: Event, content: Content) -> Asking[Learner]:
    """Return the author of an event as a learner."""
    speaker = yield from speaker_of(event, content)
    person = speaker.person
    taken = yield from taken_by(event.person_id)
    places = yield from find_all(ModulePlace, f"person:{event.person_id}")
    choice = yield from find(PlanChoice, event.person_id)
    chosen = content.curriculum.plan(choice.plan_id) if choice is not None else None
    none_wanted = choice is not None and not choice.plan_id
    sector = content.organisation.sector_of(person.unit_id) if person.unit_id else None
    suggested = None if none_wanted else content.curriculum.suggested_plan(sector)
    return Learner(
        person=person,
        texts=speaker.texts,
        curriculum=content.curriculum,
        taken=taken,
        places={place.module_id: place for place in sorted(places, key=lambda place: place.changed_at, reverse=True)},
        plan=chosen or suggested,
        choice=choice.plan_id if choice is not None and (chosen is not None or none_wanted) else None,
    )
