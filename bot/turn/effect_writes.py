"""Writes of a commit for the effects of a decision."""

import hashlib
from datetime import datetime

from bot.ports import MulticastWrite, TimerWrite
from dialogs.core.decision import Multicast, Schedule


def turn_id(event_id: str) -> str:
    """Return the log id of an event's turn and its messages.

    Hashed, because the event id may identify people.
    """
    return hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def multicast_write(multicast: Multicast, at: datetime, turn: str) -> MulticastWrite:
    return MulticastWrite(
        recipients=multicast.to,
        slot=multicast.slot,
        message=multicast.message,
        group=multicast.group,
        urgency=multicast.urgency,
        due_at=due_at(multicast.not_before, at),
        expires_at=multicast.expires_at,
        turn=turn,
    )


def due_at(not_before: datetime | None, at: datetime) -> datetime:
    """Return when a post is due."""
    return max(at, not_before) if not_before else at


def timer_write(schedule: Schedule) -> TimerWrite:
    if schedule.what is None:
        return TimerWrite(key=schedule.key, at=None)
    return TimerWrite(key=schedule.key, at=schedule.at, verb=schedule.what.verb, data=schedule.what.data)
