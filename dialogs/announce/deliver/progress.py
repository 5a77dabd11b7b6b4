"""Progress cards: refreshed by timer and on request."""

from dataclasses import replace
from datetime import datetime, timedelta

from dialogs.announce.access import announcement_of_card
from dialogs.announce.card_slots import answer_slot, move_progress_card, progress_card_holders
from dialogs.announce.deliver import progress_card
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.announce.report.figures import figures_of
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Post, Reply, do, later, put
from dialogs.core.event import Event
from dialogs.core.query import Flow, find

# Quiet hours over Easter are the longest wait of a delivery.
# Last automatic refresh, counted from the start.
GIVE_UP = timedelta(days=4)

# The figures may stay the same for long, but the card shows the time they were read.
# Refresh interval while deliveries are throttled.
PUT_OFF = timedelta(minutes=1)


def tick(event: Event, content: Content) -> Flow:
    """Refresh progress cards while deliveries are pending."""
    data = event.rang.data
    announcement = yield from find(Announcement, data.get("id", ""))
    if announcement is None or announcement.started_at is None:
        return NOTHING
    elapsed = event.at - announcement.started_at
    figures = yield from figures_of(announcement)
    # Between two pages, all posts so far may be settled: open tasks count as well.
    finished = not announcement.tasks and figures.pending == 0
    decision = NOTHING
    if finished and announcement.state is AnnouncementState.SENDING:
        announcement = replace(
            announcement.to(AnnouncementState.SENT), changed_at=max(announcement.changed_at, event.due_at)
        )
        decision += put(announcement)
    seen = figures.fingerprint
    put_off = figures.postponed > 0
    shown = data.get("shown", "")
    stale = put_off and (not shown or event.at - datetime.fromisoformat(shown) >= PUT_OFF)
    if finished or stale or seen != data.get("seen"):
        shown = event.at.isoformat()
        for person, slot in (yield from progress_card_holders(announcement, content)):
            if not finished and not content.channels.updates(person):
                continue  # every refresh would be a new message
            message = progress_card.progress(
                content.texts[person.language], content, announcement, figures, at=event.at
            )
            decision += do(Post(to=person.id, slot=slot, message=message))
    if finished or elapsed > GIVE_UP:
        return decision
    # With ``seen``, the next tick sends the card again only if its figures have changed.
    again = later(
        f"{announcement.slot}/progress",
        event.at + (min(pace(elapsed), PUT_OFF) if put_off else pace(elapsed)),
        "announce.progress",
        id=announcement.id,
        seen=seen,
        shown=shown,
    )
    return decision + do(again)


def pace(elapsed: timedelta) -> timedelta:
    """Return the pause before the next refresh, growing with the elapsed time."""
    # Far below the rate limit of one conversation.
    if elapsed < timedelta(minutes=1):
        return timedelta(seconds=2)
    if elapsed < timedelta(minutes=15):
        return timedelta(seconds=5)
    return timedelta(seconds=30) if elapsed < timedelta(hours=1) else timedelta(minutes=5)


def refresh(event: Event, content: Content) -> Flow:
    """Show current figures in the pressed card, which becomes the progress card."""
    handled = yield from announcement_of_card(event, content)
    announcement, slot = handled.announcement, answer_slot(event, handled.announcement)
    figures = yield from figures_of(announcement)
    message = progress_card.progress(handled.texts, content, announcement, figures, at=event.at)
    return move_progress_card(announcement, handled.person, slot) + do(Reply(slot=slot, message=message))
