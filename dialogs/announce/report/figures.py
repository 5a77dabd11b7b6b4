"""Delivery figures of an announcement."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from dialogs.announce.compose.channels import states
from dialogs.announce.model import Announcement, AnnouncementState, Confirmation, Reached, TaskKind
from dialogs.core.query import Asking, count, tally
from dialogs.core.question import Question

_PENDING: Final = frozenset({"waiting", "throttled", "leased"})
_FEWEST: Final = 10
_CHANGES: Final = frozenset({TaskKind.REVISE, TaskKind.RECALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFigures:
    """Recipients by delivery outcome.

    Args:
        waiting: pending, without the ``throttled``.
        throttled: postponed because the channel limits the rate.
        to_come: recipients without a post yet.
        channels: delivery state per Teams channel, keyed by recipient; not part of the other figures.
    """

    sent: int = 0
    waiting: int = 0
    throttled: int = 0
    unreachable: int = 0
    dead: int = 0
    expired: int = 0
    deleted: int = 0
    to_come: int = 0
    confirmed: int = 0
    questions: int = 0
    channels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_tally(
        cls,
        tally: Mapping[str, int],
        announcement: Announcement,
        *,
        confirmed: int,
        questions: int,
        channels: Mapping[str, str],
    ) -> Self:
        """Return figures from a tally of delivery states that includes the channels."""
        # The tally includes channels, which are shown separately.
        tallied = Counter(tally) - Counter(channels.values())
        posted = sum(tallied.values())
        counts = announcement.counted
        expected = counts.people if counts is not None and announcement.tasks else 0
        return cls(
            sent=tallied.get("sent", 0),
            waiting=tallied.get("waiting", 0) + tallied.get("leased", 0),
            throttled=tallied.get("throttled", 0),
            unreachable=tallied.get("unreachable", 0),
            dead=tallied.get("dead", 0),
            expired=tallied.get("expired", 0),
            deleted=tallied.get("deleted", 0),
            to_come=max(0, expected - posted),
            confirmed=confirmed,
            questions=questions,
            channels=channels,
        )

    @classmethod
    def expected(cls, announcement: Announcement) -> Self:
        """Return the figures before the first post."""
        return cls(to_come=announcement.counted.people if announcement.counted else 0)

    @property
    def pending(self) -> int:
        """Pending deliveries, people and channels."""
        return self.waiting + self.throttled + sum(status in _PENDING for status in self.channels.values())

    @property
    def postponed(self) -> int:
        """Throttled deliveries, people and channels."""
        return self.throttled + sum(status == "throttled" for status in self.channels.values())

    @property
    def final(self) -> int:
        """Personal messages with a final outcome."""
        return self.sent + self.unreachable + self.dead + self.expired + self.deleted

    def final_before(self, announcement: Announcement) -> int:
        """Return how many settled messages do not belong to the current tasks."""
        kinds = {task.kind for task in announcement.tasks}
        if kinds & _CHANGES:
            return self.final - self.sent
        if TaskKind.RESEND in kinds:
            return self.final - self.unreachable - self.dead - self.expired
        return self.final

    @property
    def failed(self) -> int:
        """Failed deliveries, people and channels."""
        lost = sum(status in {"unreachable", "dead", "expired"} for status in self.channels.values())
        return self.unreachable + self.dead + self.expired + lost

    @property
    def fingerprint(self) -> str:
        """A short text that changes when any figure does."""
        return ",".join(str(getattr(self, name)) for name in self.__dataclass_fields__)

    def rows(self, announcement: Announcement) -> list[tuple[str, int]]:
        """Return the figures to show, by name.

        Zeros of rare outcomes are left out; so are all delivery figures if only channels were addressed.
        """
        if not (self.final or self.waiting or self.throttled or self.to_come) and announcement.channels:
            return [("questions", self.questions)] if self.questions else []
        if (before := announcement.before_recall) is not None:
            return [*_recalled(announcement, before), *self._recalled_rows()]
        shown = [("sent", self.sent), ("waiting", self.waiting + self.to_come)]
        rare = ("throttled", "unreachable", "dead", "expired", "deleted", "questions")
        shown += [(name, getattr(self, name)) for name in rare]
        kept = [(name, number) for name, number in shown if number or name in {"sent", "waiting"}]
        return [*kept, ("confirmed", self.confirmed)] if announcement.confirm else kept

    def _recalled_rows(self) -> list[tuple[str, int]]:
        """Return the outcomes of the messages of a recalled announcement."""
        rows = (("deleted", self.deleted), ("still", self.sent), ("waiting", self.waiting + self.throttled))
        rest = (("unreachable", self.unreachable), ("dead", self.dead), ("questions", self.questions))
        return [(name, number) for name, number in (*rows, *rest) if number or name in {"deleted", "still"}]

    def resting(self, announcement: Announcement, at: datetime) -> int:
        """Return how many pending recipients wait for their working hours."""
        over = announcement.resting_until is None or announcement.resting_until <= at
        return (
            0 if over or announcement.state is AnnouncementState.RECALLED else min(announcement.resting, self.waiting)
        )

    def per_second(self, announcement: Announcement, at: datetime) -> float:
        """Return settled messages per second since the current sending started."""
        if announcement.started_at is None or at <= announcement.started_at:
            return 0.0
        done = self.final - announcement.settled_before
        return max(0, done) / (at - announcement.started_at).total_seconds()

    def seconds_left(self, announcement: Announcement, at: datetime) -> float | None:
        """Return the estimated seconds left, or None without a reliable rate."""
        rate = self.per_second(announcement, at)
        left = self.pending + self.to_come - self.resting(announcement, at)
        # While a change is being posted, old and new texts both count as sent.
        owing = any(task.kind in _CHANGES for task in announcement.tasks)
        # The first few may be web chats, which are faster than Teams.
        few = self.final - announcement.settled_before < _FEWEST
        return left / rate if left > 0 and rate > 0 and not owing and not few else None


def _recalled(announcement: Announcement, before: Reached) -> list[tuple[str, int]]:
    rows = [("had", before.people)]
    return [*rows, ("had_confirmed", before.confirmed)] if announcement.confirm else rows


def figures_of(announcement: Announcement) -> Asking[DeliveryFigures]:
    tallied = yield from tally(announcement.id)
    confirmed = 0
    if announcement.confirm:
        confirmed = yield from count(Confirmation, f"announcement:{announcement.id}/{announcement.confirm_since}")
    questions = yield from count(Question, f"announcement:{announcement.id}")
    channels = yield from states(announcement)
    return DeliveryFigures.from_tally(
        tallied, announcement, confirmed=confirmed, questions=questions, channels=channels
    )
