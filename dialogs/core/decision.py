"""What a flow decides: records to write and effects to carry out, as values.

Messages are *posts into slots*. A slot is one message's place in one recipient's chat. Posting into a slot that
already holds a message updates it in place, posting ``None`` deletes it; if the older version was not sent yet, only
the newest one ever is. The store commits posts together with the records, so neither is lost without the other.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dialogs.core.event import Rang
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.record import Record


class Urgency(StrEnum):
    """How a message asks for attention. Only ``CRITICAL`` passes mute and quiet hours."""

    QUIET = "quiet"
    NORMAL = "normal"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Write ``record``, replacing the one with its kind and id."""

    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove the record of this kind and id; none there is no fault."""

    kind: type[Record]
    id: str


Write = Put | Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Say ``message`` in the conversation the event came from, within the turn."""

    slot: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Owe a person ``message`` in ``slot`` of their own chat; ``None`` takes the slot's message away.

    What is for no person, such as a channel in Teams, has an ``address``; ``to`` then only names it.

    ``group`` gathers posts that are counted together (an announcement). ``not_before`` delays the sending. A post whose
    slot was never filled is dropped when ``only_update`` is set. ``expires_at`` ends the attempts.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Multicast:
    """Owe each of many people the same message, as a ``Post`` to each would, at a fraction of its cost."""

    to: tuple[str, ...]
    slot: str
    message: Message
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    not_before: datetime | None = None
    expires_at: datetime | None = None

    def post_to(self, person_id: str) -> Post:
        """Return what one of them is owed."""
        return Post(
            to=person_id,
            slot=self.slot,
            message=self.message,
            group=self.group,
            urgency=self.urgency,
            not_before=self.not_before,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Answer a pressed action with a short text and leave its card as it is."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Ring at ``at``. ``key`` names the timer: scheduling it again moves it, and ``at=None`` cancels it."""

    key: str
    at: datetime | None
    what: Rang | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Remember a privileged act: who did ``act`` to ``subject``. Ids and counts only.

    ``repeatable``: one person can cause it in a loop, as a refusal. It is recorded once and then counted for an hour.
    """

    act: str
    subject: str
    by: str
    details: tuple[tuple[str, str], ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Drop every message the bot keeps of a person's chat, owed or sent. Records are removed by ``Remove``."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessions:
    """Close the person's open web pages, in every process. Session records are removed by ``Remove``."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFormer:
    """Keep keyed hashes of the identities of a person who has left the registry, when the rest is removed."""

    person: Person


Effect = Reply | Post | Multicast | Notice | Schedule | Audit | Forget | EndSessions | MarkFormer


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything a flow wants done, committed as one. Decisions add up."""

    writes: tuple[Write, ...] = field(default_factory=tuple)
    effects: tuple[Effect, ...] = field(default_factory=tuple)

    def __add__(self, other: "Decision") -> "Decision":
        return Decision(writes=self.writes + other.writes, effects=self.effects + other.effects)


def put(*records: Record) -> Decision:
    """Return the decision to write these records."""
    return Decision(writes=tuple(Put(record=r) for r in records))


def do(*effects: Effect) -> Decision:
    """Return the decision to carry out these effects."""
    return Decision(effects=effects)


def later(key: str, at: datetime, verb: str, **data: str) -> Schedule:
    """Return the effect that rings ``verb`` at ``at``."""
    return Schedule(key=key, at=at, what=Rang(verb=verb, data=data))


def never(key: str) -> Schedule:
    """Return the effect that cancels the timer ``key``."""
    return Schedule(key=key, at=None)


NOTHING = Decision()
