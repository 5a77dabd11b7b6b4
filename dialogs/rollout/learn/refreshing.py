"""Refreshers: now and then a question from a module that was completed long ago.

The timer alone keeps the pace: whatever sets it sets it at least ``PACE`` ahead, so that no quarter has two.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, Urgency, do, later, put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow, find, find_all
from dialogs.core.speaker import answer
from dialogs.core.texts import Texts
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.learner import CourseTaken, Learner, ModulePlace, learner_of
from dialogs.rollout.learn.module_cards import step_data, verdict_parts
from dialogs.rollout.learn.pressed import pressed_choice, pressed_module, pressed_step
from knowledge.article.article import closest_text
from knowledge.learning.module import LearningModule
from knowledge.organisation.office_hours import OfficeHours, add_working_time

# Longer than every quarter of a year, and whole weeks: it comes on the weekday on which the person learned.
PACE: Final = timedelta(weeks=14)
# After that the question is not delivered any more: a person back from leave needs no old ones.
WAITS_FOR: Final = timedelta(days=14)
# On the button of a question that a person asked for.
_ASKED_FOR: Final = "asked_for"
_EPOCH: Final = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


def refresher_key(person_id: str) -> str:
    """Return the key of a person's timer. Keys are remembered with events for some days, so it has no id in it."""
    return f"learn/refresher/{hashlib.sha256(person_id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def later_refresher(event: Event) -> Decision:
    """Return the decision that sets the person's next refresher."""
    return _set_timer(event.person_id, event.at)


def send_refresher(event: Event, content: Content) -> Flow:
    """Post a question from a completed module, in office hours, and set the timer again."""
    person = yield from find(Person, event.rang.data.get("person_id", ""))
    if person is None or person.is_outsider:
        return NOTHING
    taken = yield from find_all(CourseTaken, f"person:{person.id}")
    ids = [course.course_id for course in sorted(taken, key=lambda course: (course.taken_at, course.course_id))]
    known = (content.curriculum.module(module_id) for module_id in ids)
    modules = [module for module in known if module is not None and module.questions]
    if not taken:
        return NOTHING
    if not modules or person.muted or not person.refreshers:
        return _set_timer(person.id, event.at)
    # In turn, without a record of the questions.
    turn = (event.at - _EPOCH) // PACE
    message = refresher_in_turn(content.texts[person.language], modules, turn)
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    hours = municipality.office_hours if municipality is not None else OfficeHours()
    opens = add_working_time(event.at, timedelta(), hours, content.holidays.days)
    post = Post(
        to=person.id,
        slot=f"learn/refresher/{event.at:%Y-%m-%d}",
        message=message,
        urgency=Urgency.QUIET,
        not_before=opens,
        expires_at=opens + WAITS_FOR,
    )
    # From the delivery on, not from now: two never come in one quarter.
    return _set_timer(person.id, opens) + do(post)


def set_refreshers(event: Event, content: Content) -> Flow:
    """Switch refreshers off or on."""
    learner = yield from learner_of(event, content)
    learner.require_own()
    on = str(event.pressed.text("on")) == "true"
    person, texts = learner.person, learner.texts
    known = yield from find(Person, event.person_id)
    changed = put(replace(person, refreshers=on)) if known is not None and person.refreshers is not on else NOTHING
    line = texts("learn.refresher.switched_on" if on else "learn.refresher.switched_off")
    toggle = card.press(
        texts("learn.refresher.off" if on else "learn.refresher.on"), "learn.refreshers", on="false" if on else "true"
    )
    message = Message(text=line, card=card.card([card.status(line, style="good")], [toggle]))
    return changed + answer(event, "learn", message, texts)


def refresher_in_turn(
    texts: Texts, modules: Sequence[LearningModule], turn: int, *, asked_for: bool = False
) -> Message:
    """Return a question of one of the modules, each of which has questions."""
    module = modules[turn % len(modules)]
    number = module.questions[turn // len(modules) % len(module.questions)]
    return refresher_card(texts, module, number, asked_for=asked_for)


def refresher_card(texts: Texts, module: LearningModule, number: int, *, asked_for: bool = False) -> Message:
    """Return a question of a completed module. It is answered as in the module.

    ``asked_for``: the person asked for it now; it is none of those that are sent.
    """
    step = module.steps[number - 1]
    asked = closest_text(step.text, texts.language)
    lead = texts("learn.refresher.asked_for" if asked_for else "learn.refresher.lead", title=title_of(module, texts))
    data = {**step_data(module, number), **({_ASKED_FOR: "yes"} if asked_for else {})}
    choices = [(closest_text(choice.text, texts.language), str(n)) for n, choice in enumerate(step.choices, 1)]
    return Message(
        text=f"{lead}\n\n{asked}",
        card=card.card(
            [
                card.heading(texts("learn.refresher.title")),
                card.small(lead),
                card.paragraph(asked),
                card.choose("choice", texts("learn.choose"), choices, expanded=True),
            ],
            [
                card.press(texts("learn.answer"), "learn.recall", primary=True, **data),
                card.press(texts("learn.again"), "learn.step", checks=False, module_id=module.id, step="1"),
                _way_out(texts, asked_for=asked_for, checks=False),
            ],
        ),
    )


def _way_out(texts: Texts, *, asked_for: bool, checks: bool = True) -> card.Element:
    """Return the button to all modules, or on a question that was sent, the one against further ones."""
    if asked_for:
        return card.press(texts("learn.to_all"), "learn.show", checks=checks)
    return card.press(texts("learn.refresher.off"), "learn.refreshers", checks=checks, on="false")


def _set_timer(person_id: str, at: datetime) -> Decision:
    return do(later(refresher_key(person_id), at + PACE, "learn.refresh", person_id=person_id))


def answer_refresher(event: Event, content: Content) -> Flow:
    """Show whether the answer to a refresher is right.

    Nothing is kept of it. After a right answer the question is not to be repeated any more.
    """
    learner = yield from learner_of(event, content)
    module = pressed_module(event, learner)
    number, step = pressed_step(event, learner, module)
    chosen = pressed_choice(event, learner, step)
    texts = learner.texts
    verdict, why, body = verdict_parts(texts, step, chosen)
    rest = [part for part in learner.to_repeat(module) if part != number]
    onward = []
    if rest and module.id in learner.taken:
        following = next((part for part in rest if part > number), rest[0])
        data = step_data(module, following)
        onward = [card.press(texts("learn.repeat.next"), "learn.repeat", primary=True, **data)]
    actions = [
        *onward,
        card.press(texts("learn.again"), "learn.step", module_id=module.id, step="1"),
        _way_out(texts, asked_for=bool(event.pressed.text(_ASKED_FOR))),
    ]
    message = Message(
        text=f"{verdict}\n\n{why}", card=card.card([card.heading(title_of(module, texts)), *body], actions)
    )
    changed = _answered_right(event, learner, module, tuple(rest)) if chosen.right else NOTHING
    return changed + answer(event, "learn", message, texts)


def _answered_right(event: Event, learner: Learner, module: LearningModule, rest: tuple[int, ...]) -> Decision:
    """Return the decision that leaves ``rest`` to be repeated."""
    place = learner.places.get(module.id)
    if place is None or learner.person.is_outsider or rest == learner.to_repeat(module):
        return NOTHING
    if rest or learner.is_begun(module):
        return put(replace(place, to_repeat=rest, changed_at=event.at))
    return remove(ModulePlace, place.id)


VERBS: Final[Verbs] = {"learn.refreshers": set_refreshers, "learn.recall": answer_refresher}
TIMERS: Final[Verbs] = {"learn.refresh": send_refresher}
