"""A handoff: one question to a colleague, as a frozen state machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules
from dialogs.core.month import month_term
from dialogs.handoff.transitions import ALLOWED, ENDED, MOVED, ForbiddenTransition, HistoryEntry, Status, Transition
from knowledge.article.article import Language

MOST_MOMENTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One masked question, from asking until it is closed.

    Attributes:
        unit_id: the asker's unit; distances are counted from it.
        article_id: the article the bot answered with.
        offered_to: the ambassador with the current offer; set in OFFERED only.
        stands_in_for: the absent ambassador that ``offered_to``, and later the owner, substitutes for.
        owner_id: the helper after accepting; set in ACCEPTED and kept in RESOLVED.
        contacts: recipients of the escalation; ESCALATED without contacts means that no contact could be reached.
        declined: helpers that declined or released it; they get no further offer.
        tried: helpers that let an offer expire; they may get one more offer later.
        knowing: topic the next helper must know.
        next_at: next timer; None only when no further step follows.
        expected_at: the answer time promised to the asker.
        acceptances, resolutions, reminders, said, tips, rounds: counters; they name slots and limit repetition.
        last_said_by, last_said_at: author and time of the last message or acceptance that reached the other end.
        asked: ambassadors the owner asked for advice, still without an answer; empty without an owner.
        question_images: images of the question, shown to the owner.
        images: all images of the handoff, from both ends.
        sent_article_id: the last article the helper answered with.
        turned: when each end last selected this conversation, by person id.
        told: ends that have read, since the acceptance, that their messages are relayed.
    """

    KIND: ClassVar[str] = "handoff"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(months=12, dated="changed_at")

    id: str
    asker_id: str
    municipality_id: str
    unit_id: str
    language: Language
    question: str
    question_id: str | None = None
    article_id: str | None = None
    topics: frozenset[str] = frozenset()
    status: Status = Status.WAITING
    offered_to: str | None = None
    stands_in_for: str | None = None
    owner_id: str | None = None
    contacts: tuple[str, ...] = ()
    declined: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    knowing: str | None = None
    next_at: datetime | None = None
    expected_at: datetime | None = None
    acceptances: int = 0
    resolutions: int = 0
    reminders: int = 0
    rounds: int = 0
    said: int = 0
    last_said_by: str | None = None
    last_said_at: datetime | None = None
    owner_spoke: bool = False
    turned: Mapping[str, datetime] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    tips: int = 0
    question_images: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    answer: str = ""
    sent_article_id: str | None = None
    helped: bool | None = None
    rating: int | None = None
    history: tuple[HistoryEntry, ...] = ()
    created_at: datetime
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record."""
        yield f"person:{self.asker_id}"
        yield month_term(self.changed_at)
        yield f"municipality:{self.municipality_id}"
        yield f"status:{self.status}"
        yield f"status:{self.status}@{self.municipality_id}"
        if self.owner_id:
            yield f"owner:{self.owner_id}"
        if self.status is Status.RESOLVED:
            yield f"done:{self.owner_id}"
        if self.offered_to:
            yield f"offered:{self.offered_to}"
        if self.status is Status.ACCEPTED:
            yield f"talks:{self.asker_id}"
            yield f"talks:{self.owner_id}"
        if self.status not in ENDED:
            yield f"open:{self.asker_id}"
        if self.adrift:
            yield f"adrift@{self.municipality_id}"

    @property
    def adrift(self) -> bool:
        """Whether no contact could be reached.

        The asker then sees the contact's address, and the admin page lists the handoff.
        """
        return self.status is Status.ESCALATED and not self.contacts

    @property
    def helper_id(self) -> str | None:
        """The current helper: the owner, or the ambassador with the offer."""
        return self.offered_to if self.status is Status.OFFERED else self.owner_id

    @property
    def solved_at(self) -> datetime | None:
        """Time of the last resolution; None unless RESOLVED."""
        if self.status is not Status.RESOLVED:
            return None
        return next((moment.at for moment in reversed(self.history) if moment.what is Transition.RESOLVED), None)

    @property
    def waits_for_asker(self) -> bool:
        """Whether the owner's message is the last one."""
        return self.status is Status.ACCEPTED and self.owner_spoke

    def turns_of(self, person_id: str) -> int:
        """Return how often the handoff came to a person: as an offer, escalation, acceptance or reopening."""
        turns, having = 0, False
        for moment in self.history:
            if moment.what in {Transition.OFFERED, Transition.ESCALATED} and moment.to == person_id:
                turns, having = turns + 1, True
            elif moment.what is Transition.ACCEPTED and moment.by == person_id:
                turns, having = turns + (not having), True
            elif moment.what in MOVED:
                having = False
        return turns

    def passed_on_by(self, person_id: str) -> str | None:
        """Return the helper who got the offer after ``person_id`` last passed it on.

        None if no helper was free, or if ``person_id`` has not passed it on.
        """
        for before, after in pairwise(reversed(self.history)):
            if after.what is Transition.PASSED and after.by == person_id:
                return before.to if before.what is Transition.OFFERED else None
        return None

    def other_end(self, person_id: str) -> str | None:
        """Return the other end of an accepted handoff.

        None if ``person_id`` is neither end.
        """
        if self.status is not Status.ACCEPTED:
            return None
        return {self.asker_id: self.owner_id, self.owner_id: self.asker_id}.get(person_id)

    def moment(self, what: Transition, at: datetime, *, by: str | None = None, to: str | None = None) -> Self:
        """Append a history entry.

        Beyond ``MOST_MOMENTS`` entries, the oldest ones except the first are dropped.
        """
        history = (*self.history, HistoryEntry(at=at, what=what, by=by, to=to))
        if len(history) > MOST_MOMENTS:
            history = (history[0], *history[-MOST_MOMENTS + 1 :])
        return replace(self, history=history, changed_at=at)

    def wait(self, what: Transition, at: datetime, *, by: str | None = None) -> Self:
        """Take the handoff from its helper and make it wait.

        ``what`` is the reason.
        """
        declined, tried = self.declined, self.tried
        gone = self.helper_id
        if gone and what in {Transition.DECLINED, Transition.RELEASED, Transition.PASSED}:
            declined |= {gone}
        elif gone and what in {Transition.EXPIRED, Transition.IDLE}:
            tried |= {gone}
        return self._to(
            Status.WAITING,
            what,
            at,
            by=by,
            to=gone,
            offered_to=None,
            stands_in_for=None,
            owner_id=None,
            contacts=(),
            asked=(),
            declined=declined,
            tried=tried,
            reminders=0,
        )

    def offer(
        self, to: str, at: datetime, *, until: datetime, expected_at: datetime, stands_in_for: str | None = None
    ) -> Self:
        """Offer it to one ambassador until a deadline, possibly as a substitute for ``stands_in_for``."""
        return self._to(
            Status.OFFERED,
            Transition.OFFERED,
            at,
            to=to,
            offered_to=to,
            stands_in_for=stands_in_for,
            next_at=until,
            expected_at=expected_at,
        )

    def queue(self, at: datetime, *, until: datetime, expected_at: datetime) -> Self:
        """Queue it until a busy ambassador has capacity."""
        return replace(self.moment(Transition.QUEUED, at), next_at=until, expected_at=expected_at)

    def escalate(
        self, contacts: tuple[str, ...], at: datetime, *, until: datetime, expected_at: datetime | None
    ) -> Self:
        """Escalate it to the municipality's contacts.

        ``until`` is the time of the next try.
        """
        first, *others = contacts or (None,)
        brought = self._to(
            Status.ESCALATED,
            Transition.ESCALATED,
            at,
            to=first,
            contacts=contacts,
            next_at=until,
            expected_at=expected_at,
            rounds=self.rounds + 1,
        )
        for contact in others:
            brought = brought.moment(Transition.ESCALATED, at, to=contact)
        return brought

    def accept(self, by: str, at: datetime, *, until: datetime) -> Self:
        """Make ``by`` the owner.

        The first reminder is at ``until`` unless a message is sent before.
        """
        return self._to(
            Status.ACCEPTED,
            Transition.ACCEPTED,
            at,
            by=by,
            offered_to=None,
            stands_in_for=self.stands_in_for if self.offered_to == by else None,
            owner_id=by,
            contacts=(),
            next_at=until,
            expected_at=None,
            acceptances=self.acceptances + 1,
            reminders=0,
            last_said_by=by,
            last_said_at=at,
            owner_spoke=False,
            turned={**self.turned, by: at},
            told=frozenset(),
            knowing=None,
        )

    def resolve(self, at: datetime, *, by: str | None, answer: str, until: datetime) -> Self:
        """Mark it as answered; the asker may reopen it until ``until``."""
        return self._to(
            Status.RESOLVED,
            Transition.RESOLVED,
            at,
            by=by,
            answer=answer,
            next_at=until,
            asked=(),
            resolutions=self.resolutions + 1,
            helped=None,
            rating=None,
        )

    def withdraw(self, at: datetime) -> Self:
        """Withdraw it for the asker."""
        return self._to(
            Status.WITHDRAWN,
            Transition.WITHDRAWN,
            at,
            by=self.asker_id,
            offered_to=None,
            contacts=(),
            asked=(),
            next_at=None,
            expected_at=None,
        )

    def _to(
        self,
        status: Status,
        what: Transition,
        at: datetime,
        *,
        by: str | None = None,
        to: str | None = None,
        **changes: Any,
    ) -> Self:
        if status not in ALLOWED[self.status]:
            raise ForbiddenTransition(f"{self.status} → {status}")
        return replace(self.moment(what, at, by=by, to=to), status=status, **changes)
