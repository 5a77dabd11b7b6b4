"""Flows of every employee: list the sessions, sign up, accept a seat, sign off."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, do
from dialogs.core.event import Event, Pressed
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find_all, find_each
from dialogs.core.refusal import EventRefused
from dialogs.core.session import Topic, TopicKind, keep_topic
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.profile.cards import place_card
from dialogs.rollout.classroom import cards
from dialogs.rollout.classroom.commit import RosterChange, commit_roster
from dialogs.rollout.classroom.model import (
    ACTIVE,
    MAX_UPCOMING,
    MAX_WAITING,
    ClassSession,
    ClassState,
    Enrolment,
    EnrolmentState,
)
from dialogs.rollout.classroom.roster import Roster, roster_of, rosters_of, stays_behind
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.learner import Learner, learner_of
from knowledge.language.assent import place_named
from knowledge.language.text import fold, words
from knowledge.language.week_time import week_time
from knowledge.learning.module import LearningModule

# Sessions a person may sign up for, and the order in which they are listed.

_DIGITS_OF_DAY: Final = 2
# Shorter words, such as "i" and "for", name no course.
_SHORTEST_NAME: Final = 4
# Letters by which two forms of a word are the same: "biblioteket" and "bibliotekets".
_STEM: Final = 6


def class_refusal(text: str) -> EventRefused:
    """Return the refusal with this reason, to be raised."""
    return EventRefused(do(Notice(text=text)))


def is_for(person: Person, session: ClassSession, content: Content) -> bool:
    """Return whether a session is meant for the person: the municipality, and the unit's branch if it has one."""
    if person.is_outsider or person.municipality_id != session.municipality_id:
        return False
    if session.unit_id is None:
        return True
    unit = content.organisation.find_unit(person.unit_id or "")
    return unit is not None and any(ancestor.id == session.unit_id for ancestor in content.organisation.path(unit.id))


def upcoming_for(person: Person, content: Content, at: datetime) -> Asking[tuple[ClassSession, ...]]:
    """Return the sessions that the person may sign up for, the next one first."""
    planned = yield from find_all(ClassSession, f"planned@{person.municipality_id}")
    meant = [session for session in planned if session.open_at(at) and is_for(person, session, content)]
    return tuple(sorted(meant, key=lambda session: (session.starts_at, session.id)))


def named_first(sessions: Sequence[ClassSession], utterance: str) -> tuple[ClassSession, ...]:
    """Return the sessions with those first that have words of the message in a title; otherwise in the same order."""
    asked = {word for word in words(utterance.casefold()) if len(word) >= _SHORTEST_NAME}

    def words_named(session: ClassSession) -> int:
        names = set(words(" ".join(session.names.values()).casefold()))
        return sum(any(name.startswith(word) or word.startswith(name) for name in names) for word in asked)

    return tuple(sorted(sessions, key=lambda session: -words_named(session)))


def held_then(sessions: Sequence[ClassSession], utterance: str) -> tuple[ClassSession, ...] | None:
    """Return the sessions at the time that a message names; None if it names none."""
    named = week_time(utterance)
    if named is None:
        return None
    return tuple(session for session in sessions if named.includes(session.starts_at.astimezone(session.tz)))


def picked(sessions: Sequence[ClassSession], utterance: str) -> tuple[ClassSession, ...]:
    """Return the sessions that a reply to their list picks, by place in it, time, name or venue.

    "Den andre", "den 19.", "torsdag", "the one at the library". None where it picks all or none.
    """
    at = place_named(utterance)
    if at is not None:
        return tuple(sessions[at:][:1]) if -len(sessions) <= at < len(sessions) else ()
    said = words(utterance.casefold())
    # "12. passer ikke, ta den 19."
    days = [int(word) for word in said if word.isdecimal() and len(word) <= _DIGITS_OF_DAY]
    on_day = [
        session for session in sessions if days and session.starts_at.astimezone(ZoneInfo(session.zone)).day == days[-1]
    ]
    if on_day:
        return tuple(on_day)
    then = held_then(sessions, utterance)
    if then is not None:
        return then
    stems = {fold(word)[:_STEM] for word in said if len(word) >= _SHORTEST_NAME}

    def words_named(session: ClassSession) -> int:
        named = {fold(word)[:_STEM] for word in words(" ".join((*session.names.values(), session.venue)).casefold())}
        return len(stems & named)

    most = max(map(words_named, sessions), default=0)
    best = tuple(session for session in sessions if words_named(session) == most)
    return best if most and len(best) < len(sessions) else ()


