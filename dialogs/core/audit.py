"""Audit log of privileged acts: actor, act and subject.

Ids and counts only, never message text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Self

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose
from dialogs.core.decision import Audit
from dialogs.core.month import month_term
from knowledge.organisation.person_id import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One privileged act, or one refused attempt."""

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
    at: Annotated[datetime, Purpose.TIME]

    @classmethod
    def of(cls, audit: Audit, *, id: str, at: datetime) -> Self:
        """Return the entry for an act."""
        return cls(id=id, act=audit.act, subject=audit.subject, by=audit.by, details=audit.details, at=at)

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record."""
        yield "all"
        yield f"act:{self.act}"
        yield f"by:{self.by}"
        yield f"subject:{self.subject}"
        yield month_term(self.at)
