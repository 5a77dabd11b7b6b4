"""Allowed state changes of a handoff, and its history entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from knowledge.organisation.unit import PersonId


class Status(StrEnum):
    """State of a handoff."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


# The only table of allowed state changes. Reassignment passes through WAITING within one decision.
ALLOWED: Final[Mapping[Status, frozenset[Status]]] = {
    Status.WAITING: frozenset({Status.OFFERED, Status.ACCEPTED, Status.ESCALATED, Status.WITHDRAWN}),
    Status.OFFERED: frozenset({Status.WAITING, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.ACCEPTED: frozenset({Status.WAITING, Status.RESOLVED, Status.WITHDRAWN}),
    Status.ESCALATED: frozenset({Status.WAITING, Status.ACCEPTED, Status.WITHDRAWN}),
    Status.RESOLVED: frozenset({Status.ACCEPTED, Status.WAITING}),
    Status.WITHDRAWN: frozenset(),
}

ENDED: Final = frozenset({Status.RESOLVED, Status.WITHDRAWN})


class Transition(StrEnum):
    """Kind of a history entry."""

    ASKED = "asked"
    EDITED = "edited"
    OFFERED = "offered"
    DECLINED = "declined"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    RELEASED = "released"
    PASSED = "passed"
    ASSIGNED = "assigned"
    LOST = "lost"
    SAID = "said"
    REMINDED = "reminded"
    IDLE = "idle"
    QUEUED = "queued"
    ESCALATED = "escalated"
    RETRIED = "retried"
    NETWORK_ASKED = "network_asked"
    TIP = "tip"
    CHAT_SHOWN = "chat_shown"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    RATED = "rated"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


# Transitions that take the handoff from its previous helper.
MOVED: Final = frozenset(
    {Transition.DECLINED, Transition.EXPIRED, Transition.RELEASED, Transition.PASSED, Transition.LOST, Transition.IDLE}
    | {Transition.ASSIGNED}
    | {Transition.QUEUED, Transition.OFFERED, Transition.RETRIED, Transition.ACCEPTED, Transition.REOPENED}
)


class ForbiddenTransition(Exception):
    """A state change that ``ALLOWED`` does not contain.

    The flow must refuse it earlier.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One history entry. ``by`` is None for timers; ``to`` is the person affected."""

    at: datetime
    what: Transition
    by: PersonId | None = None
    to: PersonId | None = None
