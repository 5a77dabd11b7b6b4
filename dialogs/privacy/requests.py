"""Requests to the officer for export and deletion: registered by one person, confirmed by another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.data_request import WAITING, DataRequest, DataRequestKind, DataRequestState, a_month_after
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, Post, do, later, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.core.texts import OSLO
from dialogs.privacy import erasing, officer_cards
from dialogs.privacy.erasing import erase
from dialogs.privacy.officer import is_officer, may_confirm, named_person, require_officer
from knowledge.language.masking import cut
from knowledge.organisation.unit import ERASED

MAX_REASON: Final = 300
# Time before the deadline at which the officers are reminded.
REMINDED: Final = timedelta(days=7)
# People of each role that are asked to confirm.
MAX_ASKED: Final = 20
# Those of them named to the officer.
MAX_NAMED: Final = 5


def register_request(event: Event, content: Content) -> Flow:
    """Register a request, and ask others of the municipality to confirm it."""
    officer = yield from require_officer(event, content)
    person = yield from named_person(event, officer)
    kind = next((kind for kind in DataRequestKind if kind.value == str(event.pressed.text("kind"))), None)
    received_at = _received(event)
    if kind is None or received_at is None:
        return _request_refused(event, officer, f"officer.request.{'no_kind' if kind is None else 'no_day'}")
    earlier = yield from find_all(DataRequest, f"person:{person.id}")
    if any(request.kind is kind and request.state in WAITING for request in earlier):
        return _request_refused(event, officer, "officer.request.waiting_already")
    request = DataRequest(
        id=(yield from new_id("request")),
        kind=kind,
        person_id=person.id,
        municipality_id=officer.person.municipality_id or "",
        received_at=received_at,
        due_at=a_month_after(received_at),
        registered_by=officer.person.id,
    )
    confirmers = yield from _confirmers(request)
    asked = do(*(_confirmation_post(confirmer, request, content) for confirmer in confirmers))
    if not confirmers:
        return _request_refused(event, officer, "officer.request.nobody")
    due = officer.texts.day(request.due_at.astimezone(OSLO).date())
    return (
        put(request)
        + asked
        + do(later(f"officer/deadline/{request.id}", request.due_at - REMINDED, "officer.remind", id=request.id))
        + _request_noted("privacy.request_registered", request, officer)
        + _request_answer(event, officer, "officer.request.registered", due=due, names=_first_names(confirmers))
    )


def confirm_request(event: Event, content: Content) -> Flow:
    """Confirm a request as the second person. A deletion is carried out at once."""
    speaker = yield from speaker_of(event, content)
    request = yield from _request_of(event, speaker)
    if not may_confirm(speaker.person, request):
        return do(_refusal_act(event)) + _request_refused(event, speaker, "officer.request.not_you")
    if request.state is not DataRequestState.OPEN:
        return _request_refused(event, speaker, "officer.request.over")
    person = yield from find(Person, request.person_id)
    if person is None or person.municipality_id != request.municipality_id:
        return _request_refused(event, speaker, "officer.request.person_gone")
    confirmed = replace(request, state=DataRequestState.CONFIRMED, confirmed_by=speaker.person.id)
    noted = _request_noted("privacy.request_confirmed", request, speaker)
    if request.kind is DataRequestKind.EXPORT:
        return put(confirmed) + noted + _request_answer(event, speaker, "officer.request.may_export")
    erasure = yield from erase(event, content, person)
    # The request is removed with the person's data. Its outcome stays, without the person.
    outcome = replace(
        confirmed,
        id=(yield from new_id("request")),
        person_id=ERASED,
        state=DataRequestState.DONE,
        ended_at=event.at,
    )
    shown = answer(event, "officer", officer_cards.erased(speaker.texts, erasure.receipt), speaker.texts)
    return erasure.decision + put(outcome) + noted + shown


def note_delivery(event: Event, content: Content) -> Flow:
    """Note that the person has been given the export."""
    officer = yield from require_officer(event, content)
    request = yield from _request_of(event, officer)
    if request.state is not DataRequestState.CONFIRMED:
        return _request_refused(event, officer, "officer.request.not_confirmed")
    done = replace(request, state=DataRequestState.DONE, ended_at=event.at)
    return (
        put(done)
        + _request_noted("privacy.request_done", request, officer)
        + _request_answer(event, officer, "officer.request.done")
    )


def close_request(event: Event, content: Content) -> Flow:
    """Close a request that is not carried out, with the reason."""
    officer = yield from require_officer(event, content)
    request = yield from _request_of(event, officer)
    if request.state not in WAITING:
        return _request_refused(event, officer, "officer.request.over")
    reason = cut(event.pressed.text("reason"), MAX_REASON)
    if not reason:
        return _request_refused(event, officer, "officer.request.reason_needed")
    closed = replace(request, state=DataRequestState.CLOSED, reason=reason, ended_at=event.at)
    return (
        put(closed)
        + _request_noted("privacy.request_closed", request, officer)
        + _request_answer(event, officer, "officer.request.closed")
    )


def remind_officers(event: Event, content: Content) -> Flow:
    """Remind the officers of a request that still waits a week before its deadline."""
    request = yield from find(DataRequest, event.rang.data.get("id", ""))
    if request is None or request.state not in WAITING:
        return NOTHING
    officers = yield from find_all(Person, f"role:{Role.DPO}@{request.municipality_id}", limit=MAX_ASKED)
    return do(*(_reminder_post(officer, request, content) for officer in officers if is_officer(officer)))


def _reminder_post(person: Person, request: DataRequest, content: Content) -> Post:
    texts = content.texts[person.language]
    kind = texts(f"officer.request.kind.{request.kind}")
    text = texts("officer.request.due_soon", kind=kind, day=texts.day(request.due_at.astimezone(OSLO).date()))
    return Post(to=person.id, slot=f"officer/deadline/{request.id}", message=Message(text=text))


def _request_of(event: Event, speaker: Speaker) -> Asking[DataRequest]:
    """Return the named request of the speaker's municipality, for an officer or administrator. Raises EventRefused."""
    request = yield from find(DataRequest, event.pressed.text("request_id")[:100])
    own = request is not None and request.municipality_id == speaker.person.municipality_id
    handles = is_officer(speaker.person) or (speaker.person.has(Role.ADMIN) and not speaker.person.left)
    if request is None or not own or not handles:
        key = "officer.request.unknown" if handles else "officer.refused"
        raise EventRefused(do(_refusal_act(event)) + _request_refused(event, speaker, key))
    return request


