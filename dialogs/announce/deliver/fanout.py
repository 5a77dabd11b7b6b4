"""Work on all recipients, page by page, resumable after a crash.

Posts, position and next timer of a page are one commit. Repeating a page changes nothing, because each message goes to
the same slot of its reader.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from dialogs.announce.compose.channels import posts as channel_posts
from dialogs.announce.compose.counting import TICK
from dialogs.announce.deliver.message_builder import reader_message, reminder
from dialogs.announce.deliver.page import recipients_page
from dialogs.announce.model import Announcement, Confirmation, Severity, Task, TaskKind
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Effect, Multicast, Post, do, later, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, PostState, find, find_each, group_posts
from dialogs.core.texts import Texts
from dialogs.teams_membership.model import CHANNEL
from knowledge.article.article import Language

FAILED: Final = frozenset({"unreachable", "dead", "expired"})
# Each recipient needs a separate post, which costs more than a multicast.
# Recipients per page of a task other than sending.
AGAIN: Final = 200


def expand(event: Event, content: Content) -> Flow:
    """Process the next page of the announcement's first task."""
    announcement = yield from find(Announcement, event.rang.data.get("id", ""))
    if announcement is None or not announcement.tasks:
        return NOTHING
    task, *others = announcement.tasks
    if task.kind is TaskKind.SEND:
        posts, rest = yield from _send(announcement, task, event.at, content)
        announcement = _count_resting(announcement, posts)
    else:
        posts, rest = yield from _revisit(announcement, task, event.at, content)
    tasks = (rest, *others) if rest else tuple(others)
    continuation: tuple[Effect, ...] = ()
    # Position, posts and next timer are one commit: after a crash the page is repeated as a whole.
    if tasks:
        continuation = (later(f"{announcement.slot}/expand", event.at + TICK, "announce.expand", id=announcement.id),)
    return put(replace(announcement, tasks=tasks)) + do(*posts, *continuation)


def _send(
    announcement: Announcement, task: Task, at: datetime, content: Content
) -> Asking[tuple[Sequence[Post | Multicast], Task | None]]:
    """Return posts to the next page, and the remaining task."""
    part = yield from recipients_page(announcement, announcement.reach, task.term, task.after, content)
    messages = MessageBuilder(announcement, at, content)
    posts: list[Post | Multicast] = []
    # Channels are posted to once, with the first page.
    if (task.term, task.after) == (0, ""):
        posts += yield from channel_posts(announcement, announcement.channels, content)
    same_message: dict[tuple[Language, datetime | None], list[str]] = defaultdict(list)
    # Grouped by text and time: a multicast is one statement for all its recipients.
    for person in part.people:
        same_message[person.language, opening(announcement, person, at, content)].append(person.id)
    for (language, not_before), ids in same_message.items():
        posts.append(_multicast(announcement, ids, messages.plain(language), not_before))
    return posts, None if part.done else replace(task, term=part.term, after=part.after)


def _count_resting(announcement: Announcement, posts: Sequence[Post | Multicast]) -> Announcement:
    """Return the announcement with recipients in quiet hours counted."""
    for post in posts:
        if isinstance(post, Multicast) and post.not_before is not None:
            last = max(post.not_before, announcement.resting_until or post.not_before)
            resting = announcement.resting + len(post.to)
            announcement = replace(announcement, resting=resting, resting_until=last)
    return announcement


