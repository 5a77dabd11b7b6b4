"""When readers may be reminded to confirm."""

from datetime import datetime, timedelta
from typing import Final

from dialogs.announce.model import MAX_CHASES, Announcement

# Time between two reminders.
CHASE_GAP: Final = timedelta(days=1)


def next_chase_at(announcement: Announcement) -> datetime | None:
    """Return when the next reminder may be sent at the earliest; None before the first and after the last."""
    last = next((change.at for change in reversed(announcement.history) if change.act == "chased"), None)
    return last + CHASE_GAP if last is not None and announcement.chases < MAX_CHASES else None


def may_chase(announcement: Announcement, at: datetime) -> bool:
    """Return whether readers may be reminded now."""
    earliest = next_chase_at(announcement)
    rested = earliest is None or earliest <= at
    return announcement.confirm and announcement.live(at) and announcement.chases < MAX_CHASES and rested
