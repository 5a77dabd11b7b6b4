"""Outcome of a verification of the audit log."""

from dataclasses import dataclass
from datetime import datetime


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
