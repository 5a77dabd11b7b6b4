"""A request about personal data that reached the data protection officer on paper, by telephone or by e-mail."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Ground, Purpose, month_term
from knowledge.organisation.unit import PersonId


class DataRequestKind(StrEnum):
    """What the person asks for."""

    EXPORT = "export"
    ERASE = "erase"


class DataRequestState(StrEnum):
    """OPEN: waits for a second person. CONFIRMED: the export may be taken out. DONE and CLOSED are final."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DONE = "done"
    CLOSED = "closed"


WAITING = frozenset({DataRequestState.OPEN, DataRequestState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """One request. One person registers it, and another confirms it.

    ``person_id`` is ``ERASED`` once the person's data is deleted. ``due_at``: one month after it was received (GDPR
    article 12(3)). ``reason``: why it was closed without being carried out.
    """

    KIND: ClassVar[str] = "data_request"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one waiting request of each kind", ground=Ground.LEGAL_OBLIGATION, months=24, dated="received_at"
    )

    id: Annotated[str, Purpose.ORDER]
    kind: Annotated[DataRequestKind, Purpose.EVIDENCE]
    person_id: Annotated[PersonId, Purpose.EVIDENCE]
    municipality_id: Annotated[str, Purpose.PLACE]
    state: Annotated[DataRequestState, Purpose.ORDER] = DataRequestState.OPEN
    received_at: Annotated[datetime, Purpose.TIME]
    due_at: Annotated[datetime, Purpose.TIME]
    registered_by: Annotated[PersonId, Purpose.EVIDENCE]
    confirmed_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    reason: Annotated[str, Purpose.EVIDENCE] = ""
    ended_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield month_term(self.received_at)
        yield f"municipality:{self.municipality_id}"
        yield f"{'waiting' if self.state in WAITING else 'ended'}@{self.municipality_id}"


def a_month_after(at: datetime) -> datetime:
    """Return the same day of the next month, or its last day."""
    year, month = (at.year, at.month + 1) if at.month < 12 else (at.year + 1, 1)
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))
