"""A person's data in classroom courses: exported whole, erased whole, and kept for a short time only."""

from datetime import timedelta

import pytest

from dialogs.core.data_rules import is_expired
from dialogs.core.person import Person
from dialogs.privacy.export import content_of
from dialogs.privacy.flow import FEATURE as PRIVACY
from dialogs.privacy.own_data import own_data_of
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from knowledge.organisation.unit import ERASED
from tests.unit.driver import Stage
from tests.unit.rollout.classes import MODULE, START, alter, changed, created, enrolment, school, signed_up, standing


@pytest.fixture
def stage() -> Stage:
    scene = school()
    scene._verbs = {**scene._verbs, **PRIVACY.verbs}
    scene._timer_verbs = {**scene._timer_verbs, **PRIVACY.timers}
    return scene


def erased(stage: Stage, person_id: str) -> None:
    stage.press(person_id, "privacy.erase_now")
    stage.ring_until(stage.now + timedelta(seconds=1))


def test_erasing_oneself_frees_the_seat_and_leaves_no_enrolment(stage: Stage) -> None:
    id_ = created(stage, seats="1", prerequisites=MODULE.id)
    for each in ("kari", "ana"):
        stage.press(each, "learn.done", module_id=MODULE.id)
    signed_up(stage, id_, "kari", "ana")
    erased(stage, "kari")
    assert standing(stage, id_) == {"ana": EnrolmentState.OFFERED}
    assert stage.slots("kari", f"classroom/{id_}/") == []


def test_erasing_a_teacher_leaves_no_trace_in_sessions_or_in_the_chats_of_participants(stage: Stage) -> None:
    past, ahead = created(stage, day="2026-11-25"), created(stage)
    for each in (past, ahead):
        signed_up(stage, each, "kari")
    changed(stage, ahead, place="Biblioteket")
    stage.ring_until(START - timedelta(days=1))
    erased(stage, "linde")
    assert [stage.get(ClassSession, each).teacher_id for each in (past, ahead)] == [ERASED, ""]
    shown = " ".join(stage.shown("kari", slot) for slot in stage.slots("kari"))
    assert "Linde" not in shown
    assert "mangler kursholder" in stage.shown("alm", f"classroom/{ahead}/teacher")


def test_an_export_has_the_own_enrolments_and_no_other_person(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    data = stage.answer_to("kari", lambda _: own_data_of(stage.get(Person, "kari")))
    rows = content_of(data, at=stage.now)["data"]
    assert [(row["session_id"], row["state"]) for row in rows["enrolment"]] == [(id_, "booked")]
    assert "ana" not in str(rows)


def test_a_teachers_export_has_the_own_sessions(stage: Stage) -> None:
    created(stage)
    data = stage.answer_to("linde", lambda _: own_data_of(stage.get(Person, "linde")))
    rows = content_of(data, at=stage.now)["data"]
    assert [row["teacher_id"] for row in rows["class_session"]] == ["linde"]


def test_enrolments_are_kept_for_at_most_six_months_after_the_course(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    months = Enrolment.RULES.months
    assert months is not None
    ends_at = enrolment(stage, id_, "kari").ends_at
    assert not is_expired(ends_at, now=ends_at + timedelta(days=140), months=months)
    assert is_expired(ends_at, now=ends_at + timedelta(days=184), months=months)


def test_a_session_outlives_the_longest_planning_ahead(stage: Stage) -> None:
    id_ = created(stage, day="2027-09-20")
    session = stage.get(ClassSession, id_)
    months = ClassSession.RULES.months
    assert months is not None
    assert not is_expired(session.changed_at, now=session.ends_at + timedelta(days=14), months=months)


def test_a_leaver_frees_the_seats_in_every_session_ahead_at_once(stage: Stage) -> None:
    ids = [created(stage, seats="1"), created(stage, seats="1", day="2026-12-02")]
    for each in ids:
        signed_up(stage, each, "kari", "ana")
    alter(stage, "kari", left=True, municipality_id=None, unit_id=None)
    stage.ring("classroom.left", person_id="kari")
    assert [standing(stage, each)["ana"] for each in ids] == [EnrolmentState.OFFERED] * 2
