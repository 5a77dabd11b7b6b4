"""The cards of one module: a step, a question, its explanation, and the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.learn.cards import facts_of, module_buttons, title_of
from dialogs.rollout.learn.learner import Learner
from knowledge.article.article import closest_text
from knowledge.learning.module import LearningModule, ModuleStep, StepChoice, picture_id


def step_data(module: LearningModule, number: int) -> Mapping[str, Any]:
    """Return the data of a button that is about one step."""
    return {"module_id": module.id, "step": str(number)}


def step_card(texts: Texts, module: LearningModule, number: int, step: ModuleStep) -> Message:
    """Return a step: a text with a way on, or a question with its choices."""
    said = closest_text(step.text, texts.language)
    body = [*_step_head(texts, module, number), card.paragraph(said)]
    if step.is_question:
        choices = [(closest_text(choice.text, texts.language), str(n)) for n, choice in enumerate(step.choices, 1)]
        # Not required: the flow answers an empty one with a notice, also where clients do not check.
        body.append(card.choose("choice", texts("learn.choose"), choices, expanded=True))
        actions = [card.press(texts("learn.answer"), "learn.answer", primary=True, **step_data(module, number))]
    else:
        actions = [_onward(texts, module, number)]
    shown = card.card(body, [*actions, *_aside(texts, module, number)])
    return _with_picture(texts, step, Message(text=f"{title_of(module, texts)}\n\n{said}", card=shown))


def answer_card(texts: Texts, module: LearningModule, number: int, step: ModuleStep, chosen: StepChoice) -> Message:
    """Return whether an answer is right, and why."""
    verdict, why, body = verdict_parts(texts, step, chosen)
    actions = [_onward(texts, module, number), *_aside(texts, module, number)]
    return Message(text=f"{verdict}\n\n{why}", card=card.card([*_step_head(texts, module, number), *body], actions))


def verdict_parts(texts: Texts, step: ModuleStep, chosen: StepChoice) -> tuple[str, str, list[card.Element]]:
    """Return the verdict on an answer, the explanation, and both below the question as elements."""
    right = next((closest_text(choice.text, texts.language) for choice in step.choices if choice.right), "")
    verdict = texts("learn.right") if chosen.right else texts("learn.wrong", right=right)
    why = closest_text(step.explanation, texts.language)
    own = texts("learn.your_answer", answer=closest_text(chosen.text, texts.language))
    body = [
        card.paragraph(closest_text(step.text, texts.language)),
        card.small(own),
        card.status(verdict, style="good" if chosen.right else "accent"),
        card.paragraph(why),
    ]
    return verdict, why, body


def finished_card(
    learner: Learner, module: LearningModule, articles: Sequence[tuple[str, str]], following: LearningModule | None
) -> Message:
    """Return the end of a module.

    Args:
        articles: ids and titles of guidance to read on.
        following: the module to go on with, if any.
    """
    texts, wrong = learner.texts, learner.to_repeat(module)
    line = texts("learn.finished", title=title_of(module, texts))
    body: list[card.Element] = [card.status(line, style="good")]
    # Without a place nothing is known of the answers: the module was completed before.
    if module.questions and module.id in learner.places:
        asked = len(module.questions)
        score = texts("learn.score", right=texts.number(asked - len(wrong)), all=texts.number(asked))
        body.append(card.paragraph(score))
        line = f"{line}\n\n{score}"
    if wrong:
        body.append(card.small(texts("learn.repeat.lead")))
        body += [card.paragraph(closest_text(module.steps[number - 1].text, texts.language)) for number in wrong]
    if articles:
        body.append(card.small(texts("learn.read_on")))
        body.append(card.buttons(*(card.press(title, "ask.related", article_id=id_) for id_, title in articles)))
    if learner.person.refreshers:
        body.append(card.small(texts("learn.refresher.coming")))
    actions = []
    if following is not None:
        label = texts("learn.plan.next", title=title_of(following, texts))
        actions.append(card.press(label, "learn.open", primary=not wrong, module_id=following.id))
    if wrong:
        actions.insert(0, card.press(texts("learn.repeat"), "learn.repeat", primary=True, module_id=module.id))
    actions.append(card.press(texts("learn.again"), "learn.step", module_id=module.id, step="1"))
    actions.append(card.press(texts("learn.to_all"), "learn.show"))
    # A course that demands modules can be signed up for now.
    actions.append(card.press(texts("learn.classroom"), "classroom.show"))
    return Message(text=line, card=card.card(body, actions))


def linked_card(learner: Learner, module: LearningModule) -> Message:
    """Return a module of an outside centre, with its link and its tick."""
    texts = learner.texts
    title, line = title_of(module, texts), texts("learn.outside")
    taken = [texts("learn.taken")] if module.id in learner.taken else []
    return Message(
        text=f"{title}\n\n{line}",
        card=card.card(
            [card.heading(title), card.small(" · ".join([*facts_of(texts, module), *taken])), card.paragraph(line)],
            [*module_buttons(learner, module), card.press(texts("learn.to_all"), "learn.show")],
        ),
    )


def _step_head(texts: Texts, module: LearningModule, number: int) -> Iterator[card.Element]:
    sample = f"{texts('common.sample_label')} · " if module.sample else ""
    place = texts("learn.step", step=texts.number(number), all=texts.number(len(module.steps)))
    yield card.heading(title_of(module, texts))
    yield card.small(f"{sample}{place}")
    yield card.progress(number, len(module.steps), place)


def _onward(texts: Texts, module: LearningModule, number: int) -> card.Element:
    """Return the button to the next step, or after the last one to the end."""
    if number == len(module.steps):
        return card.press(texts("learn.finish"), "learn.finish", primary=True, module_id=module.id)
    return card.press(texts("learn.next"), "learn.step", primary=True, **step_data(module, number + 1))


def _aside(texts: Texts, module: LearningModule, number: int) -> Iterator[card.Element]:
    if number > 1:
        yield card.press(texts("learn.back"), "learn.step", checks=False, **step_data(module, number - 1))
    yield card.press(texts("learn.to_all"), "learn.show", checks=False)


def _with_picture(texts: Texts, step: ModuleStep, message: Message) -> Message:
    if step.picture is None:
        return message
    return replace(message, image_id=picture_id(step.picture), image_alt=closest_text(step.picture.alt, texts.language))
