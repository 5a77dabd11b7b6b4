"""Result of a flow: records to write and effects to execute, as values.

Messages are *posts into slots*. A slot is a named place for one message in a recipient's chat. A post into a filled
slot updates the message in place; a post of ``None`` deletes it. If the older version was not sent yet, only the newest
one is sent. The store commits posts and records together, so neither can be lost alone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dialogs.core.event import Rang
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.record import Record


class Urgency(StrEnum):
    """Urgency of a message. Only ``CRITICAL`` ignores mute and quiet hours."""

    QUIET = "quiet"
    NORMAL = "normal"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Write ``record``; replaces the record with the same kind and id."""

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove the record of this kind and id, if it exists."""

    kind: type[Record]
    id: str


Write = Put | Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Show ``message`` in the conversation of the event, within the turn."""

    slot: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Deliver ``message`` to a person's chat, in ``slot``; ``None`` deletes the slot's message.

    A post to something else than a person, such as a Teams channel, has an ``address``; ``to`` is then only its name.

    ``group`` identifies posts that are counted together (an announcement). ``not_before`` delays the delivery;
    ``expires_at`` ends the attempts. With ``only_update``, the post is dropped if its slot was never filled.
    ``alerts``: something new waits for the recipient, who gets an alert too if they chose that.
    """

    to: str
    slot: str
    message: Message | None
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    not_before: datetime | None = None
    expires_at: datetime | None = None
    only_update: bool = False
    address: Address | None = None
    alerts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Multicast:
    """Deliver the same message to many people.

    It equals one ``Post`` per recipient, but is much cheaper.
    """

    to: tuple[str, ...]
    slot: str
    message: Message
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    not_before: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Answer a pressed action with a short text, without changing its card."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Trigger ``what`` at ``at``.

    ``key`` names the timer: a new schedule moves it, ``at=None`` cancels it.
    """

    key: str
    at: datetime | None
    what: Rang | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Record a privileged act.

    Ids and counts only. ``about_person``: the subject is a person's id, and the entry is part of that person's data; an
    id of another kind may look the same. ``repeatable``: a person could cause it in a loop, for example a refusal. It
    is recorded once and then counted for an hour.
    """

    act: str
    subject: str
    by: str
    details: tuple[tuple[str, str], ...] = ()
    about_person: bool = False
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Delete all messages of a person's chat, pending or sent. Records need ``Remove``."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessions:
    """Close the person's open web pages, in every process. Session records need ``Remove``."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFormer:
    """Keep keyed hashes of a former employee's identities when the other data is removed.

    ``accounts``: ids of sign-in accounts, which are such hashes already.
    """

    person: Person
    accounts: tuple[str, ...] = ()


Effect = Reply | Post | Multicast | Notice | Schedule | Audit | Forget | EndSessions | MarkFormer


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All writes and effects of a flow, committed atomically. Decisions can be added."""

    writes: tuple[Write, ...] = field(default_factory=tuple)
    effects: tuple[Effect, ...] = field(default_factory=tuple)

    def __add__(self, other: "Decision") -> "Decision":
        return Decision(writes=self.writes + other.writes, effects=self.effects + other.effects)


def put(*records: Record) -> Decision:
    """Return the decision to write these records."""
    return Decision(writes=tuple(Put(record=r) for r in records))


def remove(kind: type[Record], *ids: str) -> Decision:
    """Return the decision to remove these records of a kind."""
    return Decision(writes=tuple(Remove(kind=kind, id=id_) for id_ in ids))


def do(*effects: Effect) -> Decision:
    """Return the decision to execute these effects."""
    return Decision(effects=effects)


def later(key: str, at: datetime, verb: str, **data: str) -> Schedule:
    """Return the effect that triggers the timer ``verb`` at ``at``."""
    return Schedule(key=key, at=at, what=Rang(verb=verb, data=data))


def never(key: str) -> Schedule:
    """Return the effect that cancels the timer ``key``."""
    return Schedule(key=key, at=None)


NOTHING = Decision()
