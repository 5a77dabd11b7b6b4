"""Becoming an ambassador: application, decision, nomination by a colleague."""

from dataclasses import replace

from dialogs.ambassadors import joining_cards, settings_cards
from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Post, do
from dialogs.core.event import Event
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import answer, speaker_of
from dialogs.handoff.leaders import leaders_above
from dialogs.handoff.names import name_of
from dialogs.handoff.projection import reply_or_post, without_secrets
from dialogs.handoff.routing import contacts_of
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name
from dialogs.profile.cards import place_card
from knowledge.organisation.leadership import managers_of
from knowledge.organisation.nearest import Ambassador

MAX_WORDS = 1000


def apply(event: Event, content: Content) -> Flow:
    """Show the expectations of an ambassador and the application form."""
    work = UnitOfWork(event, content)
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_guest:
        return answer(event, "ambassador/apply", joining_cards.for_guests(texts), texts)
    if person.municipality_id is None or person.unit_id is None:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb="ambassador.apply"), texts)
    profile = yield from work.get(AmbassadorProfile, person.id)
    if profile is not None and profile.ambassador.active:
        return answer(event, "ambassador/apply", joining_cards.already(texts), texts)
    application = yield from work.get(AmbassadorApplication, person.id)
    if application is not None and application.standing is ApplicationState.WAITING:
        return answer(event, "ambassador/apply", joining_cards.applied(texts, application, decider=""), texts)
    message = joining_cards.form(
        texts, topics=settings_cards.topics_of(content), unit=unit_name(work, person.unit_id, texts)
    )
    return answer(event, "ambassador/apply", message, texts)


def submit_application(event: Event, content: Content) -> Flow:
    """Send the application to the unit's leader, or else to the contact."""
    work = UnitOfWork(event, content)
    person = yield from work.person(event.person_id)
    texts = yield from work.actor_texts()
    unit = content.organisation.find_unit((person.unit_id if person else None) or "")
    if person is None or unit is None:
        return (yield from work.refuse("not_placed", event.person_id, audit=False))
    if person.is_guest:
        return do(Notice(text=texts("ambassador.apply.guest")))
    profile = yield from work.get(AmbassadorProfile, person.id)
    former = yield from work.get(AmbassadorApplication, person.id)
    if profile is not None and profile.ambassador.active:
        return do(Notice(text=texts("ambassador.apply.already")))
    if former is not None and former.standing is ApplicationState.WAITING:
        return do(Notice(text=texts("ambassador.apply.waiting")))
    deciders, through_contact = yield from _deciders(work, person, unit.id)
    known = settings_cards.topics_of(content)
    chosen = {part.strip() for part in event.pressed.text("topics").split(",")}
    motive = yield from without_secrets(work, event.pressed.text("motive"), most=MAX_WORDS)
    application = AmbassadorApplication(
        id=person.id,
        municipality_id=unit.municipality_id,
        unit_id=unit.id,
        topics=frozenset(chosen & known),
        motive=motive,
        deciders=tuple(decider.id for decider in deciders),
        through_contact=through_contact,
        created_at=event.at,
    )
    work.put(application)
    yield from _show_deciders(work, application, person)
    first = deciders[0] if deciders else None
    message = joining_cards.applied(texts, application, decider=name_of(first, texts) if first else "")
    return work.decision() + answer(event, "ambassador/apply", message, texts)


def approve(event: Event, content: Content) -> Flow:
    """Approve the application: add the ambassador and send the welcome."""
    work = UnitOfWork(event, content)
    application = yield from _pending_application(work)
    person = yield from work.person(application.id)
    # The applicant may have moved or left since applying.
    if person is None or person.municipality_id != application.municipality_id:
        return (yield from work.refuse("applicant_gone", application.id))
    approved = yield from _record_decision(work, application, ApplicationState.APPROVED)
    profile = yield from work.get(AmbassadorProfile, person.id)
    ambassador = Ambassador(
        person_id=person.id,
        name=person.name,
        municipality_id=approved.municipality_id,
        unit_id=approved.unit_id,
        topics=approved.topics,
        languages=frozenset({person.language}),
    )
    again = profile or AmbassadorProfile(ambassador=ambassador, joined_at=event.at)
    work.put(again.changed("joined", by=event.person_id, at=event.at, ambassador=ambassador))
    work.put(replace(person, roles=person.roles | {Role.AMBASSADOR}))
    theirs = yield from work.texts(person.id)
    work.do(
        Post(to=person.id, slot=f"ambassador/welcome/{event.id}", message=joining_cards.welcome(theirs, approved.word))
    )
    return work.decision()


def decline(event: Event, content: Content) -> Flow:
    """Decline the application, with an optional message."""
    work = UnitOfWork(event, content)
    application = yield from _pending_application(work)
    declined = yield from _record_decision(work, application, ApplicationState.DECLINED)
    theirs = yield from work.texts(application.id)
    work.do(
        Post(
            to=application.id,
            slot=f"ambassador/welcome/{event.id}",
            message=joining_cards.declined(theirs, declined.word),
        )
    )
    return work.decision()


