"""Flows of the plan: show the plans, those of the person's sector first, and choose one."""

from dataclasses import replace
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.speaker import answer
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.learner import Learner, PlanChoice, learner_of

# The choice of having no plan. No plan can have this id.
NO_PLAN: Final = "-"


def show_plans(event: Event, content: Content) -> Flow:
    """Show the chosen plan; without one, or to change it, the plans to choose from."""
    learner = yield from learner_of(event, content)
    if learner.choice and str(event.pressed.text("change")) != "yes":
        return answer(event, "learn", plan_card(learner), learner.texts)
    sector = content.organisation.sector_of(learner.person.unit_id) if learner.person.unit_id else None
    plans = content.curriculum.plans_for(sector)
    choices = [(title_of(plan, learner.texts), plan.id) for plan in plans]
    return answer(event, "learn", plan_form(learner, choices), learner.texts)


def choose_plan(event: Event, content: Content) -> Flow:
    """Keep the chosen plan, and show it with its progress."""
    learner = yield from learner_of(event, content)
    chosen = str(event.pressed.text("plan_id"))
    if chosen != NO_PLAN and content.curriculum.plan(chosen) is None:
        return do(Notice(text=learner.texts("learn.plan.choose_first")))
    learner.require_own()
    plan_id = "" if chosen == NO_PLAN else chosen
    message = plan_card(replace(learner, plan=content.curriculum.plan(plan_id)))
    choice = PlanChoice(id=event.person_id, plan_id=plan_id, changed_at=event.at)
    changed = NOTHING if learner.choice == plan_id else put(choice)
    return changed + answer(event, "learn", message, learner.texts)


def plan_form(learner: Learner, choices: list[tuple[str, str]]) -> Message:
    """Return the form to choose a plan by role."""
    texts = learner.texts
    title, lead = texts("learn.plan.title"), texts("learn.plan.lead")
    if not choices:
        return Message(text=texts("learn.plan.none_yet"))
    value = learner.plan.id if learner.plan is not None else NO_PLAN
    every = [*choices, (texts("learn.plan.none"), NO_PLAN)]
    return Message(
        text=f"{title}\n\n{lead}",
        card=card.card(
            [
                card.heading(title),
                card.paragraph(lead),
                card.choose("plan_id", texts("learn.plan.role"), every, value=value, expanded=True),
            ],
            [
                card.press(texts("learn.plan.save"), "learn.choose_plan", primary=True),
                card.press(texts("learn.to_all"), "learn.show", checks=False),
            ],
        ),
    )


def plan_card(learner: Learner) -> Message:
    """Return the plan with each of its modules, completed or not."""
    texts, plan = learner.texts, learner.plan
    change = card.press(texts("learn.plan.change"), "learn.plan", change="yes")
    to_all = card.press(texts("learn.to_all"), "learn.show")
    if plan is None:
        line = texts("learn.plan.dropped")
        return Message(text=line, card=card.card([card.status(line, style="good")], [change, to_all]))
    modules = learner.curriculum.modules_of(plan)
    done = sum(module.id in learner.taken for module in modules)
    title = texts("learn.plan.yours", title=title_of(plan, texts))
    progress = texts("learn.plan.progress", taken=texts.number(done), all=texts.number(len(modules)))
    marks = {True: "✓", False: "○"}
    lines = [
        f"{marks[module.id in learner.taken]} {title_of(module, texts)}"
        f" ({texts.plural('learn.minutes', module.minutes)})"
        for module in modules
    ]
    following = learner.next_in_plan()
    onward = []
    if following is not None:
        label = texts("learn.plan.next", title=title_of(following, texts))
        onward = [card.press(label, "learn.open", primary=True, module_id=following.id)]
    body = [card.heading(title), card.small(progress), card.progress(done, len(modules), progress)]
    body += [card.paragraph("\n\n".join(lines))]
    return Message(text="\n".join([title, progress, *lines]), card=card.card(body, [*onward, change, to_all]))


VERBS: Final[Verbs] = {"learn.plan": show_plans, "learn.choose_plan": choose_plan}
