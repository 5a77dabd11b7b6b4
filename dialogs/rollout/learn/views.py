"""View of one learning module for the desk: its steps as people read them."""

from dataclasses import dataclass

from dialogs.core.message import Message
from dialogs.core.query import Asking
from dialogs.core.viewer import Viewer
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.module_cards import answer_card, step_card


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
