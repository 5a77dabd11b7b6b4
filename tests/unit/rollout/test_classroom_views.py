"""What the pages show: to employees their own, to staff the participants of their own sessions, to others nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.records.query_answering import FlowRun
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer
from dialogs.rollout.classroom.model import ClassSession
from dialogs.rollout.classroom.teaching_views import ClassPhase, class_page, new_class_page, teaching_page
from dialogs.rollout.classroom.views import classes_page
from knowledge.article.article import Language
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.rollout.classes import FORM, MODULE, START, alter, created, school, signed_up


@pytest.fixture
def stage() -> Stage:
    return school()


def seen(stage: Stage, person_id: str, view: Callable[..., Asking[Any]], *args: Any, **kwargs: Any) -> Any:
    viewer = Viewer(
        person=stage.get(Person, person_id), texts=stage.texts(person_id), content=stage.content, at=stage.now
    )
    return run(FlowRun(store=stage.store).result_of(view(viewer, *args, **kwargs)))


def test_an_employee_sees_own_sessions_apart_from_those_to_sign_up_for(stage: Stage) -> None:
    full, needs = created(stage, seats="1"), created(stage, day="2026-12-02", prerequisites=MODULE.id)
    signed_up(stage, full, "kari", "ana")
    page = seen(stage, "kari", classes_page)
    assert [(each.id, each.leave, each.calendar) for each in page.own] == [(full, "Meld meg av", True)]
    [row] = page.rows.items
    assert (row.id, row.join, row.teacher, row.standing) == (
        needs,
        "Meld meg på",
        "Kursholder Linde",
        "2 ledige plasser",
    )
    assert [(each.title, each.taken) for each in row.needed] == [("Trygg pålogging", False)]
    assert page.missing
    waits = seen(stage, "ana", classes_page)
    assert [(each.leave, each.calendar) for each in waits.own] == [("Gå ut av ventelisten", False)]
    assert [(each.asks[:16], each.sure) for each in page.own] == [("Vil du gi fra de", "Ja, meld meg av")]
    assert [(each.asks[:16], each.sure) for each in waits.own] == [("Vil du ut av ven", "Ja, ta meg av listen")]
    other = seen(stage, "bo", classes_page).rows.items[0]
    assert (other.join, other.standing) == ("Sett meg på venteliste", "Fullt, 1 på venteliste")
    stage.press("kari", "classroom.cancel", session_id=full)
    assert seen(stage, "ana", classes_page).own[0].offered


def test_words_bring_the_course_they_name_to_the_front(stage: Stage) -> None:
    created(stage)
    excel = created(stage, title_nb="Excel", day="2026-12-04")
    assert seen(stage, "kari", classes_page, words="excel").rows.items[0].id == excel


def test_people_of_elsewhere_and_leavers_see_no_session(stage: Stage) -> None:
    created(stage)
    assert seen(stage, "per", classes_page).rows.total == 0
    alter(stage, "kari", left=True)
    with pytest.raises(EventRefused):
        seen(stage, "kari", classes_page)


def test_a_teacher_sees_own_sessions_and_an_administrator_those_of_the_municipality(stage: Stage) -> None:
    mine, others = created(stage), created(stage, day="2026-12-02", teacher_id="rogn")
    assert [each.id for each in seen(stage, "linde", teaching_page).rows.items] == [mine]
    assert [each.id for each in seen(stage, "alm", teaching_page).rows.items] == [mine, others]
    assert seen(stage, "fura", teaching_page).rows.total == 0
    for who in ("kari", "per"):
        with pytest.raises(EventRefused):
            seen(stage, who, teaching_page)


@pytest.mark.parametrize("who", ["kari", "rogn", "fura", "per"])
def test_the_participants_are_for_the_teacher_and_the_own_administrators_only(stage: Stage, who: str) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    with pytest.raises(EventRefused):
        seen(stage, who, class_page, id_)
    alter(stage, "linde", roles=frozenset({Role.EMPLOYEE}))
    with pytest.raises(EventRefused):
        seen(stage, "linde", class_page, id_)


def test_the_list_names_participants_in_order_and_those_who_wait(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    page = seen(stage, "linde", class_page, id_)
    assert [(each.number, each.name, each.standing) for each in page.participants] == [
        (1, "Medarbeider Kari", "har plass")
    ]
    assert [each.name for each in page.waiting] == ["Medarbeider Ana", "Medarbeider Bo"]
    assert page.participants[0].unit == "Helse › Hjemmetjenesten Nord"
    assert (page.row.taken, page.row.waiting) == ("1 av 1", "2")
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert [each.standing for each in seen(stage, "linde", class_page, id_).waiting] == [
        "har fått tilbud om plass",
        "venter",
    ]


def test_a_session_passes_from_ahead_to_noting_to_over(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")

    def phase() -> tuple[ClassPhase, bool]:
        page = seen(stage, "linde", class_page, id_)
        return page.row.phase, page.form is not None

    assert phase() == (ClassPhase.AHEAD, True)
    stage.ring_until(START)
    assert phase() == (ClassPhase.NOTING, False)
    stage.press("linde", "classroom.attendance", session_id=id_, came="1")
    assert [each.came for each in seen(stage, "linde", class_page, id_).participants] == [True]
    assert seen(stage, "linde", teaching_page).rows.total == 1
    stage.ring_until(stage.get(ClassSession, id_).ends_at + timedelta(days=14, seconds=1))
    assert phase() == (ClassPhase.OVER, False)
    assert seen(stage, "linde", teaching_page).rows.total == 0
    assert seen(stage, "linde", teaching_page, past=True).rows.total == 1


def test_a_session_that_is_called_off_is_among_those_that_are_over(stage: Stage) -> None:
    id_ = created(stage)
    stage.press("alm", "classroom.call_off", session_id=id_)
    assert seen(stage, "alm", class_page, id_).row.phase is ClassPhase.CALLED_OFF
    assert seen(stage, "alm", class_page, id_).participants == ()
    assert [each.id for each in seen(stage, "alm", teaching_page, past=True).rows.items] == [id_]


def test_a_session_that_is_called_off_keeps_who_was_in_it(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    stage.press("bo", "classroom.cancel", session_id=id_)
    stage.press("linde", "classroom.call_off", session_id=id_)
    page = seen(stage, "linde", class_page, id_)
    assert [(each.name, each.standing) for each in page.participants] == [
        ("Medarbeider Kari", "avlyst"),
        ("Medarbeider Ana", "avlyst"),
    ]
    assert (page.row.taken, page.waiting) == ("2", ())


def test_a_session_says_so_once_attendance_is_noted(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(stage.get(ClassSession, id_).ends_at)
    assert seen(stage, "linde", class_page, id_).row.phase_name == "Noter oppmøte"
    stage.press("linde", "classroom.attendance", session_id=id_, came="1")
    row = seen(stage, "linde", class_page, id_).row
    assert (row.phase, row.phase_name) == (ClassPhase.NOTING, "Oppmøtet er notert")


def test_the_form_has_what_is_saved_and_saving_it_again_changes_nothing(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id, unit_id="helse")
    form = seen(stage, "alm", class_page, id_).form
    assert {name: form.values[name] for name in FORM} == {**FORM}
    outcome = stage.press("alm", "classroom.change", **form.values, session_id=id_)
    assert (outcome.changed, outcome.notice) == (False, "Ingenting er endret.")


def test_an_administrator_chooses_among_the_teachers_and_a_teacher_is_the_only_choice(stage: Stage) -> None:
    form = seen(stage, "alm", new_class_page)
    assert (form.may_choose, [name for _, name in form.teachers]) == (True, ["Kursholder Linde", "Kursholder Rogn"])
    own = seen(stage, "linde", new_class_page)
    assert (own.may_choose, [id_ for id_, _ in own.teachers]) == (False, ["linde"])
    # A unit below follows the one above it, with the department's name.
    assert own.units == (
        ("helse", "Helse"),
        ("nord", "Hjemmetjenesten Nord (Helse)"),
        ("sor", "Hjemmetjenesten Sør (Helse)"),
        ("skole", "Skole"),
    )
    alter(stage, "linde", language=Language.NN)
    assert seen(stage, "linde", new_class_page).values["language"] == "nn"
    with pytest.raises(EventRefused):
        seen(stage, "kari", new_class_page)


def test_a_person_who_was_removed_stands_on_the_list_without_a_name(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.forget(Person, "kari")
    assert [each.name for each in seen(stage, "linde", class_page, id_).participants] == ["–"]


def test_own_sessions_are_in_the_order_of_their_start(stage: Stage) -> None:
    last, first, middle = (created(stage, day=day) for day in ("2026-12-04", "2026-12-02", "2026-12-03"))
    for id_ in (last, first, middle):
        signed_up(stage, id_, "kari")
    assert [own.id for own in seen(stage, "kari", classes_page).own] == [first, middle, last]
    stage.now = stage.get(ClassSession, first).starts_at
    assert [own.id for own in seen(stage, "kari", classes_page).own] == [middle, last]


def test_the_page_says_what_to_complete_before_a_seat_of_the_waiting_list_is_accepted(stage: Stage) -> None:
    id_ = created(stage, seats="1", prerequisites=MODULE.id)
    assert seen(stage, "ana", classes_page).rows.items[0].rule == "", "a free seat demands it at once"
    stage.press("kari", "learn.done", module_id=MODULE.id)
    signed_up(stage, id_, "kari")
    assert "før du tar plassen: Trygg pålogging" in seen(stage, "ana", classes_page).rows.items[0].rule
    signed_up(stage, id_, "ana")
    assert "før du tar plassen: Trygg pålogging" in seen(stage, "ana", classes_page).own[0].rule
    stage.press("ana", "learn.done", module_id=MODULE.id)
    assert seen(stage, "ana", classes_page).own[0].rule == ""
