"""How many recipients stand where."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from dialogs.announce.channels import states
from dialogs.announce.model import Announcement, Confirmation, State, TaskKind
from dialogs.ask.model import Question
from dialogs.query import Asking, count, tally

_OWED: Final = frozenset({"waiting", "throttled", "leased"})
_FEWEST: Final = 10
_CHANGES: Final = frozenset({TaskKind.REVISE, TaskKind.RECALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """People by what came of their message.

    ``waiting`` counts those not settled but for the ``throttled``, which their channel has put off; ``to_come`` those
    not yet owed.

    ``channels`` in Teams are counted apart: the delivery state of each by its recipient.
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
    def of(
        cls,
        tally: Mapping[str, int],
        announcement: Announcement,
        *,
        confirmed: int,
        questions: int,
        channels: Mapping[str, str],
    ) -> Self:
        """Read a tally of delivery states, in which ``channels`` are counted as well."""
        tallied = Counter(tally) - Counter(channels.values())
        owed = sum(tallied.values())
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
            to_come=max(0, expected - owed),
            confirmed=confirmed,
            questions=questions,
            channels=channels,
        )

    @classmethod
    def expected(cls, announcement: Announcement) -> Self:
        """Return what is to come before anything was owed."""
        return cls(to_come=announcement.counted.people if announcement.counted else 0)

    @property
    def owed(self) -> int:
        """How many still wait, people and channels."""
        return self.waiting + self.throttled + sum(status in _OWED for status in self.channels.values())

    @property
    def put_off(self) -> int:
        """How many their channel has put off, people and channels."""
        return self.throttled + sum(status == "throttled" for status in self.channels.values())

    @property
    def settled(self) -> int:
        """How many people's messages have come to an end, one way or another."""
        return self.sent + self.unreachable + self.dead + self.expired + self.deleted

    def settled_before(self, announcement: Announcement) -> int:
        """Return how many of them have nothing to do with what is being done now."""
        kinds = {task.kind for task in announcement.tasks}
        if kinds & _CHANGES:
            return self.settled - self.sent
        if TaskKind.RESEND in kinds:
            return self.settled - self.unreachable - self.dead - self.expired
        return self.settled

    @property
    def failed(self) -> int:
        """How many it did not reach, people and channels."""
        lost = sum(status in {"unreachable", "dead", "expired"} for status in self.channels.values())
        return self.unreachable + self.dead + self.expired + lost

    @property
    def mark(self) -> str:
        """A short text that changes when any number does."""
        return ",".join(str(getattr(self, name)) for name in self.__dataclass_fields__)

    def rows(self, announcement: Announcement) -> list[tuple[str, int]]:
        """Return the numbers worth showing, by name; those that are usually nought only when they are not.

        There are none where it went to channels alone.
        """
        if not (self.settled or self.waiting or self.throttled or self.to_come) and announcement.channels:
            return [("questions", self.questions)] if self.questions else []
        shown = [("sent", self.sent), ("waiting", self.waiting + self.to_come)]
        rare = ("throttled", "unreachable", "dead", "expired", "deleted", "questions")
        shown += [(name, getattr(self, name)) for name in rare]
        kept = [(name, number) for name, number in shown if number or name in {"sent", "waiting"}]
        return [*kept, ("confirmed", self.confirmed)] if announcement.confirm else kept

    def resting(self, announcement: Announcement, at: datetime) -> int:
        """Return how many of those who wait do so because they asked to be told in working hours only."""
        over = announcement.resting_until is None or announcement.resting_until <= at
        return 0 if over or announcement.state is State.RECALLED else min(announcement.resting, self.waiting)

    def per_second(self, announcement: Announcement, at: datetime) -> float:
        """Return settled messages a second since the present sending started."""
        if announcement.started_at is None or at <= announcement.started_at:
            return 0.0
        done = self.settled - announcement.settled_before
        return max(0, done) / (at - announcement.started_at).total_seconds()

    def seconds_left(self, announcement: Announcement, at: datetime) -> float | None:
        """Return the time left at the present pace; None when that says nothing.

        While a change is still being owed, who has the old text and who the new look alike. A few are no pace yet: the
        first may be on the web page, and all others wait for Teams.
        """
        rate = self.per_second(announcement, at)
        left = self.owed + self.to_come - self.resting(announcement, at)
        owing = any(task.kind in _CHANGES for task in announcement.tasks)
        few = self.settled - announcement.settled_before < _FEWEST
        return left / rate if left > 0 and rate > 0 and not owing and not few else None


def numbers_of(announcement: Announcement) -> Asking[Numbers]:
    """Ask for the present numbers."""
    tallied = yield from tally(announcement.id)
    confirmed = 0
    if announcement.confirm:
        confirmed = yield from count(Confirmation, f"announcement:{announcement.id}/{announcement.confirm_since}")
    questions = yield from count(Question, f"announcement:{announcement.id}")
    channels = yield from states(announcement)
    return Numbers.of(tallied, announcement, confirmed=confirmed, questions=questions, channels=channels)
