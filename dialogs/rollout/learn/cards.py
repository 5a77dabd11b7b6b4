"""The card of all modules: progress, the plan, where to go on, and a list to choose from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dialogs.availability.topic import topic_choices
from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.paging import Paged
from dialogs.core.texts import Texts
from dialogs.rollout.learn.learner import Learner
from knowledge.article.article import closest_text
from knowledge.learning.curriculum import LearningPlan
from knowledge.learning.module import LearningModule

PAGE_SIZE: Final = 10
MAX_BEGUN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFilter:
    """Which modules are listed: of a theme, about a topic. Empty means any."""

    theme: str = ""
    topic: str = ""

    def admits(self, module: LearningModule) -> bool:
        return self.theme in {"", module.theme} and (not self.topic or self.topic in module.topics)

    def on_page(self, number: int) -> Mapping[str, Any]:
        """Return the data of a button that shows this list."""
        data = {"theme": self.theme, "topic": self.topic, "page": str(number) if number > 1 else ""}
        return {name: value for name, value in data.items() if value}


def module_list(
    learner: Learner,
    listed: Paged[LearningModule],
    *,
    fitting: Collection[str] = (),
    chosen: ModuleFilter,
    lead: str = "",
) -> Message:
    """Return the modules with progress, plan and filter.

    Args:
        listed: the page of the modules that ``chosen`` admits.
        fitting: ids of recommended modules, which are marked.
        lead: why they are listed in place of what was asked for; empty without a reason.
    """
    texts = learner.texts
    if not learner.curriculum.modules:
        return Message(text=texts("learn.none"))
    title = texts("learn.title")
    lines = [f"- {title_of(module, texts)} ({' · '.join(facts_of(texts, module))})" for module in listed.items]
    everything = learner.curriculum.modules
    done = sum(module.id in learner.taken for module in everything)
    progress = texts("learn.progress", taken=texts.number(done), all=texts.number(len(everything)))
    body = [
        card.heading(title),
        *([card.paragraph(lead)] if lead else ()),
        card.small(progress),
        card.progress(done, len(everything), progress),
        *_begun(learner),
        *_plan(learner),
    ]
    classroom = card.press(texts("learn.classroom"), "classroom.show", checks=False)
    here = chosen.on_page(listed.number)
    for module in listed.items:
        body += _module_entry(learner, module, fits=module.id in fitting, here=here)
    if not listed.items:
        body.append(card.paragraph(texts("learn.none_found")))
    return Message(
        text="\n".join([title, *filter(None, (lead,)), progress, *lines]),
        card=card.card([*body, *_further(texts, listed, chosen)], [_filter(learner, chosen), classroom]),
    )


def title_of(titled: LearningModule | LearningPlan, texts: Texts) -> str:
    """Return the title in the reader's language, else in any."""
    return closest_text(titled.title, texts.language) or titled.id


def facts_of(texts: Texts, module: LearningModule) -> list[str]:
    """Return whether it is an example, and how long it takes."""
    sample = [texts("common.sample_label")] if module.sample else []
    return [*sample, texts.plural("learn.minutes", module.minutes)]


def left_last(learner: Learner) -> Sequence[LearningModule]:
    """Return the modules that the person left last, the newest first."""
    known = (learner.curriculum.module(module_id) for module_id in learner.places)
    return [module for module in known if module is not None and learner.is_begun(module)][:MAX_BEGUN]


def _begun(learner: Learner) -> Iterator[card.Element]:
    """Yield the way back to the modules that the person left last."""
    texts, begun = learner.texts, left_last(learner)
    if not begun:
        return
    yield card.paragraph(f"**{texts('learn.begun')}**")
    for module in begun:
        place = {"step": texts.number(learner.place(module)), "all": texts.number(len(module.steps))}
        label = texts("learn.resume", title=title_of(module, texts), **place)
        yield card.buttons(card.press(label, "learn.open", primary=True, checks=False, module_id=module.id))


