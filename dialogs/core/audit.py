"""Audit log of privileged acts: actor, act and subject, and the outcome of a verification.

Ids and counts only, never message text. The store links the entries in a chain: ``bot/ports/audit.py``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose, month_term
from dialogs.core.decision import Audit
from knowledge.organisation.unit import PersonId

# Stands for a text where an id belongs, such as one that a hostile client put into a card.
NOT_AN_ID: Final = "not-an-id"
_ID: Final = re.compile(r"[\w.:;,@/=+%|~!$&'()*-]{0,500}", re.ASCII)
# Actor of commands, as ``operator:account``; earlier versions wrote it alone.
OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One privileged act, or one refused attempt.

    ``about_person``: the subject is a person's id. Entries of earlier versions do not say so and count as such.
    """

    KIND: ClassVar[str] = "audit"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one entry an hour for each act that can be repeated in a loop",
        whose=Whose.ACTOR,
        ground=Ground.LEGAL_OBLIGATION,
        months=24,
        dated="at",
        terms=("by:{id}", "subject:{id}"),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    act: Annotated[str, Purpose.EVIDENCE]
    subject: Annotated[str, Purpose.EVIDENCE]
    by: Annotated[PersonId, Purpose.EVIDENCE]
    details: Annotated[tuple[tuple[str, str], ...], Purpose.EVIDENCE] = ()
    about_person: Annotated[bool, Purpose.EVIDENCE] = True
    at: Annotated[datetime, Purpose.TIME]

    @classmethod
    def from_act(cls, audit: Audit, *, id: str, at: datetime) -> Self:
        """Return the entry for an act. Texts that cannot be ids or counts are left out."""
        details = tuple((name, _without_text(value)) for name, value in audit.details)
        return cls(
            id=id,
            act=audit.act,
            subject=_without_text(audit.subject),
            by=audit.by,
            details=details,
            about_person=audit.about_person,
            at=at,
        )

    def terms(self) -> Iterable[str]:
        yield "all"
        yield f"act:{self.act}"
        yield f"by:{self.by}"
        if self.by.startswith(f"{OPERATOR}:"):
            yield f"by:{OPERATOR}"
        # Two terms, so that a person's data has no entry about a municipality or a kind of record with the same id.
        yield f"subject:{self.subject}" if self.about_person else f"about:{self.subject}"
        yield month_term(self.at)


def _without_text(value: str) -> str:
    return value if _ID.fullmatch(value) else NOT_AN_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheckpoint:
    """Where the audit log begins since its oldest entries were removed. ``statement``: signed, as JSON."""

    KIND: ClassVar[str] = "audit_checkpoint"
    SCHEMA: ClassVar[int] = 1
    ID: ClassVar[str] = "latest"
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one in all", whose=Whose.NOBODY, ground=Ground.LEGAL_OBLIGATION, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER] = ID
    statement: Annotated[str, Purpose.EVIDENCE]

    def terms(self) -> Iterable[str]:
        """Return no search terms: there is one checkpoint."""
        return ()


# Outcome of a verification of the audit log.


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """One fault of the log. ``number``: the row, or the line of the heads file; 0 where neither applies.

    ``fault`` has a text, ``officer.log.fault.…``.
    """

    fault: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """What a verification of the whole log found.

    Attributes:
        entries: number of entries; ``last_row`` is the number of the newest.
        removed_up_to: the last row that was removed after its time; 0 for none.
        signed_row: row of the newest signed head, and ``signed_at`` its time; None without a head.
        problems: every fault; those of rows first, in their order.
    """

    entries: int
    last_row: int
    removed_up_to: int
    signed_row: int | None
    signed_at: datetime | None
    problems: tuple[AuditProblem, ...]
