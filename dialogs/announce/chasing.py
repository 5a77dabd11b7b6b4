"""When readers may be reminded to confirm."""

from datetime import datetime, timedelta
from typing import Final

from dialogs.announce.model import MAX_CHASES, Announcement

# Time between two reminders.
CHASE_GAP: Final = timedelta(days=1)


def chases_done(announcement: Announcement) -> int:
    """Return how many times readers were reminded to confirm the current text."""
    return len(_chased_at(announcement))


def next_chase_at(announcement: Announcement) -> datetime | None:
    """Return when the next reminder may be sent at the earliest; None before the first and after the last."""
    chased = _chased_at(announcement)
    return chased[-1] + CHASE_GAP if 0 < len(chased) < MAX_CHASES else None


def may_chase(announcement: Announcement, at: datetime) -> bool:
    """Return whether readers may be reminded now."""
    earliest = next_chase_at(announcement)
    rested = earliest is None or earliest <= at
    return announcement.confirm and announcement.live(at) and chases_done(announcement) < MAX_CHASES and rested


def _chased_at(announcement: Announcement) -> list[datetime]:
    # Reminders of a text before the one to confirm do not count.
    since = announcement.confirm_since
    return [change.at for change in announcement.history if change.act == "chased" and change.version >= since]
