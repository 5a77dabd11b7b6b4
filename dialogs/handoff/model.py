"""A handoff: one question on its way to a human and back, as a frozen state machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, ClassVar, Final, Self

from dialogs.core.month import month_term
from dialogs.handoff.transitions import ALLOWED, ENDED, MOVED, ForbiddenTransition, HistoryEntry, Status, Transition
from knowledge.article.article import Language

MOST_MOMENTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One question, masked, from the asking until it is closed for good.

    Attributes:
        unit_id: the asker's, where nearness is counted from.
        article_id: what the bot had answered.
        offered_to: the ambassador who has an offer now; set exactly in OFFERED.
        stands_in_for: the absent ambassador whose place ``offered_to``, and later the owner, takes as a substitute.
        owner_id: the helper who took it; set in ACCEPTED and kept in RESOLVED.
        contacts: the people the escalation was shown to; empty with ESCALATED means nobody could be reached.
        declined: helpers who said no or gave it back; they are not offered it again.
        tried: helpers who let an offer run out; they may be tried again another day.
        knowing: a topic the next helper must know.
        next_at: when the clock acts next; None only when nothing is left to happen.
        expected_at: what the asker was told about when to expect an answer.
        acceptances, resolutions, reminders, said, tips, rounds: counters; they name slots and limit repetition.
        last_said_by, last_said_at: whose words, or whose acceptance, were the last thing to reach the other end.
        asked: ambassadors the owner has asked for advice, who have not answered; empty without an owner.
        question_images, images: what came with the question, shown to whoever takes it; and everything either end sent.
        sent_article_id: the article the helper answered with, last.
        turned: when each end last turned to this conversation, by person id.
        told: the ends who have read, since it was accepted, that their words reach the other.
    """

    KIND: ClassVar[str] = "handoff"
    SCHEMA: ClassVar[int] = 1

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
        """Return the words it is found by."""
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
        """Whether nobody could be reached; the asker has the contact's address and the admin sees it listed."""
        return self.status is Status.ESCALATED and not self.contacts

    @property
    def helper_id(self) -> str | None:
        """Who has it now: the owner, or the one it is offered to."""
        return self.offered_to if self.status is Status.OFFERED else self.owner_id

    @property
    def solved_at(self) -> datetime | None:
        """When it was solved; None while it is not."""
        if self.status is not Status.RESOLVED:
            return None
        return next((moment.at for moment in reversed(self.history) if moment.what is Transition.RESOLVED), None)

    @property
    def waits_for_asker(self) -> bool:
        """Whether the owner has written since the asker last did."""
        return self.status is Status.ACCEPTED and self.owner_spoke

    def turns_of(self, person_id: str) -> int:
        """Return how often it has come to somebody anew: by an offer, as to a contact, from the queue, or reopened."""
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
        """Return who was offered it when ``person_id`` last passed it on; None: nobody was free, or they did not."""
        for before, after in pairwise(reversed(self.history)):
            if after.what is Transition.PASSED and after.by == person_id:
                return before.to if before.what is Transition.OFFERED else None
        return None

    def other_end(self, person_id: str) -> str | None:
        """Return who is at the other end of an accepted handoff; None when ``person_id`` is at neither."""
        if self.status is not Status.ACCEPTED:
            return None
        return {self.asker_id: self.owner_id, self.owner_id: self.asker_id}.get(person_id)

    def moment(self, what: Transition, at: datetime, *, by: str | None = None, to: str | None = None) -> Self:
        """Return the handoff with one more event; of a very long history the middle is dropped."""
        history = (*self.history, HistoryEntry(at=at, what=what, by=by, to=to))
        if len(history) > MOST_MOMENTS:
            history = (history[0], *history[-MOST_MOMENTS + 1 :])
        return replace(self, history=history, changed_at=at)

    def wait(self, what: Transition, at: datetime, *, by: str | None = None) -> Self:
        """Take it from whoever has it, back to the pool. ``what`` says why."""
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
        """Show it to one ambassador until a deadline; ``stands_in_for`` is whose substitute they are in this."""
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
        """Let it wait for a place at an ambassador who is busy now."""
        return replace(self.moment(Transition.QUEUED, at), next_at=until, expected_at=expected_at)

    def escalate(
        self, contacts: tuple[str, ...], at: datetime, *, until: datetime, expected_at: datetime | None
    ) -> Self:
        """Bring it to the contacts of the municipality; ``until`` is the next try."""
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
        """Give it to ``by``, who is reminded at ``until`` if nothing is heard."""
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
        """Take it as answered; the asker may reopen it until ``until``."""
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
        """End it by the asker's wish."""
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
