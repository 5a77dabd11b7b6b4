"""The forms of the plan as submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.core.event import Pressed
from dialogs.core.milestone import Certainty, PlannedDays
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.access import PlanEditor
from dialogs.rollout.timeline.dates import BadPlanDate, read_date, read_period
from knowledge.article.article import Language

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


def read_milestone(pressed: Pressed, editor: PlanEditor) -> tuple[MilestoneForm, tuple[str, ...]]:
    """Return the submitted values, and all faults as sentences."""
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
    municipalities, units, wrong = _read_place(pressed, editor)
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


def _read_place(pressed: Pressed, editor: PlanEditor) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return municipalities and units, and faults as keys of sentences."""
    organisation, own = editor.viewer.content.organisation, editor.municipality_id
    place = str(pressed.text("municipality")) or own or ""
    units = frozenset(part.strip() for part in pressed.text("units").split(",") if part.strip())
    known = {unit.id: unit for id_ in units if (unit := organisation.find_unit(id_)) is not None}
    if place == EVERYWHERE:
        if own is not None:
            return frozenset(), frozenset(), ("timeline.fault.place",)
        return frozenset(), frozenset(), ("timeline.fault.units_of_all",) if units else ()
    if place not in organisation.municipalities or own not in {None, place}:
        return frozenset(), frozenset(), ("timeline.fault.place",)
    if len(known) < len(units) or any(unit.municipality_id != place for unit in known.values()):
        return frozenset(), frozenset(), ("timeline.fault.units",)
    # The municipality's root stands for the whole of it.
    chosen = frozenset(known) - {place}
    return frozenset({place}), frozenset() if place in known else chosen, ()
