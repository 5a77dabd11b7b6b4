"""The announcement record, from draft to recall, with its state transitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.announce.audience import Audience
from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.decision import Urgency
from dialogs.core.person import Person
from dialogs.teams_membership.model import ChosenChannel
from knowledge.article.article import FALLBACK, Language
from knowledge.organisation.unit import PersonId, PersonTerm


class AnnouncementState(StrEnum):
    """State of an announcement.

    Approval is no state: an approved announcement moves on to SCHEDULED or SENDING in the same turn.
    """

    DRAFT = "draft"
    TEMPLATE = "template"
    AWAITING = "awaiting"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"


# Allowed transitions.
MOVES: Final[Mapping[AnnouncementState, frozenset[AnnouncementState]]] = {
    AnnouncementState.DRAFT: frozenset(
        {AnnouncementState.AWAITING, AnnouncementState.SCHEDULED, AnnouncementState.SENDING, AnnouncementState.TEMPLATE}
    ),
    AnnouncementState.TEMPLATE: frozenset(),
    AnnouncementState.AWAITING: frozenset(
        {AnnouncementState.DRAFT, AnnouncementState.SCHEDULED, AnnouncementState.SENDING}
    ),
    AnnouncementState.SCHEDULED: frozenset({AnnouncementState.DRAFT, AnnouncementState.SENDING}),
    AnnouncementState.SENDING: frozenset({AnnouncementState.SENT, AnnouncementState.RECALLED}),
    AnnouncementState.SENT: frozenset({AnnouncementState.SENDING, AnnouncementState.RECALLED}),
    AnnouncementState.RECALLED: frozenset(),
}
# States in which readers have, or are getting, the announcement.
OUT: Final = frozenset({AnnouncementState.SENDING, AnnouncementState.SENT})
# States in which form and image can be changed.
EDITABLE: Final = frozenset({AnnouncementState.DRAFT, AnnouncementState.TEMPLATE})
# Reminders per announcement.
MAX_CHASES: Final = 3


class Severity(StrEnum):
    """Importance. INFO arrives without notification; only CRITICAL overrides mute and quiet hours."""

    INFO = "info"
    IMPORTANT = "important"
    CRITICAL = "critical"

    @property
    def urgency(self) -> Urgency:
        """Urgency of its messages."""
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
    """Return the best wording for a reader of ``language``.

    Raises:
        LookupError: there is no wording at all.
    """
    for fallback in FALLBACK[language]:
        if fallback in wordings:
            return wordings[fallback]
    raise LookupError(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A button that opens a page.

    ``title`` is its Bokmål label, ``titles`` are the labels in other languages.
    """

    title: str
    url: str
    titles: Mapping[Language, str] = field(default_factory=dict)

    def label(self, language: Language) -> str:
        """Return the best label for a reader of ``language``."""
        labels = {**self.titles, Language.NB: self.title}
        return next(labels[fallback] for fallback in FALLBACK[language] if fallback in labels)


