"""The answer to "når får vi …?": what the plan says for the asker's own place about the thing named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from dialogs.core import card
from dialogs.core.article_view import ArticleAnswer, ArticleView, Completers
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.feature import Readers
from dialogs.core.message import Message
from dialogs.core.milestone import Milestone, MilestoneState, date_in_words
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.profile.cards import place_card
from dialogs.rollout.timeline.plan import OPEN, PlanLine, plan_for, today_of
from dialogs.rollout.timeline.words import (
    milestone_line,
    own_title,
    picture_address,
    scope_of,
    shown_date,
    what_of,
)
from knowledge.article.article import Language, Source

# The services and equipment that words name: Teams, e-mail, Windows.

# What Microsoft 365 consists of. A question about the whole is also about a part, and the other way round.
SUITE: Final = "office-365"
PARTS: Final = frozenset({SUITE, "teams", "outlook", "onedrive", "sharepoint", "planner", "copilot"})
THINGS: Final = (*sorted(PARTS), "windows", "pc", "phone", "printing", "courses", "sign-in")
# Of the definite and the plural form: "telefonene", "PC-ane".
_ENDING: Final = r"[a-zæøå]{0,4}"


def things_in(words: str, catalogue: Mapping[Language, Texts]) -> frozenset[str]:
    """Return the things that the words name, in any language."""
    said = " ".join(words.lower().split())
    return frozenset(
        thing
        for texts in catalogue.values()
        for thing in THINGS
        if _anywhere(texts.phrases(f"timeline.thing.{thing}"), _ENDING).search(said)
    )


def things_of(milestone: Milestone, catalogue: Mapping[Language, Texts]) -> frozenset[str]:
    """Return the things that a milestone is about."""
    return things_in(" ".join(milestone.what.values()), catalogue)


def answers(asked: frozenset[str], about: frozenset[str]) -> bool:
    """Return whether a milestone answers a question.

    Args:
        asked: things that the question names; empty means the rollout as a whole.
        about: things of the milestone; empty means that its text names none.
    """
    if asked & about:
        return True
    if not asked:
        return not about or bool(about & PARTS)
    return (SUITE in asked and bool(about & PARTS)) or (SUITE in about and bool(asked & PARTS))


def asks_when(words: str, catalogue: Mapping[Language, Texts]) -> bool:
    """Return whether the words ask for a time."""
    said = " ".join(words.lower().split())
    return any(_anywhere(texts.phrases("timeline.asked_when")).search(said) for texts in catalogue.values())


@cache
def _anywhere(phrases: tuple[str, ...], ending: str = "") -> re.Pattern[str]:
    """Return the pattern of one of the phrases as whole words, each with an ``ending``."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(phrase.lower()) for phrase in phrases)}){ending}(?!\w)")


WHEN: Final = "timeline.when"
# Further milestones below the nearest one.
MAX_NEXT: Final = 2
LONGEST_QUESTION: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """What the plan says about a question: the nearest milestone, and open ones after it."""

    nearest: PlanLine
    following: tuple[PlanLine, ...]


def unit_plan(content: Content, person: Person | None, words: str, today: date) -> Asking[UnitPlan | None]:
    """Return what the plan says for a person's unit; None if it says nothing.

    The nearest milestone up the unit tree counts, then the earliest. One that is done answers a question that names it.
    """
    asked = things_in(words, content.texts)
    municipality_id, unit_id = (person.municipality_id, person.unit_id) if person is not None else (None, None)
    ranked: list[tuple[tuple[int, bool, date], PlanLine]] = []
    for plan_line in (yield from plan_for(content, person)):
        milestone = plan_line.milestone
        about = things_of(milestone, content.texts)
        is_open = milestone.state(today) in OPEN
        # Lines of history have no certainty; they say what happened, not when people get something.
        if milestone.certainty is None or not answers(asked, about) or not (is_open or asked & about):
            continue
        steps = milestone.steps_to(content.organisation, municipality_id, unit_id) or 0
        ranked.append(((steps, not is_open, milestone.days.first), plan_line))
    if not ranked:
        return None
    ranked.sort(key=lambda pair: pair[0])
    nearest = ranked[0][1]
    later = [plan_line for _, plan_line in ranked[1:] if plan_line.milestone.state(today) in OPEN]
    later.sort(key=lambda plan_line: plan_line.milestone.days.first)
    return UnitPlan(nearest=nearest, following=tuple(later[:MAX_NEXT]))


