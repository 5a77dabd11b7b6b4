"""Messages that are owed: what a store keeps of them, and what the courier settles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dialogs.core.decision import Urgency
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.core.person import Address


class DeliveryStatus(StrEnum):
    """Where a delivery stands. WAITING and LEASED are owed; the others have settled."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    DELETED = "deleted"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    DEAD = "dead"


OWED = frozenset({DeliveryStatus.WAITING, DeliveryStatus.LEASED})

THROTTLED: Final = "throttled"
"""The reason of an owed delivery that its channel has put off. It stays until the delivery is sent, or wanted anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWrite:
    """A message owed to ``recipient`` in ``slot``; the store raises the slot's version by one.

    ``recipient`` is a person id, ``conversation:<id>`` for a group or a thread, or ``channel:<id>`` for a channel.
    ``message`` None takes the message away; a slot that never landed then settles as DELETED without anything sent.
    ``address`` pins the channel and conversation (a reply); without it the courier chooses the recipient's.
    ``lease_token`` given: the turn itself sends it now, and the courier only if the turn does not settle within
    ``lease_until``. When somebody else's send of the slot is in flight, that lease stays: the returned delivery carries
    the other token, and the turn leaves it alone. ``only_update``: a slot that holds nothing and awaits nothing is not
    filled (one whose sending failed holds the new text, and is owed nothing). ``turn`` is the id under which the log
    follows the turn that posts it.
    """

    recipient: str
    slot: str
    message: Message | None
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime
    expires_at: datetime | None = None
    only_update: bool = False
    address: Address | None = None
    lease_token: str | None = None
    lease_until: datetime | None = None
    turn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MulticastWrite:
    """The same message owed to each of ``recipients``, as a ``PostWrite`` to each would; nobody is among them twice."""

    recipients: tuple[str, ...]
    slot: str
    message: Message
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime
    expires_at: datetime | None = None
    turn: str = ""

    def posts(self) -> Iterator[PostWrite]:
        """Yield what each of them is owed."""
        return map(self.post_to, self.recipients)

    def post_to(self, recipient: str) -> PostWrite:
        """Return what one of them is owed."""
        return PostWrite(
            recipient=recipient,
            slot=self.slot,
            message=self.message,
            group=self.group,
            urgency=self.urgency,
            due_at=self.due_at,
            expires_at=self.expires_at,
            turn=self.turn,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A slot's place in a recipient's chat.

    ``reference`` is the channel's own name for the message that landed (None: nothing there yet) and ``channel`` the
    channel it landed on. ``message`` is what is wanted, None for nothing. ``attempts`` counts sends of this version.
    ``possibly_twice`` is set when a send was in flight while its worker died, and stays. ``sequence`` orders a
    recipient's deliveries; it and ``posted_at`` stay those of the slot's first post. ``ready_at`` is when the wanted
    version was first due (retries move ``due_at`` only): a recipient is sent to in the order of it, then ``sequence``.
    ``turn`` is the log's id of the turn that posted the version.
    """

    id: str
    recipient: str
    slot: str
    version: int
    message: Message | None
    status: DeliveryStatus
    sequence: int
    posted_at: datetime
    due_at: datetime
    ready_at: datetime | None = None
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    expires_at: datetime | None = None
    address: Address | None = None
    channel: ChannelName | None = None
    reference: Mapping[str, str] | None = None
    attempts: int = 0
    possibly_twice: bool = False
    lease_token: str | None = None
    lease_until: datetime | None = None
    reason: str = ""
    settled_at: datetime | None = None
    turn: str = ""

    @property
    def standing(self) -> str:
        """The state it is counted in: its status, or THROTTLED while it is owed and its channel has put it off."""
        return THROTTLED if self.status in OWED and self.reason == THROTTLED else str(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of one attempt.

    Fenced by ``lease_token`` and ``version``: when a newer version was posted meanwhile, what landed is recorded
    (``reference``) but the delivery stays owed. WAITING with ``due_at`` means try again then. ``possibly_twice``: the
    channel did not say whether the message landed, and the next try may send it a second time.
    """

    delivery_id: str
    lease_token: str
    version: int
    status: DeliveryStatus
    at: datetime
    channel: ChannelName | None = None
    reference: Mapping[str, str] | None = None
    due_at: datetime | None = None
    reason: str = ""
    counts_as_attempt: bool = True
    possibly_twice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's part of what several may do together: it is number ``rank``, from 0, of ``of``.

    ``replies`` are left to those who answer people, a second.
    """

    rank: int = 0
    of: int = 1
    replies: int = 0
