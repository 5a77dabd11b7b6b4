"""Reminders the day before, people who leave, and what their going means for a session."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dialogs.core.content import Holidays
from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.model import ClassSession, EnrolmentState
from dialogs.rollout.classroom.roster import reminder_times
from tests.unit.driver import Stage
from tests.unit.rollout.classes import START, alter, changed, created, school, signed_up, standing

DAY_BEFORE = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
"""Noon in Norway, the day before the session."""


@pytest.fixture
def stage() -> Stage:
    return school()


def reminders(stage: Stage, person_id: str) -> list[str]:
    return [slot for slot in stage.slots(person_id, "classroom/") if "/reminder/" in slot]


def test_people_with_a_seat_are_reminded_once_at_noon_the_day_before(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(DAY_BEFORE - timedelta(seconds=1))
    assert reminders(stage, "kari") == []
    stage.ring_until(DAY_BEFORE)
    assert len(reminders(stage, "kari")) == 1
    assert "Påminnelse: Du skal på kurs: Teams for nye" in stage.shown("kari", reminders(stage, "kari")[0])
    assert stage.posts["kari", reminders(stage, "kari")[0]].calendar_of == id_
    stage.ring_until(START)
    assert len(reminders(stage, "kari")) == 1
    assert reminders(stage, "ana") == []


def test_people_with_quiet_hours_are_reminded_on_the_last_working_day(stage: Stage) -> None:
    alter(stage, "kari", quiet=True)
    id_ = created(stage, day="2026-12-07")
    signed_up(stage, id_, "kari", "ana")
    friday, sunday = datetime(2026, 12, 4, 11, tzinfo=UTC), datetime(2026, 12, 6, 11, tzinfo=UTC)
    stage.ring_until(friday)
    assert (len(reminders(stage, "kari")), len(reminders(stage, "ana"))) == (1, 0)
    stage.ring_until(sunday)
    assert (len(reminders(stage, "kari")), len(reminders(stage, "ana"))) == (1, 1)
    [slot] = reminders(stage, "kari")
    assert stage.news.count(("kari", slot)) == 1


def test_holidays_are_no_working_days(stage: Stage) -> None:
    id_ = created(stage, day="2027-01-04")
    stage.content = replace(stage.content, holidays=Holidays(days=frozenset({date(2027, 1, 1)})))
    times = reminder_times(stage.get(ClassSession, id_), stage.content)
    assert times.quiet == datetime(2026, 12, 31, 11, tzinfo=UTC)


def test_a_reminder_is_sent_late_when_the_bot_was_off_but_not_to_those_who_signed_up_since(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.now = DAY_BEFORE + timedelta(hours=2)
    signed_up(stage, id_, "ana")
    stage.ring_until(stage.now + timedelta(hours=1))
    assert (len(reminders(stage, "kari")), len(reminders(stage, "ana"))) == (1, 0)


def test_a_moved_session_is_reminded_of_again(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.ring_until(DAY_BEFORE)
    [first] = reminders(stage, "kari")
    changed(stage, id_, day="2026-12-10")
    assert reminders(stage, "kari") == [], "it has the old time"
    stage.ring_until(datetime(2026, 12, 9, 11, tzinfo=UTC))
    [second] = reminders(stage, "kari")
    assert second != first


def test_the_reminder_goes_with_the_seat(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(DAY_BEFORE)
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert (len(reminders(stage, "kari")), len(reminders(stage, "ana"))) == (0, 1)
    stage.press("alm", "classroom.call_off", session_id=id_)
    assert reminders(stage, "ana") == []


def test_a_leavers_seat_goes_to_the_waiting_list_without_a_message_to_the_leaver(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    before = stage.slots("kari")
    alter(stage, "kari", left=True, municipality_id=None, unit_id=None)
    stage.ring("classroom.left", person_id="kari")
    assert standing(stage, id_) == {"kari": EnrolmentState.WITHDRAWN, "ana": EnrolmentState.OFFERED}
    assert stage.slots("kari") == before


def test_a_person_that_was_removed_altogether_frees_the_seat_too(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.forget(Person, "kari")
    stage.ring("classroom.left", person_id="kari")
    assert standing(stage, id_)["ana"] is EnrolmentState.OFFERED


def test_a_person_of_another_municipality_now_frees_the_seat_and_one_who_came_back_keeps_it(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    stage.ring("classroom.left", person_id="kari")
    alter(stage, "ana", municipality_id="storvik", unit_id="bryggen")
    stage.ring("classroom.left", person_id="ana")
    assert standing(stage, id_) == {"kari": EnrolmentState.BOOKED, "ana": EnrolmentState.WITHDRAWN}


def test_when_the_teacher_leaves_administrators_are_asked_for_another(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    alter(stage, "linde", left=True, municipality_id=None, unit_id=None)
    stage.ring("classroom.left", person_id="linde")
    assert stage.get(ClassSession, id_).teacher_id == ""
    assert "mangler kursholder" in stage.shown("alm", f"classroom/{id_}/teacher")
    assert standing(stage, id_) == {"kari": EnrolmentState.BOOKED}
    stage.ring_until(START + timedelta(days=1))
    assert changed(stage, id_).changed is False


def test_a_timer_of_a_session_that_is_gone_does_nothing(stage: Stage) -> None:
    assert not stage.ring("classroom.due", session_id="class-none").changed
    assert not stage.ring("classroom.left", person_id="nobody").changed


def test_nobody_is_reminded_once_the_session_has_begun(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.now = START
    stage.ring("classroom.due", session_id=id_)
    assert reminders(stage, "kari") == []


def test_whoever_accepted_an_offer_is_reminded_and_who_only_has_one_is_not(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    stage.press("kari", "classroom.cancel", session_id=id_)
    stage.press("ana", "classroom.accept", session_id=id_)
    stage.ring_until(DAY_BEFORE)
    assert [len(reminders(stage, who)) for who in ("kari", "ana", "bo")] == [0, 1, 0]
    assert stage.posts["ana", reminders(stage, "ana")[0]] is not None


def test_a_reminder_expires_at_the_start(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.now = DAY_BEFORE
    outcome = stage.ring("classroom.due", session_id=id_)
    assert [(post.to, post.expires_at) for post in outcome.posts] == [("kari", START)]


def test_the_teacher_that_leaves_is_not_asked_for_another(stage: Stage) -> None:
    alter(stage, "linde", roles=frozenset({Role.TEACHER, Role.ADMIN}))
    id_ = created(stage)
    alter(stage, "linde", left=True)
    stage.ring("classroom.left", person_id="linde")
    slot = f"classroom/{id_}/teacher"
    assert slot in stage.slots("alm")
    assert slot not in stage.slots("linde")
