"""Becoming an ambassador: application, decision, nomination by a colleague."""

from dataclasses import replace

from dialogs.ambassadors import joining_cards, settings_cards
from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Post, do, put
from dialogs.core.event import Event
from dialogs.core.leaders import leaders_above
from dialogs.core.names import name_of
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, find_each
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import answer, find_texts, speaker_of
from dialogs.handoff.projection import masked_notes, message_effect
from dialogs.handoff.refusal import refusal
from dialogs.handoff.routing import contacts_of
from dialogs.handoff.views import unit_name
from dialogs.profile.cards import place_card
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import managers_of

MAX_WORDS = 1000


def apply(event: Event, content: Content) -> Flow:
    """Show the expectations of an ambassador and the application form."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_guest:
        return answer(event, "ambassador/apply", joining_cards.for_guests(texts), texts)
    if person.municipality_id is None or person.unit_id is None:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb="ambassador.apply"), texts)
    profile = yield from find(AmbassadorProfile, person.id)
    if profile is not None and profile.ambassador.active:
        return answer(event, "ambassador/apply", joining_cards.already(texts), texts)
    application = yield from find(AmbassadorApplication, person.id)
    if application is not None and application.standing is ApplicationState.WAITING:
        return answer(event, "ambassador/apply", joining_cards.applied(texts, application, decider=""), texts)
    message = joining_cards.form(
        texts, topics=settings_cards.topics_of(content), unit=unit_name(content, person.unit_id, texts)
    )
    return answer(event, "ambassador/apply", message, texts)


def submit_application(event: Event, content: Content) -> Flow:
    """Send the application to the unit's leader, or else to the contact."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    unit = content.organisation.find_unit(person.unit_id or "")
    if unit is None:
        return refusal(event, texts, "not_placed", event.person_id, audit=False)
    if person.is_guest:
        return do(Notice(text=texts("ambassador.apply.guest")))
    profile = yield from find(AmbassadorProfile, person.id)
    former = yield from find(AmbassadorApplication, person.id)
    if profile is not None and profile.ambassador.active:
        return do(Notice(text=texts("ambassador.apply.already")))
    if former is not None and former.standing is ApplicationState.WAITING:
        return do(Notice(text=texts("ambassador.apply.waiting")))
    deciders, through_contact = yield from _deciders(content, person, unit.id)
    known = settings_cards.topics_of(content)
    chosen = {part.strip() for part in event.pressed.text("topics").split(",")}
    motive = event.pressed.text("motive")
    application = AmbassadorApplication(
        id=person.id,
        municipality_id=unit.municipality_id,
        unit_id=unit.id,
        topics=frozenset(chosen & known),
        motive=motive[:MAX_WORDS],
        deciders=tuple(decider.id for decider in deciders),
        through_contact=through_contact,
        created_at=event.at,
    )
    noted = put(application) + do(*masked_notes(event, texts, motive))
    shown = yield from _show_deciders(event, content, application, person)
    first = deciders[0] if deciders else None
    message = joining_cards.applied(texts, application, decider=name_of(first, texts) if first else "")
    return noted + shown + answer(event, "ambassador/apply", message, texts)


def approve(event: Event, content: Content) -> Flow:
    """Approve the application: add the ambassador and send the welcome."""
    application = yield from _pending_application(event, content)
    person = yield from find(Person, application.id)
    # The applicant may have moved or left since applying.
    if person is None or person.municipality_id != application.municipality_id:
        texts = yield from find_texts(content, event.person_id)
        return refusal(event, texts, "applicant_gone", application.id)
    approved, decided = yield from _decide(event, content, application, ApplicationState.APPROVED)
    profile = yield from find(AmbassadorProfile, person.id)
    ambassador = Ambassador(
        person_id=person.id,
        name=person.name,
        municipality_id=approved.municipality_id,
        unit_id=approved.unit_id,
        topics=approved.topics,
        languages=frozenset({person.language}),
    )
    again = profile or AmbassadorProfile(ambassador=ambassador, joined_at=event.at)
    joined = again.changed("joined", by=event.person_id, at=event.at, ambassador=ambassador)
    welcome = joining_cards.welcome(content.texts[person.language], approved.word)
    return (
        decided
        + put(joined, replace(person, roles=person.roles | {Role.AMBASSADOR}))
        + do(Post(to=person.id, slot=f"ambassador/welcome/{event.id}", message=welcome))
    )


def decline(event: Event, content: Content) -> Flow:
    """Decline the application, with an optional message."""
    application = yield from _pending_application(event, content)
    declined, decided = yield from _decide(event, content, application, ApplicationState.DECLINED)
    message = joining_cards.declined((yield from find_texts(content, application.id)), declined.word)
    return decided + do(Post(to=application.id, slot=f"ambassador/welcome/{event.id}", message=message))