def _revisit(
    announcement: Announcement, task: Task, at: datetime, content: Content
) -> Asking[tuple[Sequence[Post | Multicast], Task | None]]:
    """Return follow-up posts to the next recipients, and the remaining task.

    Kinds of task: correct, recall, resend, remind.
    """
    states = yield from group_posts(announcement.id, after=task.after, limit=AGAIN)
    pending = [state for state in states if state.slot == announcement.slot]
    known = yield from _page_facts(announcement, task.kind, pending)
    messages = MessageBuilder(announcement, at, content)
    posts: list[Post] = []
    for state in pending:
        if state.recipient.startswith(CHANNEL) and task.kind is not TaskKind.RECALL:
            posts += yield from _channel_followup_posts(announcement, task.kind, state, content)
        else:
            posts += _followup_posts(task, state, known, messages)
    if len(states) < AGAIN:
        return posts, None
    return posts, replace(task, after=states[-1].recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageFacts:
    """People of a page, and ids of those with a confirmation."""

    people: Mapping[str, Person]
    confirmed: frozenset[str]


def _page_facts(announcement: Announcement, kind: TaskKind, states: Sequence[PostState]) -> Asking[_PageFacts]:
    """Look up a page in a fixed number of queries."""
    ids = [state.recipient for state in states if not state.recipient.startswith(CHANNEL)]
    if kind is TaskKind.RECALL or not ids:
        return _PageFacts(people={}, confirmed=frozenset())
    # One query per person would take many minutes for a large audience.
    people = yield from find_each(Person, ids)
    confirmed: frozenset[str] = frozenset()
    if announcement.confirm:
        confirmations = yield from find_each(Confirmation, (Confirmation.id_of(announcement, id_) for id_ in ids))
        confirmed = frozenset(confirmation.person_id for confirmation in confirmations.values())
    return _PageFacts(people=people, confirmed=confirmed)


def _followup_posts(task: Task, state: PostState, known: _PageFacts, messages: "MessageBuilder") -> list[Post]:
    """Return the posts of a task to one recipient."""
    announcement, content, to, kind = messages.announcement, messages.content, state.recipient, task.kind
    if kind is TaskKind.RECALL:
        return [_post(announcement, to, None, only_update=True), *_void(to, announcement.chase_slots)]
    person = known.people.get(to)
    language = person.language if person else Language.NB
    confirmed = to in known.confirmed
    if kind is TaskKind.REVISE:
        message = messages.confirmed(language) if confirmed else messages.plain(language)
        # An update in place notifies no reader, so quiet hours only matter where the text is a new message.
        quiet_until = opening(announcement, person, messages.at, content) if person and not state.landed else None
        revised = _post(announcement, to, message, not_before=quiet_until, only_update=True)
        return [revised, *_revised_reminders(task, state, person, messages, confirmed=confirmed)]
    if person is None or not wanted_by(person, announcement, content):
        return []
    if kind is TaskKind.RESEND and state.status in FAILED:
        quiet_until = opening(announcement, person, messages.at, content)
        return [_post(announcement, to, messages.plain(language), not_before=quiet_until)]
    if kind is not TaskKind.CHASE or confirmed or state.status != "sent":
        return []
    # A new reminder replaces the one before, or the chat would fill with them.
    return [_reminding(person, messages, messages.reminder(language)), *_void(to, announcement.chase_slots[-2:-1])]


def _revised_reminders(
    task: Task, state: PostState, person: Person | None, messages: "MessageBuilder", *, confirmed: bool
) -> list[Post]:
    """Return the request to confirm the corrected text, or the reminder of it as corrected."""
    announcement, to = messages.announcement, state.recipient
    if not announcement.chase_slots or confirmed:
        return []
    if not task.ask_again:
        language = person.language if person else Language.NB
        slot = announcement.chase_slots[-1]
        return [Post(to=to, slot=slot, message=messages.reminder(language), only_update=True)]
    posts = _void(to, announcement.chase_slots[:-1])
    # Where nothing has arrived yet, the corrected text itself is the new message.
    if person is not None and state.landed and wanted_by(person, announcement, messages.content):
        posts.append(_reminding(person, messages, messages.asks_again(person.language)))
    return posts


def _reminding(person: Person, messages: "MessageBuilder", message: Message) -> Post:
    """Return a new message in the latest slot of reminders."""
    announcement = messages.announcement
    return Post(
        to=person.id,
        slot=announcement.chase_slots[-1],
        message=message,
        urgency=announcement.severity.urgency,
        not_before=opening(announcement, person, messages.at, messages.content),
        expires_at=announcement.expires_at,
    )


def _void(to: str, slots: Sequence[str]) -> list[Post]:
    return [Post(to=to, slot=slot, message=None, only_update=True) for slot in slots]


def _channel_followup_posts(
    announcement: Announcement, kind: TaskKind, state: PostState, content: Content
) -> Asking[list[Post]]:
    """Return correcting or repeated posts to a channel; channels get no reminders."""
    targets = [target for target in announcement.channels if target.recipient == state.recipient]
    if kind is TaskKind.REVISE:
        return (yield from channel_posts(announcement, targets, content, only_update=True))
    if kind is TaskKind.RESEND and state.status in FAILED:
        return (yield from channel_posts(announcement, targets, content))
    return []


class MessageBuilder:
    """Messages of an announcement at an instant, built once per language."""

    def __init__(self, announcement: Announcement, at: datetime, content: Content) -> None:
        self.at = at
        self.announcement = announcement
        self.content = content
        self._made: dict[tuple[str, Language], Message] = {}

    def plain(self, language: Language) -> Message:
        """Return the message for a reader without confirmation."""
        return self._once("plain", language, partial(reader_message, organisation=self.content.organisation))

    def confirmed(self, language: Language) -> Message:
        """Return the message for a reader with confirmation."""
        return self._once(
            "confirmed", language, partial(reader_message, organisation=self.content.organisation, confirmed=True)
        )

    def reminder(self, language: Language) -> Message:
        """Return the reminder to confirm."""
        return self._once("reminder", language, partial(reminder, organisation=self.content.organisation))

    def asks_again(self, language: Language) -> Message:
        """Return the request to confirm a corrected text."""
        again = partial(reminder, organisation=self.content.organisation, corrected=True)
        return self._once("again", language, again)

    def _once(self, name: str, language: Language, make: Callable[[Texts, Announcement], Message]) -> Message:
        if (name, language) not in self._made:
            self._made[name, language] = make(self.content.texts[language], self.announcement)
        return self._made[name, language]


def wanted_by(person: Person, announcement: Announcement, content: Content) -> bool:
    """Return whether a past recipient is still addressed and has not muted."""
    return announcement.heard_by(person) and announcement.audience.reaches(person, content.organisation)


def opening(announcement: Announcement, person: Person, at: datetime, content: Content) -> datetime | None:
    """Return the end of the reader's quiet hours, or None.

    None also for critical announcements, and while the reader's office hours last.
    """
    if announcement.severity is Severity.CRITICAL or not person.quiet:
        return None
    opens = content.opening(person, at)
    return opens if opens > at else None


def _post(
    announcement: Announcement,
    to: str,
    message: Message | None,
    *,
    not_before: datetime | None = None,
    only_update: bool = False,
) -> Post:
    return Post(
        to=to,
        slot=announcement.slot,
        message=message,
        group=announcement.id,
        urgency=announcement.severity.urgency,
        not_before=not_before,
        # A recall must arrive after the announcement has expired, too.
        expires_at=announcement.expires_at if message is not None else None,
        only_update=only_update,
    )


def _multicast(
    announcement: Announcement, to: Sequence[str], message: Message, not_before: datetime | None
) -> Multicast:
    return Multicast(
        to=tuple(dict.fromkeys(to)),  # found under several terms, once
        slot=announcement.slot,
        message=message,
        group=announcement.id,
        urgency=announcement.severity.urgency,
        not_before=not_before,
        expires_at=announcement.expires_at,
    )
