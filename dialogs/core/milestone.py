"""A milestone of the rollout: its dates, how certain they are, and where it stands."""

import calendar
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Self

from babel.dates import format_date

from dialogs.core.texts import LOCALES, Texts
from knowledge.article.article import FALLBACK, Language
from knowledge.organisation.organisation import Organisation

FIRST_YEAR, LAST_YEAR = 2000, 2100
# Winter is the one the year begins with.
SEASONS: Final[Mapping[str, tuple[int, int]]] = {
    "winter": (1, 2),
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
}
MAX_ID: Final = 60
# The class below has a field of this name.
Day = date
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_YEAR: Final = re.compile(r"[0-9]{4}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDays:
    """The days a planned date may mean, both ends included."""

    first: date
    last: date

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a planned date.

        Args:
            written: year, year and month, day, year and season (``2026-spring``), or two of them with a slash between.

        Raises:
            ValueError: no such date, or an end before the beginning.
        """
        begins, slash, ends = written.partition("/")
        first, last = _days_of(begins)
        if slash:
            _, last = _days_of(ends)
            if last < first:
                raise ValueError(f"{written!r} ends before it begins")
        return cls(first=first, last=last)

    @property
    def is_day(self) -> bool:
        return self.first == self.last


def _days_of(written: str) -> tuple[date, date]:
    year, _, rest = written.partition("-")
    if not _YEAR.fullmatch(year) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"{written!r} is no year, month, day or season from {FIRST_YEAR} to {LAST_YEAR}")
    if not rest:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if rest in SEASONS:
        begins, ends = SEASONS[rest]
        return date(int(year), begins, 1), _end_of_month(int(year), ends)
    if _MONTH.fullmatch(written):
        return date(int(year), int(rest), 1), _end_of_month(int(year), int(rest))
    if _DAY.fullmatch(written):
        day = date.fromisoformat(written)
        return day, day
    raise ValueError(f"{written!r} is no year, month, day or season, such as 2027-03-15 or 2027-spring")


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


class Certainty(StrEnum):
    """How sure a planned date is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"


class MilestoneState(StrEnum):
    """Where a milestone stands. LATE: its time is over, and it is not marked as done."""

    PLANNED = "planned"
    LATE = "late"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """An event of the rollout, past or planned. Raises ValueError for a date that is none.

    Attributes:
        date: as ``PlannedDays.parse`` reads it.
        municipalities: ids; empty means all municipalities.
        id: stable, for changes on the desk and for calendars; empty: one is derived from date and text.
        units: ids of units; only people of these and the units below are concerned.
        was: the date before it was moved last; empty if it never was.
        owner: the role in charge, never a person's name.
        certainty: None for a line of history, which counts as done once its time is over.
        done_on: the day it was done, if known.
        public: shown to outside visitors, too.
        sequence: to be raised with each change of a line in the file, for calendars.
        sample: invented, and shown as an example.
    """

    date: str
    what: Mapping[Language, str]
    municipalities: frozenset[str] = frozenset()
    id: str = ""
    units: frozenset[str] = frozenset()
    was: str = ""
    owner: Mapping[Language, str] = field(default_factory=dict)
    certainty: Certainty | None = None
    done: bool = False
    done_on: str = ""
    withdrawn: bool = False
    public: bool = True
    sequence: int = 0
    sample: bool = False

    def __post_init__(self) -> None:
        """Check the dates and the id."""
        PlannedDays.parse(self.date)
        if self.was:
            PlannedDays.parse(self.was)
        if self.done_on and not (_DAY.fullmatch(self.done_on) and PlannedDays.parse(self.done_on)):
            raise ValueError(f"done_on {self.done_on!r} is no day, such as 2027-03-15")
        if self.id and not (_ID.fullmatch(self.id) and len(self.id) <= MAX_ID):
            raise ValueError(f"id {self.id!r}: lower-case letters a to z, digits and hyphens, at most {MAX_ID}")
        if not any(self.what.values()):
            raise ValueError("what: a text in at least one language")

    @property
    def line_id(self) -> str:
        """The id, or one derived from date and text."""
        if self.id:
            return self.id
        text = next(self.what[spoken] for spoken in Language if self.what.get(spoken))
        return f"line-{hashlib.sha256(f'{self.date} {text}'.encode()).hexdigest()[:16]}"

    @property
    def days(self) -> PlannedDays:
        """The days of its date."""
        return PlannedDays.parse(self.date)

    def state(self, today: Day) -> MilestoneState:
        """Return where it stands on this day."""
        over = self.days.last < today
        if self.withdrawn:
            return MilestoneState.WITHDRAWN
        if self.done or (over and self.certainty is None):
            return MilestoneState.DONE
        return MilestoneState.LATE if over else MilestoneState.PLANNED

    def what_in(self, language: Language) -> str:
        """Return what happens, in ``language`` or the closest one."""
        return _closest(self.what, language)

    def owner_in(self, language: Language) -> str:
        """Return the role in charge; empty if none is named."""
        return _closest(self.owner, language)

    def steps_to(self, organisation: Organisation, municipality_id: str | None, unit_id: str | None) -> int | None:
        """Return the steps up the tree from a person's unit to where it applies; None if it does not concern them.

        The municipality is further away than any unit of it, and what applies to all is furthest.
        """
        unit = organisation.find_unit(unit_id) if unit_id else None
        above = organisation.path(unit.id) if unit is not None and unit.municipality_id == municipality_id else ()
        if self.units:
            chosen = {chosen_unit.id for id_ in self.units if (chosen_unit := organisation.find_unit(id_))}
            return next((steps for steps, ancestor in enumerate(above) if ancestor.id in chosen), None)
        if self.municipalities:
            return len(above) if municipality_id in self.municipalities else None
        return len(above) + 1

    def places(self, organisation: Organisation) -> frozenset[str]:
        """Return the ids of the municipalities it concerns."""
        if self.units:
            return frozenset(unit.municipality_id for id_ in self.units if (unit := organisation.find_unit(id_)))
        return self.municipalities or frozenset(organisation.municipalities)


def _closest(texts: Mapping[Language, str], language: Language) -> str:
    return next((texts[spoken] for spoken in FALLBACK[language] if texts.get(spoken)), "")


def date_in_words(texts: Texts, written: str) -> str:
    """Return a planned date in words: ``våren 2027``, or two of them with a dash between."""
    begins, slash, ends = written.partition("/")
    if slash:
        return texts("status.period", first=_one_in_words(texts, begins), last=_one_in_words(texts, ends))
    return _one_in_words(texts, begins)


def _one_in_words(texts: Texts, written: str) -> str:
    year, _, rest = written.partition("-")
    if not rest:
        return year
    if rest in SEASONS:
        return texts(f"status.season.{rest}", year=year)
    if rest.isdigit():
        return str(format_date(date(int(year), int(rest), 1), "MMMM y", locale=LOCALES[texts.language]))
    return texts.day(date.fromisoformat(written))
