"""Flows of e-learning: list courses, mark completion."""

from collections.abc import Collection, Sequence
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Remove, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Asking, Flow, find_all
from dialogs.core.session import session_of
from dialogs.core.speaker import answer, speaker_of
from dialogs.rollout.learn import cards
from dialogs.rollout.learn.model import CourseTaken
from knowledge.learning.module import LearningModule


def show_courses(event: Event, content: Content) -> Flow:
    """List the courses, recommended ones first."""
    taken = yield from taken_by(event.person_id)
    return (yield from _listed(event, content, taken))


def done(event: Event, content: Content) -> Flow:
    """Mark a course as completed."""
    course = _pressed_course(event, content)
    taken = yield from taken_by(event.person_id)
    if course is None:
        return (yield from _outdated_card(event, content))
    shown = yield from _listed(event, content, {*taken, course.id})
    if course.id in taken:
        return shown
    return put(CourseTaken(person_id=event.person_id, course_id=course.id, taken_at=event.at)) + shown


def undo_completion(event: Event, content: Content) -> Flow:
    """Mark a course as not completed."""
    course = _pressed_course(event, content)
    taken = yield from taken_by(event.person_id)
    if course is None:
        return (yield from _outdated_card(event, content))
    shown = yield from _listed(event, content, taken - {course.id})
    return Decision(writes=(Remove(kind=CourseTaken, id=f"{event.person_id}:{course.id}"),)) + shown


def fitting(
    courses: Sequence[LearningModule], topics: Collection[str], taken: Collection[str]
) -> tuple[LearningModule, ...]:
    """Return uncompleted courses on any of ``topics``, best match first."""
    wanted = frozenset(topics)
    new = [course for course in courses if course.id not in taken and wanted.intersection(course.topics)]
    return tuple(sorted(new, key=lambda course: -len(wanted.intersection(course.topics))))


def taken_by(person_id: str) -> Asking[frozenset[str]]:
    """Return the ids of a person's completed courses."""
    records = yield from find_all(CourseTaken, f"person:{person_id}")
    return frozenset(record.course_id for record in records)


def _listed(event: Event, content: Content, taken: Collection[str]) -> Flow:
    speaker = yield from speaker_of(event, content)
    session = yield from session_of(event.person_id, event.at)
    article = content.articles.get(session.article_id, speaker.person.language) if session.article_id else None
    topic = event.pressed.text("topic")
    first = fitting(content.curriculum.modules, [topic] if topic else article.topics if article else (), taken)
    ids = [course.id for course in first]
    rest = [course for course in content.curriculum.modules if course.id not in ids]
    message = cards.courses(speaker.texts, [*first, *rest], fitting=ids, taken=taken)
    return answer(event, "learn", message, speaker.texts)


def _pressed_course(event: Event, content: Content) -> LearningModule | None:
    pressed = event.pressed.text("course_id")
    return next((course for course in content.curriculum.modules if course.id == pressed), None)


def _outdated_card(event: Event, content: Content) -> Flow:
    speaker = yield from speaker_of(event, content)
    return do(Notice(text=speaker.texts("ask.old_card")))


VERBS: Final[Verbs] = {
    "learn.show": show_courses,
    "learn.done": done,
    "learn.undo": undo_completion,
}
FEATURE: Final = Feature(verbs=VERBS, records=(CourseTaken,), answers=("learn",))
