"""Flows of rollout status and topic subscriptions."""

from dataclasses import replace
from functools import partial
from typing import Final

from dialogs.announce.access import refuse
from dialogs.announce.deliver.late_recipients import posts_for_followed_topics
from dialogs.announce.following import TOPICS, Following
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.speaker import answer
from dialogs.profile import settings
from dialogs.rollout.status import cards
from dialogs.rollout.timeline.plan import plan_for, today_of
from dialogs.rollout.timeline.words import picture_address
from knowledge.article.article import Language


def show_status(event: Event, content: Content) -> Flow:
    """Show live announcements and the plan of the asker's unit."""
    person = yield from find(Person, event.person_id)
    texts = content.texts[person.language if person else Language.NB]
    live: list[Announcement] = []
    if person is not None:
        for announcement in (yield from find_all(Announcement, "live")):
            if announcement.live(event.at) and announcement.audience.includes(person, content.organisation):
                live.append(announcement)
    live.sort(key=lambda announcement: announcement.changed_at, reverse=True)
    plan = yield from plan_for(content, person)
    milestones = [plan_line.milestone for plan_line in plan]
    picture = picture_address(content, person)
    message = cards.status(texts, milestones, live, today=today_of(event.at), picture=picture)
    return answer(event, "status", message, texts)


def notices(event: Event, content: Content) -> Flow:
    """Show the subscription form."""
    person = yield from find(Person, event.person_id)
    if person is None:
        return refuse(event, content.texts[Language.NB]("status.refuse.unknown_person"))
    following = yield from _following(event)
    message = cards.notices(
        content.texts[person.language], person, following, alerts=content.channels.for_alerts is not None
    )
    return answer(event, "status", message, content.texts[person.language])


def save(event: Event, content: Content) -> Flow:
    """Save the subscription form."""
    person = yield from find(Person, event.person_id)
    if person is None:
        return refuse(event, content.texts[Language.NB]("status.refuse.unknown_person"))
    texts = content.texts[person.language]
    chosen = {part.strip() for part in event.pressed.text("topics").split(",") if part.strip()}
    if not chosen <= set(TOPICS):
        return refuse(event, texts("status.refuse.topic"))
    before = yield from _following(event)
    following = replace(before, topics=frozenset(chosen), changed_at=event.at)
    changed = settings.changed(person, event.pressed)
    message = cards.notices(texts, changed, following, alerts=content.channels.for_alerts is not None, saved=True)
    # New followers also get announcements that still apply to the topic.
    news = yield from posts_for_followed_topics(following.topics - before.topics, changed, event, content)
    return put(changed, following) + answer(event, "status", message, texts) + news


def follow(event: Event, content: Content, *, topic: str) -> Flow:
    """Follow a topic; following it twice changes nothing."""
    return (yield from _set_following(event, content, topic, follows=True))


def unfollow_topic(event: Event, content: Content, *, topic: str) -> Flow:
    """Stop following a topic."""
    return (yield from _set_following(event, content, topic, follows=False))


def _set_following(event: Event, content: Content, topic: str, *, follows: bool) -> Flow:
    person = yield from find(Person, event.person_id)
    if person is None:
        return refuse(event, content.texts[Language.NB]("status.refuse.unknown_person"))
    texts = content.texts[person.language]
    before = yield from _following(event)
    after = before.follow(topic, event.at) if follows else before.unfollow(topic, event.at)
    said = texts("status.followed" if follows else "status.left", topic=texts(f"status.topic.{topic}"))
    written = put(after) if after != before else NOTHING
    news = yield from posts_for_followed_topics(after.topics - before.topics, person, event, content)
    return written + answer(event, "status", Message(text=said), texts) + news


def _following(event: Event) -> Asking[Following]:
    known = yield from find(Following, event.person_id)
    return known or Following(id=event.person_id, changed_at=event.at)


VERBS: Final[Verbs] = {
    "status.show": show_status,
    "status.follow": notices,
    "status.save": save,
    **{f"status.follow.{topic}": partial(follow, topic=topic) for topic in TOPICS},
    **{f"status.leave.{topic}": partial(unfollow_topic, topic=topic) for topic in TOPICS},
}
FEATURE: Final = Feature(
    verbs=VERBS, answers=("status",), open_until_removal=("status.show", "status.follow", "status.leave")
)
