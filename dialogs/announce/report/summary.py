"""Totals over the recipients of an announcement."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialogs.announce.deliver.fanout import FAILED


@dataclass(slots=True, kw_only=True)
class DeliverySummary:
    """Delivery times, failures and possible duplicates, one recipient after another.

    ``reasons`` counts the reasons of deliveries that were not sent. ``failed`` and ``twice`` are recipients.
    """

    sent_at: list[datetime] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    def include(
        self, recipient: str, *, status: str, delivered_at: datetime | None, possibly_twice: bool, reason: str = ""
    ) -> None:
        """Count one recipient. ``status``: a delivery state, or "throttled"."""
        if status == "sent" and delivered_at is not None:
            self.sent_at.append(delivered_at)
        elif reason:
            self.reasons[reason] += 1
        if status in FAILED:
            self.failed.append(recipient)
        if possibly_twice:
            self.twice.append(recipient)

    def bars(self, most: int) -> list[tuple[datetime, int]]:
        """Return the sent messages in at most ``most`` spans of equal length."""
        by_minute = Counter(at.replace(second=0, microsecond=0) for at in self.sent_at)
        if not by_minute:
            return []
        first, last = min(by_minute), max(by_minute)
        length = max(1, -(-(int((last - first).total_seconds()) // 60 + 1) // most))
        by_interval: Counter[datetime] = Counter()
        for minute, number in by_minute.items():
            n = int((minute - first).total_seconds()) // 60 // length
            by_interval[first + timedelta(minutes=n * length)] += number
        return sorted(by_interval.items())