def picked_reply(utterance: str, listed: str, at: datetime) -> Asking[Pressed | None]:
    """Return the press that shows the sessions which a reply picks from a list, or that none is at the time it names.

    Args:
        listed: ids of the sessions in the list, in order, with blanks between them.
    """
    shown = yield from find_each(ClassSession, listed.split())
    ahead = [shown[id_] for id_ in listed.split() if id_ in shown and shown[id_].open_at(at)]
    ids = " ".join(session.id for session in picked(ahead, utterance))
    if not ids and week_time(utterance) is not None:
        return Pressed(verb=SHOW, data={"words": utterance})
    return Pressed(verb=SHOW, data={"session_ids": ids}) if ids else None


def read_words(utterance: str, content: Content, municipality_id: str | None) -> Mapping[str, str]:
    """Return the message itself, by which the list of sessions is ordered."""
    return {"words": utterance}


SHOW: Final = "classroom.show"
MINE: Final = "classroom.mine"


def show_classes(event: Event, content: Content) -> Flow:
    """List the sessions the person may sign up for: those at the time a message names, or those it names first."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_outsider:
        return answer(event, "classroom", cards.for_guests(speaker.texts), speaker.texts)
    if speaker.person.municipality_id not in content.organisation.municipalities:
        card = place_card(content, speaker.texts, person=speaker.person, then_verb=SHOW)
        return answer(event, "classroom", card, speaker.texts)
    sessions = yield from upcoming_for(speaker.person, content, event.at)
    meant, said = event.pressed.text("session_ids").split(), event.pressed.text("words")
    then = held_then(sessions, said)
    ordered = [session for session in sessions if session.id in meant] or then or named_first(sessions, said)
    shown = " ".join(session.id for session in ordered[: cards.MAX_LISTED])
    kept = yield from keep_topic(event, Topic(kind=TopicKind.COURSES, offered=shown))
    return kept + (yield from _listing(event, content, speaker, ordered, none_then=then == ()))


def _listing(
    event: Event,
    content: Content,
    speaker: Speaker,
    ordered: Sequence[ClassSession],
    changed: Roster | None = None,
    *,
    none_then: bool = False,
) -> Flow:
    """Answer with the first sessions.

    Args:
        changed: one of them as this decision leaves it.
        none_then: none of them is at the time asked for.
    """
    listed = yield from rosters_of(ordered[: cards.MAX_LISTED])
    own = dict((yield from own_enrolments(speaker.person.id)))
    if changed is not None:
        listed = tuple(changed if roster.session.id == changed.session.id else roster for roster in listed)
        own[changed.session.id] = changed.enrolments[speaker.person.id]
    message = cards.listing(
        speaker.texts,
        listed,
        own,
        content.curriculum.modules,
        more=len(ordered) - len(listed),
        none_then=none_then,
    )
    return answer(event, "classroom", message, speaker.texts)


def show_own_classes(event: Event, content: Content) -> Flow:
    """List the person's upcoming sessions, with the way out of each."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_outsider:
        return answer(event, "classroom", cards.for_guests(speaker.texts), speaker.texts)
    enrolled = yield from enrolled_in(speaker.person.id, event.at)
    return answer(event, "classroom", cards.own_list(speaker.texts, enrolled), speaker.texts)


