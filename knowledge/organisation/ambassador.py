"""One ambassador: what a colleague offers, when, and whether another question can be brought now."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from knowledge.article.article import Language
from knowledge.organisation.organisation import OfficeHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days away, the first and the last included, and who takes the questions meanwhile."""

    first_day: date
    last_day: date
    substitute_id: str | None = None

    def covers(self, day: date) -> bool:
        """Say whether ``day`` is one of the days away."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambassador:
    """A colleague who helps colleagues.

    Attributes:
        site_id: where the ambassador sits, when it is not the unit's site.
        capacity: open handoffs the ambassador wants at most; 0 takes none.
        active: has not left the network.
        paused: takes nothing for the time being, without saying until when.
        pupil: never helps and is never shown.
        office_hours: own hours, when they differ from the municipality's.
    """

    person_id: str
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

    def absence_on(self, day: date) -> Absence | None:
        """Return the absence that covers ``day``; of several, one with a substitute, then the longest."""
        covering = [absence for absence in self.absences if absence.covers(day)]
        return max(
            covering,
            key=lambda each: (each.substitute_id is not None, each.last_day, each.substitute_id or ""),
            default=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How busy one ambassador is right now.

    Attributes:
        open_count: offers waiting for an answer and handoffs accepted but not resolved.
        taken: questions taken lately, as long ago as ``share.LATELY``.
        last_offer_at: aware UTC; ``None`` when nothing was ever offered.
        reachable: at least one channel takes messages for the ambassador.
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
    """Whether an ambassador can be offered a question now, and if not, why."""

    FREE = "free"
    FULL = "full"
    ABSENT = "absent"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    GONE = "gone"


def availability(ambassador: Ambassador, desk: Workload, *, on: date) -> Availability:
    """Judge one ambassador on one day of the municipality's calendar."""
    if ambassador.pupil or not ambassador.active:
        return Availability.GONE
    if ambassador.absences and ambassador.absence_on(on):
        return Availability.ABSENT
    if ambassador.paused:
        return Availability.PAUSED
    if not desk.reachable:
        return Availability.UNREACHABLE
    return Availability.FREE if desk.open_count < ambassador.capacity else Availability.FULL
