"""A decision: it changes the list at once, is never overwritten unseen, and reaches all who asked."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dialogs.core.person import Role
from dialogs.rollout.software.lookup import interests
from dialogs.rollout.software.model import Application, ProgramInterest, ProgramState
from dialogs.rollout.software.register.entry import ProgramEntry, RegisterEdition
from dialogs.rollout.software.reviewers import next_assessment
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import ProgramUse
from knowledge.software.register import Forum
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import person
from tests.unit.rollout.program_scene import FULL, SIGNAL, ZOOM, applied, program_stage, published, status_of


@pytest.fixture
def stage() -> Stage:
    return program_stage()


def decide(stage: Stage, who: str, application: Application, verdict: str, **data: Any) -> Any:
    given = {"word": "Fordi.", **data}
    return stage.press(who, "software.decide", application_id=application.id, verdict=verdict, **given)


@pytest.mark.parametrize(
    ("verdict", "state", "status"),
    [
        ("approved", ProgramState.APPROVED, "approved"),
        ("conditions", ProgramState.CONDITIONS, "conditions"),
        ("declined", ProgramState.DECLINED, "rejected"),
    ],
)
def test_a_decision_lists_the_program_with_its_reason(
    stage: Stage, verdict: str, state: ProgramState, status: str
) -> None:
    application = applied(stage)
    decide(stage, "gro", application, verdict)
    assert stage.get(Application, application.id).standing is state
    assert status_of(stage, "WinRAR") == status
    stage.press("nils", "software.ask", program="winrar")
    shown = stage.shown("nils", stage.slots("nils")[-1])
    assert stage.texts("nils")(f"software.status.{status}") in shown
    assert "Fordi." in shown
    assert [(each.act, each.by) for each in stage.audits] == [(f"software.{state}", "gro")]
    assert dict(stage.audits[0].details)["list"] == "all/staff@lillevik"


def test_the_named_program_shows_a_decision_before_the_register_is_read_again(stage: Stage) -> None:
    application = applied(stage, program="Zoom")
    decide(stage, "gro", application, "approved")
    stage.press("nils", "software.ask", program="zoom")
    assert stage.texts("nils")("software.status.approved") in stage.shown("nils", stage.slots("nils")[-1])


@pytest.mark.parametrize("verdict", ["approved", "conditions"])
def test_an_approved_program_says_how_to_get_it(verdict: str) -> None:
    stage = program_stage(programs=(replace(ZOOM, where={Language.NB: "Firmaportalen"}),))
    application = applied(stage, program="Zoom")
    decide(stage, "gro", application, verdict)
    slot = f"software/{application.id}/own/decided"
    assert "Firmaportalen" in stage.posts["kari", slot].text
    assert "Firmaportalen" in str(stage.posts["kari", slot].card)
    assert "handoff.start" not in stage.buttons("kari", slot)
    stage.press("kari", "software.mine")
    assert "Firmaportalen" in str(stage.posts["kari", stage.slots("kari", "software/")[-1]].card)


def test_an_approved_program_that_nobody_said_how_to_get_leads_to_a_colleague(stage: Stage) -> None:
    application = applied(stage)
    decide(stage, "gro", application, "approved", word="")
    slot = f"software/{application.id}/own/decided"
    assert "usikker på hvordan du får det" in stage.shown("kari", slot)
    assert "handoff.start" in stage.buttons("kari", slot)
    published(stage)
    stage.press("kari", "software.ask", program="WinRAR")
    looked_up = stage.slots("kari", "software/")[-1]
    assert "handoff.start" in stage.buttons("kari", looked_up)


def test_a_declined_program_says_nothing_of_how_to_get_it() -> None:
    stage = program_stage(programs=(replace(ZOOM, where={Language.NB: "Firmaportalen"}),))
    application = applied(stage, program="Zoom")
    decide(stage, "gro", application, "declined")
    slot = f"software/{application.id}/own/decided"
    assert "Firmaportalen" not in str(stage.posts["kari", slot])
    assert "handoff.start" not in stage.buttons("kari", slot)


def test_the_applicant_and_the_reviewers_see_what_to_use_instead(stage: Stage) -> None:
    application = applied(stage)
    decide(stage, "gro", application, "declined", alternative="Signal")
    instead = stage.texts("kari")("software.instead", program="Signal")
    assert instead in stage.shown("kari", f"software/{application.id}/own/decided")
    assert instead in stage.shown("gunn", f"software/{application.id}")
    stage.press("kari", "software.mine")
    assert instead in stage.shown("kari", stage.slots("kari", "software/")[-1])


def test_a_decision_counts_in_its_municipality_and_on_its_list_only(stage: Stage) -> None:
    application = applied(stage, program="Zoom")
    decide(stage, "gro", application, "approved")
    assert status_of(stage, "Zoom") == "approved"
    assert status_of(stage, "Zoom", municipality="storvik") == "review"
    assert status_of(stage, "Zoom", sector=Sector.SCHOOL) is None
    assert status_of(stage, "Zoom", use=ProgramUse.PUPILS) is None


def test_a_new_program_of_one_municipality_is_unknown_to_others(stage: Stage) -> None:
    decide(stage, "gro", applied(stage), "approved")
    register = published(stage)
    assert [each.id for each in register.called("WinRAR", "lillevik")] == ["lillevik.winrar"]
    assert register.called("WinRAR", "storvik") == ()


def test_the_providers_decision_counts_for_everyone(stage: Stage) -> None:
    stage.put(person("drude", "drift-it", municipality_id="drift", registered=True))
    decide(stage, "dina", applied(stage, "drude"), "approved")
    assert [status_of(stage, "WinRAR", municipality=each) for each in ("lillevik", "storvik")] == ["approved"] * 2


def test_a_school_decides_for_staff_and_for_pupils_apart(stage: Stage) -> None:
    for use in ("pupils", "staff"):
        application = applied(stage, "lars", program="Kahoot", use=use)
        stage.press("lea", "software.endorse", application_id=application.id)
        decide(stage, "rita", application, "declined" if use == "pupils" else "approved")
    assert status_of(stage, "Kahoot", sector=Sector.SCHOOL) == "approved"
    assert status_of(stage, "Kahoot", use=ProgramUse.PUPILS) == "rejected"
    assert status_of(stage, "Kahoot") is None, "health has not assessed it"


def test_a_decision_has_the_day_of_the_next_assessment(stage: Stage) -> None:
    decide(stage, "gro", applied(stage), "approved", review_by="2027-05-01")
    decide(stage, "gro", applied(stage, program="Fiken"), "approved")
    days = [entry.assessments[0].review_by for entry in stage.all(ProgramEntry)]
    assert days == [date(2028, 11, 24), date(2027, 5, 1)]


@pytest.mark.parametrize(
    ("verdict", "data", "key"),
    [
        ("declined", {"word": ""}, "software.word_needed"),
        ("conditions", {"word": " "}, "software.word_needed"),
        ("approved", {"review_by": "2026-11-24"}, "software.bad_date"),
        ("approved", {"review_by": "2027-02-29"}, "software.bad_date"),
        ("approved", {"review_by": "0001-01-01"}, "software.bad_date"),
        ("", {}, "ask.old_card"),
        ("withdrawn", {}, "ask.old_card"),
        ("with_manager", {}, "ask.old_card"),
    ],
)
def test_a_bad_decision_is_refused(stage: Stage, verdict: str, data: dict[str, str], key: str) -> None:
    application = applied(stage)
    outcome = decide(stage, "gro", application, verdict, **data)
    assert outcome.notice == stage.texts("gro")(key, field=stage.texts("gro")("software.next_assessment"))
    assert not outcome.changed
    assert stage.all(ProgramEntry) == []


def test_another_program_to_use_must_be_known(stage: Stage) -> None:
    application = applied(stage)
    outcome = decide(stage, "gro", application, "declined", alternative="Nowhere")
    assert "Nowhere" in outcome.notice
    assert not outcome.changed
    decide(stage, "gro", application, "declined", alternative="signal")
    published(stage)
    stage.press("nils", "software.ask", program="WinRAR")
    slot = stage.slots("nils")[-1]
    assert stage.texts("nils")("software.instead", program="Signal") in stage.shown("nils", slot)


# Two at once


def test_the_second_reviewer_sees_the_first_decision_with_its_reason(stage: Stage) -> None:
    application = applied(stage)
    decide(stage, "gro", application, "declined", word="Utrygt.")
    outcome = decide(stage, "gunn", application, "approved")
    assert not outcome.changed
    assert "Utrygt." in outcome.notice
    assert status_of(stage, "WinRAR") == "rejected"


def test_of_two_at_once_one_decides_and_the_other_is_shown_it(stage: Stage) -> None:
    application = applied(stage)
    outcomes = stage.race(
        stage.pressing("gro", "software.decide", application_id=application.id, verdict="declined", word="Utrygt."),
        stage.pressing("gunn", "software.decide", application_id=application.id, verdict="approved"),
    )
    assert [each.changed for each in outcomes] == [True, False]
    assert "Utrygt." in outcomes[1].notice
    assert status_of(stage, "WinRAR") == "rejected"
    assert len(stage.audits) == 1


def test_two_applications_for_one_program_are_settled_by_one_decision(stage: Stage) -> None:
    first, second = applied(stage), applied(stage, "nils", program="win rar")
    other = applied(stage, "nils", program="Fiken")
    outcomes = stage.race(
        stage.pressing("gro", "software.decide", application_id=first.id, verdict="declined", word="Utrygt."),
        stage.pressing("gunn", "software.decide", application_id=second.id, verdict="approved"),
    )
    assert [each.changed for each in outcomes] == [True, False]
    for application in (first, second):
        assert stage.get(Application, application.id).standing is ProgramState.DECLINED
    assert stage.get(Application, other.id).pending
    assert "Utrygt." in stage.shown("nils", f"software/{second.id}/own/decided")


def test_a_case_made_before_another_decision_is_looked_at_again(stage: Stage) -> None:
    application = applied(stage)
    stage.now += timedelta(hours=1)
    decide(stage, "gro", application, "approved")
    published(stage)
    stage.now += timedelta(hours=1)
    again = applied(stage, "nils", program="WinRAR")
    slot = f"software/{again.id}"
    seen = next(
        action["data"]["seen"]
        for to, at, action in stage.presses()
        if (to, at) == ("gro", slot) and "seen" in action["data"]
    )
    decide(stage, "gunn", again, "declined", seen=seen)
    assert status_of(stage, "WinRAR") == "rejected"
    stage.now += timedelta(hours=1)
    third = applied(stage, "kari", program="WinRAR")
    stale = decide(stage, "gro", third, "approved", seen=seen)
    assert not stale.changed
    assert stage.texts("gro")("software.status.rejected") in stale.notice
    assert status_of(stage, "WinRAR") == "rejected"


def test_every_change_has_an_edition_of_its_own(stage: Stage) -> None:
    one, two = applied(stage), applied(stage, program="Fiken")
    stage.race(
        stage.pressing("gro", "software.decide", application_id=one.id, verdict="approved"),
        stage.pressing("gunn", "software.decide", application_id=two.id, verdict="approved"),
    )
    assert stage.get(RegisterEdition, RegisterEdition.ID).number == 2
    assert sorted(each.edition for each in stage.all(ProgramEntry)) == [1, 2]


# Those who asked


def asked(stage: Stage, who: str, name: str = "WinRAR", **data: Any) -> None:
    stage.press(who, "software.ask", program=name, **data)


def test_those_who_asked_are_notified_once(stage: Stage) -> None:
    asked(stage, "nils", "win-rar")
    asked(stage, "nils", "winrar")
    assert stage.texts("nils")("software.will_tell_unlisted") in stage.shown("nils", stage.slots("nils")[-1])
    assert len(stage.all(ProgramInterest)) == 1
    decide(stage, "gro", applied(stage), "conditions", word="Bare lokale filer.")
    stage.ring_until(stage.now)
    slot = "software/asked:lillevik.winrar"
    assert "Bare lokale filer." in stage.shown("nils", slot)
    assert stage.all(ProgramInterest) == []
    assert not stage.shown("kari", slot), "the applicant has the decision"


def test_an_applicant_who_asked_before_has_the_decision_once(stage: Stage) -> None:
    asked(stage, "kari", "winrar")
    asked(stage, "nils", "winrar")
    application = applied(stage)
    decide(stage, "gro", application, "approved")
    stage.ring_until(stage.now)
    assert stage.shown("kari", f"software/{application.id}/own/decided")
    assert not stage.shown("kari", "software/asked:lillevik.winrar")
    assert stage.shown("nils", "software/asked:lillevik.winrar")
    assert stage.all(ProgramInterest) == []


def test_an_applicant_whom_the_manager_declined_is_notified_of_a_later_decision(stage: Stage) -> None:
    asked(stage, "lars", "winrar")
    first = applied(stage, "lars")
    stage.press("lea", "software.turn_down", application_id=first.id, word="Ikke nå.")
    stage.now += timedelta(days=1)
    assessed = {"program_id": "lillevik.winrar", "status": "approved", "sector": "school", "use": "staff", "seen": "1"}
    stage.press("gro", "software.save_program", name="WinRAR")
    stage.press("rita", "software.assess", **assessed)
    stage.ring_until(stage.now)
    assert stage.shown("lars", "software/asked:lillevik.winrar")


@pytest.mark.parametrize("who", ["gro", "kim"])
def test_no_reviewer_decides_on_their_own_application(stage: Stage, who: str) -> None:
    own = applied(stage, who)
    outcome = decide(stage, who, own, "approved")
    assert outcome.notice == stage.texts(who)("software.own_application")
    assert stage.get(Application, own.id).pending
    decide(stage, "gunn", own, "approved")
    assert stage.get(Application, own.id).standing is ProgramState.APPROVED


@pytest.mark.parametrize(("who", "offered"), [("gunn", 3), ("gro", 0)])
def test_only_who_may_decide_a_case_is_offered_it_and_only_until_it_is_decided(
    stage: Stage, who: str, offered: int
) -> None:
    own = applied(stage, "gro")

    def offers() -> int:
        stage.press(who, "software.open", application_id=own.id)
        return stage.buttons(who, stage.slots(who)[-1]).count("software.decide")

    assert offers() == offered
    decide(stage, "gunn", own, "approved")
    assert offers() == 0


def test_a_contact_does_not_agree_to_their_own_application_in_place_of_a_late_manager(stage: Stage) -> None:
    stage.put(person("kent", "trinn", Role.CONTACT, registered=True))
    own = applied(stage, "kent")
    stage.ring_until(stage.now + timedelta(days=8))
    assert stage.get(Application, own.id).escalations == 1
    assert stage.press("kent", "software.endorse", application_id=own.id).notice == stage.texts("kent")(
        "software.own_application"
    )
    stage.press("kim", "software.endorse", application_id=own.id)
    assert stage.get(Application, own.id).standing is ProgramState.WAITING


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 11, 27), 12, date(2027, 11, 27)),
        (date(2026, 11, 27), 24, date(2028, 11, 27)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_the_next_assessment_is_calendar_months_later(stage: Stage, day: date, months: int, end: date) -> None:
    register = replace(stage.content.register, forums=(Forum(months=months),))
    assert next_assessment(replace(stage.content, register=register), None, day) == end


def test_a_listed_program_without_a_decision_is_followed_too(stage: Stage) -> None:
    asked(stage, "nils", "zoom")
    asked(stage, "siv", "zoom")
    decide(stage, "gro", applied(stage, program="Zoom"), "approved")
    stage.ring_until(stage.now)
    assert stage.shown("nils", "software/asked:zoom")
    assert not stage.shown("siv", "software/asked:zoom"), "another municipality decides for itself"
    assert [each.person_id for each in stage.all(ProgramInterest)] == ["siv"]


def test_who_reads_another_list_goes_on_waiting(stage: Stage) -> None:
    asked(stage, "lars")
    decide(stage, "gro", applied(stage), "approved")
    stage.ring_until(stage.now)
    assert not stage.shown("lars", "software/asked:lillevik.winrar")
    assert len(stage.all(ProgramInterest)) == 1


@pytest.mark.parametrize("name", ["Signal", "noe å pakke ut arkiver med på jobb"])
def test_a_decided_program_and_a_sentence_are_not_followed(stage: Stage, name: str) -> None:
    asked(stage, "nils", name)
    assert stage.all(ProgramInterest) == []


def test_who_asks_about_a_program_that_is_applied_for_is_told_so(stage: Stage) -> None:
    def told(who: str, name: str, by: str = "colleague", **data: Any) -> bool:
        asked(stage, who, name, **data)
        return stage.texts(who)(f"software.applied_by.{by}") in stage.shown(who, stage.slots(who)[-1])

    assert not told("nils", "Win-RAR")
    first = applied(stage)
    applied(stage, program="Zoom")
    assert told("nils", "Win-RAR")
    assert told("nils", "zoom")
    assert told("kari", "winrar", "you")
    assert not told("nils", "signal"), "decided"
    assert not told("nils", "winrar", use="pupils"), "another list"
    assert not told("lars", "winrar"), "another forum"
    assert not told("siv", "winrar"), "another municipality"
    decide(stage, "gro", first, "approved")
    assert not told("nils", "winrar")


def test_an_unlisted_name_near_a_listed_one_is_followed(stage: Stage) -> None:
    asked(stage, "nils", "Zoomly")
    card = stage.shown("nils", stage.slots("nils")[-1])
    assert "Zoom:" in card
    assert stage.texts("nils")("software.will_tell_named", program="Zoomly") in card
    decide(stage, "gro", applied(stage, program="Zoomly"), "approved")
    stage.ring_until(stage.now)
    assert stage.shown("nils", "software/asked:lillevik.zoomly")


def test_a_purpose_that_a_listed_program_has_is_not_followed() -> None:
    stage = program_stage(programs=(ZOOM, replace(SIGNAL, purpose={Language.NB: "Sende meldinger"})))
    asked(stage, "nils", "sende meldinger")
    assert "Signal" in stage.shown("nils", stage.slots("nils")[-1])
    assert stage.all(ProgramInterest) == []


def test_a_person_may_decline_the_notice(stage: Stage) -> None:
    asked(stage, "nils")
    [interest] = stage.all(ProgramInterest)
    stage.press("kari", "software.stop_telling", interest_id=interest.id)
    assert stage.all(ProgramInterest) == [interest]
    slot = stage.slots("nils")[-1]
    assert "software.stop_telling" in stage.buttons("nils", slot)
    outcome = stage.press("nils", "software.stop_telling", slot=slot, interest_id=interest.id)
    assert stage.all(ProgramInterest) == []
    assert outcome.notice == stage.texts("nils")("software.not_told", program=interest.program)
    assert "software.stop_telling" not in stage.buttons("nils", slot)
    assert stage.texts("nils")("software.will_tell_unlisted") not in stage.shown("nils", slot)
    assert "software.apply" in stage.buttons("nils", slot)


def test_one_person_has_only_so_many_interests(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interests, "MAX_INTERESTS", 3)
    for number in range(6):
        stage.now += timedelta(minutes=1)
        asked(stage, "nils", f"Kvikkly{number}")
    assert sorted(each.program for each in stage.all(ProgramInterest)) == ["Kvikkly3", "Kvikkly4", "Kvikkly5"]


def test_many_are_notified_in_portions(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interests, "PORTION", 1)
    stage.put(*(person(f"nora{number}", "nord", registered=True) for number in range(3)))
    for number in range(3):
        asked(stage, f"nora{number}")
    decide(stage, "gro", applied(stage), "approved")
    stage.ring_until(stage.now + timedelta(seconds=1))
    assert all(stage.shown(f"nora{number}", "software/asked:lillevik.winrar") for number in range(3))
    assert stage.all(ProgramInterest) == []


def test_the_note_is_in_the_reviewers_language(stage: Stage) -> None:
    decide(stage, "gro", applied(stage), "approved", word="Hent det selv.")
    [entry] = stage.all(ProgramEntry)
    assert entry.assessments[0].note == {Language.NB: "Hent det selv."}
    assert entry.changed_at == TUESDAY


def test_the_decision_is_a_new_message_and_earlier_cards_have_no_buttons(stage: Stage) -> None:
    stage.press("lars", "software.apply", program="Blooket")
    first = stage.slots("lars")[0]
    stage.press("lars", "software.send", slot=first, **{**FULL, "program": "Blooket"})
    [application] = stage.all(Application)
    texts, slot = stage.texts("lars"), f"software/{application.id}"
    assert texts("software.standing.with_manager") in stage.shown("lars", first)
    stage.press("lea", "software.endorse", application_id=application.id)
    assert texts("software.standing.waiting") in stage.shown("lars", first)
    assert stage.buttons("lars", first) == []
    assert stage.buttons("lars", f"{slot}/own") == ["software.withdraw"]
    before = len(stage.slots("lars"))
    decide(stage, "rita", application, "declined", word="Utrygt.")
    assert len(stage.slots("lars")) == before + 1, "a new message"
    assert stage.slots("lars")[-1] == f"{slot}/own/decided"
    for earlier in (first, f"{slot}/own"):
        assert texts("software.standing.declined") in stage.shown("lars", earlier)
        assert stage.buttons("lars", earlier) == []
        assert "Utrygt." not in stage.shown("lars", earlier)


def test_a_withdrawn_application_can_be_withdrawn_on_no_other_card(stage: Stage) -> None:
    application = applied(stage, "lars")
    stage.press("lea", "software.endorse", application_id=application.id)
    first, second = stage.slots("lars")
    stage.press("lars", "software.withdraw", slot=second, application_id=application.id)
    assert stage.buttons("lars", first) == stage.buttons("lars", second) == []


def test_the_applicant_reads_by_when_the_step_ends(stage: Stage) -> None:
    application = applied(stage)
    texts = stage.texts("kari")
    assert application.due_at is not None
    day = texts.day(application.due_at.date())
    assert texts("software.answer_by", day=day) in stage.shown("kari", stage.slots("kari")[0])