def sign_up(event: Event, content: Content) -> Flow:
    """Book a seat, or a place on the waiting list."""
    speaker, roster = yield from _pressed_roster(event, content)
    person, texts, session = speaker.person, speaker.texts, roster.session
    own = roster.enrolment_of(person.id)
    if own is not None and own.state in ACTIVE:
        return do(Notice(text=f"{texts('classroom.already')} {cards.standing_of(texts, roster, own)}"))
    if session.teacher_id == person.id:
        raise class_refusal(texts("classroom.refused.teacher"))
    learner = yield from learner_of(event, content)
    missing = missing_modules(session, content, learner.taken)
    # On the waiting list there is time to take them: the seat is accepted with them alone.
    if missing and roster.has_seat_for(event.at):
        return _missing(event, learner, session, missing)
    history = tuple((yield from own_enrolments(person.id)).values())
    _refuse_too_many(speaker, roster, history, event.at)
    after = roster.sign_up(person.id, event.at, yields=stays_behind(history))
    return (yield from _own_change(event, content, speaker, roster, after))


def accept_seat(event: Event, content: Content) -> Flow:
    """Take the offered seat, before its deadline."""
    speaker, roster = yield from _pressed_roster(event, content)
    person, texts = speaker.person, speaker.texts
    own = roster.enrolment_of(person.id)
    if own is not None and own.state is EnrolmentState.BOOKED:
        return do(Notice(text=f"{texts('classroom.already')} {cards.standing_of(texts, roster, own)}"))
    # The deadline counts also when its timer has not rung yet.
    if own is None or own.state is not EnrolmentState.OFFERED or (own.offered_until or event.at) <= event.at:
        return do(Notice(text=texts("classroom.refused.no_offer")))
    learner = yield from learner_of(event, content)
    missing = missing_modules(roster.session, content, learner.taken)
    if missing:
        return _missing(event, learner, roster.session, missing, until=own.offered_until)
    return (yield from _own_change(event, content, speaker, roster, roster.accept_offer(person.id)))


def _missing(
    event: Event,
    learner: Learner,
    session: ClassSession,
    modules: Sequence[LearningModule],
    *,
    until: datetime | None = None,
) -> Decision:
    """List the modules to complete first; the way on from there is the same button once more."""
    texts = learner.texts
    listed = answer(event, "classroom", cards.missing(learner, session, modules, until=until), texts)
    if not event.pressed.text("again"):
        return listed
    # The card is the same as before, so a notice has to say it.
    names = ", ".join(title_of(module, texts) for module in modules)
    return listed + do(Notice(text=texts("classroom.still_missing", names=names)))


def sign_off(event: Event, content: Content) -> Flow:
    """Give up the seat, the offer or the place on the waiting list."""
    speaker, roster = yield from _pressed_roster(event, content)
    own = roster.enrolment_of(speaker.person.id)
    if own is None or own.state not in ACTIVE:
        return do(Notice(text=speaker.texts("classroom.refused.not_enrolled")))
    after = roster.sign_off(speaker.person.id, event.at)
    return (yield from _own_change(event, content, speaker, roster, after))


def show_calendar_file(event: Event, content: Content) -> Flow:
    """Show the calendar file of the person's seat."""
    speaker, roster = yield from _pressed_roster(event, content)
    own = roster.enrolment_of(speaker.person.id)
    if own is None or own.state is not EnrolmentState.BOOKED:
        return do(Notice(text=speaker.texts("classroom.refused.not_enrolled")))
    return answer(event, "classroom", cards.calendar_card(speaker.texts, roster.session), speaker.texts)


def missing_modules(session: ClassSession, content: Content, taken: Collection[str]) -> tuple[LearningModule, ...]:
    """Return the prerequisites that are not completed. Modules no longer offered are not required."""
    needed = (content.curriculum.module(module_id) for module_id in session.prerequisites)
    return tuple(module for module in needed if module is not None and module.id not in taken)


def own_enrolments(person_id: str) -> Asking[Mapping[str, Enrolment]]:
    """Return all of a person's enrolments by session id."""
    enrolments = yield from find_all(Enrolment, f"person:{person_id}")
    return {enrolment.session_id: enrolment for enrolment in enrolments}


