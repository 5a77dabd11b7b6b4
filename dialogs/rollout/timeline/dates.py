"""Planned dates as people write them: ``2027-03-15``, ``15.3.2027``, ``mars 2027``, ``våren 2027``."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import get_month_names

from dialogs.core.milestone import SEASONS, PlannedDays
from dialogs.core.texts import LOCALES, Texts
from knowledge.article.article import Language

LONGEST: Final = 40
_DAY: Final = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})")
_NAMED: Final = re.compile(r"(?:([0-9]{1,2})\.? )?([a-zæøå]+)\.? ([0-9]{4})")
# A plan has days, which are the same for all readers.
_CLOCK: Final = re.compile(r"\dt\d|\d:\d|\d[+-]\d\d:\d\d|\bkl\b|\d\s*z$|\b(utc|gmt|cet|cest)\b")


class BadPlanDate(ValueError):
    """A text is no planned date; ``key`` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_date(written: str, catalogue: Mapping[Language, Texts]) -> str:
    """Return a date in the form of ``PlannedDays.parse``.

    Raises:
        BadPlanDate: it has a time of day or a time zone, is no date of the calendar, or is not understood.
    """
    said = " ".join(written.lower().split())
    if not said:
        raise BadPlanDate("timeline.fault.no_date")
    if len(said) > LONGEST:
        raise BadPlanDate("timeline.fault.date")
    if _CLOCK.search(said):
        raise BadPlanDate("timeline.fault.clock")
    try:
        iso_date = _iso(said, catalogue)
        PlannedDays.parse(iso_date)
    except ValueError:
        raise BadPlanDate("timeline.fault.date") from None
    return iso_date


def read_period(start: str, until: str, catalogue: Mapping[Language, Texts]) -> str:
    """Return the planned date from its beginning and, if it has one, its end. Raises BadPlanDate."""
    begins = read_date(start, catalogue)
    if not until.strip():
        return begins
    period = f"{begins}/{read_date(until, catalogue)}"
    first, last = (PlannedDays.parse(part) for part in period.split("/"))
    if last.last < first.first:
        raise BadPlanDate("timeline.fault.backwards")
    return period


def _iso(said: str, catalogue: Mapping[Language, Texts]) -> str:
    if matched := _DAY.fullmatch(said):
        day, month, year = map(int, matched.groups())
        return date(year, month, day).isoformat()
    if (matched := _NAMED.fullmatch(said)) is None:
        return said
    day_of_month, name, year_of = matched.groups()
    for language, texts in catalogue.items():
        if not day_of_month and (season := _season(said, texts, year_of)):
            return f"{year_of}-{season}"
        for form in ("wide", "abbreviated"):
            for number, month_name in get_month_names(form, locale=LOCALES[language]).items():
                if name == month_name.lower().rstrip("."):
                    if day_of_month:
                        return date(int(year_of), number, int(day_of_month)).isoformat()
                    return f"{year_of}-{number:02d}"
    raise ValueError(said)


def _season(said: str, texts: Texts, year: str) -> str:
    return next((season for season in SEASONS if said == texts(f"status.season.{season}", year=year).lower()), "")
