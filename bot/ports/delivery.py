"""Deliveries: the messages a store must get delivered, and the outcomes the courier records."""

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
    """State of a delivery. WAITING and LEASED are pending; all others are final."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    DELETED = "deleted"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    DEAD = "dead"


PENDING = frozenset({DeliveryStatus.WAITING, DeliveryStatus.LEASED})

# Reason of a pending delivery that its channel throttled. Kept until the delivery is sent or its slot is posted
# again.
THROTTLED: Final = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWrite:
    """A message for ``recipient`` in ``slot``; the store raises the slot's version by one.

    ``recipient`` is a person id, ``conversation:<id>`` for a group or a thread, or ``channel:<id>`` for a channel.
    ``message`` None deletes the message; a slot that was never delivered then becomes DELETED without a send.
    ``address`` fixes the channel and conversation (a reply); without it the courier chooses the recipient's.
    ``lease_token`` given: the turn itself sends the message now, and the courier only if the turn records no outcome
    before ``lease_until``. If another worker is already sending the slot, its lease stays: the returned delivery
    carries the other token and the turn must not send it.
    ``only_update``: do not post into a slot that has no message and no pending one. (After a failed send the slot
    stores the new text but stays failed.) ``turn`` is the log id of the turn that posts it.
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
    """One message for many ``recipients``, equal to a ``PostWrite`` for each.

    Recipients must be unique.
    """

    recipients: tuple[str, ...]
    slot: str
    message: Message
    group: str | None = None
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime
    expires_at: datetime | None = None
    turn: str = ""

    def posts(self) -> Iterator[PostWrite]:
        return map(self.post_to, self.recipients)

    def post_to(self, recipient: str) -> PostWrite:
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
    """A recipient's slot, with the wanted message and its delivery state.

    ``reference`` is the channel's id of the delivered message (None: none delivered yet) and ``channel`` the channel
    that delivered it. ``message`` is the wanted message; None: none. ``attempts`` counts sends of this version.
    ``possibly_twice`` is set when a worker died while it was sending, and is never cleared.
    ``sequence`` orders a recipient's deliveries; ``sequence`` and ``posted_at`` stay those of the slot's first post.
    ``ready_at`` is when the wanted version was first due. Retries move only ``due_at``, except those of updates and
    deletions, so that new messages pass them. A recipient's deliveries are sent in the order of ``ready_at``, then
    ``sequence``. ``turn`` is the log id of the turn that posted the version.
    ``settled_at`` is the time of the wanted version's outcome, ``first_sent_at`` that of the first one to arrive;
    deliveries of earlier programs lack it.
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
    first_sent_at: datetime | None = None
    turn: str = ""

    @property
    def delivered_at(self) -> datetime | None:
        """When the recipient first got the message, in any version; None if it never arrived."""
        return self.first_sent_at or (self.settled_at if self.status is DeliveryStatus.SENT else None)

    @property
    def standing(self) -> str:
        """The state used for counts: the status, or THROTTLED for a pending delivery that its channel throttled."""
        return THROTTLED if self.status in PENDING and self.reason == THROTTLED else str(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Outcome of one delivery attempt.

    Fenced by ``lease_token`` and ``version``: if a newer version was posted meanwhile, the ``reference`` is recorded
    but the delivery stays pending. WAITING with ``due_at``: try again at that time. ``possibly_twice``: the channel did
    not confirm the delivery, so the next attempt may deliver the message a second time. ``news``: an open page of the
    recipient may have to change, in any process.
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
    news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's share of a rate that several workers divide: number ``rank``, from 0, of ``of`` workers.

    ``replies`` is the rate, per second, reserved for workers that answer people.
    """

    rank: int = 0
    of: int = 1
    replies: int = 0
