"""Audit log of privileged acts: actor, act and subject.

Ids and counts only, never message text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from dialogs.core.decision import Audit
from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One privileged act, or one refused attempt."""

    KIND: ClassVar[str] = "audit"
    SCHEMA: ClassVar[int] = 1

    id: str
    act: str
    subject: str
    by: str
    details: tuple[tuple[str, str], ...] = ()
    at: datetime

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
