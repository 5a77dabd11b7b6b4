"""Cards of e-learning courses."""

from collections.abc import Collection, Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from knowledge.learning.module import LearningModule

MAX_COURSES: Final = 12


def courses(
    texts: Texts, listed: Sequence[LearningModule], *, fitting: Collection[str], taken: Collection[str]
) -> Message:
    """Return the courses, each with a link and a completion button.

    Args:
        listed: all courses in order; the first ``MAX_COURSES`` are shown.
        fitting: ids of recommended courses, which are marked.
        taken: ids of completed courses.
    """
    if not listed:
        return Message(text=texts("learn.none"))
    shown = listed[:MAX_COURSES]
    title = texts("learn.title")
    progress = texts(
        "learn.progress",
        taken=texts.number(sum(course.id in taken for course in listed)),
        all=texts.number(len(listed)),
    )
    lines = [f"- {title_of(course, texts)} ({' · '.join(_facts(texts, course))})" for course in shown]
    return Message(
        text="\n".join([title, *lines]),
        card=card.card(
            [
                card.heading(title),
                card.small(progress),
                *(
                    element
                    for course in shown
                    for element in _course(texts, course, fits=course.id in fitting, taken=course.id in taken)
                ),
            ]
        ),
    )


def title_of(course: LearningModule, texts: Texts) -> str:
    """Return the course title in the reader's language, else in any."""
    return course.title.get(texts.language) or next(iter(course.title.values()), course.id)


def _facts(texts: Texts, course: LearningModule) -> list[str]:
    sample = [texts("common.sample_label")] if course.sample else []
    return [*sample, texts.plural("learn.minutes", course.minutes)]


def _course(texts: Texts, course: LearningModule, *, fits: bool, taken: bool) -> tuple[card.Element, ...]:
    facts = _facts(texts, course)
    facts += [texts("learn.fits")] if fits else []
    facts += [texts("learn.taken")] if taken else []
    tick = ("learn.undo", texts("learn.undo_button")) if taken else ("learn.done", texts("learn.done_button"))
    return (
        card.paragraph(f"**{title_of(course, texts)}**"),
        card.small(" · ".join(facts)),
        card.buttons(card.link(texts("learn.open"), course.url), card.press(tick[1], tick[0], course_id=course.id)),
    )
