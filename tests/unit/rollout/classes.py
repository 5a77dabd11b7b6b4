"""A municipality with a teacher, an administrator and employees, for the tests of classroom courses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.feature import FEATURE
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from dialogs.rollout.learn.flow import FEATURE as LEARN
from knowledge.article.article import Language
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from tests.unit.driver import TUESDAY, Outcome, Stage
from tests.unit.handoff.scene import organisation, person

MODULE = LearningModule(
    id="safe",
    title={Language.NB: "Trygg pålogging"},
    minutes=10,
    topics=("mfa",),
    url="https://courses.example/safe",
)
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
"""Nine o'clock in Norway, a week after the stage begins."""
FORM = {
    "title_nb": "Teams for nye",
    "title_en": "Teams for beginners",
    "place": "Rådhuset, rom 2",
    "day": "2026-12-01",
    "start": "09:00",
    "end": "11:30",
    "seats": "2",
    "language": "nb",
    "teacher_id": "linde",
}


def school(*, at: datetime = TUESDAY) -> Stage:
    """Return the stage: Lillevik with a teacher, an administrator and five employees, and one of Storvik."""
    scene = Stage(
        organisation(), verbs={**LEARN.verbs, **FEATURE.verbs}, timers={**LEARN.timers, **FEATURE.timers}, at=at
    )
    scene.content = replace(scene.content, curriculum=Curriculum(modules=(MODULE,)))
    scene.put(
        person("linde", "skole", Role.TEACHER, name="Kursholder Linde"),
        person("rogn", "skole", Role.TEACHER, name="Kursholder Rogn"),
        person("alm", "lillevik", Role.ADMIN, name="Administrator Alm"),
        *(person(id_, "nord") for id_ in ("kari", "ana", "bo")),
        *(person(id_, "skole") for id_ in ("ola", "eli")),
        person("per", "bryggen", municipality_id="storvik"),
        person("fura", "bryggen", Role.TEACHER, Role.ADMIN, municipality_id="storvik", name="Kursholder Fura"),
    )
    return scene


def created(scene: Stage, by: str = "alm", **more: str) -> str:
    """Let a session be created, and return its id."""
    before = {each.id for each in scene.all(ClassSession)}
    outcome = scene.press(by, "classroom.create", **{**FORM, **more})
    new = {each.id for each in scene.all(ClassSession)} - before
    assert len(new) == 1, outcome.notice
    return new.pop()


def changed(scene: Stage, session_id: str, by: str = "alm", **more: str) -> Outcome:
    """Let a session be edited."""
    edition = str(scene.get(ClassSession, session_id).edition)
    return scene.press(by, "classroom.change", **{**FORM, "session_id": session_id, "edition": edition, **more})


def signed_up(scene: Stage, session_id: str, *people: str) -> None:
    """Let people sign up, one after another."""
    for id_ in people:
        scene.press(id_, "classroom.sign_up", session_id=session_id)
        scene.now += timedelta(minutes=1)


def enrolment(scene: Stage, session_id: str, person_id: str) -> Enrolment:
    found: Enrolment = scene.get(Enrolment, Enrolment.enrolment_id(session_id, person_id))
    return found


def standing(scene: Stage, session_id: str) -> dict[str, EnrolmentState]:
    """Return the state of everyone enrolled, in the order of sign-up."""
    found = [each for each in scene.all(Enrolment) if each.session_id == session_id]
    return {each.person_id: each.state for each in sorted(found, key=lambda each: each.number)}


def alter(scene: Stage, person_id: str, **changes: Any) -> None:
    """Change a person, as an import does."""
    scene.put(replace(scene.get(Person, person_id), **changes))
