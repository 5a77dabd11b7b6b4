"""Totals of a report over all recipients."""

from datetime import datetime
from typing import Final

from bot.ports import Delivery, DeliveryStatus
from dialogs.announce.report.plot import spans

BARS: Final = 20


class Summary:
    """Totals over all recipients: deliveries per minute, failures per reason, possible duplicates."""

    def __init__(self) -> None:
        self._by_minute: dict[datetime, int] = {}
        self.sent_at: list[datetime] = []
        self.reasons: dict[str, int] = {}
        self.twice: list[str] = []

    def add(self, delivery: Delivery) -> None:
        """Count one recipient."""
        if delivery.status is DeliveryStatus.SENT and delivery.settled_at is not None:
            self.sent_at.append(delivery.settled_at)
            minute = delivery.settled_at.replace(second=0, microsecond=0)
            self._by_minute[minute] = self._by_minute.get(minute, 0) + 1
        elif delivery.reason:
            self.reasons[delivery.reason] = self.reasons.get(delivery.reason, 0) + 1
        if delivery.possibly_twice:
            self.twice.append(delivery.recipient)

    def bars(self) -> list[tuple[datetime, int]]:
        """Return the deliveries in at most ``BARS`` spans of equal length."""
        return spans(self._by_minute, BARS)
