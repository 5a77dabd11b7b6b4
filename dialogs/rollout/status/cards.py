"""Cards of rollout status and subscriptions."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from babel.dates import format_date

from dialogs.announce.following import TOPICS, Following
from dialogs.announce.model import Announcement
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Milestone
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import LOCALES, Texts
from dialogs.profile import settings
from knowledge.article.article import FALLBACK

MAX_LIVE: Final = 5
LATEST: Final = 3


def status(texts: Texts, milestones: Sequence[Milestone], live: Sequence[Announcement]) -> Message:
    """Return live announcements and the latest milestones; earlier ones are folded."""
    lines = [
        texts("status.milestone", date=when(texts, one.date), what=_what(texts, one)) for one in reversed(milestones)
    ]
    body: list[Element] = [card.heading(texts("status.heading"))]
    said: list[str] = []
    if live:
        body.append(card.paragraph(f"**{texts('status.live')}**"))
    elif lines:
        body.append(card.small(texts("status.no_live")))
    for one in live[:MAX_LIVE]:
        wording = one.wording(texts.language)
        changed = texts("status.since", moment=texts.moment(one.said_at))
        body += [card.paragraph(f"**{wording.title}**\n\n{wording.body}"), card.small(changed)]
        said.append(f"{wording.title}: {wording.body}")
    if lines:
        body.append(card.paragraph(f"**{texts('status.timeline')}**"))
        body += [card.paragraph(line) for line in lines[:LATEST]]
    if not live and not lines:
        body.append(card.paragraph(texts("status.none")))
    actions = [card.press(texts("status.notices"), "status.follow")]
    if len(lines) > LATEST:
        earlier = card.card([card.paragraph(line) for line in lines[LATEST:]])
        actions.insert(0, card.reveal(texts("status.earlier"), earlier))
    told = [
        *(said or [texts("status.no_live" if lines else "status.none")]),
        *(line.replace("**", "") for line in lines[:LATEST]),
    ]
    return Message(text="\n\n".join([texts("status.heading"), *told]), card=card.card(body, actions))


def notices(texts: Texts, person: Person, following: Following, *, saved: bool = False) -> Message:
    """Return the form for topics and the person's settings."""
    topics = [(texts(f"status.topic.{topic}"), topic) for topic in TOPICS]
    chosen = ",".join(topic for topic in TOPICS if topic in following.topics)
    body: list[Element] = [
        card.heading(texts("status.notices.heading")),
        card.choose("topics", texts("status.notices.topics"), topics, value=chosen, several=True, expanded=True),
        *settings.inputs(texts, person),
        card.small(texts("status.notices.critical")),
    ]
    if saved:
        body.insert(0, card.status(texts("status.notices.saved"), style="good"))
    return Message(
        text=texts("status.notices.saved" if saved else "status.notices.heading"),
        card=card.card(body, [card.press(texts("status.notices.save"), "status.save", primary=True)]),
    )


def when(texts: Texts, written: str) -> str:
    """Return a milestone's date in words.

    ``written`` is a year, year and month, day, or year and season (``2026-spring``).
    """
    year, _, rest = written.partition("-")
    if not rest:
        return year
    if rest in {"spring", "summer", "autumn", "winter"}:
        return texts(f"status.season.{rest}", year=year)
    if rest.isdigit():
        return str(format_date(date(int(year), int(rest), 1), "MMMM y", locale=LOCALES[texts.language]))
    return texts.day(date.fromisoformat(written))


def _what(texts: Texts, milestone: Milestone) -> str:
    for language in FALLBACK[texts.language]:
        if language in milestone.what:
            return milestone.what[language]
    return ""
