"""Outside office hours an announcement goes out only after a question, which is asked once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.announce.office_hours import answer_for, question
from dialogs.announce.views.composer import release_page
from dialogs.announce.views.details import answer_of_plan, details_page
from dialogs.core.content import Holidays
from dialogs.core.person import Person
from tests.unit.announce.test_views import view
from tests.unit.announce.town import Town
from tests.unit.driver import TUESDAY
from tests.unit.read_cards import actions_of

NIGHT = TUESDAY.replace(hour=22)
SATURDAY = TUESDAY.replace(day=28)
HOLIDAY = TUESDAY.replace(month=12, day=24)
CHRISTMAS = HOLIDAY.replace(day=25, hour=2)
CHRISTMAS_NIGHT = {"day": "2026-12-25", "time": "03:00"}


def town_at(at: datetime, *, approval: bool = False) -> Town:
    """Return the town at a moment, with Christmas Eve as a holiday."""
    town = Town(approval=approval)
    town.content = replace(town.content, holidays=Holidays(days=frozenset({date(2026, 12, 24)})))
    town.now = at
    return town


def asked(town: Town, who: str = "anja") -> tuple[str, Mapping[str, Any]]:
    """Return slot and button of the question, the newest card."""
    slot = town.slots(who)[-1]
    assert "utenfor arbeidstiden i kommunen" in town.shown(who, slot)
    [button] = actions_of(town.posts[who, slot].card)
    return slot, button


def state(town: Town, announcement: Announcement) -> AnnouncementState:
    return town.now_is(announcement).state


@pytest.mark.parametrize("at", [NIGHT, SATURDAY, HOLIDAY])
def test_it_is_not_sent_before_the_question_is_answered(at: datetime) -> None:
    town = town_at(at)
    draft = town.draft(units="nord")
    outcome = town.act("announce.send", draft)
    assert not outcome.changed
    slot, button = asked(town)
    town.press("anja", button["verb"], slot=slot, **button["data"])
    town.wait()
    assert town.readers(draft) == {"nils", "nora"}
    assert "announce.send" not in [action["verb"] for to, _, action in town.presses() if to == "anja"]


@pytest.mark.parametrize("at", [NIGHT, SATURDAY, HOLIDAY])
def test_a_preview_outside_office_hours_asks_beside_its_button_which_is_the_answer(at: datetime) -> None:
    town = town_at(at)
    draft = town.draft(units="nord")
    slot = town.slots("anja")[-1]
    assert "utenfor arbeidstiden i kommunen" in town.shown("anja", slot)
    [button] = [action for action in actions_of(town.posts["anja", slot].card) if action["verb"] == "announce.send"]
    town.press("anja", button["verb"], slot=slot, **button["data"])
    assert state(town, draft) is AnnouncementState.SENDING


def test_a_preview_from_office_hours_is_asked_about_at_night() -> None:
    town = town_at(TUESDAY)
    draft = town.draft(units="nord")
    slot = town.slots("anja")[-1]
    assert "utenfor arbeidstiden" not in town.shown("anja", slot)
    town.now = NIGHT
    [button] = [action for action in actions_of(town.posts["anja", slot].card) if action["verb"] == "announce.send"]
    town.press("anja", button["verb"], slot=slot, **button["data"])
    assert state(town, draft) is AnnouncementState.DRAFT
    asked(town)


@pytest.mark.parametrize("at", [TUESDAY, TUESDAY.replace(hour=14, minute=29)])
def test_in_office_hours_nothing_is_asked(at: datetime) -> None:
    town = town_at(at)
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    assert state(town, draft) is AnnouncementState.SENDING


def test_a_planned_night_is_asked_about_when_it_is_planned_and_not_when_it_comes() -> None:
    town = town_at(TUESDAY)
    draft = town.draft(units="nord")
    assert not town.act("announce.schedule", draft, **CHRISTMAS_NIGHT).changed
    slot, button = asked(town)
    town.press("anja", button["verb"], slot=slot, **button["data"])
    assert state(town, draft) is AnnouncementState.SCHEDULED
    town.ring_until(HOLIDAY.replace(day=25))
    assert town.readers(draft) == {"nils", "nora"}


def test_a_night_is_no_time_to_ask_about_what_is_planned_for_the_day() -> None:
    town = town_at(NIGHT)
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-25", time="10:00")
    assert state(town, draft) is AnnouncementState.SCHEDULED


def test_the_approver_is_asked_who_sends_it_at_once_and_the_author_is_not() -> None:
    town = town_at(NIGHT, approval=True)
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    assert state(town, draft) is AnnouncementState.AWAITING
    request = f"announce/approve/{draft.id}/1"
    town.act("announce.approve", town.now_is(draft), "gro")
    assert state(town, draft) is AnnouncementState.AWAITING
    assert "utenfor arbeidstiden i kommunen" in town.shown("gro", request)
    [button] = [each for each in actions_of(town.posts["gro", request].card) if each["verb"] == "announce.approve"]
    # A remark is asked about for itself: the answer about the hour says nothing of it.
    town.press("gro", button["verb"], slot=request, **button["data"], why="Skriv når.")
    assert state(town, draft) is AnnouncementState.AWAITING
    assert "godkjenne likevel?" in town.shown("gro", request)
    assert "utenfor arbeidstiden" not in town.shown("gro", request), "asked once"
    [button] = [each for each in actions_of(town.posts["gro", request].card) if each["verb"] == "announce.approve"]
    town.press("gro", button["verb"], slot=request, **button["data"], why="Skriv når.")
    assert state(town, draft) is AnnouncementState.SENDING


def test_an_approver_is_not_asked_about_a_time_that_was_planned() -> None:
    town = town_at(NIGHT, approval=True)
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, **CHRISTMAS_NIGHT, off_hours="true")
    town.act("announce.approve", town.now_is(draft), "gro")
    assert state(town, draft) is AnnouncementState.SCHEDULED


def test_a_client_adds_no_data_to_the_button_of_the_question() -> None:
    town = town_at(NIGHT)
    town.act("announce.send", town.draft(units="nord"), checks="x", about="x", primary="x")
    _, button = asked(town)
    assert set(button["data"]) == {"announcement_id", "edition", "off_hours"}


def test_the_pages_of_the_desk_ask_before_the_press() -> None:
    town = town_at(NIGHT, approval=True)
    draft = town.draft(units="nord")
    page = view(town, "anja", release_page, draft.id)
    assert page is not None
    assert page.off_hours == "", "it only goes to an approver"
    town.act("announce.send", draft)
    assert "utenfor arbeidstiden" in view(town, "gro", details_page, draft.id).off_hours
    asked = view(town, "gro", details_page, draft.id).asked
    assert asked == town.texts("gro")("announce.approval.ask", author=town.get(Person, "anja").name)
    assert view(town, "anja", details_page, draft.id).asked == "", "not the viewer's to approve"
    town.now = TUESDAY.replace(day=25)
    assert view(town, "gro", details_page, draft.id).off_hours == ""


def test_an_answer_of_the_desk_holds_for_the_time_that_was_asked_about() -> None:
    town = town_at(TUESDAY)
    draft = town.draft(units="nord")
    answer = answer_for(CHRISTMAS)
    assert not town.act("announce.schedule", draft, day="2026-12-25", time="04:00", off_hours=answer).changed
    assert state(town, draft) is AnnouncementState.DRAFT
    town.act("announce.schedule", draft, **CHRISTMAS_NIGHT, off_hours=f"now {answer}")
    assert state(town, draft) is AnnouncementState.SCHEDULED


def test_an_answer_is_given_only_to_the_question_about_the_written_time() -> None:
    texts = town_at(TUESDAY).texts("anja")
    asked_about = [question(texts, CHRISTMAS)]
    assert answer_of_plan(texts, asked_about, **CHRISTMAS_NIGHT) == answer_for(CHRISTMAS)
    assert answer_of_plan(texts, asked_about, day="2026-12-25", time="04:00") == ""
    past = [texts("announce.fault.past", moment=texts.moment(CHRISTMAS))]
    assert answer_of_plan(texts, past, **CHRISTMAS_NIGHT) == ""
    for day, time in (("", ""), ("9999-12-31", "23:59")):
        assert answer_of_plan(texts, asked_about, day=day, time=time) == ""
