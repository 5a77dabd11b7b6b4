"""A person as a learner: completed modules, places, and the plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from dialogs.rollout.learn.model import CourseTaken, ModulePlace, PlanChoice
from knowledge.learning.curriculum import Curriculum, LearningPlan
from knowledge.learning.module import LearningModule


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """What the cards show of a person's learning.

    Attributes:
        taken: ids of completed modules, also of modules that no longer exist.
        places: the step of each module that is begun, by module id.
        plan: chosen, or suggested by the sector of the person's unit; None without one.
        choice: id of the plan the person chose; empty for none at all, None without a choice.
    """

    person: Person
    texts: Texts
    curriculum: Curriculum
    taken: frozenset[str] = frozenset()
    places: Mapping[str, int] = field(default_factory=dict)
    plan: LearningPlan | None = None
    choice: str | None = None

    def place(self, module: LearningModule) -> int:
        """Return the step to go on with: 1 for a module that is not begun."""
        # The module may have lost steps since.
        return min(max(self.places.get(module.id, 1), 1), max(len(module.steps), 1))

    def is_begun(self, module: LearningModule) -> bool:
        return module.id in self.places and bool(module.steps)

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
        places={
            place.module_id: place.step for place in sorted(places, key=lambda place: place.changed_at, reverse=True)
        },
        plan=chosen or suggested,
        choice=choice.plan_id if choice is not None and (chosen is not None or none_wanted) else None,
    )