def nominate(event: Event, content: Content) -> Flow:
    """Ask for a colleague's name, or send the colleague an invitation.

    Only the person's own unit is searched.
    """
    work = UnitOfWork(event, content)
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_guest:
        return answer(event, "ambassador/nominate", joining_cards.for_guests(texts), texts)
    if person.unit_id is None:
        return answer(
            event, "profile", place_card(content, texts, person=person, then_verb="ambassador.nominate"), texts
        )
    wanted = " ".join(event.pressed.text("colleague").lower().split())
    if not wanted:
        return answer(event, "ambassador/nominate", joining_cards.nomination(texts), texts)
    for colleague in (yield from find_all(Person, f"unit:{person.unit_id}")):
        names = {" ".join(colleague.name.lower().split()), (colleague.email or "").lower()}
        profile = yield from work.get(AmbassadorProfile, colleague.id)
        is_one = profile is not None and profile.ambassador.active
        if wanted in names and colleague.id != person.id and not is_one and content.channels.reaches(colleague):
            theirs = content.texts[colleague.language]
            message = joining_cards.invitation(theirs, by=name_of(person, theirs))
            work.do(Post(to=colleague.id, slot=invitation_slot(person.id), message=message))
    # The same answer with or without a match: it must not reveal which colleagues use the bot.
    return work.decision() + answer(event, "ambassador/nominate", joining_cards.nominated(texts), texts)


def invitation_slot(by: str) -> str:
    return f"ambassador/invitation/{by}"


def taken_away(application: AmbassadorApplication) -> Decision:
    """Return the decision that removes the application from the deciders' chats."""
    asked = sorted({*application.deciders, application.decided_by or ""} - {"", application.id})
    return do(*(Post(to=id_, slot=application.slot, message=None, only_update=True) for id_ in asked))


def _deciders(work: UnitOfWork, applicant: Person, unit_id: str) -> Asking[tuple[tuple[Person, ...], bool]]:
    """Return the deciders, and whether they stand in for the leader."""
    # The applicant's managers decide. If they do not use the bot, the contacts ask them, else the admins.
    organisation = work.content.organisation
    leaders = yield from leaders_above(work.content, unit_id)
    led = {leader.unit_id for leader in leaders}
    own = {leader.unit_id for leader in leaders if leader.person_id == applicant.id}
    titled = (unit for unit in organisation.path(unit_id) if unit.leader_id or unit.leader_role or unit.id in led)
    closest = next((unit for unit in titled if unit.id not in own), None)
    if closest is not None and closest.id in led:
        managers = managers_of(organisation, person_id=applicant.id, unit_id=closest.id, leaders=leaders)
        reached = yield from _reached(work, managers)
        if reached:
            return reached, False
    municipality_id = applicant.municipality_id or ""
    for people in (
        (yield from contacts_of(municipality_id, work.content)),
        (yield from find_all(Person, f"role:{Role.ADMIN}@{municipality_id}")),
    ):
        deciders = tuple(
            person for person in people if person.id != applicant.id and work.content.channels.reaches(person)
        )
        if deciders:
            return deciders, True
    return (), True


def _reached(work: UnitOfWork, ids: tuple[str, ...]) -> Asking[tuple[Person, ...]]:
    reached = []
    for id_ in ids:
        person = yield from work.person(id_)
        if person is not None and work.content.channels.reaches(person):
            reached.append(person)
    return tuple(reached)


def _pending_application(work: UnitOfWork) -> Asking[AmbassadorApplication]:
    """Return the pending application of the pressed card, else refuse."""
    id_, by = work.event.pressed.text("person_id"), work.event.person_id
    application = yield from work.get(AmbassadorApplication, id_)
    if application is None or not (yield from _may_decide(work, application)):
        raise EventRefused((yield from work.refuse("unknown", id_)))
    if application.standing is not ApplicationState.WAITING:
        decider = yield from work.person(application.decided_by or "")
        texts = yield from work.actor_texts()
        raise EventRefused(
            (yield from work.refuse("decided", id_, audit=by != application.decided_by, name=name_of(decider, texts)))
        )
    return application


def _may_decide(work: UnitOfWork, application: AmbassadorApplication) -> Asking[bool]:
    """Return whether the presser was asked or is an admin there."""
    person = yield from work.person(work.event.person_id)
    if person is None or person.id == application.id or person.municipality_id != application.municipality_id:
        return False
    # Admins too, so that an application is not stuck when a leader leaves.
    return person.id in application.deciders or person.has(Role.ADMIN)


def _record_decision(
    work: UnitOfWork, application: AmbassadorApplication, standing: ApplicationState
) -> Asking[AmbassadorApplication]:
    word = yield from without_secrets(work, work.event.pressed.text("word"), most=MAX_WORDS)
    decided = application.decide(standing, by=work.event.person_id, at=work.at, word=word)
    work.put(decided)
    work.do(Audit(act=f"ambassador.{standing}", subject=application.id, by=work.event.person_id, about_person=True))
    person = yield from work.person(application.id)
    yield from _show_deciders(work, decided, person)
    return decided


def _show_deciders(work: UnitOfWork, application: AmbassadorApplication, applicant: Person | None) -> Asking[None]:
    unit = work.content.organisation.find_unit(application.unit_id)
    path = work.content.organisation.path(unit.id) if unit else ()
    role = next((unit.leader_role for unit in path if unit.leader_role), None)
    acting = {work.event.person_id} if application.decided_by else set()
    for id_ in sorted({*application.deciders, *acting} - {application.id}):
        texts = yield from work.texts(id_)
        message = joining_cards.decision(
            texts,
            application,
            name=name_of(applicant, texts),
            unit=unit_name(work, application.unit_id, texts),
            leader=role.text(texts.language) if role else texts("ambassador.apply.the_leader"),
            decided_by=name_of((yield from work.person(application.decided_by or "")), texts),
        )
        reply_or_post(work, id_, application.slot, message)
