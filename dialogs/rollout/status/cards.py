"""Cards of rollout status and subscriptions."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from dialogs.announce.following import TOPICS, Following
from dialogs.announce.model import Announcement
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.message import Message
from dialogs.core.milestone import Milestone
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.profile import settings
from dialogs.rollout.timeline.plan import OPEN
from dialogs.rollout.timeline.words import milestone_line

MAX_LIVE: Final = 5
MAX_PLANNED: Final = 6
LATEST: Final = 3


def status(
    texts: Texts, milestones: Sequence[Milestone], live: Sequence[Announcement], *, today: date, picture: str = ""
) -> Message:
    """Return live announcements, planned and latest milestones; earlier ones are folded.

    ``milestones`` are in the order of their dates; ``picture`` is the address of the picture of the plan.
    """
    planned = [milestone_line(texts, milestone, today) for milestone in milestones if milestone.state(today) in OPEN]
    done = [
        milestone_line(texts, milestone, today)
        for milestone in reversed(milestones)
        if milestone.state(today) not in OPEN
    ]
    body: list[Element] = [card.heading(texts("status.heading"))]
    said: list[str] = []
    if live:
        body.append(card.paragraph(f"**{texts('status.live')}**"))
    elif planned or done:
        body.append(card.small(texts("status.no_live")))
    for announcement in live[:MAX_LIVE]:
        wording = announcement.wording(texts.language)
        changed = texts("status.since", moment=texts.moment(announcement.said_at))
        body += [card.paragraph(f"**{wording.title}**\n\n{wording.body}"), card.small(changed)]
        said.append(f"{wording.title}: {wording.body}")
    listed = [*planned[:MAX_PLANNED], *done[:LATEST]]
    if planned:
        body.append(card.paragraph(f"**{texts('status.planned')}**"))
        body += [card.paragraph(line) for line in planned[:MAX_PLANNED]]
        body.append(card.small(texts("status.as_of", day=texts.day(today))))
    if done:
        body.append(card.paragraph(f"**{texts('status.timeline')}**"))
        body += [card.paragraph(line) for line in done[:LATEST]]
    if not live and not listed:
        body.append(card.paragraph(texts("status.none")))
    actions = [card.press(texts("status.notices"), "status.follow")]
    if len(done) > LATEST:
        earlier = card.card([card.paragraph(line) for line in done[LATEST:]])
        actions.insert(0, card.reveal(texts("status.earlier"), earlier))
    if picture and listed:
        actions.append(card.link(texts("timeline.see_picture"), picture))
    told = [
        *(said or [texts("status.no_live" if listed else "status.none")]),
        *(line.replace("**", "") for line in listed),
    ]
    text = "\n\n".join([texts("status.heading"), *told])
    return Message(text=text, card=card.card(body, actions), shows_plan=bool(listed))


def notices(texts: Texts, person: Person, following: Following, *, alerts: bool, saved: bool = False) -> Message:
    """Return the form for topics and the person's settings."""
    topics = [(texts(f"status.topic.{topic}"), topic) for topic in TOPICS]
    chosen = ",".join(topic for topic in TOPICS if topic in following.topics)
    body: list[Element] = [
        card.heading(texts("status.notices.heading")),
        card.choose("topics", texts("status.notices.topics"), topics, value=chosen, several=True, expanded=True),
        *settings.inputs(texts, person, alerts=alerts),
        card.small(texts("status.notices.critical")),
    ]
    if saved:
        body.insert(0, card.status(texts("status.notices.saved"), style="good"))
    return Message(
        text=texts("status.notices.saved" if saved else "status.notices.heading"),
        card=card.card(body, [card.press(texts("status.notices.save"), "status.save", primary=True)]),
    )