def nominate(event: Event, content: Content) -> Flow:
    """Ask for a colleague's name, or send the colleague an invitation.

    Only the person's own unit is searched.
    """
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
    posts = []
    for colleague in (yield from find_all(Person, f"unit:{person.unit_id}")):
        names = {" ".join(colleague.name.lower().split()), (colleague.email or "").lower()}
        profile = yield from find(AmbassadorProfile, colleague.id)
        is_one = profile is not None and profile.ambassador.active
        if wanted in names and colleague.id != person.id and not is_one and content.channels.reaches(colleague):
            theirs = content.texts[colleague.language]
            message = joining_cards.invitation(theirs, by=name_of(person, theirs))
            posts.append(Post(to=colleague.id, slot=invitation_slot(person.id), message=message))
    # The same answer with or without a match: it must not reveal which colleagues use the bot.
    return do(*posts) + answer(event, "ambassador/nominate", joining_cards.nominated(texts), texts)


def invitation_slot(by: str) -> str:
    return f"ambassador/invitation/{by}"


def taken_away(application: AmbassadorApplication) -> Decision:
    """Return the decision that removes the application from the deciders' chats."""
    asked = sorted({*application.deciders, application.decided_by or ""} - {"", application.id})
    return do(*(Post(to=id_, slot=application.slot, message=None, only_update=True) for id_ in asked))


def _deciders(content: Content, applicant: Person, unit_id: str) -> Asking[tuple[tuple[Person, ...], bool]]:
    """Return the deciders, and whether they stand in for the leader."""
    # The applicant's managers decide. If they do not use the bot, the contacts ask them, else the admins.
    organisation = content.organisation
    leaders = yield from leaders_above(content, unit_id)
    led = {leader.unit_id for leader in leaders}
    own = {leader.unit_id for leader in leaders if leader.person_id == applicant.id}
    titled = (unit for unit in organisation.path(unit_id) if unit.leader_id or unit.leader_role or unit.id in led)
    closest = next((unit for unit in titled if unit.id not in own), None)
    if closest is not None and closest.id in led:
        managers = managers_of(organisation, person_id=applicant.id, unit_id=closest.id, leaders=leaders)
        reached = yield from _reached(content, managers)
        if reached:
            return reached, False
    municipality_id = applicant.municipality_id or ""
    for people in (
        (yield from contacts_of(municipality_id, content)),
        (yield from find_all(Person, f"role:{Role.ADMIN}@{municipality_id}")),
    ):
        deciders = tuple(person for person in people if person.id != applicant.id and content.channels.reaches(person))
        if deciders:
            return deciders, True
    return (), True


def _reached(content: Content, ids: tuple[str, ...]) -> Asking[tuple[Person, ...]]:
    people = yield from find_each(Person, ids)
    return tuple(people[id_] for id_ in ids if id_ in people and content.channels.reaches(people[id_]))


def _pending_application(event: Event, content: Content) -> Asking[AmbassadorApplication]:
    """Return the pending application of the pressed card, else refuse."""
    id_, by = event.pressed.text("person_id"), event.person_id
    application, speaker = (yield from find(AmbassadorApplication, id_)), (yield from speaker_of(event, content))
    if application is None or not application.may_be_decided_by(speaker.person):
        raise EventRefused(refusal(event, speaker.texts, "unknown", id_))
    if application.standing is not ApplicationState.WAITING:
        decider = yield from find(Person, application.decided_by or "")
        name, audit = name_of(decider, speaker.texts), by != application.decided_by
        raise EventRefused(refusal(event, speaker.texts, "decided", id_, audit=audit, name=name))
    return application


def _decide(
    event: Event, content: Content, application: AmbassadorApplication, standing: ApplicationState
) -> Asking[tuple[AmbassadorApplication, Decision]]:
    word, texts = event.pressed.text("word"), (yield from find_texts(content, event.person_id))
    decided = application.decide(standing, by=event.person_id, at=event.at, word=word[:MAX_WORDS])
    audit = Audit(act=f"ambassador.{standing}", subject=application.id, by=event.person_id, about_person=True)
    applicant = yield from find(Person, application.id)
    shown = yield from _show_deciders(event, content, decided, applicant)
    return decided, put(decided) + do(*masked_notes(event, texts, word), audit) + shown


def _show_deciders(
    event: Event, content: Content, application: AmbassadorApplication, applicant: Person | None
) -> Asking[Decision]:
    unit = content.organisation.find_unit(application.unit_id)
    path = content.organisation.path(unit.id) if unit else ()
    role = next((unit.leader_role for unit in path if unit.leader_role), None)
    acting = {event.person_id} if application.decided_by else set()
    effects = []
    for id_ in sorted({*application.deciders, *acting} - {application.id}):
        texts = yield from find_texts(content, id_)
        message = joining_cards.decision(
            texts,
            application,
            name=name_of(applicant, texts),
            unit=unit_name(content, application.unit_id, texts),
            leader=role.text(texts.language) if role else texts("ambassador.apply.the_leader"),
            decided_by=name_of((yield from find(Person, application.decided_by or "")), texts),
        )
        effects.append(message_effect(event, id_, application.slot, message, alerts=not application.decided_by))
    return do(*effects)
