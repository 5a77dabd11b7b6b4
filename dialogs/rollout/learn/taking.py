"""Flows of taking a module: open it where it was left, go through its steps, answer, finish."""

from dataclasses import dataclass

from dialogs.core.article_view import view_article
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, do, put, remove
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Asking, Flow
from dialogs.core.speaker import Viewer, answer
from dialogs.rollout.learn import module_cards
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.learner import CourseTaken, Learner, ModulePlace, learner_of
from dialogs.rollout.learn.module_cards import answer_card, step_card
from dialogs.rollout.learn.pressed import pressed_choice, pressed_module, pressed_step
from dialogs.rollout.learn.refreshing import later_refresher
from knowledge.learning.module import LearningModule


def open_module(event: Event, content: Content) -> Flow:
    """Show a module at the step where the person left it, or from the beginning."""
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    if not module.steps:
        return answer(event, "learn", module_cards.linked_card(learner, module), learner.texts)
    return at_step(event, learner, module, learner.place(module))


def show_step(event: Event, content: Content) -> Flow:
    """Show a step of a module, and remember the place."""
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    number, _ = pressed_step(event, learner, module)
    return at_step(event, learner, module, number)


def answer_question(event: Event, content: Content) -> Flow:
    """Show whether an answer is right, and why.

    Of a wrong answer the question is kept, to be repeated.
    """
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    number, step = pressed_step(event, learner, module)
    chosen = pressed_choice(event, learner, step)
    message = module_cards.answer_card(learner.texts, module, number, step, chosen)
    others = [part for part in learner.to_repeat(module) if part != number]
    to_repeat = tuple(others if chosen.right else sorted([*others, number]))
    placed = _placed(event, learner, module, number, to_repeat)
    return placed + answer(event, "learn", message, learner.texts)


def finish_module(event: Event, content: Content) -> Flow:
    """Complete a module, from its last step."""
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    learner.require_own()
    texts, last = learner.texts, len(module.steps)
    finished = module.id in learner.taken and not learner.is_begun(module)
    if not module.steps or (learner.place(module) != last and not finished):
        here = {"step": texts.number(learner.place(module)), "all": texts.number(last)}
        return do(Notice(text=texts("learn.rest_first", **here) if module.steps else texts("learn.old_card")))
    changed = NOTHING
    if module.id in learner.places and not learner.to_repeat(module):
        changed += remove(ModulePlace, f"{event.person_id}:{module.id}")
    if module.id not in learner.taken:
        changed += put(CourseTaken(person_id=event.person_id, course_id=module.id, taken_at=event.at))
        changed += later_refresher(event)
    views = (view_article(content, texts, article_id, learner.person.municipality_id) for article_id in module.articles)
    articles = [(view.id, view.title) for view in views if view is not None]
    message = module_cards.finished_card(learner, module, articles, learner.next_in_plan(after=module))
    return changed + answer(event, "learn", message, texts)


def at_step(event: Event, learner: Learner, module: LearningModule, number: int) -> Decision:
    """Return the decision that shows a step and remembers the place."""
    message = module_cards.step_card(learner.texts, module, number, module.steps[number - 1])
    placed = _placed(event, learner, module, number, learner.to_repeat(module))
    return placed + answer(event, "learn", message, learner.texts)


def _placed(
    event: Event, learner: Learner, module: LearningModule, number: int, to_repeat: tuple[int, ...]
) -> Decision:
    """Return the decision that remembers place and questions to repeat. Of guests and leavers nothing is kept."""
    before = learner.places.get(module.id)
    if learner.person.is_outsider or (before and (before.step, before.to_repeat) == (number, to_repeat)):
        return NOTHING
    return put(
        ModulePlace(
            person_id=event.person_id, module_id=module.id, step=number, to_repeat=to_repeat, changed_at=event.at
        )
    )


# View of one learning module for the desk: its steps as people read them.


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePage:
    """One module in the reader's language.

    Attributes:
        file: where it is changed, below the content folder.
        url: of a module at an outside centre; empty for others.
        steps: each with the card after the right answer, if it is a question.
    """

    title: str
    minutes: str
    file: str
    url: str
    steps: tuple[tuple[Message, Message | None], ...]


def module_view(viewer: Viewer, module_id: str) -> Asking[ModulePage]:
    """Return a module with its steps for every reader of the desk."""
    yield from ()
    texts, module = viewer.texts, viewer.content.curriculum.module(module_id)
    if module is None:
        raise viewer.not_found("learn.no_module")
    steps: list[tuple[Message, Message | None]] = []
    for number, step in enumerate(module.steps, 1):
        right = next((choice for choice in step.choices if choice.right), None)
        answered = answer_card(texts, module, number, step, right) if right is not None else None
        steps.append((step_card(texts, module, number, step), answered))
    return ModulePage(
        title=title_of(module, texts),
        minutes=texts.plural("learn.minutes", module.minutes),
        file=f"modules/{module.id}.yaml",
        url=module.url,
        steps=tuple(steps),
    )
