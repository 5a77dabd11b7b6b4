"""Flows of the e-learning: list modules, tick off those of an outside centre; the declaration of the feature."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dialogs.availability.topic import topic_name
from dialogs.core.content import Content
from dialogs.core.decision import put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Readers, Verbs
from dialogs.core.paging import paged
from dialogs.core.query import Flow
from dialogs.core.session import Topic, TopicKind, keep_topic, session_of
from dialogs.core.speaker import answer
from dialogs.rollout.learn import cards, planning, refreshing
from dialogs.rollout.learn.learner import CourseTaken, Learner, ModulePlace, PlanChoice, learner_of, taken_by
from dialogs.rollout.learn.pressed import pressed_module
from dialogs.rollout.learn.taking import answer_question, at_step, finish_module, open_module, show_step
from knowledge.learning.module import LearningModule

__all__ = ["FEATURE", "READERS", "VERBS", "fitting", "taken_by"]


def show_modules(event: Event, content: Content) -> Flow:
    """List the modules, recommended ones first."""
    learner = yield from learner_of(event, content)
    return (yield from _instead(event, content, learner, lead=""))


def _instead(event: Event, content: Content, learner: Learner, *, lead: str) -> Flow:
    """List the modules; ``lead`` says why, where something else was asked for."""
    kept = yield from keep_topic(event, Topic(kind=TopicKind.COURSES))
    return kept + (yield from _listed(event, content, learner, lead=lead))


def resume(event: Event, content: Content) -> Flow:
    """Go on with the module that the person left last; without one, list the modules."""
    learner = yield from learner_of(event, content)
    begun = cards.left_last(learner)
    if not begun:
        return (yield from _instead(event, content, learner, lead=learner.texts("learn.none_begun")))
    return at_step(event, learner, begun[0], learner.place(begun[0]))


def repeat(event: Event, content: Content) -> Flow:
    """Ask a question to repeat, or any of a completed module.

    A button may name the module, and the step to ask. Without a completed module all are listed.
    """
    learner = yield from learner_of(event, content)
    modules = [module for module in learner.curriculum.modules if module.id in learner.taken and module.questions]
    if not modules:
        return (yield from _instead(event, content, learner, lead=learner.texts("learn.none_to_repeat")))
    named, step = str(event.pressed.text("module_id")), str(event.pressed.text("step"))
    wrong = [(module, number) for module in modules for number in learner.to_repeat(module)]
    wrong = [pair for pair in wrong if named in {"", pair[0].id}]
    if wrong:
        module, number = next((pair for pair in wrong if str(pair[1]) == step), wrong[0])
        message = refreshing.refresher_card(learner.texts, module, number, asked_for=True)
    else:
        # Another one each minute, without a record of the questions.
        message = refreshing.refresher_in_turn(learner.texts, modules, int(event.at.timestamp()) // 60, asked_for=True)
    return answer(event, "learn", message, learner.texts)


def done(event: Event, content: Content) -> Flow:
    """Mark a module as completed, on the person's word."""
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    learner.require_own()
    shown = yield from _listed(event, content, replace(learner, taken=learner.taken | {module.id}))
    if module.id in learner.taken:
        return shown
    taken = CourseTaken(person_id=event.person_id, course_id=module.id, taken_at=event.at)
    return put(taken) + refreshing.later_refresher(event) + shown


def undo_completion(event: Event, content: Content) -> Flow:
    """Mark a module as not completed."""
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    learner.require_own()
    shown = yield from _listed(event, content, replace(learner, taken=learner.taken - {module.id}))
    return remove(CourseTaken, f"{event.person_id}:{module.id}") + shown


def fitting(
    modules: Sequence[LearningModule], topics: Collection[str], taken: Collection[str], article_id: str = ""
) -> tuple[LearningModule, ...]:
    """Return modules that are not completed and about an article or any of ``topics``, best match first."""
    wanted = frozenset(topics)

    def likeness(module: LearningModule) -> tuple[bool, int]:
        return article_id in module.articles, len(wanted.intersection(module.topics))

    new = [module for module in modules if module.id not in taken and any(likeness(module))]
    return tuple(sorted(new, key=likeness, reverse=True))


def _listed(event: Event, content: Content, learner: Learner, *, lead: str = "") -> Flow:
    """Show the page of the list that was pressed."""
    modules, pressed = learner.curriculum.modules, event.pressed
    theme, topic, number = str(pressed.text("theme")), str(pressed.text("topic")), str(pressed.text("page"))
    # An old card may name a removed theme or topic.
    chosen = cards.ModuleFilter(
        theme=theme if learner.curriculum.theme(theme) is not None else "",
        topic=topic if any(topic in module.topics for module in modules) else "",
    )
    session = yield from session_of(event.person_id, event.at)
    article = content.articles.get(session.article_id, learner.person.language) if session.article_id else None
    first = fitting(modules, article.topics, learner.taken, article.id) if article is not None else ()
    rest = [module for module in modules if module not in first]
    page = paged(
        [module for module in (*first, *rest) if chosen.admits(module)],
        int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 1,
        size=cards.PAGE_SIZE,
    )
    message = cards.module_list(learner, page, fitting={module.id for module in first}, chosen=chosen, lead=lead)
    return answer(event, "learn", message, learner.texts)


def read_topic(words: str, content: Content, municipality_id: str | None) -> Mapping[str, str]:
    """Return the topic that a wish for a course names, such as "kurs i Teams"."""
    said = f" {' '.join(words.lower().split())} "
    topics = {topic for module in content.curriculum.modules for topic in module.topics}
    for topic in sorted(topics):
        names = {topic_name(texts, topic).lower() for texts in content.texts.values()} | {topic}
        if any(f" {name}" in said for name in names):
            return {"topic": topic}
    return {}


VERBS: Final[Verbs] = {
    "learn.show": show_modules,
    "learn.resume": resume,
    "learn.repeat": repeat,
    "learn.open": open_module,
    "learn.step": show_step,
    "learn.answer": answer_question,
    "learn.finish": finish_module,
    "learn.done": done,
    "learn.undo": undo_completion,
    **planning.VERBS,
    **refreshing.VERBS,
}
READERS: Final[Readers] = {"learn.show": read_topic}
FEATURE: Final = Feature(
    open_until_removal=("learn.",),
    verbs=VERBS,
    timers=refreshing.TIMERS,
    records=(CourseTaken, ModulePlace, PlanChoice),
    answers=("learn",),
)
