"""Absences of an ambassador: added, given a substitute, and cancelled by themselves or by an admin."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final, Never
from zoneinfo import ZoneInfo

from dialogs.ambassadors.settings import change_with, store_change, subject
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Notice, do, later
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import find_texts
from dialogs.handoff.refusal import refusal
from knowledge.organisation.nearest import Absence, Ambassador

# Current and future absences.
MAX_ABSENCES: Final = 10
MAX_YEARS: Final = 5


def absence(event: Event, content: Content) -> Flow:
    """Add an absence, with an optional substitute."""
    # Open handoffs move to other helpers on its first day.
    profile = yield from subject(event, content)
    ambassador = profile.ambassador
    now = today(content, ambassador.municipality_id, event.at)
    first, last = yield from _days(event, content, now)
    substitute_id = yield from _substitute(event, content, profile)
    current = tuple(absence for absence in ambassador.absences if absence.last_day >= now)
    others = tuple(absence for absence in current if (absence.first_day, absence.last_day) != (first, last))
    if len(others) >= MAX_ABSENCES:
        yield from _refuse_absence(event, content, "many_absences", number=MAX_ABSENCES)
    away = Absence(first_day=first, last_day=last, substitute_id=substitute_id)
    changed = replace(ambassador, absences=(*others, away))
    begun = NOTHING
    if first > now:
        begins = datetime.combine(first, time(0, 1), _zone(content, ambassador)).astimezone(UTC)
        begun = do(later(f"ambassador/{profile.id}/away/{first}", begins, "handoff.lost", person_id=profile.id))
    return begun + (yield from store_change(event, content, profile, changed, "absence"))


def choose_substitute(event: Event, content: Content) -> Flow:
    """Set or remove the substitute of an absence."""
    profile = yield from subject(event, content)
    chosen = yield from _chosen_absence(event, content, profile)
    substitute_id = yield from _substitute(event, content, profile)
    absences = tuple(
        replace(absence, substitute_id=substitute_id) if absence == chosen else absence
        for absence in profile.ambassador.absences
    )
    changed = replace(profile.ambassador, absences=absences)
    return (yield from store_change(event, content, profile, changed, "substitute"))


def cancel_absence(event: Event, content: Content) -> Flow:
    """Remove one absence."""
    profile = yield from subject(event, content)
    chosen = yield from _chosen_absence(event, content, profile)
    left = tuple(absence for absence in profile.ambassador.absences if absence != chosen)
    changed = replace(profile.ambassador, absences=left)
    return (yield from store_change(event, content, profile, changed, "present"))


def present(event: Event, content: Content) -> Flow:
    """Remove all absences."""
    return (yield from change_with(event, content, "present", lambda ambassador: replace(ambassador, absences=())))


def _days(event: Event, content: Content, now: date) -> Asking[tuple[date, date]]:
    """Return the first and the last day of the input. Raises EventRefused with the fault."""
    pressed = event.pressed
    try:
        first = date.fromisoformat(pressed.text("first_day"))
        last = date.fromisoformat(pressed.text("last_day") or pressed.text("first_day"))
    except ValueError:
        return (yield from _refuse_absence(event, content, "bad_dates"))
    if first > last:
        yield from _refuse_absence(event, content, "dates_backwards")
    if last < now:
        yield from _refuse_absence(event, content, "dates_past")
    if (last - now).days > MAX_YEARS * 366:
        yield from _refuse_absence(event, content, "dates_far", number=MAX_YEARS)
    return first, last


def _substitute(event: Event, content: Content, profile: AmbassadorProfile) -> Asking[str | None]:
    """Return the chosen substitute, an active ambassador of the same municipality. Raises EventRefused."""
    id_ = event.pressed.text("substitute_id")
    if not id_:
        return None
    substitute = yield from find(AmbassadorProfile, id_)
    here = profile.ambassador.municipality_id
    if (
        substitute is None
        or id_ == profile.id
        or not substitute.ambassador.active
        or substitute.ambassador.pupil
        or substitute.ambassador.municipality_id != here
    ):
        texts = yield from find_texts(content, event.person_id)
        raise EventRefused(refusal(event, texts, "no_substitute", profile.id))
    return id_


def _chosen_absence(event: Event, content: Content, profile: AmbassadorProfile) -> Asking[Absence]:
    """Return the absence with the pressed days. Raises EventRefused."""
    days = event.pressed.text("first_day"), event.pressed.text("last_day")
    for absence in profile.ambassador.absences:
        if (absence.first_day.isoformat(), absence.last_day.isoformat()) == days:
            return absence
    return (yield from _refuse_absence(event, content, "absence_gone"))


def _refuse_absence(event: Event, content: Content, fault: str, **values: object) -> Asking[Never]:
    texts = yield from find_texts(content, event.person_id)
    raise EventRefused(do(Notice(text=texts(f"ambassador.settings.{fault}", **values))))


def _zone(content: Content, ambassador: Ambassador) -> ZoneInfo:
    municipality = content.organisation.municipalities.get(ambassador.municipality_id)
    return ZoneInfo(municipality.office_hours.timezone if municipality else "Europe/Oslo")
