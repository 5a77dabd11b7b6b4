"""What a button of a module names: the module, its step, the chosen answer. All of it is untrusted."""

from typing import Final

from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.refusal import EventRefused
from dialogs.rollout.learn.learner import Learner
from knowledge.learning.module import LearningModule, ModuleStep, StepChoice

LONGEST_NUMBER: Final = 3


def pressed_module(event: Event, learner: Learner) -> LearningModule:
    """Return the module of a button. Raises EventRefused: it is no module, or none any more."""
    # Cards of earlier versions name it as a course.
    id_ = str(event.pressed.text("module_id") or event.pressed.text("course_id"))
    module = learner.curriculum.module(id_)
    if module is None:
        raise EventRefused(do(Notice(text=learner.texts("learn.old_card"))))
    return module


def pressed_choice(event: Event, learner: Learner, step: ModuleStep) -> StepChoice:
    """Return the chosen answer to a question. Raises EventRefused: none is chosen, or there is no question."""
    if not step.is_question:
        raise EventRefused(do(Notice(text=learner.texts("learn.old_card"))))
    number = _number(event, "choice")
    if not 1 <= number <= len(step.choices):
        raise EventRefused(do(Notice(text=learner.texts("learn.choose_first"))))
    return step.choices[number - 1]


def pressed_step(event: Event, learner: Learner, module: LearningModule) -> tuple[int, ModuleStep]:
    number = _number(event, "step")
    step = module.step(number)
    if step is None:
        raise EventRefused(do(Notice(text=learner.texts("learn.no_such_step"))))
    return number, step


def _number(event: Event, name: str) -> int:
    """Return a number of a button or an input; 0 for anything else."""
    said = str(event.pressed.text(name))
    return int(said) if said.isascii() and said.isdigit() and len(said) <= LONGEST_NUMBER else 0
