"""An announcement, from draft to recall."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from dialogs.announce.audience import Audience
from dialogs.decision import Urgency
from dialogs.month import month_term
from dialogs.team.model import Spot
from knowledge.article import FALLBACK, Language


class State(StrEnum):
    """Where an announcement stands. APPROVED ones go on at once to SCHEDULED or SENDING."""

    DRAFT = "draft"
    TEMPLATE = "template"
    AWAITING = "awaiting"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset({State.AWAITING, State.SCHEDULED, State.SENDING, State.TEMPLATE}),
    State.TEMPLATE: frozenset(),
    State.AWAITING: frozenset({State.DRAFT, State.SCHEDULED, State.SENDING}),
    State.SCHEDULED: frozenset({State.DRAFT, State.SENDING}),
    State.SENDING: frozenset({State.SENT, State.RECALLED}),
    State.SENT: frozenset({State.SENDING, State.RECALLED}),
    State.RECALLED: frozenset(),
}
OUT: Final = frozenset({State.SENDING, State.SENT})
EDITABLE: Final = frozenset({State.DRAFT, State.TEMPLATE})
MOST_CHASES: Final = 3
"""Reminders to those who have not confirmed."""


class Severity(StrEnum):
    """How much it matters. INFO arrives without a notification. Only CRITICAL overrides mute and quiet hours."""

    INFO = "info"
    IMPORTANT = "important"
    CRITICAL = "critical"

    @property
    def urgency(self) -> Urgency:
        """How its messages ask for attention."""
        return _URGENCY[self]


_URGENCY: Final = {
    Severity.INFO: Urgency.QUIET,
    Severity.IMPORTANT: Urgency.NORMAL,
    Severity.CRITICAL: Urgency.CRITICAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Title and Markdown body in one language."""

    title: str
    body: str


def worded(wordings: Mapping[Language, Wording], language: Language) -> Wording:
    """Return the wording a reader of ``language`` reads. Raises LookupError: there is none at all."""
    for fallback in FALLBACK[language]:
        if fallback in wordings:
            return wordings[fallback]
    raise LookupError(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A button that opens a page."""

    title: str
    url: str


class TaskKind(StrEnum):
    """What is being done to all recipients, one portion at a time."""

    SEND = "send"
    REVISE = "revise"
    RECALL = "recall"
    RESEND = "resend"
    CHASE = "chase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work on the recipients, done up to ``after`` (a recipient); ``term`` numbers the term of the reach it is in."""

    kind: TaskKind
    term: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that was done to it: ``act`` is sent, corrected, updated, recalled, approved and so on."""

    act: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an incident said before its latest update."""

    wordings: Mapping[Language, Wording]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A correction that waits for a second person's approval."""

    wordings: Mapping[Language, Wording]
    confirm_again: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The audience of an edition, counted. ``muted`` of them are left out; ``sample`` are ids of a few included.

    While ``done`` is off the counting has come to ``term`` and ``after``.
    """

    edition: int
    people: int = 0
    muted: int = 0
    sample: tuple[str, ...] = ()
    done: bool = False
    term: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One announcement.

    ``municipality_id`` is whose it is: its announcers may handle it. ``edition`` counts saved changes, so that a card
    of an older edition is recognised; ``version`` counts what readers were sent. ``reach`` and ``tasks`` are the work
    of sending; ``resting`` of those it is owed to wait for working hours, the last of them until ``resting_until``.
    ``channels`` are those in Teams it is posted in, too. ``confirm_since`` is the version from which
    confirmations count. ``settled_before`` is how many messages had settled when the present sending started.
    ``desk`` is the slot of the author's card, ``colleagues`` are those of others who have it in hand, by person.
    """

    KIND: ClassVar[str] = "announcement"
    SCHEMA: ClassVar[int] = 1

    id: str
    author_id: str
    municipality_id: str
    desk: str
    colleagues: Mapping[str, str] = field(default_factory=dict)
    state: State = State.DRAFT
    edition: int = 0
    version: int = 0
    wordings: Mapping[Language, Wording] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    image_id: str | None = None
    audience: Audience = field(default_factory=Audience)
    channels: tuple[Spot, ...] = ()
    severity: Severity = Severity.INFO
    confirm: bool = False
    confirm_since: int = 1
    incident: bool = False
    joiners: bool = False
    earlier: tuple[Earlier, ...] = ()
    pending: Pending | None = None
    counted: Counted | None = None
    approved_by: str | None = None
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    started_at: datetime | None = None
    settled_before: int = 0
    resting: int = 0
    resting_until: datetime | None = None
    reach: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    chases: int = 0
    history: tuple[Change, ...] = ()
    created_at: datetime
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"author:{self.author_id}"
        yield month_term(self.changed_at)
        yield f"municipality:{self.municipality_id}"
        yield f"{self.state}@{self.municipality_id}"
        if self.image_id is not None:
            yield f"image:{self.image_id}"
        if self.state in OUT:
            yield "live"
            if self.joiners:
                yield "joiners"

    def to(self, state: State) -> Self:
        """Return it in another state. Raises ValueError: there is no way from here to there."""
        if state not in MOVES[self.state]:
            raise ValueError(f"an announcement cannot go from {self.state} to {state}")
        return replace(self, state=state)

    def noted(self, act: str, by: str, at: datetime) -> Self:
        """Return it with the act in its history."""
        change = Change(act=act, by=by, at=at, version=self.version)
        return replace(self, history=(*self.history, change), changed_at=at)

    def wording(self, language: Language) -> Wording:
        """Return what a reader of ``language`` reads. Raises LookupError: it has no wording at all."""
        return worded(self.wordings, language)

    def live(self, at: datetime) -> bool:
        """Tell whether it is out and has not expired."""
        return self.state in OUT and (self.expires_at is None or self.expires_at > at)

    @property
    def said_at(self) -> datetime:
        """When readers were given the present text."""
        acts = {"sent", "corrected", "updated"}
        return next((change.at for change in reversed(self.history) if change.act in acts), self.changed_at)

    @property
    def slot(self) -> str:
        """The slot of its message in each reader's chat."""
        return f"announce/{self.id}"

    @property
    def channels_alone(self) -> bool:
        """Whether it goes to channels and, as counted for the present edition, to nobody by themselves."""
        nobody = self.counts is not None and self.counts.people == 0
        return bool(self.channels) and (self.audience.channels_only or nobody)

    @property
    def counts(self) -> Counted | None:
        """The finished count of the present edition, None while there is none."""
        return self.counted if self.counted and self.counted.done and self.counted.edition == self.edition else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A reader's confirmation, kept only of announcements that demanded it and said so."""

    KIND: ClassVar[str] = "confirmation"
    SCHEMA: ClassVar[int] = 1

    id: str
    announcement_id: str
    person_id: str
    since: int
    at: datetime

    @classmethod
    def id_of(cls, announcement: Announcement, person_id: str) -> str:
        """Return the id of a person's confirmation of what is out now."""
        return f"{announcement.id}/{announcement.confirm_since}/{person_id}"

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"announcement:{self.announcement_id}/{self.since}"
        yield f"announcement:{self.announcement_id}"
        yield f"person:{self.person_id}"
        yield month_term(self.at)