def alternative(image_alt: Mapping[Language, str], language: Language) -> str:
    """Return the best alternative text of an image for a reader of ``language``; empty without any."""
    return next((image_alt[fallback] for fallback in FALLBACK[language] if fallback in image_alt), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosures:
    """What readers get besides the texts. ``image_alt``: alternative text of the image by language."""

    links: tuple[Link, ...] = ()
    image_id: str | None = None
    image_alt: Mapping[Language, str] = field(default_factory=dict)
    expires_at: datetime | None = None


class TaskKind(StrEnum):
    """Kind of work on all recipients, done one page at a time."""

    SEND = "send"
    REVISE = "revise"
    RECALL = "recall"
    RESEND = "resend"
    CHASE = "chase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work on all recipients, with its position.

    Args:
        term: index of the current term in ``Announcement.reach``.
        after: last recipient done; empty at the start of a term.
        ask_again: a revision also asks every reader to confirm the corrected text.
    """

    kind: TaskKind
    term: int = 0
    after: PersonId = ""
    ask_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementChange:
    """One entry of the history.

    ``act`` is a past participle such as sent, corrected, updated, recalled or approved.
    """

    act: str
    by: PersonId
    at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Texts of an incident before an update."""

    wordings: Mapping[Language, Wording]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A correction waiting for approval. Without ``enclosures``, only the texts change."""

    wordings: Mapping[Language, Wording]
    confirm_again: bool
    by: PersonId
    enclosures: Enclosures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How many people had an announcement, and how many of them had confirmed it."""

    people: int
    confirmed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Count of an edition's audience.

    Args:
        people: recipients so far.
        muted: people left out because they muted announcements.
        sample: ids of a few recipients.
        done: the count is complete.
        term: index of the current term in ``Announcement.reach``.
        after: last person counted in that term.
    """

    edition: int
    people: int = 0
    muted: int = 0
    sample: tuple[PersonId, ...] = ()
    done: bool = False
    term: int = 0
    after: PersonId = ""


# The index term of announced faults.
FAULT: Final = "fault"


def about_term(subject: str) -> str:
    """Return the index term of announced faults about a subject."""
    return f"about:{subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One announcement.

    Args:
        municipality_id: owning municipality; its announcers may handle the announcement.
        desk: slot of the author's card.
        sender: name of the sender as readers see it, before the municipality; empty shows the municipality alone.
        colleagues: slot of the progress card per further announcer, keyed by person id.
        edition: number of saved changes, by which outdated cards are recognised.
        version: number of texts sent to readers.
        channels: Teams channels it is also posted in.
        subjects: articles, and programs as "program:<id>", that an incident is about while it lasts.
        confirm_since: first version for which confirmations count.
        chases: number of reminder slots used, requests to confirm a corrected text among them.
        reach: index terms to find the audience by.
        tasks: work still to do on recipients.
        resting: recipients with quiet hours at sending, waiting for working hours.
        resting_until: end of the longest such wait.
        settled_before: messages already settled when the current sending started.
        before_recall: the people it had reached when it was recalled.
    """

    KIND: ClassVar[str] = "announcement"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="100 drafts and templates of one announcer",
        whose=Whose.ANNOUNCER,
        months=36,
        dated="changed_at",
        terms=("author:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    author_id: Annotated[PersonId, Purpose.EVIDENCE]
    municipality_id: Annotated[str, Purpose.PLACE]
    desk: Annotated[str, Purpose.ORDER]
    colleagues: Annotated[Mapping[PersonId, str], Purpose.ORDER] = field(default_factory=dict)
    state: Annotated[AnnouncementState, Purpose.ORDER] = AnnouncementState.DRAFT
    edition: Annotated[int, Purpose.ORDER] = 0
    version: Annotated[int, Purpose.ORDER] = 0
    wordings: Annotated[Mapping[Language, Wording], Purpose.INFORM] = field(default_factory=dict)
    links: Annotated[tuple[Link, ...], Purpose.INFORM] = ()
    image_id: Annotated[str | None, Purpose.INFORM] = None
    image_alt: Annotated[Mapping[Language, str], Purpose.INFORM] = field(default_factory=dict)
    sender: Annotated[str, Purpose.INFORM] = ""
    audience: Annotated[Audience, Purpose.INFORM] = field(default_factory=Audience)
    channels: Annotated[tuple[ChosenChannel, ...], Purpose.INFORM] = ()
    severity: Annotated[Severity, Purpose.INFORM] = Severity.INFO
    confirm: Annotated[bool, Purpose.INFORM] = False
    confirm_since: Annotated[int, Purpose.INFORM] = 1
    incident: Annotated[bool, Purpose.INFORM] = False
    joiners: Annotated[bool, Purpose.INFORM] = False
    subjects: Annotated[tuple[str, ...], Purpose.INFORM] = ()
    earlier: Annotated[tuple[Earlier, ...], Purpose.INFORM] = ()
    pending: Annotated[Pending | None, Purpose.INFORM] = None
    counted: Annotated[Counted | None, Purpose.ORDER] = None
    approved_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    scheduled_at: Annotated[datetime | None, Purpose.INFORM] = None
    expires_at: Annotated[datetime | None, Purpose.INFORM] = None
    started_at: Annotated[datetime | None, Purpose.INFORM] = None
    settled_before: Annotated[int, Purpose.ORDER] = 0
    resting: Annotated[int, Purpose.ORDER] = 0
    resting_until: Annotated[datetime | None, Purpose.ORDER] = None
    reach: Annotated[tuple[PersonTerm, ...], Purpose.ORDER] = ()
    tasks: Annotated[tuple[Task, ...], Purpose.ORDER] = ()
    before_recall: Annotated[Reached | None, Purpose.INFORM] = None
    chases: Annotated[int, Purpose.ORDER] = 0
    history: Annotated[tuple[AnnouncementChange, ...], Purpose.EVIDENCE] = ()
    created_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
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
            if self.incident and self.expires_at is not None:
                yield FAULT
                yield from map(about_term, self.subjects)

    @property
    def returned(self) -> AnnouncementChange | None:
        """The entry of the approver who sent the draft back, until it is submitted again."""
        last = self.history[-1] if self.history else None
        return last if self.state is AnnouncementState.DRAFT and last is not None and last.act == "rejected" else None

    def to(self, state: AnnouncementState) -> Self:
        """Return the announcement in another state.

        Raises:
            ValueError: the transition is not allowed.
        """
        if state not in MOVES[self.state]:
            raise ValueError(f"an announcement cannot go from {self.state} to {state}")
        return replace(self, state=state)

    def noted(self, act: str, by: str, at: datetime) -> Self:
        """Return the announcement with the act added to its history."""
        change = AnnouncementChange(act=act, by=by, at=at, version=self.version)
        return replace(self, history=(*self.history, change), changed_at=at)

    def wording(self, language: Language) -> Wording:
        """Return the best wording for a reader of ``language``.

        Raises:
            LookupError: there is no wording at all.
        """
        return worded(self.wordings, language)

    @property
    def enclosures(self) -> Enclosures:
        """What readers get besides the texts."""
        return Enclosures(
            links=self.links, image_id=self.image_id, image_alt=self.image_alt, expires_at=self.expires_at
        )

    def corrected_by(self, correction: Pending) -> Self:
        """Return the announcement with the content of a correction, otherwise as it is."""
        parts = correction.enclosures or self.enclosures
        return replace(
            self,
            wordings=correction.wordings,
            links=parts.links,
            image_id=parts.image_id,
            image_alt=parts.image_alt,
            expires_at=parts.expires_at,
        )

    def heard_by(self, person: Person) -> bool:
        """Return whether a person of the audience gets it, by the person's settings. Critical ones override them."""
        return self.severity is Severity.CRITICAL or not person.muted

    def live(self, at: datetime) -> bool:
        """Return whether it is out and has not expired."""
        return self.state in OUT and (self.expires_at is None or self.expires_at > at)

    @property
    def first_sent_at(self) -> datetime | None:
        """When it first went to readers; ``started_at`` is that of the latest sending."""
        first = next((change.at for change in self.history if change.act == "sent"), None)
        return first or self.started_at

    @property
    def said_at(self) -> datetime:
        """When readers got the current text."""
        acts = {"sent", "corrected", "updated"}
        return next((change.at for change in reversed(self.history) if change.act in acts), self.changed_at)

    @property
    def slot(self) -> str:
        """The slot of its message in each reader's chat."""
        return f"announce/{self.id}"

    @property
    def chase_slots(self) -> tuple[str, ...]:
        """The slots of reminders in a reader's chat, oldest first."""
        return tuple(f"{self.slot}/chase/{number}" for number in range(1, self.chases + 1))

    @property
    def channels_alone(self) -> bool:
        """Whether it goes to channels only, without personal recipients.

        An audience counted as empty for the current edition has the same effect as ``channels_only``.
        """
        nobody = self.counts is not None and self.counts.people == 0
        return bool(self.channels) and (self.audience.channels_only or nobody)

    @property
    def counts(self) -> Counted | None:
        """The finished count of the current edition, or None."""
        return self.counted if self.counted and self.counted.done and self.counted.edition == self.edition else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A reader's confirmation, stored only if the announcement asked for one."""

    KIND: ClassVar[str] = "confirmation"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each version of an announcement", months=24, dated="at")

    id: Annotated[str, Purpose.ORDER]
    announcement_id: Annotated[str, Purpose.INFORM]
    person_id: Annotated[PersonId, Purpose.ORDER]
    since: Annotated[int, Purpose.INFORM]
    at: Annotated[datetime, Purpose.TIME]

    @classmethod
    def id_of(cls, announcement: Announcement, person_id: str) -> str:
        """Return the id of a person's confirmation of the current text."""
        return f"{announcement.id}/{announcement.confirm_since}/{person_id}"

    def terms(self) -> Iterable[str]:
        yield f"announcement:{self.announcement_id}/{self.since}"
        yield f"announcement:{self.announcement_id}"
        yield f"person:{self.person_id}"
        yield month_term(self.at)
