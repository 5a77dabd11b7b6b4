"""What is promised of hand-offs, checked on what the store holds. Each promise raises AssertionError when broken."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, TypeVar

from bot.ports import PENDING, DeliveryStatus, Key, Stored, Timer
from bot.records.codec import decode
from bot.records.query_answering import QueryAnswering
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.event import CLOCK, Event, Rang
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.record import Record
from dialogs.core.session import Session
from dialogs.handoff import cards
from dialogs.handoff.model import MAX_ENTRIES, Handoff
from dialogs.handoff.projection import deadline_key, status_slot
from dialogs.handoff.routing import MAX_ASKED
from dialogs.handoff.transitions import ENDED, Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asker_view
from knowledge.organisation.unit import ERASED
from tests.channels import CHANNELS
from tests.crash.handoff_life.life import Life, Stranger
from tests.crash.handoff_life.town import MUNICIPALITIES, PEOPLE, town_content

R = TypeVar("R", bound=Record)
LEADS_TO: Final[Mapping[Transition, Status]] = {
    Transition.ASKED: Status.WAITING,
    Transition.QUEUED: Status.WAITING,
    Transition.OFFERED: Status.OFFERED,
    Transition.ACCEPTED: Status.ACCEPTED,
    Transition.ESCALATED: Status.ESCALATED,
    Transition.RESOLVED: Status.RESOLVED,
    Transition.WITHDRAWN: Status.WITHDRAWN,
    **dict.fromkeys(
        (
            Transition.DECLINED,
            Transition.EXPIRED,
            Transition.RELEASED,
            Transition.PASSED,
            Transition.ASSIGNED,
            Transition.LOST,
            Transition.IDLE,
            Transition.RETRIED,
        ),
        Status.WAITING,
    ),
}
"""Where each transition leads; what is not here tells of something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything of interest in the store at one moment, by id."""

    at: datetime
    handoffs: Mapping[str, Handoff] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    desks: Mapping[str, Worklist] = field(default_factory=dict)
    profiles: Mapping[str, AmbassadorProfile] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)


class Album:
    """Takes pictures of one life; a record that did not change is not read twice."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[bytes | Stored, Any]] = {}

    async def take(self, life: Life) -> Picture:
        """Return how things stand."""
        found: dict[type[Record], dict[str, Any]] = {Handoff: {}, Worklist: {}, AmbassadorProfile: {}}
        versions: dict[str, int] = {}
        for kind, records in found.items():
            for municipality_id in MUNICIPALITIES:
                for stored in await life.store.find(kind.KIND, f"municipality:{municipality_id}"):
                    records[stored.key.id] = self._read(kind, stored)
                    if kind is Handoff:
                        versions[stored.key.id] = stored.version
        keys = [Key(kind=kind.KIND, id=id_) for kind in (Person, Session) for id_ in PEOPLE]
        people: dict[str, Person] = {}
        sessions: dict[str, Session] = {}
        for key, stored in (await life.store.get(keys)).items():
            if key.kind == Person.KIND:
                people[key.id] = self._read(Person, stored)
            else:
                sessions[key.id] = self._read(Session, stored)
        return Picture(
            at=life.clock.at,
            handoffs=found[Handoff],
            versions=versions,
            desks=found[Worklist],
            profiles=found[AmbassadorProfile],
            people=people,
            sessions=sessions,
            timers=await life.timers(),
        )

    def _read(self, kind: type[R], stored: Stored) -> R:
        known = self._known.get(stored.key)
        if known is not None and known[0] == stored:
            return known[1]
        record = decode(kind, stored)
        self._known[stored.key] = (stored, record)
        return record


def check(before: Picture, after: Picture) -> None:
    """Hold every promise that one picture, or two in a row, can show to be broken."""
    for handoff in after.handoffs.values():
        _one_owner(handoff)
        _has_a_next_event(handoff, after)
        _stays_at_home(handoff, after)
        _history_leads_here(handoff)
        _the_promise_is_kept(before.handoffs.get(handoff.id), handoff)
        _nothing_is_forgotten(before.handoffs.get(handoff.id), handoff)
        _offered_to_somebody_who_can(before.handoffs.get(handoff.id), handoff, after)
    _desks_agree(after)
    for id_, session in after.sessions.items():
        if session.talking_in:
            talked_in = after.handoffs.get(session.talking_in)
            assert talked_in, f"{id_} talks into nothing"
            assert talked_in.other_end(id_), f"{id_} talks into a conversation of others"


