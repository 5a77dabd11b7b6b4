"""The last seat of a course goes to one, when several processes decide at the same time, in every store."""

import asyncio
from collections.abc import Mapping

from bot.ports import Commit, Incoming, Key, Sender, Store, StoreUnavailable
from bot.records.codec import decode, write_of
from bot.turn.runtime import Runtime
from dialogs.core.decision import Put
from dialogs.core.event import Pressed
from dialogs.core.person import Address, Person
from dialogs.core.record import Record
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from tests.channels import WEB
from tests.contract.test_handoff_limits import process
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import person
from tests.unit.rollout.classes import START, school

SESSION = ClassSession(
    id="class-1",
    municipality_id="lillevik",
    starts_at=START,
    ends_at=START,
    seats=2,
    teacher_id="linde",
    created_at=TUESDAY,
    changed_at=TUESDAY,
)


async def opened(store: Store, people: int, *more: Record) -> list[Runtime]:
    """Store the people and the session, and return a process for each person."""
    town = school()
    records = [*town.all(Person), *(person(f"p{number}", "nord") for number in range(people)), SESSION, *more]
    await store.commit(Commit(at=TUESDAY, records=tuple(write_of(Put(record=each), {}) for each in records)))
    return [process(store, town.content) for _ in range(people)]


async def pressed(runtime: Runtime, who: str, verb: str, event: str) -> None:
    """Press until the turn is through: of many at once, some are asked to try again."""
    incoming = Incoming(
        id=event,
        channel=WEB,
        sender=Sender(name="", person_id=who),
        address=Address(channel=WEB),
        conversation_id=f"web:{who}",
        what=Pressed(verb=verb, data={"session_id": SESSION.id}),
    )
    for _ in range(20):
        try:
            await runtime.receive(incoming)
        except StoreUnavailable:
            continue
        return
    raise AssertionError("no turn came through")


async def enrolled(store: Store) -> Mapping[str, Enrolment]:
    found = [decode(Enrolment, each) for each in await store.find(Enrolment.KIND, f"session:{SESSION.id}")]
    return {each.person_id: each for each in sorted(found, key=lambda each: each.number)}


def seat(who: str, number: int, state: EnrolmentState) -> Enrolment:
    return Enrolment(
        session_id=SESSION.id,
        person_id=who,
        state=state,
        number=number,
        starts_at=START,
        ends_at=START,
        created_at=TUESDAY,
    )


async def test_of_many_who_sign_up_at_once_the_seats_are_taken_once_and_the_rest_wait_in_order(store: Store) -> None:
    runtimes = await opened(store, 6)
    signing_up = (pressed(each, f"p{n}", "classroom.sign_up", f"e{n}") for n, each in enumerate(runtimes))
    await asyncio.gather(*signing_up)
    found = list((await enrolled(store)).values())
    assert [each.number for each in found] == [1, 2, 3, 4, 5, 6]
    assert [each.state for each in found] == [EnrolmentState.BOOKED] * 2 + [EnrolmentState.WAITING] * 4
    key = Key(kind=ClassSession.KIND, id=SESSION.id)
    session = decode(ClassSession, (await store.get([key]))[key])
    assert (session.numbers, session.revision) == (6, 6)


async def test_two_who_sign_off_at_once_offer_two_seats_to_two_others(store: Store) -> None:
    states = [EnrolmentState.BOOKED] * 2 + [EnrolmentState.WAITING] * 3
    seats = [seat(f"p{n}", n + 1, state) for n, state in enumerate(states)]
    runtimes = await opened(store, 5, *seats)
    await asyncio.gather(*(pressed(runtimes[n], f"p{n}", "classroom.cancel", f"e{n}") for n in range(2)))
    assert [each.state for each in (await enrolled(store)).values()] == [
        EnrolmentState.WITHDRAWN,
        EnrolmentState.WITHDRAWN,
        EnrolmentState.OFFERED,
        EnrolmentState.OFFERED,
        EnrolmentState.WAITING,
    ]


async def test_one_person_pressing_twice_at_once_has_one_seat(store: Store) -> None:
    runtimes = await opened(store, 2)
    await asyncio.gather(*(pressed(each, "p0", "classroom.sign_up", f"e{n}") for n, each in enumerate(runtimes)))
    assert [(each.person_id, each.state) for each in (await enrolled(store)).values()] == [
        ("p0", EnrolmentState.BOOKED)
    ]