def _confirmers(request: DataRequest) -> Asking[list[Person]]:
    confirmers: dict[str, Person] = {}
    for role in (Role.DPO, Role.ADMIN):
        people = yield from find_all(Person, f"role:{role}@{request.municipality_id}", limit=MAX_ASKED)
        confirmers |= {person.id: person for person in people if may_confirm(person, request)}
    return list(confirmers.values())


def _first_names(people: Sequence[Person]) -> str:
    named = [unmarked(person.name) or person.id for person in people[:MAX_NAMED]]
    return ", ".join(named) + (" …" if len(people) > MAX_NAMED else "")


def _confirmation_post(person: Person, request: DataRequest, content: Content) -> Post:
    # Without the name: the message stays in the chat, and in the reader's own export.
    texts = content.texts[person.language]
    kind = texts(f"officer.request.kind.{request.kind}")
    text = texts("officer.request.please_confirm", kind=kind, day=texts.day(request.due_at.astimezone(OSLO).date()))
    return Post(to=person.id, slot=f"officer/confirm/{request.id}", message=Message(text=text))


def _received(event: Event) -> datetime | None:
    """Return the day the request was received, today by default; None if it is no day up to today."""
    written = event.pressed.text("received")
    today = event.at.astimezone(OSLO).date()
    try:
        day = date.fromisoformat(written) if written else today
    except ValueError:
        return None
    # An older one is answered too late in any case, and would leave retention at once.
    if not 0 <= (today - day).days <= 365:
        return None
    return datetime.combine(day, time(12), tzinfo=OSLO).astimezone(event.at.tzinfo)


def _refusal_act(event: Event) -> Audit:
    return Audit(act="privacy.refused", subject="request", by=event.person_id, repeatable=True)


def _request_noted(act: str, request: DataRequest, by: Speaker) -> Decision:
    details = (("kind", request.kind), ("request", request.id))
    return do(Audit(act=act, subject=request.person_id, by=by.person.id, details=details, about_person=True))


def _request_refused(event: Event, speaker: Speaker, key: str) -> Decision:
    text = speaker.texts(key)
    return do(Notice(text=text)) + answer(event, "officer", Message(text=text), speaker.texts)


def _request_answer(event: Event, speaker: Speaker, key: str, **values: str) -> Decision:
    return answer(event, "officer", Message(text=speaker.texts(key, **values)), speaker.texts)


VERBS: Final[Verbs] = {
    "officer.register": register_request,
    "officer.confirm": WithFreshProof(confirm_request),
    "officer.deliver": note_delivery,
    "officer.close": close_request,
}
TIMERS: Final[Verbs] = {**erasing.TIMERS, "officer.remind": remind_officers}