def _one_owner(handoff: Handoff) -> None:
    assert (handoff.status is Status.OFFERED) == (handoff.assignment.offered_to is not None)
    if handoff.status is Status.ACCEPTED:
        assert handoff.assignment.owner_id, "an owner exactly when accepted"
    elif handoff.status in {Status.WAITING, Status.OFFERED, Status.ESCALATED}:
        assert handoff.assignment.owner_id is None, "no owner while on its way"
    assert not handoff.assignment.contacts or handoff.status is Status.ESCALATED


def _has_a_next_event(handoff: Handoff, picture: Picture) -> None:
    timer = picture.timers.get(deadline_key(handoff.id))
    if handoff.status not in ENDED:
        assert handoff.next_at is not None, "open, and nothing will happen"
    assert (timer.at if timer else None) == handoff.next_at, "the timer is not what the handoff says"


def _stays_at_home(handoff: Handoff, picture: Picture) -> None:
    for id_ in {
        handoff.assignment.offered_to,
        handoff.assignment.owner_id,
        *handoff.assignment.contacts,
        *handoff.chat.advisers,
    } - {None}:
        profile, person = picture.profiles.get(id_ or ""), picture.people.get(id_ or "")
        homes = {profile.ambassador.municipality_id if profile else None, person.municipality_id if person else None}
        assert homes <= {handoff.municipality_id, None}, f"{id_} is of another municipality"


def _history_leads_here(handoff: Handoff) -> None:
    steps = [LEADS_TO[moment.what] for moment in handoff.history if moment.what in LEADS_TO]
    assert steps[-1] is handoff.status, "the history ends elsewhere"


def _the_promise_is_kept(before: Handoff | None, after: Handoff) -> None:
    """Hold that the time never moves, that it ends an offer, and that four are asked unless a colleague names one."""
    promised, steps = after.assignment.expected_at, after.history
    answered = [number for number, entry in enumerate(steps) if entry.what is Transition.REOPENED]
    if before is not None and not any(entry.what is Transition.REOPENED for entry in steps[len(before.history) :]):
        assert promised == before.assignment.expected_at or after.status is Status.WITHDRAWN, "the promise moved"
    by_itself: set[str | None] = set()
    for earlier, entry in pairwise(steps[answered[-1] if answered else 0 :]):
        if entry.what is not Transition.OFFERED or earlier.what in {Transition.PASSED, Transition.ASSIGNED}:
            continue  # a colleague may name anyone, at any time
        by_itself.add(entry.to)
        # Without a contact whoever becomes free is asked, also after that time.
        in_time = promised is None or entry.at < promised or earlier.what is Transition.RETRIED
        assert in_time, "one more was asked after the promised time"
    assert len(by_itself) <= MAX_ASKED, "more were asked than promised"
    if after.status is Status.OFFERED and promised is not None and after.next_at is not None:
        began = next(entry.at for entry in reversed(steps) if entry.what is Transition.OFFERED)
        assert after.next_at <= promised or began >= promised, "an offer outlasts the promise"


def _nothing_is_forgotten(before: Handoff | None, after: Handoff) -> None:
    if before is not None and len(after.history) < MAX_ENTRIES:
        kept = after.history[: len(before.history)]
        assert [(each.at, each.what) for each in kept] == [(each.at, each.what) for each in before.history], (
            "a transition was lost"
        )
        for old, new in zip(before.history, kept, strict=True):
            assert new.by in {old.by, ERASED}, "a transition has become another's"
            assert new.to in {old.to, ERASED}, "a transition has become another's"


