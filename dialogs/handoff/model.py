"""A handoff: one question to a colleague, as a frozen state machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.handoff.assignment import Assignment
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.transitions import ALLOWED, ENDED, MOVED, ForbiddenTransition, HistoryEntry, Status, Transition
from knowledge.article.article import Language
from knowledge.organisation.unit import PersonId

MAX_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One masked question, from asking until it is closed.

    A method that changes the state checks ``ALLOWED`` and changes the parts; a change within one part is a method of
    that part.

    Attributes:
        unit_id: the asker's unit; distances are counted from it.
        article_id: the article the bot answered with.
        question_images: images of the question, shown to the owner.
        suggestible: the asker read that the helper may suggest the question to the editors, and did not refuse.
        assignment: current and earlier helpers.
        chat: state of the conversation between asker and owner.
        outcome: the answer and the asker's verdict.
        forms: how often each helper opened a form to pass it on or to close it; names slots.
        next_at: next timer; None only when no further step follows.
    """

    KIND: ClassVar[str] = "handoff"
    SCHEMA: ClassVar[int] = 2
    RULES: ClassVar[DataRules] = DataRules(
        most="5 open, 20 sent in 24 hours; all guests of a municipality 20 an hour", months=12, dated="changed_at"
    )

    id: Annotated[str, Purpose.ORDER]
    asker_id: Annotated[PersonId, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    unit_id: Annotated[str, Purpose.PLACE]
    language: Annotated[Language, Purpose.HELP]
    question: Annotated[str, Purpose.HELP]
    question_id: Annotated[str | None, Purpose.HELP] = None
    article_id: Annotated[str | None, Purpose.HELP] = None
    topics: Annotated[frozenset[str], Purpose.HELP] = frozenset()
    question_images: Annotated[tuple[str, ...], Purpose.HELP] = ()
    suggestible: Annotated[bool, Purpose.CHOICE] = False
    status: Annotated[Status, Purpose.HELP] = Status.WAITING
    assignment: Assignment = field(default_factory=Assignment)
    chat: HandoffChat = field(default_factory=HandoffChat)
    outcome: HandoffOutcome = field(default_factory=HandoffOutcome)
    forms: Annotated[Mapping[PersonId, int], Purpose.ORDER] = field(default_factory=dict)
    next_at: Annotated[datetime | None, Purpose.HELP] = None
    history: Annotated[tuple[HistoryEntry, ...], Purpose.EVIDENCE] = ()
    created_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.asker_id}"
        yield month_term(self.changed_at)
        yield f"municipality:{self.municipality_id}"
        yield f"status:{self.status}"
        yield f"status:{self.status}@{self.municipality_id}"
        if self.assignment.owner_id:
            yield f"owner:{self.assignment.owner_id}"
        if self.status is Status.RESOLVED:
            yield f"done:{self.assignment.owner_id}"
        if self.assignment.offered_to:
            yield f"offered:{self.assignment.offered_to}"
        if self.status is Status.ACCEPTED:
            yield f"talks:{self.asker_id}"
            yield f"talks:{self.assignment.owner_id}"
        if self.status not in ENDED:
            yield f"open:{self.asker_id}"
        if self.adrift:
            yield f"adrift@{self.municipality_id}"
        for id_ in self.helpers:
            yield f"helper:{id_}"

    @property
    def helpers(self) -> frozenset[str]:
        """Everyone except the asker that had it, was offered it or was asked for advice."""
        assignment, chat = self.assignment, self.chat
        named = {
            assignment.offered_to,
            assignment.stands_in_for,
            assignment.owner_id,
            *assignment.contacts,
            *assignment.declined,
            *assignment.tried,
            *chat.advisers,
            *chat.receipts,
            *chat.focused_at,
            *self.forms,
            chat.last_by,
            *(entry.by for entry in self.history),
            *(entry.to for entry in self.history),
        }
        return frozenset(id_ for id_ in named if id_ and id_ != self.asker_id)

    @property
    def adrift(self) -> bool:
        """Whether no contact could be reached.

        The asker then sees the contact's address, and the admin page lists the handoff.
        """
        return self.status is Status.ESCALATED and not self.assignment.contacts

    @property
    def asked(self) -> frozenset[str]:
        """Helpers that got an offer, since the question was asked or last reopened."""
        offered: set[str] = set()
        for entry in reversed(self.history):
            if entry.what is Transition.REOPENED:
                break
            if entry.what is Transition.OFFERED and entry.to is not None:
                offered.add(entry.to)
        return frozenset(offered)

    @property
    def promised_at(self) -> datetime | None:
        """The promised time, while the asker can still count on it.

        None once a helper has the question, or if the time passed before a contact got it.
        """
        promised = self.assignment.expected_at
        if promised is None or self.status in {Status.WAITING, Status.OFFERED}:
            return promised
        if self.status is not Status.ESCALATED or self.adrift or self.is_late:
            return None
        escalated_at = (entry.at for entry in reversed(self.history) if entry.what is Transition.ESCALATED)
        return promised if next(escalated_at, self.changed_at) < promised else None

    @property
    def is_late(self) -> bool:
        """Whether the contacts have it and the promised time passed, as of the last step."""
        promised = self.assignment.expected_at
        with_contact = self.status is Status.ESCALATED and not self.adrift
        return with_contact and promised is not None and promised <= self.history[-1].at

    @property
    def moves(self) -> int:
        """How often it came to a helper, or left one."""
        return sum(entry.what in MOVED or entry.what is Transition.ESCALATED for entry in self.history)

    def is_overdue(self, at: datetime) -> bool:
        """Return whether the promised time passed while the question was open."""
        promised = self.assignment.expected_at
        return self.status not in ENDED and promised is not None and promised <= at

    def may_reopen(self, at: datetime) -> bool:
        """Return whether it is solved and the asker can open it again."""
        return self.status is Status.RESOLVED and self.next_at is not None and at <= self.next_at

    @property
    def given_to_contact(self) -> bool:
        """Whether someone chose the contact that has it, instead of no ambassador being left."""
        steps = (e.what for e in reversed(self.history) if e.what not in {Transition.ESCALATED, Transition.REMINDED})
        return self.status is Status.ESCALATED and next(steps, None) in {Transition.PASSED, Transition.ASSIGNED}

    @property
    def helper_id(self) -> str | None:
        """The current helper: the owner, or the ambassador with the offer."""
        return self.assignment.offered_to if self.status is Status.OFFERED else self.assignment.owner_id

    def is_with(self, person_id: str) -> bool:
        """Return whether a person has it now: the offer, the question, or as a contact."""
        if self.status in {Status.OFFERED, Status.ACCEPTED}:
            return self.helper_id == person_id
        return self.status is Status.ESCALATED and person_id in self.assignment.contacts

    @property
    def solved_at(self) -> datetime | None:
        """Time of the last resolution; None unless RESOLVED."""
        if self.status is not Status.RESOLVED:
            return None
        return next((entry.at for entry in reversed(self.history) if entry.what is Transition.RESOLVED), None)

    @property
    def waits_for_asker(self) -> bool:
        """Whether the owner's message is the last one."""
        return self.status is Status.ACCEPTED and self.chat.owner_spoke

    def turns_of(self, person_id: str) -> int:
        """Return how often the handoff came to a person: as an offer, escalation, acceptance or reopening."""
        turns, having = 0, False
        for entry in self.history:
            if entry.what in {Transition.OFFERED, Transition.ESCALATED} and entry.to == person_id:
                turns, having = turns + 1, True
            elif entry.what is Transition.ACCEPTED and entry.by == person_id:
                turns, having = turns + (not having), True
            elif entry.what in MOVED:
                having = False
        return turns

    def owner_at(self, at: datetime) -> str | None:
        """Return the helper that had it at a time, also after resolving it."""
        owner_id = None
        for entry in self.history:
            if entry.at > at:
                break
            if entry.what is Transition.ACCEPTED:
                owner_id = entry.by
            elif entry.what in MOVED:
                owner_id = None
        return owner_id

    @property
    def has_earlier_chat(self) -> bool:
        """Whether messages were sent before the present owner took it from another helper."""
        owners = [entry.by for entry in self.history if entry.what is Transition.ACCEPTED]
        another = len(owners) > 1 and owners[-2] != owners[-1]
        return self.status is Status.ACCEPTED and self.chat.messages > 0 and another

    @property
    def chat_shown(self) -> bool:
        """Whether the asker has shown the earlier conversation to the last owner."""
        steps = (entry.what for entry in reversed(self.history))
        last = next((step for step in steps if step in {Transition.ACCEPTED, Transition.CHAT_SHOWN}), None)
        return last is Transition.CHAT_SHOWN

    def passed_on_by(self, person_id: str) -> str | None:
        """Return the recipient of the offer after ``person_id`` last passed it on.

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
        return {self.asker_id: self.assignment.owner_id, self.assignment.owner_id: self.asker_id}.get(person_id)

    def log(self, transition: Transition, at: datetime, *, by: str | None = None, to: str | None = None) -> Self:
        """Append a history entry."""
        # Beyond ``MAX_ENTRIES`` entries, the oldest ones except the first are dropped.
        history = (*self.history, HistoryEntry(at=at, what=transition, by=by, to=to))
        if len(history) > MAX_ENTRIES:
            history = (history[0], *history[-MAX_ENTRIES + 1 :])
        return replace(self, history=history, changed_at=at)

    def wait(self, transition: Transition, at: datetime, *, by: str | None = None) -> Self:
        """Take the handoff from its helper and make it wait.

        ``transition`` is the reason.
        """
        helper_id = self.helper_id
        return self._to(
            Status.WAITING,
            transition,
            at,
            by=by,
            to=helper_id,
            assignment=self.assignment.give_back(helper_id, transition),
            chat=self.chat.end(),
        )

    def offer(self, to: str, at: datetime, *, until: datetime, stands_in_for: str | None = None) -> Self:
        """Offer it to one ambassador until a deadline, possibly as a substitute for ``stands_in_for``."""
        assignment = self.assignment.offer(to, stands_in_for=stands_in_for)
        return self._to(Status.OFFERED, Transition.OFFERED, at, to=to, assignment=assignment, next_at=until)

    def queue(self, at: datetime, *, until: datetime) -> Self:
        """Queue it until a busy ambassador has capacity."""
        return replace(self.log(Transition.QUEUED, at), next_at=until)

    def open_form(self, person_id: str) -> Self:
        """Count an opening of a helper's form to pass it on or to close it."""
        return replace(self, forms={**self.forms, person_id: self.forms.get(person_id, 0) + 1})

    def promise(self, expected_at: datetime) -> Self:
        """Promise an answer at a time, unless one was promised before."""
        return replace(self, assignment=self.assignment.promise(expected_at))

    def escalate(self, contacts: tuple[str, ...], at: datetime, *, until: datetime) -> Self:
        """Escalate it to the municipality's contacts.

        ``until`` is the time of the next try.
        """
        first, *others = contacts or (None,)
        assignment = self.assignment.escalate(contacts)
        escalated = self._to(Status.ESCALATED, Transition.ESCALATED, at, to=first, assignment=assignment, next_at=until)
        for contact in others:
            escalated = escalated.log(Transition.ESCALATED, at, to=contact)
        return escalated

    def accept(self, by: str, at: datetime, *, until: datetime) -> Self:
        """Make ``by`` the owner.

        The first reminder is at ``until`` unless a message is sent before.
        """
        assignment, chat = self.assignment.accept(by), self.chat.start_with(by, at)
        return self._to(
            Status.ACCEPTED, Transition.ACCEPTED, at, by=by, assignment=assignment, chat=chat, next_at=until
        )

    def resolve(self, at: datetime, *, by: str | None, answer: str, until: datetime) -> Self:
        """Mark it as answered; the asker may reopen it until ``until``."""
        outcome, chat = self.outcome.resolve(answer), self.chat.end()
        return self._to(Status.RESOLVED, Transition.RESOLVED, at, by=by, outcome=outcome, chat=chat, next_at=until)

    def withdraw(self, at: datetime) -> Self:
        assignment, chat = self.assignment.drop_offer(), self.chat.end()
        return self._to(
            Status.WITHDRAWN,
            Transition.WITHDRAWN,
            at,
            by=self.asker_id,
            assignment=assignment,
            chat=chat,
            next_at=None,
        )

    def _to(
        self,
        status: Status,
        transition: Transition,
        at: datetime,
        *,
        by: str | None = None,
        to: str | None = None,
        **changes: Any,
    ) -> Self:
        if status not in ALLOWED[self.status]:
            raise ForbiddenTransition(f"{self.status} → {status}")
        return replace(self.log(transition, at, by=by, to=to), status=status, **changes)
