"""Deadlines of a handoff's steps, in working time of the municipality."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from dialogs.core.content import Content
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.office_hours import OfficeHours, add_working_time

WORKING_DAY: Final = timedelta(hours=7, minutes=30)
REOPEN_FOR: Final = timedelta(days=14)
DRAFT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Deadlines by one municipality's office hours and holidays.

    Attributes:
        offer: time for an ambassador to accept or decline an offer; a quarter of ``answer``.
        queue: time a question waits for a busy ambassador before it is escalated to the contact.
        answer: time until an answer, as promised to the asker; when it passes, the contact has the question.
        idle: the helper's silence before each reminder; after the last reminder the question is offered to the next
            helper.
        asker_idle: the asker's silence before the reminder, and again before the handoff counts as resolved.
        contact: time between reminders to a contact; each reminder also retries to find an ambassador.
    """

    hours: OfficeHours = field(default_factory=OfficeHours)
    holidays: Collection[date] = ()
    offer: timedelta = WORKING_DAY / 4
    queue: timedelta = timedelta(hours=2)
    answer: timedelta = WORKING_DAY
    idle: timedelta = timedelta(hours=4)
    reminders: int = 2
    asker_idle: timedelta = 3 * WORKING_DAY
    contact: timedelta = WORKING_DAY

    @classmethod
    def for_municipality(cls, content: Content, municipality_id: str) -> "Deadlines":
        """Return the municipality's deadlines; an unknown municipality gets default office hours."""
        municipality = content.organisation.municipalities.get(municipality_id)
        hours = municipality.office_hours if municipality else OfficeHours()
        return cls(hours=hours, holidays=content.holidays.days)

    def after(self, at: datetime, amount: timedelta, ambassador: Ambassador | None = None) -> datetime:
        """Return the time after ``amount`` of working time, by the ambassador's office hours if set."""
        hours = ambassador.office_hours if ambassador and ambassador.office_hours else self.hours
        return add_working_time(at, amount, hours, self.holidays)