def _offered_to_somebody_who_can(before: Handoff | None, after: Handoff, picture: Picture) -> None:
    to = after.assignment.offered_to
    if to is None or (before is not None and before.assignment.offered_to == to and before.next_at == after.next_at):
        return
    assert to not in after.assignment.declined, "offered to somebody who declined"
    assert to != after.asker_id, "offered to the asker"


def nobody_who_cannot_is_waited_for(picture: Picture) -> None:
    """Hold that offers lie only with those who can take them. True once every timer due by now has rung."""
    for handoff in picture.handoffs.values():
        if handoff.status is Status.OFFERED:
            profile, person = (
                picture.profiles.get(handoff.assignment.offered_to or ""),
                picture.people.get(handoff.assignment.offered_to or ""),
            )
            assert profile is not None, "offered to somebody who is gone"
            assert person is not None, "offered to somebody who is gone"
            assert profile.ambassador.active, "offered to somebody who has left"
            assert not profile.ambassador.paused, "offered to somebody who takes a rest"
            assert not profile.ambassador.absence_on(picture.at.date()), "offered to somebody who is away"
            assert CHANNELS.reaches(person), "offered to somebody whom no channel reaches"


def _desks_agree(after: Picture) -> None:
    for id_ in PEOPLE:
        offered = {each.id for each in after.handoffs.values() if each.assignment.offered_to == id_}
        taken = {h.id for h in after.handoffs.values() if h.status is Status.ACCEPTED and h.assignment.owner_id == id_}
        desk = after.desks.get(id_)
        assert set(desk.offered if desk else ()) == offered, f"{id_}'s desk and the offers disagree"
        assert set(desk.open if desk else ()) == taken, f"{id_}'s desk and the owners disagree"


async def askers_see_how_it_stands(life: Life, before: Picture, after: Picture) -> None:
    """Hold that the card wanted in each asker's chat is the one the state makes; unchanged handoffs are not asked."""
    for handoff in after.handoffs.values():
        if before.versions.get(handoff.id) == after.versions[handoff.id]:
            continue
        delivery = await life.store.find_delivery(handoff.asker_id, status_slot(handoff.id))
        assert delivery is not None, "the asker has no card"
        assert delivery.message == await _fresh(life, handoff), "the asker's card is not the state"


async def everything_has_arrived(life: Life, picture: Picture) -> None:
    """Hold that whoever can be reached sees what is wanted in each slot. True once the courier has rested."""
    for status in PENDING:
        assert not await life.store.deliveries_in_state(status), "something is still owed"
    for id_, person in picture.people.items():
        home = person.municipality_id
        for delivery in await life.store.deliveries_of_recipient(id_, limit=1000):
            place = (id_, delivery.slot)
            if delivery.status is DeliveryStatus.SENT:
                assert life.chats.slots.get(place) == delivery.message
            handoff = picture.handoffs.get(delivery.slot.split("/")[1] if "/" in delivery.slot else "")
            assert handoff is None or home is None or handoff.municipality_id == home, f"{place} crosses the border"


def nobody_owns_in_silence(picture: Picture) -> None:
    """Hold that a question left alone for long has ended, or is with the contact."""
    for handoff in picture.handoffs.values():
        assert handoff.status in {Status.ESCALATED, *ENDED}, f"{handoff.status} after a month of silence"


async def _fresh(life: Life, handoff: Handoff) -> Message:
    """Return the asker's card as it would be made now."""
    town = town_content()
    at = life.clock.at
    event = Event(id="look", at=at, channel=CLOCK, person_id="", conversation_id="", what=Rang(verb="look"))

    def flow() -> Asking[Any]:
        work = UnitOfWork(event, town)
        texts = yield from work.texts(handoff.asker_id)
        asker = yield from work.person(handoff.asker_id)
        shown = cards.status(texts, handoff, (yield from asker_view(work, handoff, texts)))
        return replace(shown, language=asker.language if asker else None)

    reading = QueryAnswering(store=life.store, understanding=Stranger(), rng=life.rng)
    fresh: Any = await reading.run(flow())
    message: Message = fresh
    return message


SILENCE: Final = timedelta(days=40)
