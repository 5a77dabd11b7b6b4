"""Import and export ambassadors as rows of a registry file."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from knowledge.article.article import Language
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.people import LANGUAGE_WORDS, Colleague
from knowledge.organisation.importers.rows import MAX_FAULTS, ImportRow, csv_of_rows, listed
from knowledge.organisation.nearest import Absence, Ambassador
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.organisation import Organisation
from knowledge.table import Column

_PERSON_ID: Final = Column(name="person_id", aliases=("id", "person"), required=True)
AMBASSADOR: Final = "ambassador"
MAX_CAPACITY: Final = 50
_USUAL_CAPACITY: Final = 3
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_WORDS: Final[Mapping[str, int]] = {
    word: number
    for words in (
        _DAYS,
        ("man", "tir", "ons", "tor", "fre", "lør", "søn"),
        ("mån", "tys", "ons", "tor", "fre", "lau", "sun"),
    )
    for number, word in enumerate(words)
}
_HOURS: Final = re.compile(r"(?:(?P<days>\D+?)\s+)?(?P<opens>\d\d:\d\d)\s*[-–]\s*(?P<closes>\d\d:\d\d)")
_YES: Final = frozenset({"true", "yes", "ja", "1", "x"})
_NO: Final = frozenset({"", "false", "no", "nei", "0"})


def parse_ambassadors(
    rows: Iterable[ImportRow],
    *,
    organisation: Organisation,
    people: Iterable[Colleague],
    topics: Collection[str],
) -> tuple[tuple[Ambassador, ...], tuple[ImportFault, ...]]:
    """Return the ambassadors of rows without faults, and all faults.

    Several absences of one ambassador are listed in the three absence cells in the same order, separated by semicolons.
    Dates are 2026-12-31 or 31.12.2026. A substitute must be an ambassador of the same municipality.

    Args:
        people: all people the rows may refer to; source of name, municipality and unit.
        topics: all valid topics.
    """
    faults: list[ImportFault] = []
    reader = _AmbassadorReader(organisation, people, frozenset(topics), faults)
    read: list[tuple[ImportRow, Ambassador | None]] = []
    for row in rows:
        if len(faults) >= MAX_FAULTS:
            break
        read.append((row, reader.ambassador(row)))
    # Substitutes can be checked only after all rows have been read.
    for row, ambassador in read:
        if ambassador is not None:
            reader.check_substitutes(row, ambassador)
    bad = {import_fault.line for import_fault in faults}
    return tuple(ambassador for row, ambassador in read if ambassador is not None and row.line not in bad), tuple(
        faults
    )


class _AmbassadorReader:
    def __init__(
        self,
        organisation: Organisation,
        people: Iterable[Colleague],
        topics: frozenset[str],
        faults: list[ImportFault],
    ) -> None:
        self._organisation = organisation
        self._people = {colleague.person_id: colleague for colleague in people}
        self._topics = topics
        self._faults = faults
        self._seen: set[str] = set()

    def ambassador(self, row: ImportRow) -> Ambassador | None:
        person = self._person(row)
        values = {field.name: field.read(self, row, person) for field in AMBASSADOR_FIELDS}
        if person is None:
            return None
        return Ambassador(
            person_id=person.person_id,
            name=person.name,
            municipality_id=person.municipality_id,
            unit_id=person.unit_id,
            **values,
        )

    def check_substitutes(self, row: ImportRow, ambassador: Ambassador) -> None:
        for absence in ambassador.absences:
            id_ = absence.substitute_id
            person = self._people.get(id_ or "")
            if id_ is not None and (
                id_ == ambassador.person_id
                or id_ not in self._seen
                or person is None
                or person.municipality_id != ambassador.municipality_id
            ):
                self._fault(row, "substitute", FaultKind.BAD_SUBSTITUTE, id_)

    def _fault(self, row: ImportRow, column: str, kind: FaultKind, value: str) -> None:
        self._faults.append(fault(row.line, kind, column, value))

    def _person(self, row: ImportRow) -> Colleague | None:
        id_ = row.cells["person_id"]
        person = self._people.get(id_)
        if not id_:
            self._fault(row, "person_id", FaultKind.MISSING, id_)
        elif id_ in self._seen:
            self._fault(row, "person_id", FaultKind.DUPLICATE_ID, id_)
        elif person is None:
            self._fault(row, "person_id", FaultKind.UNKNOWN_PERSON, id_)
        elif AMBASSADOR not in person.roles:
            self._fault(row, "person_id", FaultKind.NOT_AMBASSADOR, id_)
        else:
            self._seen.add(id_)
        return person

    def topics(self, row: ImportRow, _person: Colleague | None) -> frozenset[str]:
        topics = frozenset(word.casefold() for word in listed(row.cells["topics"]))
        for topic in sorted(topics - self._topics):
            self._fault(row, "topics", FaultKind.BAD_VALUE, topic)
        return topics

    def languages(self, row: ImportRow, person: Colleague | None) -> frozenset[Language]:
        spoken = set()
        for word in listed(row.cells["languages"]):
            if (language := LANGUAGE_WORDS.get(word.casefold())) is None:
                self._fault(row, "languages", FaultKind.BAD_VALUE, word)
            else:
                spoken.add(language)
        return frozenset(spoken or ({person.language} if person else ()))

    def capacity(self, row: ImportRow, _person: Colleague | None) -> int:
        capacity = row.cells["capacity"] or str(_USUAL_CAPACITY)
        if not re.fullmatch(r"[0-9]{1,2}", capacity) or int(capacity) > MAX_CAPACITY:
            self._fault(row, "capacity", FaultKind.BAD_VALUE, capacity)
            return 0
        return int(capacity)

    def paused(self, row: ImportRow, _person: Colleague | None) -> bool:
        paused = row.cells["paused"].casefold()
        if paused not in _YES | _NO:
            self._fault(row, "paused", FaultKind.BAD_VALUE, paused)
        return paused in _YES

    def absences(self, row: ImportRow, _person: Colleague | None) -> tuple[Absence, ...]:
        columns = ("absent_from", "absent_until", "substitute")
        first, last, substitute = ([part.strip() for part in row.cells[name].split(";")] for name in columns)
        if row.cells["absent_from"] == row.cells["absent_until"] == "":
            if row.cells["substitute"]:
                self._fault(row, "absent_from", FaultKind.MISSING, "")
            return ()
        if len(first) != len(last) or len(substitute) > len(first):
            self._fault(row, "absent_until", FaultKind.MISSING, row.cells["absent_until"])
            return ()
        absences = []
        for n, (start, end) in enumerate(zip(first, last, strict=True)):
            begins, ends = self._day(row, "absent_from", start), self._day(row, "absent_until", end)
            if begins and ends and begins > ends:
                self._fault(row, "absent_until", FaultKind.DATES_REVERSED, f"{start}–{end}")
            elif begins and ends:
                id_ = substitute[n] if n < len(substitute) else ""
                absences.append(Absence(first_day=begins, last_day=ends, substitute_id=id_ or None))
        return tuple(absences)

    def _day(self, row: ImportRow, column: str, text: str) -> date | None:
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  a calendar day has no time zone
            except ValueError:
                continue
        self._fault(row, column, FaultKind.BAD_DATE if text else FaultKind.MISSING, text)
        return None

    def site(self, row: ImportRow, person: Colleague | None) -> str | None:
        if person is None or not (id_ := row.cells["site"]):
            return None
        site = self._organisation.sites.get(id_)
        if site is None or site.municipality_id != person.municipality_id:
            self._fault(row, "site", FaultKind.UNKNOWN_SITE, id_)
        return id_

    def hours(self, row: ImportRow, person: Colleague | None) -> OfficeHours | None:
        if person is None or not (text := row.cells["hours"]):
            return None
        municipality = self._organisation.municipalities.get(person.municipality_id)
        usual = municipality.office_hours if municipality else OfficeHours()
        match = _HOURS.fullmatch(text)
        try:
            if match is None:
                raise ValueError(text)
            opens, closes = time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
            days = frozenset(_DAY_WORDS[word.casefold()[:3]] for word in listed(match["days"] or ""))
            if opens >= closes:
                raise ValueError(text)
        except (ValueError, KeyError):
            self._fault(row, "hours", FaultKind.BAD_VALUE, text)
            return None
        return OfficeHours(weekdays=days or usual.weekdays, opens=opens, closes=closes, timezone=usual.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorField:
    """A field of an ambassador in the registry's files.

    Attributes:
        name: of the field of ``Ambassador``.
        columns: an empty cell of the first one keeps the known value.
        read: returns the value of a row; ``None`` as the person if the row names no one usable.
        write: returns the cell of each column.
    """

    name: str
    columns: tuple[Column, ...]
    read: Callable[[_AmbassadorReader, ImportRow, Colleague | None], Any]
    write: Callable[[Ambassador], tuple[str, ...]]


AMBASSADOR_FIELDS: Final = (
    AmbassadorField(
        name="topics",
        columns=(Column(name="topics", aliases=("topic", "emner", "emne", "tema")),),
        read=_AmbassadorReader.topics,
        write=lambda ambassador: (";".join(sorted(ambassador.topics)),),
    ),
    AmbassadorField(
        name="languages",
        columns=(Column(name="languages", aliases=("language", "språk")),),
        read=_AmbassadorReader.languages,
        write=lambda ambassador: (";".join(language for language in Language if language in ambassador.languages),),
    ),
    AmbassadorField(
        name="capacity",
        columns=(Column(name="capacity", aliases=("kapasitet",)),),
        read=_AmbassadorReader.capacity,
        write=lambda ambassador: (str(ambassador.capacity),),
    ),
    AmbassadorField(
        name="absences",
        columns=(
            Column(name="absent_from", aliases=("borte fra", "borte frå", "fravær fra", "fråvær frå")),
            Column(name="absent_until", aliases=("borte til", "fravær til", "fråvær til")),
            Column(name="substitute", aliases=("vikar", "stedfortreder")),
        ),
        read=_AmbassadorReader.absences,
        write=lambda ambassador: (
            ";".join(absence.first_day.isoformat() for absence in ambassador.absences),
            ";".join(absence.last_day.isoformat() for absence in ambassador.absences),
            ";".join(absence.substitute_id or "" for absence in ambassador.absences),
        ),
    ),
    AmbassadorField(
        name="site_id",
        columns=(Column(name="site", aliases=("bygg", "bygning")),),
        read=_AmbassadorReader.site,
        write=lambda ambassador: (ambassador.site_id or "",),
    ),
    AmbassadorField(
        name="office_hours",
        columns=(Column(name="hours", aliases=("office hours", "arbeidstid", "kontortid")),),
        read=_AmbassadorReader.hours,
        write=lambda ambassador: (_hours_text(ambassador.office_hours),),
    ),
    AmbassadorField(
        name="paused",
        columns=(Column(name="paused", aliases=("pause", "på pause")),),
        read=_AmbassadorReader.paused,
        write=lambda ambassador: ("true" if ambassador.paused else "",),
    ),
    # A new field stands last, so that written files keep the order of their columns.
)
AMBASSADOR_COLUMNS: Final = (_PERSON_ID, *(column for field in AMBASSADOR_FIELDS for column in field.columns))


def write_ambassadors(ambassadors: Iterable[Ambassador]) -> str:
    """Return CSV text that ``parse_ambassadors`` can read, sorted by id."""
    return csv_of_rows(
        [column.name for column in AMBASSADOR_COLUMNS],
        (
            (ambassador.person_id, *(cell for field in AMBASSADOR_FIELDS for cell in field.write(ambassador)))
            for ambassador in sorted(ambassadors, key=lambda ambassador: ambassador.person_id)
            if ambassador.active
        ),
    )


def _hours_text(hours: OfficeHours | None) -> str:
    if hours is None:
        return ""
    days = ",".join(_DAYS[day] for day in sorted(hours.weekdays))
    return f"{days} {hours.opens:%H:%M}-{hours.closes:%H:%M}"
