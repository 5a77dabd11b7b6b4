"""Announcements for late recipients, if the author chose so.

A late recipient joins the audience after sending.
"""

from collections.abc import Collection, Iterable

from dialogs.announce.deliver.fanout import opening
from dialogs.announce.deliver.message_builder import reader_message
from dialogs.announce.following import Following
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_all


def posts_for_changed_person(before: Person | None, after: Person, event: Event, content: Content) -> Asking[Decision]:
    """Return posts for a new person or changed unit, role or language."""
    announcements = yield from find_all(Announcement, "joiners")
    return (yield from missed_posts(announcements, before, after, event, content))


def missed_posts(
    announcements: Iterable[Announcement], before: Person | None, after: Person, event: Event, content: Content
) -> Asking[Decision]:
    """Return posts of the announcements a person became a late recipient of.

    Args:
        announcements: sent announcements that also go to late recipients.
        before: the person before the change; None for a new person.
        after: the person after the change.
    """
    decision = NOTHING
    for announcement in announcements:
        if not announcement.live(event.at) or announcement.version == 0:
            continue
        reaches = announcement.audience.reaches
        # In the audience before the change: already sent to the person, so a second post would repeat it.
        if not reaches(after, content.organisation) or (before is not None and reaches(before, content.organisation)):
            continue
        # ``reaches`` does not check followers of a topic.
        if announcement.audience.topic and not (yield from _follows(after, announcement.audience.topic)):
            continue
        decision += _post_to(after, announcement, event, content)
    return decision


def posts_for_followed_topics(
    topics: Collection[str], person: Person, event: Event, content: Content
) -> Asking[Decision]:
    """Return posts for a person that starts to follow topics."""
    decision = NOTHING
    for announcement in (yield from find_all(Announcement, "joiners")) if topics else ():
        if not announcement.live(event.at) or announcement.version == 0 or announcement.audience.topic not in topics:
            continue
        if announcement.audience.reaches(person, content.organisation):
            decision += _post_to(person, announcement, event, content)
    return decision


def _post_to(person: Person, announcement: Announcement, event: Event, content: Content) -> Decision:
    if not announcement.heard_by(person):
        return NOTHING
    return do(
        Post(
            to=person.id,
            slot=announcement.slot,
            message=reader_message(content.texts[person.language], announcement, content.organisation),
            group=announcement.id,
            urgency=announcement.severity.urgency,
            not_before=opening(announcement, person, event.at, content),
            expires_at=announcement.expires_at,
        )
    )


def _follows(person: Person, topic: str) -> Asking[bool]:
    following = yield from find(Following, person.id)
    return following is not None and topic in following.topics
