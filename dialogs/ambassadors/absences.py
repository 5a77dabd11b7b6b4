"""Absences of an ambassador: added, given a substitute, and cancelled by themselves or by an admin."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final, Never
from zoneinfo import ZoneInfo

from dialogs.ambassadors.settings import change_with, store_change, subject
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import Notice, do, later
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.organisation.nearest import Absence, Ambassador

# Current and future absences.
MAX_ABSENCES: Final = 10
MAX_YEARS: Final = 5


def absence(event: Event, content: Content) -> Flow:
    """Add an absence, with an optional substitute."""
    # Open handoffs move to other helpers on its first day.
    work = UnitOfWork(event, content)
    profile = yield from subject(work)
    ambassador = profile.ambassador
    now = today(content, ambassador.municipality_id, event.at)
    first, last = yield from _days(work, now)
    substitute_id = yield from _substitute(work, profile)
    current = tuple(absence for absence in ambassador.absences if absence.last_day >= now)
    others = tuple(absence for absence in current if (absence.first_day, absence.last_day) != (first, last))
    if len(others) >= MAX_ABSENCES:
        yield from _refuse_absence(work, "many_absences", number=MAX_ABSENCES)
    away = Absence(first_day=first, last_day=last, substitute_id=substitute_id)
    if first > now:
        begins = datetime.combine(first, time(0, 1), _zone(content, ambassador)).astimezone(UTC)
        work.do(later(f"ambassador/{profile.id}/away/{first}", begins, "handoff.lost", person_id=profile.id))
    return (yield from store_change(work, profile, replace(ambassador, absences=(*others, away)), "absence"))


def choose_substitute(event: Event, content: Content) -> Flow:
    """Set or remove the substitute of an absence."""
    work = UnitOfWork(event, content)
    profile = yield from subject(work)
    chosen = yield from _chosen_absence(work, profile)
    substitute_id = yield from _substitute(work, profile)
    absences = tuple(
        replace(absence, substitute_id=substitute_id) if absence == chosen else absence
        for absence in profile.ambassador.absences
    )
    changed = replace(profile.ambassador, absences=absences)
    return (yield from store_change(work, profile, changed, "substitute"))


def cancel_absence(event: Event, content: Content) -> Flow:
    """Remove one absence."""
    work = UnitOfWork(event, content)
    profile = yield from subject(work)
    chosen = yield from _chosen_absence(work, profile)
    left = tuple(absence for absence in profile.ambassador.absences if absence != chosen)
    return (yield from store_change(work, profile, replace(profile.ambassador, absences=left), "present"))


def present(event: Event, content: Content) -> Flow:
    """Remove all absences."""
    return (yield from change_with(event, content, "present", lambda ambassador: replace(ambassador, absences=())))


def _days(work: UnitOfWork, now: date) -> Asking[tuple[date, date]]:
    """Return the first and the last day of the input. Raises EventRefused with the fault."""
    pressed = work.event.pressed
    try:
        first = date.fromisoformat(pressed.text("first_day"))
        last = date.fromisoformat(pressed.text("last_day") or pressed.text("first_day"))
    except ValueError:
        return (yield from _refuse_absence(work, "bad_dates"))
    if first > last:
        yield from _refuse_absence(work, "dates_backwards")
    if last < now:
        yield from _refuse_absence(work, "dates_past")
    if (last - now).days > MAX_YEARS * 366:
        yield from _refuse_absence(work, "dates_far", number=MAX_YEARS)
    return first, last


def _substitute(work: UnitOfWork, profile: AmbassadorProfile) -> Asking[str | None]:
    """Return the chosen substitute, an active ambassador of the same municipality. Raises EventRefused."""
    id_ = work.event.pressed.text("substitute_id")
    if not id_:
        return None
    substitute = yield from work.get(AmbassadorProfile, id_)
    here = profile.ambassador.municipality_id
    if (
        substitute is None
        or id_ == profile.id
        or not substitute.ambassador.active
        or substitute.ambassador.pupil
        or substitute.ambassador.municipality_id != here
    ):
        raise EventRefused((yield from work.refuse("no_substitute", profile.id)))
    return id_


def _chosen_absence(work: UnitOfWork, profile: AmbassadorProfile) -> Asking[Absence]:
    """Return the absence with the pressed days. Raises EventRefused."""
    days = work.event.pressed.text("first_day"), work.event.pressed.text("last_day")
    for absence in profile.ambassador.absences:
        if (absence.first_day.isoformat(), absence.last_day.isoformat()) == days:
            return absence
    return (yield from _refuse_absence(work, "absence_gone"))


def _refuse_absence(work: UnitOfWork, fault: str, **values: object) -> Asking[Never]:
    texts = yield from work.actor_texts()
    raise EventRefused(do(Notice(text=texts(f"ambassador.settings.{fault}", **values))))


def _zone(content: Content, ambassador: Ambassador) -> ZoneInfo:
    municipality = content.organisation.municipalities.get(ambassador.municipality_id)
    return ZoneInfo(municipality.office_hours.timezone if municipality else "Europe/Oslo")
