"""An application's way: the form, the manager, the reviewers, the deadline, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dialogs.core.person import Person
from dialogs.rollout.software.model import MAX_COMMENTS, Application, ProgramState
from knowledge.organisation.unit import Sector
from knowledge.software.program import PersonalData, ProgramUse
from tests.unit.driver import TUESDAY, Stage
from tests.unit.rollout.program_scene import FULL, applied, program_stage


@pytest.fixture
def stage() -> Stage:
    return program_stage()


def notice(stage: Stage, who: str, verb: str, **data: Any) -> str:
    """Press, and return the refusal; nothing may have changed."""
    outcome = stage.press(who, verb, **data)
    assert not outcome.changed
    assert not stage.audits
    return outcome.notice


# The form


def test_the_case_of_a_reviewers_own_application_goes_to_the_others(stage: Stage) -> None:
    own = applied(stage, "gro")
    assert not stage.shown("gro", f"software/{own.id}")
    assert stage.shown("gunn", f"software/{own.id}")
    alone = applied(stage, "dina")
    assert not stage.shown("dina", f"software/{alone.id}"), "no other reviewer, contact or administrator"


def test_a_manager_who_agreed_has_nothing_more_to_write(stage: Stage) -> None:
    application = applied(stage, "lars")
    label = stage.texts("lea")("software.manager_word")
    assert label in stage.shown("lea", f"software/{application.id}")
    stage.press("lea", "software.endorse", application_id=application.id)
    shown = stage.shown("lea", f"software/{application.id}")
    assert shown
    for key in ("software.manager_word", "software.word"):
        assert stage.texts("lea")(key) not in shown


def test_the_form_asks_a_school_for_pupils_and_names_the_manager(stage: Stage) -> None:
    stage.press("lars", "software.apply", program="Kahoot")
    shown = stage.shown("lars", stage.slots("lars")[0])
    texts = stage.texts("lars")
    assert texts("software.use.pupils") in shown
    assert texts("software.form_manager") in shown
    stage.press("kari", "software.apply", program="Kahoot")
    other = stage.shown("kari", stage.slots("kari")[0])
    assert texts("software.use.pupils") not in other
    assert texts("software.form_manager") not in other


def test_everything_that_is_written_is_kept(stage: Stage) -> None:
    application = applied(stage, personal_data="yes", link="https://winrar.example/en")
    assert application.reason == "Pakke ut arkiv"
    assert application.users == "Hele avdelingen"
    assert application.personal_data is PersonalData.YES
    assert application.link == "https://winrar.example/en"
    assert (application.sector, application.use) == (Sector.HEALTH, ProgramUse.STAFF)
    shown = stage.shown("gro", f"software/{application.id}")
    for written in ("WinRAR", "Pakke ut arkiv", "Hele avdelingen", "https://winrar.example/en"):
        assert written in shown


def test_an_application_of_a_listed_program_knows_it(stage: Stage) -> None:
    assert applied(stage, program="zoom").program_id == "zoom"
    assert applied(stage, program="Zoomer").program_id is None


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"program": ""}, "software.program_needed"),
        ({"program": "   "}, "software.program_needed"),
        ({"reason": ""}, "software.reason_needed"),
        ({"users": ""}, "software.users_needed"),
        ({"personal_data": ""}, "software.personal_needed"),
        ({"personal_data": "kanskje"}, "software.personal_needed"),
        ({"link": "winrar"}, "software.bad_link"),
        ({"link": "javascript:alert(1)"}, "software.bad_link"),
        ({"link": "https://user:pass@winrar.example"}, "software.bad_link"),
        ({"link": "https://[winrar"}, "software.bad_link"),
        ({"link": "https://winrar.example/" + "a" * 400}, "software.bad_link"),
        ({"person_id": "nils"}, "software.not_for_others"),
    ],
)
def test_a_bad_form_is_refused_with_its_reason(stage: Stage, data: dict[str, str], key: str) -> None:
    assert notice(stage, "kari", "software.send", **{**FULL, **data}) == stage.texts("kari")(key)
    assert stage.all(Application) == []


@pytest.mark.parametrize(("name", "most"), [("program", 80), ("reason", 500), ("users", 200)])
def test_what_is_too_long_is_refused_and_not_cut(stage: Stage, name: str, most: int) -> None:
    said = notice(stage, "kari", "software.send", **{**FULL, name: "x" * 1_000})
    assert str(most) in said
    assert "1\N{NO-BREAK SPACE}000" in said
    assert stage.all(Application) == []


def test_a_card_of_an_earlier_version_still_applies(stage: Stage) -> None:
    stage.press("kari", "software.send", program="WinRAR", reason="Pakke ut")
    [application] = stage.all(Application)
    assert (application.users, application.personal_data) == ("", PersonalData.UNKNOWN)


def test_a_record_of_an_earlier_version_is_decided(stage: Stage) -> None:
    stage.put(
        Application(
            id="app-old",
            person_id="kari",
            municipality_id="lillevik",
            program="WinRAR",
            reason="Pakke ut",
            shown_to=("kim",),
            applied_at=TUESDAY - timedelta(days=90),
            changed_at=TUESDAY - timedelta(days=90),
        )
    )
    stage.press("kim", "software.decide", application_id="app-old", verdict="approved")
    assert stage.get(Application, "app-old").standing is ProgramState.APPROVED


# The manager


def test_a_school_asks_the_manager_first_and_then_its_own_reviewers(stage: Stage) -> None:
    application = applied(stage, "lars")
    slot = f"software/{application.id}"
    assert application.standing is ProgramState.WITH_MANAGER
    assert stage.buttons("lea", slot) == ["software.endorse", "software.turn_down"]
    assert not stage.slots("rita")
    stage.press("lea", "software.endorse", slot=slot, application_id=application.id, word="Nyttig.")
    passed_on = stage.get(Application, application.id)
    assert (passed_on.standing, passed_on.manager_id) == (ProgramState.WAITING, "lea")
    for reviewer in ("rita", "rune"):
        assert "Nyttig." in stage.shown(reviewer, slot)
    for other in ("gro", "gunn", "kim", "siv"):
        assert not stage.slots(other), "other sectors and municipalities do not see it"
    assert stage.texts("lars")("software.standing.waiting") in stage.shown("lars", f"{slot}/own")
    assert stage.buttons("lea", slot) == []


def test_a_manager_declines_with_a_reason_and_nothing_is_listed(stage: Stage) -> None:
    application = applied(stage, "lars")
    said = notice(stage, "lea", "software.turn_down", application_id=application.id)
    assert said == stage.texts("lea")("software.manager_word_needed")
    stage.press("lea", "software.turn_down", application_id=application.id, word="Vi har noe som ligner.")
    declined = stage.get(Application, application.id)
    assert (declined.standing, declined.decided_by) == (ProgramState.DECLINED, "lea")
    assert "Vi har noe som ligner." in stage.shown("lars", f"software/{application.id}/own/decided")
    standing = stage.texts("lars")("software.standing.turned_down")
    assert standing in stage.shown("lars", f"software/{application.id}/own/decided"), "by the leader"
    assert [each.act for each in stage.audits] == ["software.turned_down"]
    assert f"software/{application.id}/due" not in stage.timers


@pytest.mark.parametrize("who", ["kari", "lars", "gro", "siv", "rita"])
@pytest.mark.parametrize("verb", ["software.endorse", "software.turn_down"])
def test_nobody_else_answers_for_the_manager(stage: Stage, who: str, verb: str) -> None:
    application = applied(stage, "lars")
    assert notice(stage, who, verb, application_id=application.id, word="Ja")
    assert stage.get(Application, application.id).with_manager


def test_reviewers_do_not_decide_before_the_manager(stage: Stage) -> None:
    application = applied(stage, "lars")
    said = notice(stage, "rita", "software.decide", application_id=application.id, verdict="approved")
    assert said == stage.texts("rita")("software.awaits_manager")


def test_a_leader_who_applies_is_passed_over(stage: Stage) -> None:
    application = applied(stage, "lea")
    assert application.standing is ProgramState.WAITING, "no unit above the school has a leader"
    assert "WinRAR" in stage.shown("rita", f"software/{application.id}")


def test_a_late_manager_is_refused_and_the_contact_answers(stage: Stage) -> None:
    application = applied(stage, "lars")
    assert not stage.slots("kim")
    stage.ring_until(TUESDAY + timedelta(days=7, minutes=1))
    slot = f"software/{application.id}"
    late = stage.press("lea", "software.endorse", application_id=application.id)
    assert late.notice == stage.texts("lea")("software.manager_late")
    assert not late.changed
    assert "Første frist gikk ut " in stage.shown("kim", slot)
    stage.press("kim", "software.endorse", application_id=application.id)
    assert stage.get(Application, application.id).standing is ProgramState.WAITING
    assert stage.shown("rita", slot)


# Work on the case


def test_reviewers_see_each_others_comments_and_the_assessment(stage: Stage) -> None:
    application = applied(stage)
    slot = f"software/{application.id}"
    stage.press("gro", "software.comment", application_id=application.id, comment="Hvem har prøvd det?")
    stage.press(
        "gunn",
        "software.report",
        application_id=application.id,
        report="Lav risiko.",
        report_link="https://sak.example/ros/1",
    )
    for reviewer in ("gro", "gunn"):
        shown = stage.shown(reviewer, slot)
        assert "Hvem har prøvd det?" in shown
        assert "Lav risiko." in shown
        assert "https://sak.example/ros/1" in shown
    assert [each.act for each in stage.audits] == ["software.commented", "software.reported"]
    own = " ".join(stage.shown("kari", each) for each in stage.slots("kari"))
    assert "Hvem har prøvd det?" not in own, "comments are for the reviewers"


@pytest.mark.parametrize(
    ("verb", "data", "key"),
    [
        ("software.comment", {"comment": ""}, "software.comment_needed"),
        ("software.report", {}, "software.report_needed"),
        ("software.report", {"report_link": "file:///etc"}, "software.bad_link"),
        ("software.deadline", {"due": ""}, "software.bad_date"),
        ("software.deadline", {"due": "2026-11-24"}, "software.bad_date"),
        ("software.deadline", {"due": "2026-02-30"}, "software.bad_date"),
        ("software.deadline", {"due": "i morgen"}, "software.bad_date"),
        ("software.deadline", {"due": "9999-12-31"}, "software.bad_date"),
    ],
)
def test_bad_work_on_a_case_is_refused(stage: Stage, verb: str, data: dict[str, str], key: str) -> None:
    application = applied(stage)
    assert notice(stage, "gro", verb, application_id=application.id, **data) == stage.texts("gro")(
        key, field=stage.texts("gro")("software.deadline_new")
    )


def test_a_case_has_so_many_comments(stage: Stage) -> None:
    application = applied(stage)
    for number in range(MAX_COMMENTS):
        stage.press("gro", "software.comment", application_id=application.id, comment=f"Nr. {number}")
    outcome = stage.press("gro", "software.comment", application_id=application.id, comment="En til")
    assert not outcome.changed
    assert len(stage.get(Application, application.id).comments) == MAX_COMMENTS


@pytest.mark.parametrize("who", ["kari", "lars", "rita", "siv", "lea"])
@pytest.mark.parametrize("verb", ["software.comment", "software.report", "software.deadline", "software.open"])
def test_only_the_forum_and_the_overseers_work_on_a_case(stage: Stage, who: str, verb: str) -> None:
    application = applied(stage)
    data = {"comment": "Hei", "report": "Hei", "due": "2026-12-24"}
    assert notice(stage, who, verb, application_id=application.id, **data) == stage.texts(who)("ask.old_card")


def test_a_late_case_comes_to_the_contact_and_then_to_the_administrator(stage: Stage) -> None:
    application = applied(stage)
    slot = f"software/{application.id}"
    stage.ring_until(TUESDAY + timedelta(days=14, minutes=1))
    for who in ("kim", "gro"):
        assert "Første frist gikk ut 8. desember 2026" in stage.shown(who, slot)
        assert "Ny frist: 15. desember 2026" in stage.shown(who, slot)
    assert not stage.shown("ada", slot)
    stage.ring_until(TUESDAY + timedelta(days=60))
    assert stage.shown("ada", slot)
    assert stage.get(Application, application.id).escalations == 2
    assert "Fristen gikk ut 8. desember 2026" in stage.shown("ada", slot)
    assert [each.act for each in stage.audits] == ["software.escalated", "software.escalated"]
    stage.press("ada", "software.decide", application_id=application.id, verdict="approved")
    assert stage.get(Application, application.id).standing is ProgramState.APPROVED


def test_more_time_moves_the_deadline(stage: Stage) -> None:
    application = applied(stage)
    stage.press("gro", "software.deadline", application_id=application.id, due="2026-12-31")
    stage.ring_until(TUESDAY + timedelta(days=36))
    assert stage.get(Application, application.id).escalations == 0
    stage.ring_until(TUESDAY + timedelta(days=38))
    assert stage.get(Application, application.id).escalations == 1


def test_a_withdrawn_case_is_never_late(stage: Stage) -> None:
    application = applied(stage, "lars")
    stage.press("lars", "software.withdraw", application_id=application.id)
    assert not stage.shown("lea", f"software/{application.id}")
    assert not stage.timers


def test_the_queue_has_the_cases_of_ones_own_forum(stage: Stage) -> None:
    applied(stage)
    of_school = applied(stage, "lars", program="Kahoot")
    stage.press("lea", "software.endorse", application_id=of_school.id)
    seen: dict[str, str] = {}
    for who in ("gro", "rita", "kim"):
        stage.press(who, "software.list")
        seen[who] = stage.shown(who, stage.slots(who)[-1])
    assert ("WinRAR" in seen["gro"], "Kahoot" in seen["gro"]) == (True, False)
    assert ("WinRAR" in seen["rita"], "Kahoot" in seen["rita"]) == (False, True)
    assert ("WinRAR" in seen["kim"], "Kahoot" in seen["kim"]) == (True, True)


def test_pupils_are_assessed_by_the_school_whoever_applies(stage: Stage) -> None:
    application = applied(stage, use="pupils")
    assert (application.sector, application.use) == (Sector.SCHOOL, ProgramUse.PUPILS)
    assert application.standing is ProgramState.WAITING, "nobody leads the unit of the applicant"
    assert "WinRAR" in stage.shown("rita", f"software/{application.id}")
    assert not stage.shown("gro", f"software/{application.id}")


def test_a_guest_cannot_apply(stage: Stage) -> None:
    stage.put(Person(id="guest-1", name="", created_at=TUESDAY))
    assert notice(stage, "guest-1", "software.send", **FULL) == stage.texts("kari")("software.guest")


def test_an_address_without_https_is_completed(stage: Stage) -> None:
    assert applied(stage, link="winrar.example/en").link == "https://winrar.example/en"


def test_an_applicant_is_shown_their_application_before_they_fill_in_the_form_again(stage: Stage) -> None:
    application = applied(stage)
    stage.press("kari", "software.apply", program="winrar")
    slot = stage.slots("kari")[-1]
    assert stage.buttons("kari", slot) == ["software.withdraw"]
    stage.press("kari", "software.ask", program="winrar")
    buttons = stage.buttons("kari", stage.slots("kari")[-1])
    assert "software.mine" in buttons
    assert "software.apply" not in buttons
    assert application.pending


def test_guests_are_not_offered_to_apply(stage: Stage) -> None:
    stage.put(Person(id="guest-1", name="", created_at=TUESDAY))
    stage.press("guest-1", "software.ask", program="Superquizzen")
    slot = stage.slots("guest-1")[-1]
    assert "software.apply" not in stage.buttons("guest-1", slot)
    assert stage.texts("guest-1")("software.unknown.guest") in stage.shown("guest-1", slot)


def test_a_manager_who_agreed_is_told_so_as_you(stage: Stage) -> None:
    application = applied(stage, "lars")
    stage.press("lea", "software.endorse", application_id=application.id)
    slot = f"software/{application.id}"
    assert stage.texts("lea")("software.manager_agrees.you") in stage.shown("lea", slot)
    assert stage.texts("rita")("software.manager_agrees") in stage.shown("rita", slot)


def test_a_pupils_name_is_warned_about_before_it_is_sent(stage: Stage) -> None:
    reason = "Eleven Ola Blåklokke trenger hjelp til å lese."
    stage.press("lars", "software.send", **{**FULL, "reason": reason})
    assert stage.all(Application) == []
    slot = stage.slots("lars")[-1]
    shown = stage.shown("lars", slot)
    assert stage.texts("lars")("warned.pupil") in shown
    assert reason in str(stage.posts["lars", slot]), "the form has what was written"
    data = next(action["data"] for to, where, action in stage.presses() if (to, where) == ("lars", slot))
    other = f"{reason} Han har diabetes."
    stage.press("lars", "software.send", slot=slot, **{**data, **FULL, "reason": other})
    assert stage.all(Application) == [], "other words than those shown"
    stage.press("lars", "software.send", slot=slot, **{**data, **FULL, "reason": reason})
    assert [each.reason for each in stage.all(Application)] == [reason]


@pytest.mark.parametrize(
    "written",
    [
        {"program": "Odd Hansen har diabetes"},
        {"link": "https://a.example/?q=Odd%20Hansen%20har%20diabetes"},
        {"reason": "Odd Hansen", "users": "har diabetes"},
        {"reason": "Det brenner! Odd Hansen har diabetes"},
    ],
)
def test_every_text_of_an_application_is_reviewed_alone_and_together(stage: Stage, written: dict[str, str]) -> None:
    stage.press("lars", "software.send", **{**FULL, **written})
    assert stage.all(Application) == []
    assert stage.texts("lars")("warned.health") in stage.shown("lars", stage.slots("lars")[-1])


def test_a_listed_programs_assessment_begins_with_no_list_number(stage: Stage) -> None:
    stage.press("gro", "software.assess", program_id="zoom", status="approved", sector="", use="staff", seen="0")
    stage.press("kari", "software.ask", program_id="zoom", program="Zoom")
    shown = stage.shown("kari", stage.slots("kari")[-1])
    assert "24.\N{NO-BREAK SPACE}november 2026, gjelder til" in shown


def test_the_card_of_a_school_says_that_it_is_about_staff(stage: Stage) -> None:
    for who, said in (("lars", True), ("kari", False)):
        stage.press(who, "software.ask", program_id="zoom", program="Zoom")
        shown = stage.shown(who, stage.slots(who)[-1])
        assert (stage.texts(who)("software.for_staff") in shown) is said


def test_the_fields_of_the_cards_say_what_belongs_into_them(stage: Stage) -> None:
    stage.press("kari", "software.apply", program="WinRAR")
    fields = inputs_of(stage, "kari", stage.slots("kari")[-1])
    assert [id_ for id_, field in fields.items() if field.get("isMultiline")] == ["reason"]
    assert {id_ for id_, field in fields.items() if field.get("isRequired")} >= {"reason", "users", "personal_data"}
    stage.press("lars", "software.apply", program="WinRAR")
    fields = inputs_of(stage, "lars", stage.slots("lars")[-1])
    assert {id_ for id_, field in fields.items() if field.get("style") == "expanded"} == {"use", "personal_data"}
    [action] = stage.posts["lars", stage.slots("lars")[-1]].card["actions"]
    assert (action["title"], action["style"]) == (stage.texts("lars")("software.send"), "positive")
    asked = applied(stage, "lars")
    first, second = stage.posts["lea", f"software/{asked.id}"].card["actions"]
    assert (first["title"], first["style"]) == (stage.texts("lea")("software.endorse"), "positive")
    assert "style" not in second
    application = applied(stage)
    fields = inputs_of(stage, "gro", f"software/{application.id}")
    assert {*fields} == {"word", "alternative"}
    assert fields["word"]["isMultiline"]
    hints = str(stage.posts["gro", f"software/{application.id}"].card)
    for key in ("software.word_hint", "software.alternative_hint"):
        assert stage.texts("gro")(key) in hints


def inputs_of(stage: Stage, who: str, slot: str) -> dict[str, Any]:
    def within(element: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(element, dict):
            if str(element.get("type")).startswith("Input."):
                yield element["id"], element
            for part in element.values():
                yield from within(part)
        if isinstance(element, list):
            for part in element:
                yield from within(part)

    return dict(within(stage.posts[who, slot].card))
