"""Where a handoff may go, and what its history tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a handoff stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


ALLOWED: Final[Mapping[Status, frozenset[Status]]] = {
    Status.WAITING: frozenset({Status.OFFERED, Status.ACCEPTED, Status.ESCALATED, Status.WITHDRAWN}),
    Status.OFFERED: frozenset({Status.WAITING, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.ACCEPTED: frozenset({Status.WAITING, Status.RESOLVED, Status.WITHDRAWN}),
    Status.ESCALATED: frozenset({Status.WAITING, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.RESOLVED: frozenset({Status.ACCEPTED, Status.WAITING}),
    Status.WITHDRAWN: frozenset(),
}
"""The one table of allowed moves. What goes to the next colleague passes through WAITING within one decision."""

ENDED: Final = frozenset({Status.RESOLVED, Status.WITHDRAWN})


class Transition(StrEnum):
    """What the history tells."""

    ASKED = "asked"
    EDITED = "edited"
    OFFERED = "offered"
    DECLINED = "declined"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    RELEASED = "released"
    PASSED = "passed"
    LOST = "lost"
    SAID = "said"
    REMINDED = "reminded"
    IDLE = "idle"
    QUEUED = "queued"
    ESCALATED = "escalated"
    RETRIED = "retried"
    NETWORK_ASKED = "network_asked"
    TIP = "tip"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    RATED = "rated"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


MOVED: Final = frozenset(
    {Transition.DECLINED, Transition.EXPIRED, Transition.RELEASED, Transition.PASSED, Transition.LOST, Transition.IDLE}
    | {Transition.QUEUED, Transition.OFFERED, Transition.RETRIED, Transition.ACCEPTED, Transition.REOPENED}
)
"""What takes it from whoever had it until then."""


class ForbiddenTransition(Exception):
    """A handoff cannot go from where it stands to there; the flow should have refused before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One event of the history. ``by`` is None for the clock, ``to`` is whom it concerned."""

    at: datetime
    what: Transition
    by: str | None = None
    to: str | None = None
