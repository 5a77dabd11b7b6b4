"""Application to approve a program, with its state transitions, and the interest of people in a decision."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose, month_term
from knowledge.organisation.unit import PersonId, Sector
from knowledge.software.program import LONGEST_NAME, PersonalData, ProgramStatus, ProgramUse
from knowledge.software.words import name_key

LONGEST_PROGRAM: Final = LONGEST_NAME
LONGEST_REPORT: Final = 4_000
LONGEST_LINK: Final = 300
MAX_COMMENTS: Final = 50
# Search term of all interests.
EVERY_INTEREST: Final = "all"


class ProgramState(StrEnum):
    """State of an application, ``WITH_MANAGER`` or ``WAITING`` before a decision. A declined one can be reopened."""

    WITH_MANAGER = "with_manager"
    WAITING = "waiting"
    APPROVED = "approved"
    CONDITIONS = "conditions"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


PENDING: Final = frozenset({ProgramState.WITH_MANAGER, ProgramState.WAITING})
# What each verdict makes of the program.
STATUSES: Final = {
    ProgramState.APPROVED: ProgramStatus.APPROVED,
    ProgramState.CONDITIONS: ProgramStatus.CONDITIONS,
    ProgramState.DECLINED: ProgramStatus.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComment:
    """A comment that reviewers of a case read. ``text`` is masked."""

    by: Annotated[PersonId, Purpose.EVIDENCE]
    text: Annotated[str, Purpose.PROGRAM]
    at: Annotated[datetime, Purpose.TIME]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application to use a program. All texts are masked.

    Attributes:
        program_id: the program's id, if it is listed.
        use: by staff or by pupils.
        sector: of the applicant's unit when it was sent; it decides on the forum and the list.
        users: the intended users, in words.
        shown_to: ids of people with the application's card in their chat.
        manager_ids: the applicant's managers, when they must agree first.
        own_slot: the applicant's first card; empty for applications of earlier versions.
        manager_id: the person that answered in the first step.
        turned_down: whether that person declined it, so that no reviewer has seen it.
        report: note of the risk assessment (ROS) and the data protection impact assessment (DPIA).
        word: the decider's message.
        alternative: id of the program to use instead.
        due_at: end of the time for the present step.
        missed_due_at: the step's first deadline, once it has passed.
        escalations: how often the step was late.
    """

    KIND: ClassVar[str] = "software_application"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="5 waiting, 10 in 24 hours; none of guests", months=24, dated="changed_at"
    )

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    sector: Annotated[Sector | None, Purpose.PLACE] = None
    program: Annotated[str, Purpose.PROGRAM]
    program_id: Annotated[str | None, Purpose.PROGRAM] = None
    use: Annotated[ProgramUse, Purpose.PROGRAM] = ProgramUse.STAFF
    reason: Annotated[str, Purpose.PROGRAM] = ""
    users: Annotated[str, Purpose.PROGRAM] = ""
    personal_data: Annotated[PersonalData, Purpose.PROGRAM] = PersonalData.UNKNOWN
    link: Annotated[str, Purpose.PROGRAM] = ""
    standing: Annotated[ProgramState, Purpose.PROGRAM] = ProgramState.WAITING
    shown_to: Annotated[tuple[PersonId, ...], Purpose.PROGRAM] = ()
    own_slot: Annotated[str, Purpose.ORDER] = ""
    manager_ids: Annotated[tuple[PersonId, ...], Purpose.PROGRAM] = ()
    manager_id: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    manager_word: Annotated[str, Purpose.PROGRAM] = ""
    turned_down: Annotated[bool, Purpose.PROGRAM] = False
    comments: Annotated[tuple[ReviewComment, ...], Purpose.PROGRAM] = ()
    report: Annotated[str, Purpose.PROGRAM] = ""
    report_link: Annotated[str, Purpose.PROGRAM] = ""
    decided_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    word: Annotated[str, Purpose.PROGRAM] = ""
    alternative: Annotated[str, Purpose.PROGRAM] = ""
    due_at: Annotated[datetime | None, Purpose.TIME] = None
    missed_due_at: Annotated[datetime | None, Purpose.TIME] = None
    escalations: Annotated[int, Purpose.ORDER] = 0
    applied_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.changed_at)

    @property
    def pending(self) -> bool:
        """Whether it waits for the manager or the reviewers."""
        return self.standing in PENDING

    @property
    def with_manager(self) -> bool:
        """Whether it waits for the manager."""
        return self.standing is ProgramState.WITH_MANAGER

    def decide(self, standing: ProgramState, *, by: str, word: str, at: datetime, alternative: str = "") -> Self:
        """Return the application approved, approved with conditions, or declined.

        Raises:
            ValueError: not pending, or ``standing`` is not a decision.
        """
        if not self.pending or standing not in STATUSES:
            raise ValueError(f"{self.standing} → {standing}")
        decided = replace(self, standing=standing, decided_by=by, word=word, alternative=alternative, due_at=None)
        return replace(decided, changed_at=at)

    def endorse(self, *, by: str, word: str, at: datetime, due_at: datetime) -> Self:
        """Return the application passed on to the reviewers. Raises ValueError: not with the manager."""
        if not self.with_manager:
            raise ValueError(f"{self.standing} → {ProgramState.WAITING}")
        return replace(
            self,
            standing=ProgramState.WAITING,
            manager_id=by,
            manager_word=word,
            due_at=due_at,
            missed_due_at=None,
            escalations=0,
            changed_at=at,
        )

    def turn_down(self, *, by: str, word: str, at: datetime) -> Self:
        """Return the application declined by the manager. Raises ValueError: not with the manager."""
        if not self.with_manager:
            raise ValueError(f"{self.standing} → {ProgramState.DECLINED}")
        return replace(self.decide(ProgramState.DECLINED, by=by, word=word, at=at), turned_down=True)

    def withdraw(self, at: datetime) -> Self:
        """Return the application withdrawn.

        Raises:
            ValueError: not pending.
        """
        if not self.pending:
            raise ValueError(f"{self.standing} → {ProgramState.WITHDRAWN}")
        return replace(self, standing=ProgramState.WITHDRAWN, due_at=None, changed_at=at)

    def taken_up(self, *, at: datetime, due_at: datetime) -> Self:
        """Return a declined application as it was before the decision.

        Raises:
            ValueError: not declined.
        """
        if self.standing is not ProgramState.DECLINED:
            raise ValueError(f"{self.standing} → {ProgramState.WAITING}")
        return replace(
            self,
            standing=ProgramState.WITH_MANAGER if self.turned_down else ProgramState.WAITING,
            turned_down=False,
            decided_by=None,
            word="",
            alternative="",
            due_at=due_at,
            missed_due_at=None,
            escalations=0,
            changed_at=at,
        )

    def about(self, program_id: str | None) -> Self:
        """Return the application for a listed program; None: it is not listed."""
        return replace(self, program_id=program_id)

    def is_shown_to(self, *people: str) -> Self:
        """Return the application with its card in these people's chats, too."""
        return replace(self, shown_to=tuple(dict.fromkeys((*self.shown_to, *people))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramInterest:
    """A person asked about a program without a decision, and is notified of the next one.

    ``wanted`` stands for the program, by ``wanted_key``.
    """

    KIND: ClassVar[str] = "program_interest"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="20; none of guests", months=6, dated="asked_at")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    wanted: Annotated[str, Purpose.PROGRAM]
    use: Annotated[ProgramUse, Purpose.PROGRAM] = ProgramUse.STAFF
    program: Annotated[str, Purpose.PROGRAM]
    asked_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY_INTEREST
        yield f"person:{self.person_id}"
        yield f"wanted:{self.wanted}"
        yield month_term(self.asked_at)


def wanted_key(municipality_id: str, name: str, use: ProgramUse) -> str:
    """Return what stands for a name in one municipality; equal for all spellings of one name."""
    text = "\0".join((municipality_id, use, name_key(name)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def interest_id(person_id: str, wanted: str) -> str:
    """Return the id of a person's interest, so that asking twice is one interest."""
    return hashlib.sha256(f"{person_id}\0{wanted}".encode()).hexdigest()[:24]
