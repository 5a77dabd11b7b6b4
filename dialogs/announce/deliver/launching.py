"""Release of an announcement, at once or at its scheduled time."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from dialogs.announce import cards
from dialogs.announce.card_slots import progress_card_holders
from dialogs.announce.compose.counting import TICK
from dialogs.announce.deliver import progress_card
from dialogs.announce.model import Announcement, AnnouncementState, Task, TaskKind
from dialogs.announce.report.figures import figures_of
from dialogs.core.content import Content
from dialogs.core.decision import Effect, Post, later
from dialogs.core.event import Event
from dialogs.core.query import Asking
from dialogs.core.texts import OSLO, in_zone


def written_time(day: str, clock: str) -> datetime | None:
    """Return the instant of a written day and time in Norway, or None for a skipped time. Raises ValueError."""
    # A client may send seconds and a zone; the form asks for hours and minutes.
    wall = time.fromisoformat(clock).replace(tzinfo=None, second=0, microsecond=0)
    return in_zone(date.fromisoformat(day), wall, OSLO)


def sent_on_approval(announcement: Announcement, at: datetime) -> datetime | None:
    """Return the scheduled time that still comes; None if an approval at ``at`` sends it at once."""
    planned = announcement.scheduled_at
    return planned if planned is not None and planned > at else None


def launch(
    announcement: Announcement, at: datetime, *, by: str, content: Content
) -> tuple[Announcement, tuple[Effect, ...]]:
    """Return the announcement in state SENDING, and the timers that send it."""
    first = replace(announcement, version=1)
    started = replace(
        first.to(AnnouncementState.SENDING).noted("sent", by, at),
        # The organisation may have changed since the draft was counted.
        reach=announcement.audience.reach(content.organisation),
        tasks=(Task(kind=TaskKind.SEND),),
        started_at=at,
    )
    return started, task_timers(started, at)


def task_timers(announcement: Announcement, at: datetime) -> tuple[Effect, ...]:
    """Return the timers that carry out pending tasks and refresh progress cards."""
    return (
        later(f"{announcement.slot}/expand", at + TICK, "announce.expand", id=announcement.id),
        later(f"{announcement.slot}/progress", at + timedelta(seconds=1), "announce.progress", id=announcement.id),
    )


def schedule_or_launch(
    announcement: Announcement, event: Event, at: datetime | None, *, by: str, content: Content
) -> tuple[Announcement, tuple[Effect, ...]]:
    """Return the announcement scheduled for ``at``, or sending when ``at`` is None."""
    if at is None:
        return launch(announcement, event.at, by=by, content=content)
    waiting = (
        announcement
        if announcement.state is AnnouncementState.SCHEDULED
        else announcement.to(AnnouncementState.SCHEDULED)
    )
    waiting = replace(waiting.noted("scheduled", by, event.at), scheduled_at=at)
    return waiting, (later(start_key(waiting), at, "announce.begin", id=waiting.id),)


def sending_time(at: datetime | None) -> tuple[tuple[str, str], ...]:
    """Return the scheduled time as details of an audit entry; none when it is sent at once."""
    return () if at is None else (("at", at.astimezone(UTC).isoformat()),)


def start_key(announcement: Announcement) -> str:
    """Return the key of the timer that starts a scheduled announcement."""
    return f"{announcement.slot}/start"


def refresh_progress_cards(announcement: Announcement, content: Content) -> Asking[tuple[Post, ...]]:
    """Return posts that update every progress card."""
    shown: list[Post] = []
    for person, slot in (yield from progress_card_holders(announcement, content)):
        texts = content.texts[person.language]
        if announcement.state is AnnouncementState.SCHEDULED:
            message = cards.waiting(texts, content, announcement)
        else:
            figures = yield from figures_of(announcement)
            message = progress_card.progress(texts, content, announcement, figures, at=announcement.changed_at)
        shown.append(Post(to=person.id, slot=slot, message=message))
    return tuple(shown)