def _plan(learner: Learner) -> Iterator[card.Element]:
    """Yield the plan with its progress and next module, or the offer to choose one."""
    texts, plan = learner.texts, learner.plan
    change = card.press(texts("learn.plan.change"), "learn.plan", checks=False, change="yes")
    if plan is None:
        if learner.curriculum.plans:
            yield card.buttons(change)
        return
    modules = learner.curriculum.modules_of(plan)
    done = sum(module.id in learner.taken for module in modules)
    key = "learn.plan.yours" if learner.choice else "learn.plan.suggested"
    progress = texts("learn.plan.progress", taken=texts.number(done), all=texts.number(len(modules)))
    yield card.paragraph(f"**{texts(key, title=title_of(plan, texts))}**")
    yield card.small(progress)
    yield card.progress(done, len(modules), progress)
    following = learner.next_in_plan()
    if following is None:
        yield card.small(texts("learn.plan.done"))
        yield card.buttons(change)
        return
    label = texts("learn.plan.next", title=title_of(following, texts))
    onward = card.press(label, "learn.open", checks=False, module_id=following.id)
    # One that is begun has its button above.
    yield card.buttons(*([] if following in left_last(learner) else [onward]), change)


def _module_entry(
    learner: Learner, module: LearningModule, *, fits: bool, here: Mapping[str, Any]
) -> Iterator[card.Element]:
    texts, taken = learner.texts, module.id in learner.taken
    theme = learner.curriculum.theme(module.theme)
    facts = facts_of(texts, module)
    facts += [closest_text(theme.title, texts.language)] if theme is not None else []
    facts += [texts("learn.fits")] if fits else []
    facts += [texts("learn.taken")] if taken else []
    wrong = learner.to_repeat(module) if taken else ()
    facts += [texts.plural("learn.to_repeat", len(wrong))] if wrong else []
    told = [card.paragraph(f"**{title_of(module, texts)}**"), card.small(" · ".join(facts))]
    buttons = card.buttons(*module_buttons(learner, module, here=here))
    if module.steps:
        yield card.columns(told, [buttons])
    else:
        # Two buttons are too wide to stand beside the title on a phone.
        yield from (*told, buttons)


def module_buttons(
    learner: Learner, module: LearningModule, *, here: Mapping[str, Any] | None = None
) -> list[card.Element]:
    """Return the ways into a module; one of an outside centre also has its tick, which comes back to ``here``."""
    texts, taken = learner.texts, module.id in learner.taken
    if module.steps:
        begun = learner.is_begun(module)
        if taken and not begun and learner.to_repeat(module):
            return [card.press(texts("learn.repeat"), "learn.repeat", checks=False, module_id=module.id)]
        key = "learn.go_on" if begun else "learn.again" if taken else "learn.start"
        return [card.press(texts(key), "learn.open", checks=False, module_id=module.id)]
    verb, key = ("learn.undo", "learn.undo_button") if taken else ("learn.done", "learn.done_button")
    tick = card.press(texts(key), verb, checks=False, module_id=module.id, **(here or {}))
    return [card.link(texts("learn.open"), module.url), tick]


def _further(texts: Texts, listed: Paged[LearningModule], chosen: ModuleFilter) -> Iterator[card.Element]:
    """Yield the buttons to the pages before and after."""
    pages = {"learn.page.before": listed.number - 1, "learn.page.after": listed.number + 1}
    buttons = [
        card.press(texts(key), "learn.show", checks=False, **chosen.on_page(number))
        for key, number in pages.items()
        if 1 <= number <= listed.pages
    ]
    if buttons:
        yield card.small(texts("learn.page", number=texts.number(listed.number), pages=texts.number(listed.pages)))
        yield card.buttons(*buttons)


def _filter(learner: Learner, chosen: ModuleFilter) -> card.Element:
    """Return the button that unfolds the choice of theme and topic."""
    texts, curriculum = learner.texts, learner.curriculum
    every = (texts("learn.filter.every"), "")
    themes = [(closest_text(theme.title, texts.language), theme.id) for theme in curriculum.themes]
    topics = topic_choices(texts, {topic for module in curriculum.modules for topic in module.topics})
    inner = card.card(
        [
            card.choose("theme", texts("learn.filter.theme"), [every, *themes], value=chosen.theme),
            card.choose("topic", texts("learn.filter.topic"), [every, *topics], value=chosen.topic),
        ],
        [card.press(texts("learn.filter.apply"), "learn.show", primary=True)],
    )
    return card.reveal(texts("learn.filter"), inner)