def enrolled_in(person_id: str, at: datetime) -> Asking[tuple[tuple[Roster, Enrolment], ...]]:
    """Return the sessions ahead that the person is enrolled in, the next one first."""
    own = yield from own_enrolments(person_id)
    active = sorted(
        (enrolment for enrolment in own.values() if enrolment.state in ACTIVE and enrolment.starts_at > at),
        key=lambda enrolment: (enrolment.starts_at, enrolment.session_id),
    )
    sessions = yield from find_each(ClassSession, [enrolment.session_id for enrolment in active])
    shown = yield from rosters_of(sessions.values())
    by_id = {roster.session.id: roster for roster in shown}
    return tuple((by_id[enrolment.session_id], enrolment) for enrolment in active if enrolment.session_id in by_id)


def _pressed_roster(event: Event, content: Content) -> Asking[tuple[Speaker, Roster]]:
    """Return the roster of the pressed session, or refuse."""
    speaker = yield from speaker_of(event, content)
    texts = speaker.texts
    if speaker.person.is_outsider:
        raise class_refusal(texts("classroom.guest"))
    if event.pressed.text("person_id") not in {"", speaker.person.id}:
        raise class_refusal(texts("classroom.refused.others"))
    roster = yield from roster_of(event.pressed.text("session_id"), content)
    if roster is None or not (
        is_for(speaker.person, roster.session, content) or roster.enrolment_of(speaker.person.id)
    ):
        raise class_refusal(texts("classroom.refused.unknown"))
    if roster.session.state is ClassState.CALLED_OFF:
        raise class_refusal(texts("classroom.refused.called_off"))
    if event.at >= roster.session.starts_at:
        raise class_refusal(texts("classroom.refused.begun"))
    return speaker, roster


def _refuse_too_many(speaker: Speaker, roster: Roster, history: Iterable[Enrolment], at: datetime) -> None:
    """Refuse a person with too many sessions ahead or another one at the same time, and a full waiting list."""
    session, texts = roster.session, speaker.texts
    ahead = [enrolment for enrolment in history if enrolment.state in ACTIVE and enrolment.starts_at > at]
    if any(enrolment.starts_at < session.ends_at and session.starts_at < enrolment.ends_at for enrolment in ahead):
        raise class_refusal(texts("classroom.refused.overlaps"))
    if len(ahead) >= MAX_UPCOMING:
        raise class_refusal(texts("classroom.refused.too_many", number=texts.number(MAX_UPCOMING)))
    if not roster.has_seat_for(at) and len(roster.waiting) >= MAX_WAITING:
        raise class_refusal(texts("classroom.refused.list_full"))


def _own_change(event: Event, content: Content, speaker: Speaker, before: Roster, after: Roster) -> Flow:
    """Return the decision about the person's own enrolment, and a sentence about it."""
    person, texts = speaker.person, speaker.texts
    change = RosterChange(before=before, after=after, at=event.at, by=person.id)
    decision = yield from commit_roster(change, content)
    own = after.enrolments[person.id]
    yields = [texts("classroom.yields")] if own.yields and own.state is EnrolmentState.WAITING else []
    rule = cards.waiting_rule(texts, after.session, own, content.curriculum.modules)
    standing = f"{after.session.title(texts.language)}: {cards.standing_of(texts, after, own)}"
    notice = " ".join((standing, *yields, *([rule] if rule else ())))
    if event.pressed.text("listed") == "mine":
        enrolled = yield from enrolled_in(person.id, event.at)
        shown = [(after, own) if roster.session.id == own.session_id else (roster, held) for roster, held in enrolled]
        message = cards.own_list(texts, [(roster, held) for roster, held in shown if held.state in ACTIVE])
        decision += answer(event, "classroom", message, texts)
    elif event.pressed.text("listed"):
        # The pressed list shows where the person stands now.
        ordered = yield from upcoming_for(person, content, event.at)
        decision += yield from _listing(event, content, speaker, ordered, after)
    return decision + do(Notice(text=notice))
