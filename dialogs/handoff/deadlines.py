"""How long each step of a handoff may take, in working time of the municipality."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from dialogs.core.content import Content
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.office_hours import add_working_time
from knowledge.organisation.unit import OfficeHours

WORKING_DAY: Final = timedelta(hours=7, minutes=30)
REOPEN_FOR: Final = timedelta(days=14)
DRAFT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Deadlines by one municipality's office hours and days off.

    Attributes:
        offer: an ambassador's time to take or leave an offer.
        queue: a question waits this long for a busy ambassador before the contact is asked.
        answer: what the asker is told to expect.
        idle: the helper's silence before each reminder; after the last one the question moves on.
        asker_idle: the asker's silence before the reminder, and again before the handoff counts as resolved.
        contact: between the reminders to a contact; each is also a new try to find an ambassador.
    """

    hours: OfficeHours = field(default_factory=OfficeHours)
    holidays: Collection[date] = ()
    offer: timedelta = timedelta(hours=2)
    queue: timedelta = timedelta(hours=2)
    answer: timedelta = WORKING_DAY
    idle: timedelta = timedelta(hours=4)
    reminders: int = 2
    asker_idle: timedelta = 3 * WORKING_DAY
    contact: timedelta = WORKING_DAY

    @classmethod
    def of(cls, world: Content, municipality_id: str) -> "Deadlines":
        """Return the municipality's pace; an unknown municipality has ordinary hours."""
        municipality = world.organisation.municipalities.get(municipality_id)
        hours = municipality.office_hours if municipality else OfficeHours()
        return cls(hours=hours, holidays=world.holidays.days)

    def after(self, at: datetime, amount: timedelta, whose: Ambassador | None = None) -> datetime:
        """Return the instant ``amount`` of working time later, by an ambassador's own hours when they have some."""
        hours = whose.office_hours if whose and whose.office_hours else self.hours
        return add_working_time(at, amount, hours, self.holidays)
