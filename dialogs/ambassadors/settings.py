"""Settings of an ambassador, changed by themselves or by an admin.

A change takes effect at once on open handoffs: those the ambassador cannot keep move to other helpers.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any, Final

from dialogs.ambassadors import settings_cards
from dialogs.ambassadors.fields import FIELDS, listed
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.registry import today
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Post, do
from dialogs.core.event import Event, Pressed
from dialogs.core.names import name_of
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import answer, find_texts, speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff.projection import finish
from dialogs.handoff.refusal import refusal
from dialogs.handoff.routing import offer_queued
from dialogs.handoff.timers import reassign_all
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.signin.flow import end_sessions
from knowledge.organisation.nearest import Ambassador, Asker
from knowledge.organisation.office_hours import OfficeHours

# Substitutes to choose among.
SUBSTITUTES: Final = 15


def show_settings(event: Event, content: Content) -> Flow:
    profile = yield from subject(event, content)
    return (yield from _settings_answer(UnitOfWork(event, content), profile, ""))


def save(event: Event, content: Content) -> Flow:
    """Save the fields of the settings and the choice of tips.

    Fields missing from the card stay unchanged.
    """
    profile = yield from subject(event, content)
    texts = yield from find_texts(content, event.person_id)
    pressed, ambassador, topics = event.pressed, profile.ambassador, settings_cards.topics_of(content)
    values: dict[str, Any] = {
        field.name: field.read(texts, ambassador, topics, pressed) for field in FIELDS if field.name in pressed.data
    }
    tips = pressed.text("tips").lower() == "true" if "tips" in pressed.data else profile.tips
    return (yield from store_change(event, content, profile, replace(ambassador, **values), "settings", tips=tips))


def hours(event: Event, content: Content) -> Flow:
    """Set own office hours; empty means the municipality's."""
    profile = yield from subject(event, content)
    texts = yield from find_texts(content, event.person_id)
    opens, closes = event.pressed.text("opens"), event.pressed.text("closes")
    days = frozenset(int(day) for day in listed(event.pressed, "weekdays") if day in set("0123456"))
    if not opens and not closes:
        changed = replace(profile.ambassador, office_hours=None)
        return (yield from store_change(event, content, profile, changed, "hours"))
    try:
        start, end = time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        return do(Notice(text=texts("ambassador.settings.bad_hours")))
    if start >= end or not days or start.tzinfo or end.tzinfo:
        return do(Notice(text=texts("ambassador.settings.bad_hours")))
    municipality = content.organisation.municipalities.get(profile.ambassador.municipality_id)
    zone = municipality.office_hours.timezone if municipality else "Europe/Oslo"
    own = OfficeHours(weekdays=days, opens=start, closes=end, timezone=zone)
    changed = replace(profile.ambassador, office_hours=own)
    return (yield from store_change(event, content, profile, changed, "hours"))


def pause(event: Event, content: Content) -> Flow:
    """Pause new questions."""
    return (yield from change_with(event, content, "paused", lambda ambassador: replace(ambassador, paused=True)))


def resume(event: Event, content: Content) -> Flow:
    """Accept questions again."""
    return (yield from change_with(event, content, "resumed", lambda ambassador: replace(ambassador, paused=False)))


def leave_network(event: Event, content: Content) -> Flow:
    """Leave the network; open handoffs move to other helpers."""
    profile = yield from subject(event, content)
    work = UnitOfWork(event, content)
    person = yield from work.person(profile.id)
    left = profile.changed(
        "left", by=event.person_id, at=event.at, ambassador=replace(profile.ambassador, active=False)
    )
    work.put(left)
    if person is not None:
        work.put(replace(person, roles=person.roles - {Role.AMBASSADOR}))
    work.do(Audit(act="ambassador.left", subject=profile.id, by=event.person_id, about_person=True))
    if event.person_id != profile.id:
        theirs = yield from work.texts(profile.id)
        news = settings_cards.taken_out(theirs, (yield from work.person(event.person_id)))
        work.do(Post(to=profile.id, slot=f"ambassador/changed/{event.id}", message=news))
    yield from reassign_all(work, profile.id)
    texts = yield from work.actor_texts()
    decision = yield from finish(work)
    if event.person_id != profile.id:  # an ambassador leaving by choice stays signed in, with the remaining rights
        decision += yield from end_sessions(profile.id)
    farewell = settings_cards.left(texts) if event.person_id == profile.id else settings_cards.removed(texts, person)
    return decision + answer(event, "ambassador/settings", farewell, texts)


def concerns_another(event: Event, content: Content) -> Asking[bool]:
    """Return whether the press is about another person than the presser."""
    yield from ()
    # A typed command names no person.
    named = event.what.text("person_id") if isinstance(event.what, Pressed) else ""
    return named not in ("", event.person_id)


