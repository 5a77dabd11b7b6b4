"""Signing up for a classroom course: seats, prerequisites, the waiting list, and who may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialogs.rollout.classroom.model import MAX_WAITING, ClassSession, Enrolment, EnrolmentState
from knowledge.learning.curriculum import Curriculum
from tests.unit.driver import Outcome, Stage
from tests.unit.handoff.scene import person
from tests.unit.read_cards import actions_of
from tests.unit.rollout.classes import MODULE, START, alter, created, enrolment, school, signed_up, standing

WAITING, OFFERED, BOOKED = EnrolmentState.WAITING, EnrolmentState.OFFERED, EnrolmentState.BOOKED
WITHDRAWN, LAPSED = EnrolmentState.WITHDRAWN, EnrolmentState.LAPSED


@pytest.fixture
def stage() -> Stage:
    return school()


def own_card(stage: Stage, person_id: str, session_id: str) -> str:
    [slot] = stage.slots(person_id, f"classroom/{session_id}/")
    return slot


def test_the_first_get_seats_and_the_rest_wait_in_order(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana", "bo", "ola")
    assert standing(stage, id_) == {"kari": BOOKED, "ana": BOOKED, "bo": WAITING, "ola": WAITING}
    assert "Du har plass" in stage.shown("kari", own_card(stage, "kari", id_))
    # The card stays when others leave the list; the list that is asked for has the number.
    assert "Du står på ventelisten." in stage.shown("ola", own_card(stage, "ola", id_))
    assert "nummer" not in stage.shown("ola", own_card(stage, "ola", id_))
    stage.press("ola", "classroom.mine")
    assert "nummer 2 på ventelisten" in stage.shown("ola", stage.slots("ola", "classroom/")[-1])


def test_the_list_shows_at_once_where_the_person_stands_and_tells_its_buttons_apart(stage: Stage) -> None:
    first, second = created(stage, seats="1"), created(stage, day="2026-12-02", title_nb="Excel")
    stage.press("kari", "classroom.show")
    [slot] = stage.slots("kari", "classroom/")
    assert tooltips(stage, "kari", slot) == ["Meld meg på: Teams for nye", "Meld meg på: Excel"]
    stage.press("kari", "classroom.sign_up", slot=slot, session_id=first, listed="yes")
    leaving = ["Meld meg av: Teams for nye", "Ja, meld meg av: Teams for nye"]
    assert sorted(tooltips(stage, "kari", slot)) == sorted([*leaving, "Meld meg på: Excel"])
    assert "Du har plass på kurset." in stage.shown("kari", slot)
    stage.press("kari", "classroom.cancel", slot=slot, session_id=first, listed="yes")
    assert tooltips(stage, "kari", slot) == ["Meld meg på: Teams for nye", "Meld meg på: Excel"]
    stage.press("kari", "classroom.sign_up", session_id=second)
    assert tooltips(stage, "kari", slot) == ["Meld meg på: Teams for nye", "Meld meg på: Excel"], "not of the list"


def test_the_own_list_leads_to_the_card_with_the_calendar_file(stage: Stage) -> None:
    booked, waits = created(stage, seats="1"), created(stage, day="2026-12-02", seats="1")
    signed_up(stage, booked, "kari")
    signed_up(stage, waits, "ana", "kari")
    stage.press("kari", "classroom.mine")
    [slot] = stage.slots("kari", "classroom/web:")
    [data] = [dict(a["data"]) for a in actions_of(stage.posts["kari", slot].card) if a["verb"] == "classroom.calendar"]
    assert data["session_id"] == booked
    stage.press("kari", "classroom.calendar", **data)
    assert stage.posts["kari", stage.slots("kari", "classroom/web:")[-1]].calendar_of == booked
    assert stage.press("bo", "classroom.calendar", **data).notice == "Du er ikke påmeldt dette kurset."


def test_the_own_list_shows_one_state_after_leaving(stage: Stage) -> None:
    first, second = created(stage), created(stage, day="2026-12-02", title_nb="Excel")
    signed_up(stage, first, "kari")
    signed_up(stage, second, "kari")
    stage.press("kari", "classroom.mine")
    [slot] = stage.slots("kari", "classroom/web:")
    [leave] = [data for data in leaving(stage, "kari", slot) if data["session_id"] == first]
    stage.press("kari", "classroom.cancel", slot=slot, **leave)
    assert "Teams for nye" not in stage.shown("kari", slot)
    assert "Excel" in stage.shown("kari", slot)
    [leave] = leaving(stage, "kari", slot)
    stage.press("kari", "classroom.cancel", slot=slot, **leave)
    assert "Du er ikke påmeldt noe kurs." in stage.shown("kari", slot)


def test_the_card_of_what_is_missing_ends_with_the_sign_up(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id)
    stage.press("kari", "classroom.sign_up", session_id=id_)
    [slot] = stage.slots("kari")
    stage.press("kari", "learn.done", module_id=MODULE.id)
    [again] = [data for data in pressed_data(stage, "kari", slot) if "session_id" in data]
    stage.press("kari", "classroom.sign_up", slot=slot, **again)
    assert "Ta dette før" not in stage.shown("kari", slot)
    assert "Du har plass på kurset." in stage.shown("kari", slot)


@pytest.mark.parametrize("where", ["list", "own list", "own card"])
@pytest.mark.parametrize("seats", ["1", "2"], ids=["waiting", "booked"])
def test_leaving_a_seat_or_the_waiting_list_asks_first(stage: Stage, where: str, seats: str) -> None:
    id_ = created(stage, seats=seats)
    signed_up(stage, id_, "ana", "kari")
    if where == "own card":
        slot = own_card(stage, "kari", id_)
    else:
        stage.press("kari", "classroom.show" if where == "list" else "classroom.mine")
        [slot] = stage.slots("kari", "classroom/web:")
    shown = stage.posts["kari", slot].card
    assert "classroom.cancel" in [action["verb"] for action in actions_of(shown)]
    assert "classroom.cancel" not in [action["verb"] for action in actions_of(at_once(shown))]


def at_once(node: Any) -> Any:
    """Return a card without what its buttons unfold."""
    if isinstance(node, dict):
        return {key: at_once(value) for key, value in node.items() if node.get("type") != "Action.ShowCard"}
    return [at_once(child) for child in node] if isinstance(node, list | tuple) else node


def leaving(stage: Stage, person_id: str, slot: str) -> list[dict[str, str]]:
    return [data for data in pressed_data(stage, person_id, slot) if data.get("listed") == "mine"]


def pressed_data(stage: Stage, person_id: str, slot: str) -> list[dict[str, str]]:
    return [dict(action["data"]) for action in actions_of(stage.posts[person_id, slot].card)]


def test_another_try_without_the_prerequisite_says_what_is_missing(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id)
    first = stage.press("ola", "classroom.sign_up", session_id=id_)
    again = stage.press("ola", "classroom.sign_up", session_id=id_, again="yes")
    assert not first.notice
    assert again.notice.startswith("Du mangler fortsatt: ")
    assert standing(stage, id_) == {}


def tooltips(stage: Stage, person_id: str, slot: str) -> list[str]:
    found: list[str] = []

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            found.extend([node["tooltip"]] if "tooltip" in node else [])
            node = list(node.values())
        for each in node if isinstance(node, list) else ():
            collect(each)

    collect(stage.posts[person_id, slot].card)
    return found


def test_the_last_seat_goes_to_one_of_two_at_once(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    presses = [stage.pressing(each, "classroom.sign_up", session_id=id_) for each in ("kari", "ana")]
    outcomes = stage.race(*presses)
    assert sorted(standing(stage, id_).values()) == [BOOKED, WAITING]
    assert sorted(each.notice.split(".")[0] for each in outcomes) == [
        "Teams for nye: Du er nummer 1 på ventelisten",
        "Teams for nye: Du har plass på kurset",
    ]


def test_two_free_seats_are_offered_once_when_two_sign_off_at_once(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana", "bo", "ola")
    stage.race(*(stage.pressing(each, "classroom.cancel", session_id=id_) for each in ("kari", "ana")))
    assert standing(stage, id_) == {"kari": WITHDRAWN, "ana": WITHDRAWN, "bo": OFFERED, "ola": OFFERED}


def test_without_the_module_it_is_listed_with_buttons_that_start_it(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id)
    outcome = stage.press("kari", "classroom.sign_up", session_id=id_)
    assert not outcome.changed
    [slot] = stage.slots("kari")
    assert "Trygg pålogging" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["learn.done", "classroom.sign_up"]
    assert MODULE.url in str(stage.posts["kari", slot].card)
    stage.press("kari", "learn.done", module_id=MODULE.id)
    stage.press("kari", "classroom.sign_up", session_id=id_)
    assert standing(stage, id_) == {"kari": BOOKED}


def test_an_offer_is_not_accepted_without_the_module(stage: Stage) -> None:
    id_ = created(stage, seats="1", prerequisites=MODULE.id)
    for each in ("kari", "ana"):
        stage.press(each, "learn.done", module_id=MODULE.id)
    signed_up(stage, id_, "kari", "ana")
    stage.press("ana", "learn.undo", module_id=MODULE.id)
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert not stage.press("ana", "classroom.accept", session_id=id_).changed
    stage.press("ana", "learn.done", module_id=MODULE.id)
    stage.press("ana", "classroom.accept", session_id=id_)
    assert standing(stage, id_)["ana"] is BOOKED


def test_the_waiting_list_is_open_before_the_module_and_says_that_the_seat_needs_it(stage: Stage) -> None:
    id_ = created(stage, seats="1", prerequisites=MODULE.id)
    stage.press("kari", "learn.done", module_id=MODULE.id)
    signed_up(stage, id_, "kari")
    rule = stage.texts("ana")("classroom.first_waiting", modules="Trygg pålogging")
    stage.press("ana", "classroom.show")
    assert rule in str(stage.posts["ana", stage.slots("ana", "classroom/web:")[-1]].card)
    outcome = stage.press("ana", "classroom.sign_up", session_id=id_)
    assert standing(stage, id_) == {"kari": BOOKED, "ana": WAITING}
    assert rule in outcome.notice
    assert rule in str(stage.posts["ana", own_card(stage, "ana", id_)].card)
    stage.press("kari", "classroom.cancel", session_id=id_)
    offered = str(stage.posts["ana", own_card(stage, "ana", id_)].card)
    assert (rule in offered, "Krever: Trygg pålogging" in offered) == (False, True)
    assert not stage.press("ana", "classroom.accept", session_id=id_).changed
    stage.press("ana", "learn.done", module_id=MODULE.id)
    stage.press("ana", "classroom.accept", session_id=id_)
    assert standing(stage, id_)["ana"] is BOOKED
    assert "Krever" not in str(stage.posts["ana", own_card(stage, "ana", id_)].card)


def test_a_module_that_is_no_longer_offered_blocks_no_one(stage: Stage) -> None:
    id_ = created(stage, prerequisites=MODULE.id)
    stage.content = replace(stage.content, curriculum=Curriculum())
    signed_up(stage, id_, "kari")
    assert standing(stage, id_) == {"kari": BOOKED}


def test_a_freed_seat_is_offered_to_the_first_and_passes_on_at_the_deadline(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    stage.press("kari", "classroom.cancel", session_id=id_)
    until = enrolment(stage, id_, "ana").offered_until
    # A working day from eight to half past three: the same time tomorrow.
    assert until == stage.now + timedelta(hours=24)
    assert stage.buttons("ana", own_card(stage, "ana", id_)) == ["classroom.accept", "classroom.cancel"]
    stage.ring_until(until - timedelta(seconds=1))
    assert standing(stage, id_)["ana"] is OFFERED
    stage.ring_until(until)
    assert standing(stage, id_) == {"kari": WITHDRAWN, "ana": LAPSED, "bo": OFFERED}
    assert "ikke lenger på ventelisten" in stage.shown("ana", own_card(stage, "ana", id_))
    stage.press("bo", "classroom.accept", session_id=id_)
    assert standing(stage, id_)["bo"] is BOOKED


def test_an_offer_on_a_friday_lasts_until_monday_but_at_most_half_of_the_time_left(stage: Stage) -> None:
    far, near = created(stage, seats="1", day="2026-12-10"), created(stage, seats="1", day="2026-11-30", start="08:00")
    for id_ in (far, near):
        signed_up(stage, id_, "kari", "ana")
    stage.ring_until(datetime(2026, 11, 27, 13, 0, tzinfo=UTC))
    for id_ in (far, near):
        stage.press("kari", "classroom.cancel", session_id=id_)
    assert enrolment(stage, far, "ana").offered_until == datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
    left = stage.get(ClassSession, near).starts_at - stage.now
    assert enrolment(stage, near, "ana").offered_until == stage.now + left / 2


def test_an_offer_that_ran_out_while_the_bot_was_off_cannot_be_accepted(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.press("kari", "classroom.cancel", session_id=id_)
    stage.now += timedelta(hours=25)
    outcome = stage.press("ana", "classroom.accept", session_id=id_)
    assert (outcome.changed, "Fristen" in outcome.notice) == (False, True)


def test_offers_get_shorter_near_the_start_and_none_outlasts_it(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo", "ola")
    stage.ring_until(START - timedelta(hours=2))
    stage.press("kari", "classroom.cancel", session_id=id_)
    asked = []
    while stage.now < START:
        offered = [each for each in stage.all(Enrolment) if each.state is OFFERED]
        if not offered:
            break
        [one] = offered
        asked.append(one.person_id)
        assert stage.now < one.offered_until <= START
        stage.ring_until(one.offered_until)
    assert asked == ["ana", "bo", "ola"]


def test_in_the_last_half_hour_the_first_to_sign_up_gets_the_seat(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(START - timedelta(minutes=20))
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert standing(stage, id_) == {"kari": WITHDRAWN, "ana": WAITING}
    stage.press("bo", "classroom.sign_up", session_id=id_)
    assert standing(stage, id_)["bo"] is BOOKED


def test_the_waiting_list_ends_when_the_session_begins(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    stage.ring_until(START)
    assert standing(stage, id_) == {"kari": BOOKED, "ana": LAPSED}


def test_signing_up_twice_changes_nothing(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    outcome = stage.press("kari", "classroom.sign_up", session_id=id_)
    assert (outcome.changed, outcome.notice.startswith("Du er allerede påmeldt.")) == (False, True)
    assert stage.press("kari", "classroom.accept", session_id=id_).changed is False


def test_a_person_who_comes_back_starts_last_on_the_list(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana", "bo")
    stage.press("ana", "classroom.cancel", session_id=id_)
    stage.press("ana", "classroom.sign_up", session_id=id_)
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert standing(stage, id_) == {"kari": WITHDRAWN, "bo": OFFERED, "ana": WAITING}


@pytest.mark.parametrize("who", ["per", "guest-1"])
def test_people_of_elsewhere_and_guests_are_refused(stage: Stage, who: str) -> None:
    stage.put(person("guest-1", "nord", municipality_id="lillevik"))
    id_ = created(stage)
    outcome = stage.press(who, "classroom.sign_up", session_id=id_)
    assert stage.all(Enrolment) == []
    assert outcome.notice


def test_a_session_for_one_unit_is_for_its_branch(stage: Stage) -> None:
    id_ = created(stage, unit_id="helse")
    assert "finnes ikke" in stage.press("ola", "classroom.sign_up", session_id=id_).notice
    signed_up(stage, id_, "kari")
    assert standing(stage, id_) == {"kari": BOOKED}
    stage.press("ola", "classroom.show")
    assert "ingen klasseromskurs" in stage.shown("ola", stage.slots("ola")[0])


def test_no_one_signs_up_another_person(stage: Stage) -> None:
    id_ = created(stage)
    outcome = stage.press("kari", "classroom.sign_up", session_id=id_, person_id="ola")
    assert (outcome.changed, "bare melde på deg selv" in outcome.notice) == (False, True)


def test_a_teacher_needs_no_seat_in_the_own_session(stage: Stage) -> None:
    id_ = created(stage)
    outcome = stage.press("linde", "classroom.sign_up", session_id=id_)
    assert (outcome.changed, outcome.notice) == (False, "Du holder dette kurset selv.")


def test_a_session_that_has_begun_or_is_called_off_takes_no_one(stage: Stage) -> None:
    begun, off = created(stage), created(stage, start="13:00", end="14:00")
    stage.press("alm", "classroom.call_off", session_id=off)
    assert stage.press("kari", "classroom.sign_up", session_id=off).notice == "Kurset er avlyst."
    stage.ring_until(START)
    outcome = stage.press("kari", "classroom.sign_up", session_id=begun)
    assert (outcome.notice, stage.all(Enrolment)) == ("Kurset har begynt eller er over.", [])


def test_two_sessions_at_the_same_time_and_too_many_are_refused(stage: Stage) -> None:
    first, same = created(stage), created(stage, start="11:00", end="12:00")
    after = [created(stage, day=f"2026-12-{day:02}") for day in range(2, 12)]
    signed_up(stage, first, "kari")
    assert "samme tid" in stage.press("kari", "classroom.sign_up", session_id=same).notice
    signed_up(stage, same, "ana")
    for each in after[:-1]:
        stage.press("kari", "classroom.sign_up", session_id=each)
    assert "10 kurs om gangen" in stage.press("kari", "classroom.sign_up", session_id=after[-1]).notice


def test_a_full_waiting_list_is_refused(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    crowd = [person(f"w{number}", "nord") for number in range(MAX_WAITING + 1)]
    stage.put(*crowd)
    for each in crowd:
        stage.press(each.id, "classroom.sign_up", session_id=id_)
    assert stage.press("kari", "classroom.sign_up", session_id=id_).notice == "Kurset og ventelisten er fulle."


def test_signing_off_what_one_is_not_in_changes_nothing(stage: Stage) -> None:
    id_ = created(stage)
    outcome = stage.press("kari", "classroom.cancel", session_id=id_)
    assert (outcome.changed, outcome.notice) == (False, "Du er ikke påmeldt dette kurset.")
    assert not stage.press("kari", "classroom.cancel", session_id="class-none").changed


def test_no_participant_sees_another(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari", "ana", "bo")
    for who in ("kari", "ana", "bo"):
        stage.press(who, "classroom.show")
        stage.press(who, "classroom.mine")
        others = {"kari", "ana", "bo"} - {who}
        seen = " ".join(stage.shown(who, slot) for slot in stage.slots(who))
        assert not any(f"Medarbeider {each.title()}" in seen for each in others)


def test_the_list_shows_what_is_ahead_with_the_own_standing_and_named_courses_first(stage: Stage) -> None:
    created(stage)
    excel = created(stage, title_nb="Excel fra bunnen", day="2026-12-02")
    signed_up(stage, excel, "kari")
    stage.press("kari", "classroom.show", words="meld meg på excel-kurset")
    [slot] = stage.slots("kari", "classroom/web:")
    lines = stage.posts["kari", slot].text.splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == ["- Excel fra bunnen", "- Teams for nye"]
    assert stage.buttons("kari", slot)[:2] == ["classroom.cancel", "classroom.sign_up"]


def test_a_person_without_a_workplace_chooses_it_first(stage: Stage) -> None:
    alter(stage, "kari", municipality_id=None, unit_id=None)
    stage.press("kari", "classroom.show")
    assert "profile.municipality" in stage.buttons("kari", stage.slots("kari")[0])


def test_the_own_list_ends_with_the_session(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    stage.press("kari", "classroom.mine")
    [slot] = stage.slots("kari", "classroom/web:")
    assert stage.buttons("kari", slot) == ["classroom.cancel", "classroom.calendar"]
    stage.ring_until(START)
    stage.press("kari", "classroom.mine", slot=slot)
    assert "ikke påmeldt" in stage.shown("kari", slot)


def test_a_planned_session_is_over_when_its_teacher_is_asked_for_attendance(stage: Stage) -> None:
    id_ = created(stage)
    signed_up(stage, id_, "kari")
    ends_at = stage.get(ClassSession, id_).ends_at
    stage.ring_until(ends_at)
    assert stage.get(ClassSession, id_).asked_attendance
    assert "Noter hvem som møtte" in stage.shown("linde", f"classroom/{id_}/attendance")
    assert not stage.timers


def test_who_leaves_the_waiting_list_is_told_so_and_not_that_a_seat_was_given_up(stage: Stage) -> None:
    id_ = created(stage, seats="1")
    signed_up(stage, id_, "kari", "ana")
    outcome = stage.press("ana", "classroom.cancel", session_id=id_)
    assert outcome.notice == "Teams for nye: Du står ikke lenger på ventelisten."
    assert stage.press("kari", "classroom.cancel", session_id=id_).notice == "Teams for nye: Du er meldt av kurset."


def test_who_takes_the_courses_after_an_offer_takes_the_seat_from_the_card_that_lists_them(stage: Stage) -> None:
    id_ = created(stage, seats="1", prerequisites=MODULE.id)
    stage.press("kari", "learn.done", module_id=MODULE.id)
    signed_up(stage, id_, "kari", "ana")
    stage.press("kari", "classroom.cancel", session_id=id_)
    assert standing(stage, id_)["ana"] is OFFERED
    offer = stage.slots("ana", f"classroom/{id_}/")[-1]
    stage.press("ana", "classroom.accept", slot=offer, session_id=id_)
    listed = [slot for slot in stage.slots("ana") if "Trygg pålogging" in stage.shown("ana", slot)][-1]

    def press_again() -> Outcome:
        [again] = [
            action for _, slot, action in stage.presses() if slot == listed and "again" in action.get("data", {})
        ]
        return stage.press("ana", again["verb"], slot=listed, **again["data"])

    assert "innen onsdag 25. november" in stage.shown("ana", listed)
    assert press_again().notice == "Du mangler fortsatt: Trygg pålogging."
    assert standing(stage, id_)["ana"] is OFFERED
    stage.press("ana", "learn.done", module_id=MODULE.id)
    assert press_again().notice == "Teams for nye: Du har plass på kurset."
    assert standing(stage, id_)["ana"] is BOOKED