def plan_text(texts: Texts, plan: UnitPlan, today: date, *, outside: bool, picture: str = "") -> str:
    """Return the answer as Markdown: date, certainty, date before, role in charge, and the day it is said.

    ``picture``: the address of the picture of the plan.
    """
    milestone = plan.nearest.milestone
    lines = [_sentence(texts, milestone, today)]
    if milestone.was:
        lines.append(texts("timeline.when.was", date=date_in_words(texts, milestone.was)))
    # The owner is for employees only.
    if (owner := milestone.owner_in(texts.language)) and not outside:
        lines.append(texts("timeline.when.owner", owner=owner))
    parts = [" ".join(lines)]
    if plan.following:
        parts.append(texts("timeline.when.next"))
        parts.append(
            "\n".join(f"- {milestone_line(texts, plan_line.milestone, today)}" for plan_line in plan.following)
        )
    parts.append(_as_of(texts, plan.nearest, today))
    if picture:
        parts.append(f"[{texts('timeline.see_picture')}]({picture})")
    return "\n\n".join(parts)


def _sentence(texts: Texts, milestone: Milestone, today: date) -> str:
    milestone_text, when = what_of(texts, milestone), shown_date(texts, milestone)
    state = milestone.state(today)
    if state is MilestoneState.PLANNED:
        said = texts("timeline.when.planned", what=milestone_text, date=when)
        return f"{said} {texts(f'timeline.when.{milestone.certainty}')}"
    return texts(f"timeline.when.{state}", what=milestone_text, date=when)


def _as_of(texts: Texts, line: PlanLine, today: date) -> str:
    said = texts("timeline.when.as_of", day=texts.day(today))
    if line.entry is None or line.entry.from_file or line.file_changed:
        return said
    return f"{said} {texts('timeline.when.changed', day=texts.day(today_of(line.entry.changed_at)))}"


def own_plan(asked: ArticleAnswer, content: Content) -> Asking[ArticleView | None]:
    """Return the plan in place of an article that says that no date is known; None if the plan says nothing."""
    person, texts, today = asked.person, asked.texts, today_of(asked.at)
    # Other articles answer more than "when".
    if not asked.chief and not (asks_when(asked.words, content.texts) and things_in(asked.words, content.texts)):
        return None
    plan = yield from unit_plan(content, person, asked.words, today)
    if plan is None:
        return None
    entry = plan.nearest.entry
    article = replace(
        asked.view.article,
        language=texts.language,
        title=own_title(texts, content, person),
        answer=plan_text(
            texts,
            plan,
            today,
            outside=person is None or person.is_outsider,
            picture=picture_address(content, person),
        ),
        source=Source(title=texts("timeline.source")),
        changed=today_of(entry.changed_at) if entry is not None else today,
        sample=False,
    )
    scope = scope_of(texts, content, plan.nearest.milestone)
    return replace(asked.view, article=article, applies_to=scope, shows_plan=True)


def show_unit_plan(event: Event, content: Content) -> Flow:
    """Say when the asker's unit gets something, or that the plan has no date for it."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.municipality_id not in content.organisation.municipalities:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb=WHEN), texts)
    today = today_of(event.at)
    plan = yield from unit_plan(content, person, event.pressed.text("words")[:LONGEST_QUESTION], today)
    title = own_title(texts, content, person)
    lines = [texts("timeline.when.none", day=texts.day(today))]
    if plan is not None:
        scope = texts("ask.applies_to", municipality=scope_of(texts, content, plan.nearest.milestone))
        lines = [plan_text(texts, plan, today, outside=person.is_outsider), scope]
    body = [card.heading(title), card.paragraph(lines[0]), *map(card.small, lines[1:])]
    picture = picture_address(content, person)
    links = [card.link(texts("timeline.see_picture"), picture)] if picture else []
    shown = card.card(body, [card.press(texts("timeline.whole"), "status.show"), *links])
    message = Message(text="\n\n".join((title, *lines)), card=shown, shows_plan=plan is not None)
    return answer(event, "timeline", message, texts)


def read_words(utterance: str, _content: Content, _municipality_id: str | None) -> dict[str, str]:
    """Return the question as data of the verb: it names what the asker waits for."""
    return {"words": utterance[:LONGEST_QUESTION]}


COMPLETERS: Final[Completers] = {WHEN: own_plan}
READERS: Final[Readers] = {WHEN: read_words}