def subject(event: Event, content: Content) -> Asking[AmbassadorProfile]:
    """Return the profile to change: the presser's, or for admins a colleague's.

    Raises:
        EventRefused: no admin of the ambassador's municipality, or no active ambassador.
    """
    speaker = yield from speaker_of(event, content)
    id_ = (event.pressed.text("person_id") if isinstance(event.what, Pressed) else "") or event.person_id
    profile = yield from find(AmbassadorProfile, id_)
    if id_ != event.person_id:
        admin = speaker.person
        here = profile is not None and admin.municipality_id == profile.ambassador.municipality_id
        if not here or not admin.has(Role.ADMIN):
            raise EventRefused(refusal(event, speaker.texts, "not_admin", id_))
    if profile is None or not profile.ambassador.active:
        person = yield from find(Person, event.person_id)
        stranger = settings_cards.stranger(speaker.texts, person)
        raise EventRefused(answer(event, "ambassador/settings", stranger, speaker.texts))
    return profile


def change_with(event: Event, content: Content, act: str, change: Callable[[Ambassador], Ambassador]) -> Flow:
    """Store a change that needs no input."""
    profile = yield from subject(event, content)
    return (yield from store_change(event, content, profile, change(profile.ambassador), act))


def store_change(
    event: Event,
    content: Content,
    profile: AmbassadorProfile,
    ambassador: Ambassador,
    act: str,
    *,
    tips: bool | None = None,
) -> Flow:
    """Store the change and move handoffs the ambassador can no longer keep."""
    work = UnitOfWork(event, content)
    # An ambassador changed by another person gets a notice.
    by = work.event.person_id
    changed = profile.changed(act, by=by, at=work.at, ambassador=ambassador)
    if tips is not None:
        changed = replace(changed, tips=tips)
    work.put(changed)
    if by != profile.id:
        work.do(Audit(act=f"ambassador.{act}", subject=profile.id, by=by, about_person=True))
        theirs = yield from work.texts(profile.id)
        on = today(work.content, ambassador.municipality_id, work.at)
        names = yield from substitute_names(work, theirs, profile, changed)
        news = settings_cards.changes_notice(
            theirs, profile, changed, by=(yield from work.person(by)), on=on, names=names
        )
        if news is not None:
            work.do(Post(to=profile.id, slot=f"ambassador/changed/{work.event.id}", message=news))
    reassigned = yield from reassign_all(work, profile.id)
    yield from offer_queued(work, ambassador.municipality_id)  # there may be room now
    texts = yield from work.actor_texts()
    saved = texts.plural("ambassador.settings.moved", reassigned) if reassigned else texts("ambassador.settings.saved")
    if by != profile.id and not reassigned:
        named = name_of((yield from work.person(profile.id)), texts)
        saved = texts("ambassador.settings.saved_of", name=named)
    decision = yield from finish(work)
    return decision + (yield from _settings_answer(work, changed, saved))


def _settings_answer(work: UnitOfWork, profile: AmbassadorProfile, news: str) -> Asking[Decision]:
    texts = yield from work.actor_texts()
    ambassador = profile.ambassador
    registry = yield from work.registry(ambassador.municipality_id)
    here = Asker(person_id=profile.id, municipality_id=ambassador.municipality_id, unit_id=ambassador.unit_id)
    near = registry.nearest(here, work.content, work.at, free_only=False, limit=SUBSTITUTES * 2)
    others = [
        (unmarked(candidate.ambassador.name), candidate.ambassador.person_id)
        for candidate in near
        if candidate.ambassador.municipality_id == ambassador.municipality_id
    ][:SUBSTITUTES]
    own = profile.id == work.event.person_id
    person: Person | None = yield from work.person(profile.id)
    last = profile.history[-1] if profile.history else None
    changer = (yield from work.person(last.by)) if last else None
    message = settings_cards.settings(
        texts,
        profile,
        topics=settings_cards.topics_of(work.content),
        substitutes=others,
        on=today(work.content, ambassador.municipality_id, work.at),
        news=news,
        names=(yield from substitute_names(work, texts, profile)),
        whose="" if own or person is None else name_of(person, texts),
        changed=settings_cards.changed(texts, last, changer, viewer_id=work.event.person_id) if last else "",
    )
    return answer(work.event, "ambassador/settings", message, texts)


def substitute_names(work: UnitOfWork, texts: Texts, *profiles: AmbassadorProfile) -> Asking[dict[str, str]]:
    """Return the names of the substitutes in the profiles' absences, by person id."""
    ids = {
        absence.substitute_id
        for profile in profiles
        for absence in profile.ambassador.absences
        if absence.substitute_id
    }
    names = {}
    for id_ in sorted(ids):
        names[id_] = name_of((yield from work.person(id_)), texts)
    return names
