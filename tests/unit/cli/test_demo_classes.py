"""The demo's classroom sessions: each teacher has some ahead and some past, and every promise about seats holds."""

from collections.abc import Sequence
from datetime import timedelta

from bot.app.demo.classes import load_classes
from bot.records.codec import decode
from bot.stores.memory.store import MemoryStore
from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from dialogs.rollout.learn.learner import CourseTaken
from tests.timers import due_timers
from tests.unit.cli.registry_scene import NOON
from tests.unit.cli.test_demo_applications import content, stocked


async def sessions(store: MemoryStore, municipality_id: str) -> Sequence[ClassSession]:
    found = await store.find(ClassSession.KIND, f"municipality:{municipality_id}")
    return [decode(ClassSession, each) for each in found]


async def enrolments(store: MemoryStore, session: ClassSession) -> Sequence[Enrolment]:
    found = await store.find(Enrolment.KIND, f"session:{session.id}")
    return sorted((decode(Enrolment, each) for each in found), key=lambda each: each.number)


async def test_each_municipality_with_a_teacher_has_sessions_with_seats_a_waiting_list_and_attendance_to_note() -> None:
    store = await stocked()
    written = await load_classes(store, content(), at=NOON)
    teachers = [decode(Person, each) for each in await store.find(Person.KIND, "registered")]
    taught = {each.municipality_id for each in teachers if each.has(Role.TEACHER)}
    seen = 0
    for municipality_id in content().organisation.municipalities:
        own = await sessions(store, municipality_id)
        assert bool(own) is (municipality_id in taught)
        seen += len(own)
        states = {each.state for session in own for each in await enrolments(store, session)}
        if own:
            assert states >= {EnrolmentState.BOOKED, EnrolmentState.WAITING, EnrolmentState.ATTENDED}
            assert any(each.ends_at < NOON and each.asked_attendance for each in own)
            assert any(each.starts_at > NOON for each in own)
    assert seen == written > 0


async def test_no_session_has_more_people_than_seats_nor_one_without_the_modules_it_demands() -> None:
    store = await stocked()
    await load_classes(store, content(), at=NOON)
    modules = content().curriculum.modules
    known = {each.id for each in modules}
    for municipality_id in content().organisation.municipalities:
        for session in await sessions(store, municipality_id):
            enrolled = await enrolments(store, session)
            seated = [each for each in enrolled if each.state is not EnrolmentState.WAITING]
            assert len(seated) <= session.seats
            assert [each.number for each in seated] == sorted(each.number for each in enrolled)[: len(seated)]
            assert set(session.prerequisites) <= known
            for each in enrolled:
                taken = await store.find(CourseTaken.KIND, f"person:{each.person_id}")
                assert set(session.prerequisites) <= {decode(CourseTaken, row).course_id for row in taken}


async def test_people_are_reminded_of_the_sessions_ahead() -> None:
    store = await stocked()
    await load_classes(store, content(), at=NOON)
    rung = await due_timers(store, now=NOON + timedelta(days=7), limit=100)
    assert [each for each in rung if each.verb == "classroom.due"]


async def test_a_second_start_adds_no_sessions() -> None:
    store = await stocked()
    assert await load_classes(store, content(), at=NOON) > 0
    assert await load_classes(store, content(), at=NOON + timedelta(days=1)) == 0
