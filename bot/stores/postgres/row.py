"""Conversion between deliveries and database rows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.ports import Delivery, DeliveryStatus
from bot.stores import slot as slots
from bot.stores.document import address_document, address_from
from dialogs.core.decision import Urgency
from dialogs.core.message import Message

Columns = Mapping[str, Any]


class DeliveryRow(NamedTuple):
    """A delivery with the columns that only the database has."""

    delivery: Delivery
    content_hash: str | None
    turn_lease: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the row as JSON for ``json_populate_recordset``."""
        delivery = self.delivery
        return {
            "sequence": delivery.sequence,
            "recipient": delivery.recipient,
            "slot": delivery.slot,
            "version": delivery.version,
            "content": self.content_hash and "\\x" + self.content_hash,
            "status": delivery.status.value,
            "posted_at": delivery.posted_at.isoformat(),
            "due_at": delivery.due_at.isoformat(),
            "ready_at": slots.ready_at(delivery).isoformat(),
            "wake_at": slots.wake_at(delivery).isoformat(),
            "lane": slots.lane(delivery),
            "group_name": delivery.group,
            "urgency": delivery.urgency.value,
            "expires_at": delivery.expires_at and delivery.expires_at.isoformat(),
            "address": delivery.address and address_document(delivery.address),
            "channel": delivery.channel,
            "reference": delivery.reference if delivery.reference is None else dict(delivery.reference),
            "attempts": delivery.attempts,
            "possibly_twice": delivery.possibly_twice,
            "lease_token": delivery.lease_token,
            "lease_until": delivery.lease_until and delivery.lease_until.isoformat(),
            "turn_lease": self.turn_lease,
            "reason": delivery.reason,
            "settled_at": delivery.settled_at and delivery.settled_at.isoformat(),
            "first_sent_at": delivery.first_sent_at and delivery.first_sent_at.isoformat(),
            "turn": delivery.turn,
        }


def content_hash_of(columns: Columns) -> str | None:
    """Return the content hash of a row."""
    content: bytes | None = columns["content"]
    return None if content is None else content.hex()


def delivery_of(columns: Columns, message: Message | None) -> Delivery:
    """Return the delivery of a row, with ``message``."""
    return Delivery(
        id=slots.delivery_id(columns["sequence"]),
        recipient=columns["recipient"],
        slot=columns["slot"],
        version=columns["version"],
        message=message,
        status=DeliveryStatus(columns["status"]),
        sequence=columns["sequence"],
        posted_at=columns["posted_at"],
        due_at=columns["due_at"],
        ready_at=columns["ready_at"],
        group=columns["group_name"],
        urgency=Urgency(columns["urgency"]),
        expires_at=columns["expires_at"],
        address=columns["address"] and address_from(columns["address"]),
        channel=columns["channel"],
        reference=columns["reference"],
        attempts=columns["attempts"],
        possibly_twice=columns["possibly_twice"],
        lease_token=columns["lease_token"],
        lease_until=columns["lease_until"],
        reason=columns["reason"],
        settled_at=columns["settled_at"],
        first_sent_at=columns["first_sent_at"],
        turn=columns["turn"],
    )


def sequence_of(delivery_id: str) -> int | None:
    """Return the sequence in a delivery id; None for an invalid id."""
    digits = delivery_id.removeprefix("d")
    if not digits.isascii() or not digits.isdigit() or delivery_id != slots.delivery_id(int(digits)):
        return None
    return int(digits)
