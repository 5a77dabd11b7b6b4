"""What teachers and administrators do with a session, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialogs.core.person import Role
from dialogs.rollout.classroom.model import ClassSession, ClassState, EnrolmentState
from knowledge.article.article import Language
from tests.unit.driver import TUESDAY, Outcome, Stage
from tests.unit.rollout.classes import (
    FORM,
    MODULE,
    START,
    alter,
    changed,
    created,
    enrolment,
    school,
    signed_up,
    standing,
)


@pytest.fixture
def stage() -> Stage:
    return school()


def news(stage: Stage, person_id: str, session_id: str) -> str:
    return " ".join(stage.shown(person_id, slot) for slot in stage.slots(person_id, f"classroom/{session_id}/"))


def test_a_session_is_published_with_local_times_and_its_teacher_is_notified(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id)
    session = stage.get(ClassSession, id_)
    assert (session.starts_at, session.ends_at) == (START, START + timedelta(hours=2, minutes=30))
    assert session.names == {"nb": "Teams for nye", "en": "Teams for beginners"}
    assert "Du er satt opp som kursholder" in news(stage, "linde", id_)
    assert [(each.act, each.subject, each.by) for each in stage.audits] == [("classroom.created", id_, "alm")]


def test_a_teacher_publishes_an_own_session_only(stage: Stage) -> None:
    id_ = created(stage, "linde")
    assert stage.get(ClassSession, id_).teacher_id == "linde"
    assert news(stage, "linde", id_) == ""
    outcome = stage.press("linde", "classroom.create", **{**FORM, "teacher_id": "rogn"})
    assert (outcome.changed, outcome.notice) == (False, "Velg en kursholder i kommunen.")


@pytest.mark.parametrize("who", ["kari", "fura"])
def test_others_edit_nothing(stage: Stage, who: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "ana")
    stage.ring_until(START)
    before = stage.get(ClassSession, id_)
    for outcome in (
        changed(stage, id_, who),
        stage.press(who, "classroom.call_off", session_id=id_),
        stage.press(who, "classroom.attendance", session_id=id_, came="1"),
    ):
        assert (outcome.changed, bool(outcome.notice)) == (False, True)
    assert stage.get(ClassSession, id_) == before
    assert not stage.press("kari", "classroom.create", **FORM).changed


def test_another_teacher_of_the_municipality_handles_only_own_sessions(stage: Stage) -> None:
    id_ = created(stage)
    assert not changed(stage, id_, "rogn", seats="9").changed
    assert changed(stage, id_, "linde", seats="9").changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title_nb": ""}, "navnet på kurset på bokmål"),
        ({"title_nb": "x" * 121}, "120 tegn"),
        ({"place": ""}, "hvor kurset er"),
        ({"place": "x" * 201}, "200 tegn"),
        ({"place": "Hos 15076500565"}, "fødselsnummer"),
        ({"day": "2026-02-30"}, "dato og klokkeslett"),
        ({"day": "i morgen"}, "dato og klokkeslett"),
        ({"start": "25:00"}, "dato og klokkeslett"),
        ({"start": "09:00+02:00"}, "tidssonen Europe/Oslo"),
        ({"zone": "America/New_York"}, "tidssonen Europe/Oslo"),
        ({"zone": "Mars/Olympus"}, "tidssonen Europe/Oslo"),
        ({"day": "2026-11-23"}, "passert"),
        ({"day": "2026-11-24", "start": "08:59"}, "passert"),
        ({"day": "2028-01-03"}, "ti måneder"),
        ({"end": "09:00"}, "slutte etter"),
        ({"end": "08:00"}, "slutte etter"),
        ({"day": "2027-03-28", "start": "02:30", "end": "04:00"}, "stilles fram"),
        ({"start": "08:00", "end": "18:01"}, "10 timer"),
        ({"seats": "0"}, "fra 1 til 200"),
        ({"seats": "201"}, "fra 1 til 200"),
        ({"seats": "-1"}, "fra 1 til 200"),
        ({"seats": "²"}, "fra 1 til 200"),
        ({"seats": "mange"}, "fra 1 til 200"),
        ({"language": "sv"}, "Velg språk"),
        ({"prerequisites": "safe,mars"}, "finnes ikke"),
        ({"unit_id": "bryggen"}, "Enheten finnes ikke"),
        ({"teacher_id": "kari"}, "kursholder"),
        ({"teacher_id": "fura"}, "kursholder"),
        ({"teacher_id": "nobody"}, "kursholder"),
    ],
)
def test_a_wrong_form_is_refused_clearly_and_nothing_changes(stage: Stage, wrong: dict[str, str], said: str) -> None:
    outcome = stage.press("alm", "classroom.create", **{**FORM, **wrong})
    assert (outcome.changed, stage.all(ClassSession)) == (False, [])
    assert said in outcome.notice
    id_ = created(stage)
    before = stage.get(ClassSession, id_)
    assert said in changed(stage, id_, **wrong).notice
    assert stage.get(ClassSession, id_) == before


def test_a_session_at_the_same_time_with_the_same_teacher_or_in_the_same_place_is_pointed_out(stage: Stage) -> None:
    id_ = created(stage)
    other = {"teacher_id": "rogn", "place": "Biblioteket", "title_nb": "Excel"}

    def said(**more: str) -> str:
        return stage.press("alm", "classroom.create", **{**FORM, **other, **more}).notice

    assert said() == "Kurset er lagt ut."
    assert "Kursholderen har også «Teams for nye», tirsdag 1. desember" in said(teacher_id="linde", place="Kantina")
    assert "er på samme sted" in said(place="rådhuset, ROM 2", start="10:00")
    assert said(teacher_id="linde", start="13:00", end="14:00") == "Kurset er lagt ut."
    free = created(stage, day="2026-12-03", teacher_id="linde")
    assert "Kursholderen har også" in changed(stage, free, day="2026-12-01").notice
    assert "Merk" not in changed(stage, id_, seats="9").notice


def test_local_times_are_right_across_the_change_to_summer_time(stage: Stage) -> None:
    winter, summer = created(stage, day="2027-03-26"), created(stage, day="2027-03-29")
    assert stage.get(ClassSession, winter).starts_at == datetime(2027, 3, 26, 8, tzinfo=UTC)
    assert stage.get(ClassSession, summer).starts_at == datetime(2027, 3, 29, 7, tzinfo=UTC)


def test_everyone_in_a_moved_session_is_notified_with_the_old_time_and_place(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    outcome = changed(stage, id_, seats="1", day="2026-12-03", place="Biblioteket")
    assert outcome.notice == "Lagret. Deltakerne har fått beskjed."
    for who in ("kari", "ana", "linde"):
        said = news(stage, who, id_)
        assert "flyttet fra tirsdag 1. desember 2026 kl. 09:00–11:30 til torsdag 3. desember 2026" in said
        assert "Nytt sted: Biblioteket, i stedet for Rådhuset, rom 2" in said
    moved = START + timedelta(days=2)
    assert (enrolment(stage, id_, "kari").starts_at, enrolment(stage, id_, "kari").sequence) == (moved, 2)
    assert enrolment(stage, id_, "ana").sequence == 0
    assert [each.act for each in stage.audits] == ["classroom.created", "classroom.moved"]
    assert dict(stage.audits[-1].details) == {"notified": "2"}


def test_a_new_place_alone_is_news_also_on_the_waiting_list(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    changed(stage, id_, seats="1", place="Biblioteket")
    assert "Nytt sted" in news(stage, "ana", id_)


def test_more_seats_go_to_the_waiting_list_and_are_no_news_to_others(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    before = stage.slots("kari")
    outcome = changed(stage, id_, seats="2")
    assert outcome.notice == "Lagret."
    assert standing(stage, id_)["ana"] is EnrolmentState.OFFERED
    assert standing(stage, id_)["bo"] is EnrolmentState.WAITING
    assert stage.slots("kari") == before
    assert stage.audits[-1].act == "classroom.changed"


def test_seats_that_are_taken_stay(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    outcome = changed(stage, id_, seats="1")
    assert (outcome.changed, outcome.notice) == (False, "2 plasser er tatt. Kurset kan ikke ha færre.")


def test_an_edit_of_an_outdated_form_is_refused(stage: Stage) -> None:
    id_ = created(stage)
    changed(stage, id_, seats="5")
    outcome = stage.press("linde", "classroom.change", **{**FORM, "session_id": id_, "edition": "1", "seats": "9"})
    assert (outcome.changed, "En annen har endret kurset" in outcome.notice) == (False, True)


def test_an_edit_that_changes_nothing_notifies_no_one(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    assert (changed(stage, id_).changed, changed(stage, id_).notice) == (False, "Ingenting er endret.")


def test_an_offer_does_not_outlast_a_session_that_was_moved_nearer(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.press("kari", "classroom.cancel", session_id=id_)
    changed(stage, id_, seats="1", day="2026-11-24", start="11:00", end="12:00")
    offered = enrolment(stage, id_, "ana")
    assert offered.offered_until is not None
    assert stage.now < offered.offered_until < offered.starts_at


def test_a_session_is_called_off_with_a_reason_to_everyone_and_frees_no_seat(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.press("linde", "classroom.call_off", session_id=id_, reason="Rommet er stengt.")
    assert set(standing(stage, id_).values()) == {EnrolmentState.CALLED_OFF}
    for who in ("kari", "ana"):
        assert "Kurset er avlyst. Grunn: Rommet er stengt." in news(stage, who, id_)
    assert stage.get(ClassSession, id_).state is ClassState.CALLED_OFF
    assert not stage.timers
    assert stage.audits[-1].act == "classroom.called_off"
    assert not stage.press("linde", "classroom.call_off", session_id=id_).changed
    assert not changed(stage, id_).changed
    assert not stage.press("linde", "classroom.call_off", session_id=id_, reason="x" * 201).changed


def test_a_new_teacher_and_the_former_one_are_notified(stage: Stage) -> None:
    id_ = created(stage)
    changed(stage, id_, teacher_id="rogn")
    assert "har fått en annen kursholder" in news(stage, "linde", id_)
    assert "Du er satt opp som kursholder" in news(stage, "rogn", id_)
    assert not stage.press("linde", "classroom.call_off", session_id=id_).changed


def test_attendance_is_noted_from_the_start_and_can_be_corrected(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    assert not stage.press("linde", "classroom.attendance", session_id=id_, came="1").changed
    stage.ring_until(START)
    outcome = stage.press("linde", "classroom.attendance", session_id=id_, came="1")
    assert "ikke notert som fraværende før kurset er slutt" in outcome.notice
    assert standing(stage, id_) == {"kari": EnrolmentState.ATTENDED, "ana": EnrolmentState.BOOKED}
    assert "ikke møtte" not in news(stage, "ana", id_)
    stage.ring_until(stage.get(ClassSession, id_).ends_at)
    stage.press("linde", "classroom.attendance", session_id=id_, came="1")
    assert standing(stage, id_) == {"kari": EnrolmentState.ATTENDED, "ana": EnrolmentState.ABSENT}
    assert "notert at du ikke møtte" in news(stage, "ana", id_)
    cards = [stage.posts["ana", slot] for slot in stage.slots("ana", f"classroom/{id_}/")]
    assert {each.calendar_of for each in cards if each is not None} == {None}, "nothing to put in a calendar"
    stage.press("alm", "classroom.attendance", session_id=id_, came="1,2")
    assert set(standing(stage, id_).values()) == {EnrolmentState.ATTENDED}
    noted = [each for each in stage.audits if each.act == "classroom.attendance"]
    counts = [{"came": "1", "absent": "0"}, {"came": "1", "absent": "1"}, {"came": "2", "absent": "0"}]
    assert [dict(each.details) for each in noted] == counts


@pytest.mark.parametrize("came", ["3", "1,x", "²", "1;2", "99999999"])
def test_attendance_of_people_that_are_not_on_the_list_is_refused(stage: Stage, came: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(START)
    for list_ in ({"came": came}, {"came": "1", "ticked": "1,x"}):
        assert not stage.press("linde", "classroom.attendance", session_id=id_, **list_).changed
    stage.now = START + timedelta(days=15)
    assert "for sent" in stage.press("linde", "classroom.attendance", session_id=id_, came="1").notice


def missed(stage: Stage, person_id: str, day: str, *, came: str = "") -> None:
    id_ = created(stage, day=day)
    signed_up(stage, id_, person_id)
    stage.ring_until(stage.get(ClassSession, id_).ends_at)
    stage.press("linde", "classroom.attendance", session_id=id_, came=came, nobody="true")


def test_after_two_no_shows_others_on_the_waiting_list_come_first_and_the_person_is_told(stage: Stage) -> None:
    for day in ("2026-11-25", "2026-11-26"):
        missed(stage, "kari", day)
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "ana", "kari", "bo")
    assert "To ganger" not in news(stage, "bo", id_)
    assert "Du har ikke møtt opp to ganger" in news(stage, "kari", id_)
    stage.press("ana", "classroom.cancel", session_id=id_)
    assert standing(stage, id_)["bo"] is EnrolmentState.OFFERED
    assert standing(stage, id_)["kari"] is EnrolmentState.WAITING


def test_one_no_show_or_an_attended_course_since_costs_no_place(stage: Stage) -> None:
    missed(stage, "kari", "2026-11-25")
    missed(stage, "kari", "2026-11-26")
    missed(stage, "kari", "2026-11-27", came="1")
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "ana", "kari", "bo")
    assert not enrolment(stage, id_, "kari").yields
    stage.press("ana", "classroom.cancel", session_id=id_)
    assert standing(stage, id_)["kari"] is EnrolmentState.OFFERED


def test_a_teacher_that_lost_the_role_handles_nothing(stage: Stage) -> None:
    id_ = created(stage)
    alter(stage, "linde", roles=frozenset({Role.EMPLOYEE}))
    assert not stage.press("linde", "classroom.call_off", session_id=id_).changed


def test_a_municipality_plans_a_limited_number_of_sessions(stage: Stage) -> None:
    blank = ClassSession(
        id="x",
        municipality_id="lillevik",
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    stage.put(*(replace(blank, id=f"x{number}") for number in range(300)))
    assert "300 planlagte kurs" in stage.press("alm", "classroom.create", **FORM).notice


@pytest.mark.parametrize(
    ("right", "stored"),
    [
        ({"seats": "1"}, {"seats": 1}),
        ({"seats": "200"}, {"seats": 200}),
        ({"start": "08:00", "end": "18:00"}, {"ends_at": START + timedelta(hours=9)}),
        ({"title_nb": "t" * 120, "place": "p" * 200}, {"venue": "p" * 200}),
        ({"day": "2027-09-20"}, {"starts_at": datetime(2027, 9, 20, 7, tzinfo=UTC)}),
        (
            {"day": "2026-11-24", "start": "12:01", "end": "12:30"},
            {"ends_at": datetime(2026, 11, 24, 11, 30, tzinfo=UTC)},
        ),
        ({"unit_id": "lillevik"}, {"unit_id": None}),
        ({"unit_id": "skole", "prerequisites": "safe"}, {"unit_id": "skole", "prerequisites": ("safe",)}),
        ({"zone": "Europe/Oslo", "teacher_id": "rogn"}, {"zone": "Europe/Oslo", "teacher_id": "rogn"}),
    ],
)
def test_a_form_at_its_limits_is_stored_as_it_is(
    stage: Stage, right: dict[str, str], stored: dict[str, object]
) -> None:
    session = stage.get(ClassSession, created(stage, **right))
    assert {name: getattr(session, name) for name in stored} == stored
    assert session.edition == 1
    assert (session.created_at, session.changed_at, session.municipality_id) == (stage.now, stage.now, "lillevik")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title_nb": "t" * 121}, "120"),
        ({"title_en": "t" * 121}, "120"),
        ({"place": "p" * 201}, "200"),
        ({"day": "2027-09-21"}, "fram"),
        ({"day": "2026-11-23"}, "passert"),
        ({"zone": "Europe/London"}, "Europe/Oslo"),
        ({"start": "09:00+01:00"}, "Europe/Oslo"),
        ({"place": "Ring 13097248022"}, ""),
    ],
)
def test_a_form_beyond_its_limits_is_refused(stage: Stage, wrong: dict[str, str], said: str) -> None:
    outcome = stage.press("alm", "classroom.create", **{**FORM, **wrong})
    assert (outcome.changed, stage.all(ClassSession)) == (False, [])
    assert said in outcome.notice


def test_sessions_one_after_the_other_do_not_clash(stage: Stage) -> None:
    created(stage)
    before, after = {"start": "08:00", "end": "09:00"}, {"start": "11:30", "end": "12:00"}
    for times in (before, after):
        assert stage.press("alm", "classroom.create", **{**FORM, **times}).notice == "Kurset er lagt ut."
    within = stage.press("alm", "classroom.create", **{**FORM, "start": "11:29", "end": "11:31"})
    assert "Kursholderen har også" in within.notice


def test_attendance_ends_two_weeks_after_the_session_and_counts_who_is_absent(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    ends_at = stage.get(ClassSession, id_).ends_at
    stage.now = START
    said = stage.press("linde", "classroom.attendance", session_id=id_, came="1").notice
    assert said == stage.texts("linde")("classroom.attendance_so_far")
    assert dict(stage.audits[-1].details) == {"came": "1", "absent": "0"}
    stage.now = ends_at
    said = stage.press("linde", "classroom.attendance", session_id=id_, came="1").notice
    assert said == stage.texts("linde")("classroom.attendance_saved")
    assert dict(stage.audits[-1].details) == {"came": "1", "absent": "1"}
    assert not stage.press("linde", "classroom.attendance", session_id=id_, came="1").changed
    stage.now = ends_at + timedelta(days=14)
    assert stage.press("linde", "classroom.attendance", session_id=id_, came="1, 2,").changed
    stage.now += timedelta(seconds=1)
    assert not stage.press("linde", "classroom.attendance", session_id=id_, came="").changed


def test_that_nobody_came_is_said_and_not_only_left_unticked(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    stage.now = stage.get(ClassSession, id_).ends_at
    refused = stage.press("linde", "classroom.attendance", session_id=id_, came="")
    assert not refused.changed
    assert stage.texts("linde")("desk.teaching.nobody") in refused.notice
    assert stage.press("linde", "classroom.attendance", session_id=id_, came="", nobody="true").changed
    assert dict(stage.audits[-1].details) == {"came": "0", "absent": "2"}


def test_a_session_is_not_edited_or_called_off_from_its_start_on(stage: Stage) -> None:
    id_ = created(stage)
    stage.now = START - timedelta(seconds=1)
    assert changed(stage, id_, seats="9").changed
    too_long = stage.press("alm", "classroom.call_off", session_id=id_, reason="r" * 201)
    assert (too_long.changed, "200" in too_long.notice) == (False, True)
    stage.now = START
    for outcome in (changed(stage, id_, seats="8"), stage.press("alm", "classroom.call_off", session_id=id_)):
        assert (outcome.changed, outcome.notice) == (False, stage.texts("alm")("classroom.refused.begun"))
    later = created(stage, day="2026-12-03")
    assert stage.press("alm", "classroom.call_off", session_id=later, reason="r" * 200).changed
    again = stage.press("alm", "classroom.call_off", session_id=later)
    assert (again.changed, again.notice) == (False, stage.texts("alm")("classroom.refused.called_off"))
    stage.now += timedelta(days=3)
    assert stage.press("alm", "classroom.attendance", session_id=later, came="").notice == again.notice


def removed(stage: Stage, by: str, session_id: str, person_id: str) -> Outcome:
    number = str(enrolment(stage, session_id, person_id).number)
    return stage.press(by, "classroom.remove", session_id=session_id, number=number)


@pytest.mark.parametrize("by", ["linde", "alm"])
def test_who_is_taken_off_is_told_and_the_seat_goes_to_the_waiting_list(stage: Stage, by: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana", "bo")
    outcome = removed(stage, by, id_, "kari")
    assert "er tatt av kurset" in outcome.notice
    assert standing(stage, id_)["kari"] is EnrolmentState.WITHDRAWN
    assert standing(stage, id_)["bo"] is EnrolmentState.OFFERED
    assert "har tatt deg av listen" in news(stage, "kari", id_)
    assert "har tatt deg av listen" not in news(stage, "bo", id_) + news(stage, "ana", id_)
    assert [(each.act, each.by, dict(each.details)) for each in outcome.audits] == [
        ("classroom.removed", by, {"number": "1"})
    ]
    stage.press("kari", "classroom.sign_up", session_id=id_)
    assert standing(stage, id_)["kari"] is EnrolmentState.WAITING, "and may sign up again, last in line"


def test_who_signs_off_is_not_told_that_somebody_took_them_off(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert "har tatt deg av listen" not in news(stage, "kari", id_)


@pytest.mark.parametrize("by", ["rogn", "ana", "fura"])
def test_only_who_holds_a_session_takes_people_off(stage: Stage, by: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    assert not removed(stage, by, id_, "kari").changed
    assert standing(stage, id_) == {"kari": EnrolmentState.BOOKED}


@pytest.mark.parametrize("number", ["0", "2", "", "1,2", "x"])
def test_a_number_of_nobody_takes_nobody_off(stage: Stage, number: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    assert not stage.press("linde", "classroom.remove", session_id=id_, number=number).changed
    assert standing(stage, id_) == {"kari": EnrolmentState.BOOKED}


def test_nobody_is_taken_off_once_it_has_begun(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.ring_until(START)
    assert not removed(stage, "linde", id_, "kari").changed
    assert standing(stage, id_) == {"kari": EnrolmentState.BOOKED}


def walked_in(stage: Stage, by: str, session_id: str, email: str) -> Outcome:
    return stage.press(by, "classroom.walk_in", session_id=session_id, email=email)


@pytest.fixture
def full(stage: Stage) -> str:
    """A full session with a waiting list that has begun, and people with addresses."""
    for id_ in ("bo", "ana", "ola", "linde", "per"):
        alter(stage, id_, email=f"{id_.title()}@lillevik.example", registered=True)
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana", "ola")
    stage.ring_until(START)
    return id_


@pytest.mark.parametrize("by", ["linde", "alm"])
def test_who_comes_without_a_seat_is_put_down_as_present_also_when_it_is_full(stage: Stage, full: str, by: str) -> None:
    outcome = walked_in(stage, by, full, " BO@lillevik.example ")
    assert "har fått beskjed" in outcome.notice
    assert standing(stage, full) == {
        "kari": EnrolmentState.BOOKED,
        "ana": EnrolmentState.BOOKED,
        "ola": EnrolmentState.LAPSED,
        "bo": EnrolmentState.ATTENDED,
    }
    assert "har ført deg opp som deltaker" in news(stage, "bo", full)
    assert "ført deg opp" not in news(stage, "kari", full) + news(stage, "ola", full)
    assert [(audit.act, audit.by, dict(audit.details)) for audit in outcome.audits] == [
        ("classroom.walked_in", by, {"number": "4"})
    ]
    again = walked_in(stage, by, full, "bo@lillevik.example")
    assert (again.changed, again.audits) == (False, [])


def test_who_waited_in_vain_and_came_is_put_down_and_told_at_the_end_of_the_chat(stage: Stage, full: str) -> None:
    before = enrolment(stage, full, "ola").card
    walked_in(stage, "linde", full, "ola@lillevik.example")
    assert standing(stage, full)["ola"] is EnrolmentState.ATTENDED
    assert enrolment(stage, full, "ola").card == before + 1
    assert "har ført deg opp som deltaker" in news(stage, "ola", full)


def test_those_who_wait_keep_their_place_when_the_timer_of_the_start_is_late(stage: Stage) -> None:
    alter(stage, "bo", email="bo@lillevik.example", registered=True)
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "ola")
    stage.now = START
    walked_in(stage, "linde", id_, "bo@lillevik.example")
    assert [standing(stage, id_)[who] for who in ("ana", "ola")] == [EnrolmentState.WAITING] * 2


@pytest.mark.parametrize(
    "email", ["per@lillevik.example", "linde@lillevik.example", "b", "", "bo", "bo@lillevik.exampl", "all", "x" * 300]
)
def test_an_address_of_nobody_whom_it_is_for_gets_one_answer(stage: Stage, full: str, email: str) -> None:
    outcome = walked_in(stage, "linde", full, email)
    assert (outcome.changed, outcome.notice) == (False, stage.texts("linde")("classroom.refused.address"))
    assert [(audit.act, audit.subject, audit.repeatable, audit.details) for audit in outcome.audits] == [
        ("classroom.not_walked_in", full, True, ())
    ]


@pytest.mark.parametrize("change", [{"registered": False}, {"left": True}, {"unit_id": "bryggen"}])
def test_only_who_the_registry_has_and_the_session_is_for_walks_in(stage: Stage, change: dict[str, Any]) -> None:
    alter(stage, "bo", **{"email": "bo@lillevik.example", "registered": True, **change})
    id_ = created(stage, unit_id="nord")
    stage.ring_until(START)
    assert not walked_in(stage, "linde", id_, "bo@lillevik.example").changed


@pytest.mark.parametrize("by", ["rogn", "ana", "fura"])
def test_only_who_holds_a_session_puts_people_down(stage: Stage, full: str, by: str) -> None:
    assert not walked_in(stage, by, full, "bo@lillevik.example").changed


def test_people_are_put_down_on_the_day_only(stage: Stage) -> None:
    alter(stage, "bo", email="bo@lillevik.example", registered=True)
    id_ = created(stage)
    refusal = stage.texts("linde")("classroom.refused.not_today")
    for at in (START - timedelta(minutes=1), START + timedelta(hours=15)):
        stage.ring_until(at)
        stage.now = at
        outcome = walked_in(stage, "linde", id_, "bo@lillevik.example")
        assert (outcome.changed, outcome.notice) == (False, refusal)
    off = created(stage, day="2026-12-03")
    stage.press("alm", "classroom.call_off", session_id=off)
    stage.ring_until(START + timedelta(days=2, hours=1))
    assert walked_in(stage, "linde", off, "bo@lillevik.example").notice == refusal
    day = created(stage, day="2026-12-04")
    stage.ring_until(START + timedelta(days=3, hours=14, minutes=59))
    assert walked_in(stage, "linde", day, "bo@lillevik.example").changed


def test_who_was_put_down_by_mistake_is_taken_off_and_has_missed_nothing(stage: Stage, full: str) -> None:
    walked_in(stage, "linde", full, "bo@lillevik.example")
    stage.ring_until(START + timedelta(hours=3))
    stage.press("linde", "classroom.attendance", session_id=full, came="1", ticked="4")
    assert standing(stage, full)["bo"] is EnrolmentState.WITHDRAWN
    assert standing(stage, full)["ana"] is EnrolmentState.ABSENT
    assert "møtte" not in news(stage, "bo", full)


@pytest.mark.parametrize("by", ["linde", "alm"])
def test_a_list_shown_before_somebody_was_put_down_takes_nobody_off(stage: Stage, full: str, by: str) -> None:
    walked_in(stage, "linde", full, "bo@lillevik.example")
    stage.ring_until(START + timedelta(hours=3))
    outcome = stage.press(by, "classroom.attendance", session_id=full, came="1", ticked="")
    after = standing(stage, full)
    assert after["bo"] is after["kari"] is EnrolmentState.ATTENDED
    assert after["ana"] is EnrolmentState.ABSENT
    assert [dict(audit.details) for audit in outcome.audits] == [{"came": "2", "absent": "1"}]


def test_of_two_lists_shown_at_once_neither_undoes_the_other(stage: Stage, full: str) -> None:
    def noted(by: str, came: str, ticked: str) -> tuple[EnrolmentState, EnrolmentState]:
        stage.press(by, "classroom.attendance", session_id=full, came=came, ticked=ticked)
        after = standing(stage, full)
        return after["kari"], after["ana"]

    assert noted("linde", "1", "") == (EnrolmentState.ATTENDED, EnrolmentState.BOOKED)
    assert noted("alm", "2", "") == (EnrolmentState.ATTENDED, EnrolmentState.ATTENDED)
    assert noted("linde", "", "1") == (EnrolmentState.BOOKED, EnrolmentState.ATTENDED)
    assert noted("alm", "1,2", "1,2") == (EnrolmentState.BOOKED, EnrolmentState.ATTENDED)


def test_a_participant_with_a_seat_who_is_put_down_is_present(stage: Stage, full: str) -> None:
    walked_in(stage, "linde", full, "ana@lillevik.example")
    assert standing(stage, full)["ana"] is EnrolmentState.ATTENDED
    assert enrolment(stage, full, "ana").number == 2
    assert "ført deg opp" not in news(stage, "ana", full)


def test_the_description_is_shown_to_people_in_their_language(stage: Stage) -> None:
    id_ = created(stage, about_nb="Ta med *PC*.", about_en="Bring a PC.")
    stage.press("kari", "classroom.show")
    assert "Ta med PC." in stage.shown("kari", stage.slots("kari")[-1])
    signed_up(stage, id_, "kari")
    assert "Ta med" in news(stage, "kari", id_)
    alter(stage, "ana", language=Language.EN)
    stage.press("ana", "classroom.show")
    assert "Bring a PC." in stage.shown("ana", stage.slots("ana")[-1])
    changed(stage, id_)
    assert stage.get(ClassSession, id_).about == {}
    for wrong, said in (({"about_nn": "x" * 601}, "600 tegn"), ({"about_nb": "Hos 15076500565"}, "fødselsnummer")):
        outcome = stage.press("alm", "classroom.create", **{**FORM, **wrong})
        assert not outcome.changed
        assert said in outcome.notice
