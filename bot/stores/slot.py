"""Transitions of a slot: posted, claimed, settled, released.

Pure, so that every store behaves the same.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.ports import PENDING, Delivery, DeliveryStatus, PostWrite, Settled
from dialogs.core.decision import Urgency

# Names of the lanes, for operators.
LANES: Final = ("critical", "personal", "group")
# A delivery in this lane does not raise earlier deliveries of its recipient.
LAST_LANE: Final = 2


def delivery_id(sequence: int) -> str:
    """Return the delivery id of a sequence; ids sort in the order of sequences."""
    return f"d{sequence:012d}"


def sequence_of(delivery_id: str) -> int:
    return int(delivery_id[1:])


def person_pattern(person_id: str) -> str:
    """Return the regular expression, for Python and PostgreSQL, that finds a person's id as a whole word."""
    return rf"(?<![A-Za-z0-9_-]){re.escape(person_id)}(?![A-Za-z0-9_-])"


def without_person(slot: str, person_id: str, delivery_id: str) -> str:
    """Return a slot with the delivery's id in place of the person's, so that it stays unique."""
    return re.sub(person_pattern(person_id), delivery_id, slot)


def worker_of(lease_token: str) -> str:
    """Return the worker name in a lease token."""
    return lease_token.partition("/")[0]


def is_pending(delivery: Delivery) -> bool:
    return delivery.status in PENDING


def ready_at(delivery: Delivery) -> datetime:
    """Return when the delivery became due, which is its place in its recipient's queue."""
    return delivery.ready_at or delivery.due_at


def lane(delivery: Delivery) -> int:
    """Return the delivery's lane: 0 critical, 1 between people, 2 one of many (a group)."""
    if delivery.urgency is Urgency.CRITICAL:
        return 0
    return 1 if delivery.group is None else LAST_LANE


def wake_at(delivery: Delivery) -> datetime:
    """Return when a pending delivery next needs a worker: it is due or expired, and not leased."""
    at = min(delivery.due_at, delivery.expires_at) if delivery.expires_at else delivery.due_at
    return at if delivery.lease_until is None else max(at, delivery.lease_until)


def posted(old: Delivery | None, write: PostWrite, *, at: datetime, sequence: int) -> Delivery | None:
    """Return the slot after ``write``; None: nothing to do.

    A send in flight keeps its lease, so that its outcome is recorded; after that the new version is pending.
    """
    if old is None:
        if write.message is None or write.only_update:
            return None
        return _pending(
            Delivery(
                id=delivery_id(sequence),
                recipient=write.recipient,
                slot=write.slot,
                version=0,
                message=None,
                status=DeliveryStatus.WAITING,
                sequence=sequence,
                posted_at=at,
                due_at=write.due_at,
            ),
            write,
            at,
        )
    if is_pending(old) or old.reference is not None or not write.only_update:
        return _pending(old, write, at)
    if old.status is DeliveryStatus.DELETED:
        return None
    # Never delivered and not pending: it stays so, but stores the newest text for a later post.
    changed = replace(old, version=old.version + 1, message=write.message)
    return changed if write.message is not None else replace(changed, status=DeliveryStatus.DELETED, settled_at=at)


def _pending(old: Delivery, write: PostWrite, at: datetime) -> Delivery:
    leased = old.status is DeliveryStatus.LEASED and old.lease_until is not None
    in_flight = leased and old.lease_until is not None and old.lease_until > at
    place = min(write.due_at, write.expires_at) if write.expires_at else write.due_at
    if old.version and is_pending(old) and write.due_at <= at:
        place = min(place, ready_at(old))  # it keeps its place in the queue
    new = replace(
        old,
        version=old.version + 1,
        message=write.message,
        group=write.group or old.group,
        urgency=write.urgency,
        due_at=write.due_at,
        ready_at=place,
        expires_at=write.expires_at,
        address=write.address or old.address,
        turn=write.turn,
        attempts=0,
        reason="",
        settled_at=None,
        possibly_twice=old.possibly_twice or (leased and not in_flight),
    )
    if in_flight:
        return new
    if write.message is None and old.reference is None:
        return _nothing_there(new, at)
    return replace(
        new,
        status=DeliveryStatus.LEASED if write.lease_token else DeliveryStatus.WAITING,
        lease_token=write.lease_token,
        lease_until=write.lease_until if write.lease_token else None,
    )


