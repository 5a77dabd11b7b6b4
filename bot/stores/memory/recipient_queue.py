"""Per-recipient FIFO queues, ordered by urgency, then age."""

from bisect import insort
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from bot.ports import Delivery
from bot.stores.slot import is_pending, lane, ready_at, wake_at


def queue_position(delivery: Delivery) -> tuple[datetime, int]:
    """Return the sort key of a delivery in its recipient's queue."""
    return ready_at(delivery), delivery.sequence


class RecipientQueues:
    """Pending deliveries by recipient.

    Only the first of a queue can be claimed, and only if none of it is leased.
    """

    def __init__(self) -> None:
        self._queues: dict[str, list[Delivery]] = {}
        # A queue has one live entry in the heaps, marked by its stamp; outdated entries are skipped when popped.
        self._stamps: dict[str, int] = {}
        self._next_stamp = count(1)
        self._asleep: list[tuple[datetime, int, str]] = []
        self._due: list[tuple[int, datetime, int, int, str]] = []

    def change(self, delivery: Delivery) -> None:
        """Insert or move a delivery, or remove one no longer pending."""
        queue = self._without(delivery.recipient, delivery.id)
        if is_pending(delivery):
            insort(queue, delivery, key=queue_position)
        self._refresh(delivery.recipient, queue)

    def remove(self, recipient: str, delivery_id: str) -> None:
        """Remove a delivery from the recipient's queue, if it is there."""
        if recipient in self._queues:
            self._refresh(recipient, self._without(recipient, delivery_id))

    def __iter__(self) -> Iterator[Delivery]:
        """Iterate over all pending deliveries."""
        for queue in list(self._queues.values()):
            yield from queue

    def pop(self, now: datetime) -> Delivery | None:
        """Return the first delivery of the next queue.

        The queue is taken out; ``change`` puts it back.
        """
        while self._asleep and self._asleep[0][0] <= now:
            _, stamp, recipient = heappop(self._asleep)
            if self._stamps.get(recipient) == stamp:
                queue = self._queues[recipient]
                # An urgent delivery raises its whole queue: the earlier deliveries must be sent first.
                urgency = min(lane(delivery) for delivery in queue)
                heappush(self._due, (urgency, *queue_position(queue[0]), stamp, recipient))
        while self._due:
            *_, stamp, recipient = heappop(self._due)
            if self._stamps.get(recipient) == stamp:
                return self._queues[recipient][0]
        return None

    def behind(self, first: Delivery) -> Sequence[Delivery]:
        """Return the pending deliveries of the same recipient after ``first``."""
        return [delivery for delivery in self._queues.get(first.recipient, ()) if delivery.id != first.id]

    def next_at(self) -> datetime | None:
        """Return when the next queue needs a worker; None when no delivery is pending."""
        for *_, stamp, recipient in self._due:
            if self._stamps.get(recipient) == stamp:
                return self._wake_at(recipient)
        while self._asleep:
            at, stamp, recipient = self._asleep[0]
            if self._stamps.get(recipient) == stamp:
                return at
            heappop(self._asleep)
        return None

    def _without(self, recipient: str, delivery_id: str) -> list[Delivery]:
        return [delivery for delivery in self._queues.get(recipient, ()) if delivery.id != delivery_id]

    def _refresh(self, recipient: str, queue: list[Delivery]) -> None:
        if not queue:
            self._queues.pop(recipient, None)
            self._stamps.pop(recipient, None)
            return
        self._queues[recipient] = queue
        stamp = self._stamps[recipient] = next(self._next_stamp)
        heappush(self._asleep, (self._wake_at(recipient), stamp, recipient))

    def _wake_at(self, recipient: str) -> datetime:
        queue = self._queues[recipient]
        leases = [delivery.lease_until for delivery in queue if delivery.lease_until is not None]
        return max([wake_at(queue[0]), *leases])
