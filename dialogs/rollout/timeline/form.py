"""The forms of the plan as submitted, with dates as people write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel.dates import get_month_names

from dialogs.core.event import Pressed
from dialogs.core.milestone import SEASONS, Certainty, Milestone, PlannedDays
from dialogs.core.texts import LOCALES, Texts
from dialogs.rollout.timeline.access import PlanEditor
from knowledge.article.article import Language

# Planned dates as people write them: ``2027-03-15``, ``15.3.2027``, ``mars 2027``, ``våren 2027``.

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


# So that the title of an announcement has room for it.
MAX_WHAT: Final = 90
MAX_OWNER: Final = 80
MAX_REASON: Final = 300
EVERYWHERE: Final = "all"
# Without these, a text is the same in a card, a calendar and a picture.
_MARKS: Final = str.maketrans("", "", "[]<>*_`#|\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneForm:
    """What an editor wrote about a milestone, besides its date."""

    what: Mapping[Language, str]
    owner: Mapping[Language, str]
    municipalities: frozenset[str]
    units: frozenset[str]
    certainty: Certainty
    public: bool


def place_shown(milestone: Milestone) -> str:
    """Return the choice of municipality that the form of a milestone shows; several are one choice."""
    return ",".join(sorted(milestone.municipalities)) or EVERYWHERE


def read_milestone(
    pressed: Pressed, editor: PlanEditor, old: Milestone | None = None
) -> tuple[MilestoneForm, tuple[str, ...]]:
    """Return the submitted values, and all faults as sentences. ``old``: the milestone as the form showed it."""
    texts = editor.viewer.texts
    faults: list[str] = []
    descriptions = _in_each_language(pressed, "what")
    owner = _in_each_language(pressed, "owner")
    if set(descriptions) != set(Language):
        faults.append(texts("timeline.fault.what"))
    if any(len(text) > MAX_WHAT for text in descriptions.values()):
        faults.append(texts("timeline.fault.long_what", most=texts.number(MAX_WHAT)))
    if any(len(name) > MAX_OWNER for name in owner.values()):
        faults.append(texts("timeline.fault.long_owner", most=texts.number(MAX_OWNER)))
    names = (f"{field}_{language}" for field in ("what", "owner") for language in Language)
    if any(pressed.text(name).found for name in names):
        faults.append(texts("timeline.fault.secret"))
    municipalities, units, wrong = _read_place(pressed, editor, old)
    certainty = read_certainty(pressed)
    if certainty is None:
        faults.append(texts("timeline.fault.certainty"))
    form = MilestoneForm(
        what=descriptions,
        owner=owner,
        municipalities=municipalities,
        units=units,
        certainty=certainty or Certainty.UNSURE,
        public=pressed.text("public") == "yes",
    )
    return form, (*faults, *(texts(key) for key in wrong))


def read_certainty(pressed: Pressed) -> Certainty | None:
    written = str(pressed.text("certainty"))
    return next((certainty for certainty in Certainty if certainty == written), None)


def read_planned(
    pressed: Pressed, editor: PlanEditor, today: date, *, past: bool = False
) -> tuple[str, tuple[str, ...]]:
    """Return the planned date, and faults as sentences. ``past``: it may be over."""
    texts, catalogue = editor.viewer.texts, editor.viewer.content.texts
    try:
        written = read_period(pressed.text("start"), pressed.text("until"), catalogue)
    except BadPlanDate as bad:
        return "", (texts(bad.key),)
    if PlannedDays.parse(written).last < today and not past:
        return "", (texts("timeline.fault.past"),)
    return written, ()


def read_done_on(pressed: Pressed, editor: PlanEditor, today: date) -> tuple[str, tuple[str, ...]]:
    """Return the day on which it was done, by default today, and faults as sentences."""
    texts: Texts = editor.viewer.texts
    if not pressed.text("done_on"):
        return today.isoformat(), ()
    try:
        written = read_date(pressed.text("done_on"), editor.viewer.content.texts)
    except BadPlanDate as bad:
        return "", (texts(bad.key),)
    days = PlannedDays.parse(written)
    if not days.is_day:
        return "", (texts("timeline.fault.no_day"),)
    return (written, ()) if days.first <= today else ("", (texts("timeline.fault.future"),))


def read_reason(pressed: Pressed) -> str:
    return " ".join(pressed.text("reason").split())[:MAX_REASON]


def _in_each_language(pressed: Pressed, name: str) -> Mapping[Language, str]:
    written = {
        language: " ".join(pressed.text(f"{name}_{language}").translate(_MARKS).split()) for language in Language
    }
    return {language: text for language, text in written.items() if text}


def _read_place(
    pressed: Pressed, editor: PlanEditor, old: Milestone | None
) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return municipalities and units, and faults as keys of sentences."""
    organisation, own = editor.viewer.content.organisation, editor.municipality_id
    place = str(pressed.text("municipality")) or own or ""
    units = frozenset(part.strip() for part in pressed.text("units").split(",") if part.strip())
    kept = old is not None and place == place_shown(old)
    # A file may name units of several municipalities, which the form cannot choose.
    if old is not None and units == old.units and (kept or place == own):
        return old.municipalities, old.units, ()
    known = {unit.id: unit for id_ in units if (unit := organisation.find_unit(id_)) is not None}
    if place == EVERYWHERE:
        if own is not None:
            return frozenset(), frozenset(), ("timeline.fault.place",)
        return frozenset(), frozenset(), ("timeline.fault.units_of_all",) if units else ()
    places = old.municipalities if old is not None and kept else frozenset({place})
    if not places <= organisation.municipalities.keys() or own not in {None, place}:
        return frozenset(), frozenset(), ("timeline.fault.place",)
    if len(known) < len(units) or any(unit.municipality_id not in places for unit in known.values()):
        return frozenset(), frozenset(), ("timeline.fault.units",)
    # The municipality's root stands for the whole of it.
    return places, frozenset() if places <= known.keys() else frozenset(known), ()
