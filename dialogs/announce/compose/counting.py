"""Exact number of recipients, counted before sending."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.announce import cards
from dialogs.announce.access import needs_approval
from dialogs.announce.deliver.page import recipients_page
from dialogs.announce.model import Announcement, AnnouncementState, Counted
from dialogs.announce.office_hours import is_outside_hours, question
from dialogs.announce.subjects import proposed
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do, later, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, count, find, find_each
from dialogs.core.texts import Texts

# People to look at in one turn; more are counted by timer.
AT_ONCE: Final = 5000
# Names shown in the preview.
SAMPLE: Final = 5
# Delay of a timer that continues at once: without one it would be due at the same instant as the one before, and count
# as the same event.
TICK: Final = timedelta(milliseconds=1)


def counted_now(draft: Announcement, content: Content) -> Asking[Announcement]:
    """Return the draft with its count, only started if too large."""
    reach = draft.audience.reach(content.organisation)
    bound = 0
    for term in reach:
        bound += 1 if term.startswith(("person:", "topic:")) else (yield from count(Person, term))
        if bound > AT_ONCE:
            return replace(draft, reach=reach, counted=Counted(edition=draft.edition))
    draft = replace(draft, reach=reach, counted=Counted(edition=draft.edition))
    while draft.counts is None:
        draft = yield from _count_page(draft, content)
    return draft


def count_page(event: Event, content: Content) -> Flow:
    """Count the next page on timer; show the finished count."""
    data = event.rang.data
    draft = yield from find(Announcement, data.get("id", ""))
    if draft is None or draft.counted is None or draft.counted.done or draft.counted.edition != draft.edition:
        return NOTHING
    draft = yield from _count_page(draft, content)
    if draft.counts is None:
        return put(draft) + do(later(f"{draft.slot}/count", event.at + TICK, "announce.count", **data))
    reader = yield from find(Person, data.get("to", ""))
    if reader is None or draft.state is not AnnouncementState.DRAFT:
        return put(draft)
    message = yield from preview(content.texts[reader.language], content, draft, event.at)
    return put(draft) + do(Post(to=reader.id, slot=data.get("slot", draft.desk), message=message))


def counted_again(announcement: Announcement) -> Counted | None:
    """Return the count for the next edition, since the audience is unchanged."""
    return replace(announcement.counted, edition=announcement.edition + 1) if announcement.counted else None


def continue_later(draft: Announcement, event: Event, to: str, slot: str) -> Decision:
    """Return the decision that continues an unfinished count by timer."""
    if draft.counts is not None:
        return NOTHING
    return do(later(f"{draft.slot}/count", event.at + TICK, "announce.count", id=draft.id, to=to, slot=slot))


def preview(texts: Texts, content: Content, draft: Announcement, at: datetime) -> Asking[Message]:
    """Return the preview with a sample of recipient names; outside office hours its button asks about the hour."""
    sample = yield from find_each(Person, draft.counts.sample if draft.counts else ())
    # Only names of the owning municipality: announcers must not see staff of others.
    names = [unmarked(person.name) for person in sample.values() if person.municipality_id == draft.municipality_id]
    subjects = yield from proposed(draft, content)
    waits = needs_approval(draft, content)
    asks = not waits and is_outside_hours(draft, at, content)
    return cards.preview(
        texts,
        content,
        draft,
        names=names,
        waits=waits,
        proposed=subjects,
        off_hours=question(texts, at) if asks else "",
    )


def _count_page(draft: Announcement, content: Content) -> Asking[Announcement]:
    counted = draft.counted or Counted(edition=draft.edition)
    part = yield from recipients_page(draft, draft.reach, counted.term, counted.after, content)
    return replace(
        draft,
        counted=replace(
            counted,
            people=counted.people + len(part.people),
            muted=counted.muted + part.muted,
            sample=(counted.sample + tuple(person.id for person in part.people))[:SAMPLE],
            term=part.term,
            after=part.after,
            done=part.done,
        ),
    )
