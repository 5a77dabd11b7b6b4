"""An ambassador: offer, capacity, absences and availability."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from knowledge.article.article import Language
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Period of absence, including the first and last day, with an optional substitute."""

    first_day: date
    last_day: date
    substitute_id: PersonId | None = None

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambassador:
    """A colleague that helps colleagues.

    Attributes:
        site_id: the ambassador's site if it differs from the unit's.
        capacity: maximum number of open handoffs; 0 accepts none.
        active: still part of the network.
        paused: accepts nothing, without an end date.
        pupil: never helps and is never shown.
        office_hours: set if they differ from the municipality's.
    """

    person_id: PersonId
    name: str
    municipality_id: str
    unit_id: str
    site_id: str | None = None
    topics: frozenset[str] = frozenset()
    languages: frozenset[Language] = frozenset({Language.NB})
    capacity: int = 3
    absences: tuple[Absence, ...] = ()
    active: bool = True
    paused: bool = False
    pupil: bool = False
    office_hours: OfficeHours | None = None

    def has_room(self, open_count: int) -> bool:
        """Return whether one more handoff can be taken beside the open ones."""
        return open_count < self.capacity

    def absence_on(self, day: date) -> Absence | None:
        """Return the absence that covers ``day``.

        Prefer one with a substitute, then the latest end.
        """
        covering = [absence for absence in self.absences if absence.covers(day)]
        return max(
            covering,
            key=lambda absence: (absence.substitute_id is not None, absence.last_day, absence.substitute_id or ""),
            default=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Current workload of one ambassador.

    Attributes:
        open_count: unanswered offers and accepted, unresolved handoffs.
        taken: questions taken within ``share.LATELY``.
        last_offer_at: aware UTC; ``None`` without any offer.
        reachable: at least one channel can deliver messages to the ambassador.
    """

    open_count: int = 0
    taken: int = 0
    last_offer_at: datetime | None = None
    reachable: bool = True

    def __post_init__(self) -> None:
        if self.last_offer_at is not None and self.last_offer_at.tzinfo is None:
            raise ValueError("last_offer_at has no time zone")


IDLE: Final = Workload()


class Availability(StrEnum):
    """Whether an ambassador can be offered a question now, or the reason why not."""

    FREE = "free"
    FULL = "full"
    ABSENT = "absent"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    GONE = "gone"


def availability(ambassador: Ambassador, workload: Workload, *, on: date) -> Availability:
    """Return the availability of one ambassador on a day of the municipality's calendar."""
    if ambassador.pupil or not ambassador.active:
        return Availability.GONE
    if ambassador.absences and ambassador.absence_on(on):
        return Availability.ABSENT
    if ambassador.paused:
        return Availability.PAUSED
    if not workload.reachable:
        return Availability.UNREACHABLE
    return Availability.FREE if ambassador.has_room(workload.open_count) else Availability.FULL
