"""Maintenance jobs: timers handled by a function instead of a flow."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bot.ports import Timer, TimerWrite

# Verb of the timer that deletes the deliveries of a person.
FORGET_VERB: Final = "runtime.forget"


def forget_timer(person_id: str, at: datetime) -> TimerWrite:
    """Return the timer that deletes the rest of a person's data.

    Its key does not contain the person's id, since the key is remembered with the event for some days.
    """
    key = hashlib.sha256(person_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return TimerWrite(key=f"forget/{key}", at=at, verb=FORGET_VERB, data={"person_id": person_id})


# Must be safe to run more than once.
Job = Callable[[Timer], Awaitable[None]]