def _nothing_there(delivery: Delivery, at: datetime) -> Delivery:
    return replace(
        delivery, status=DeliveryStatus.DELETED, lease_token=None, lease_until=None, settled_at=at, reason=""
    )


def claimed(delivery: Delivery, *, now: datetime, lease_for: timedelta, token: str) -> Delivery:
    """Return the delivery leased to ``token``.

    It becomes EXPIRED or DELETED instead if it expired or there is nothing to delete.
    """
    twice = delivery.possibly_twice or delivery.status is DeliveryStatus.LEASED
    if delivery.message is None and delivery.reference is None:
        return _nothing_there(replace(delivery, possibly_twice=twice), now)
    if delivery.expires_at is not None and delivery.expires_at <= now:
        return replace(
            delivery,
            status=DeliveryStatus.EXPIRED,
            possibly_twice=twice,
            lease_token=None,
            lease_until=None,
            settled_at=now,
        )
    return replace(
        delivery,
        status=DeliveryStatus.LEASED,
        possibly_twice=twice,
        lease_token=token,
        lease_until=now + lease_for,
    )


def given_up(delivery: Delivery) -> Delivery:
    """Return a delivery with an expired lease as pending; it may have been sent."""
    return replace(released(delivery), possibly_twice=True)


def holds(delivery: Delivery | None, outcome: Settled) -> bool:
    """Return whether the outcome's worker still holds the lease."""
    return (
        delivery is not None
        and delivery.status is DeliveryStatus.LEASED
        and delivery.lease_token == outcome.lease_token
        and outcome.version <= delivery.version
    )


def settled(delivery: Delivery, outcome: Settled) -> Delivery:
    """Return the delivery after one attempt. ``holds`` must be true."""
    channel, reference = delivery.channel, delivery.reference
    if outcome.status is DeliveryStatus.DELETED:
        channel, reference = None, None
    elif outcome.reference is not None:
        channel, reference = outcome.channel or channel, outcome.reference
    new = replace(
        delivery,
        channel=channel,
        reference=reference,
        lease_token=None,
        lease_until=None,
        possibly_twice=delivery.possibly_twice or outcome.possibly_twice,
        first_sent_at=delivery.first_sent_at or (outcome.at if outcome.status is DeliveryStatus.SENT else None),
    )
    if outcome.version < delivery.version:
        if new.message is None and reference is None:
            return _nothing_there(new, outcome.at)
        return replace(new, status=DeliveryStatus.WAITING)
    attempts = delivery.attempts + (1 if outcome.counts_as_attempt else 0)
    if outcome.status in PENDING:
        due_at = outcome.due_at or outcome.at
        # New messages are read in order, so they wait for a failed one. A failed update or deletion goes to the back:
        # it may be of a channel that is down, and the others must not wait for it.
        moves = delivery.reference is not None and outcome.counts_as_attempt
        return replace(
            new,
            status=DeliveryStatus.WAITING,
            due_at=due_at,
            ready_at=due_at if moves else min(due_at, ready_at(delivery)),
            attempts=attempts,
            reason=outcome.reason,
        )
    return replace(new, status=outcome.status, attempts=attempts, reason=outcome.reason, settled_at=outcome.at)


def released(delivery: Delivery) -> Delivery:
    """Return a leased delivery as pending and unsent."""
    return replace(delivery, status=DeliveryStatus.WAITING, lease_token=None, lease_until=None)
