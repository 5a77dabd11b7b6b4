"""Passing on to anyone found by name, unit or topic, and the overseers' view of what is open."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dialogs.core.person import Role
from dialogs.handoff.transitions import Status, Transition
from knowledge.organisation.nearest import Absence
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, alter, ambassador, asked, enlist, handoff, person, stage


def crowd() -> Stage:
    """Return the town with a dozen nearer ambassadors, and one far away who knows Citrix."""
    scene = stage()
    for n in range(12):
        enlist(scene, ambassador(f"nabo{n:02}", "nord"))
    enlist(scene, replace(ambassador("sten", "skole"), name="Ambassadør Stensrud", topics=frozenset({"citrix"})))
    scene.put(replace(person("sten", "skole", Role.AMBASSADOR), name="Ambassadør Stensrud"))
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Admin Adm"))
    return scene


def holder(scene: Stage, id_: str) -> str:
    return handoff(scene, id_).helper_id or ""


def found(scene: Stage, who: str, id_: str, words: str, note: str = "") -> str:
    scene.press(who, "handoff.pass_find", handoff_id=id_, words=words, note=note)
    return scene.shown(who, f"handoff/{id_}/pass")


@pytest.mark.parametrize(
    "words", ["stensrud", "Stensrød", "skole", "citrix"], ids=["name", "misspelt", "unit", "topic"]
)
def test_those_beyond_the_nearest_are_found_by_name_unit_and_topic(words: str) -> None:
    scene = crowd()
    id_ = asked(scene)
    scene.press(holder(scene, id_), "handoff.pass_card", handoff_id=id_)
    assert "Stensrud" not in scene.shown(holder(scene, id_), f"handoff/{id_}/pass")
    assert "Ambassadør Stensrud" in found(scene, holder(scene, id_), id_, words)


def test_contacts_are_found_too_and_get_it_as_contacts_with_the_note() -> None:
    scene = crowd()
    scene.put(person("kine", "skole", Role.CONTACT, name="Kontakt Kine"))
    id_ = asked(scene)
    by = holder(scene, id_)
    assert "Kontakt Kine" in found(scene, by, id_, "kine", note="Hun kjenner saken")
    scene.press(by, "handoff.pass", handoff_id=id_, colleague_id="kine", note="Hun kjenner saken")
    after = handoff(scene, id_)
    assert (after.status, after.assignment.contacts) == (Status.ESCALATED, ("kine",))
    assert "Hun kjenner saken" in scene.shown("kine", f"handoff/{id_}/note/1")
    assert by in after.assignment.declined
    assert "gitt til deg" in scene.shown("kine", f"handoff/{id_}/offer"), "it is not that nobody could take it"
    assert "Ingen ambassadør" not in scene.shown("kari", f"handoff/{id_}/status")
    assert "handoff.accept" in scene.buttons("kine", f"handoff/{id_}/offer")
    scene.ring_until(TUESDAY + timedelta(days=3))
    assert set(handoff(scene, id_).assignment.contacts) == {"kim", "kine"}, "the other one hears of it, if it stays"


def test_a_note_goes_to_the_one_who_gets_it_and_numbers_in_it_are_masked() -> None:
    scene = crowd()
    id_ = asked(scene)
    by = holder(scene, id_)
    scene.press(by, "handoff.pass", handoff_id=id_, colleague_id="sten", note="Gjelder 15076500565")
    shown = scene.shown("sten", f"handoff/{id_}/note/1")
    assert "Gjelder" in shown
    assert "15076500565" not in shown
    assert scene.slots("kari", f"handoff/{id_}/note") == []
    assert handoff(scene, id_).assignment.offered_to == "sten"


def test_who_cannot_get_it_is_named_with_the_reason_and_not_offered() -> None:
    scene = crowd()
    alter(scene, "sten", absences=(Absence(first_day=date(2026, 11, 1), last_day=date(2026, 12, 1)),))
    id_ = asked(scene)
    by = holder(scene, id_)
    shown = found(scene, by, id_, "stensrud")
    assert "Ambassadør Stensrud" in shown
    assert "Borte" in shown
    assert scene.press(by, "handoff.pass", handoff_id=id_, colleague_id="sten").notice
    assert holder(scene, id_) == by


def test_a_search_without_a_result_says_so_and_keeps_the_words() -> None:
    scene = crowd()
    id_ = asked(scene)
    assert "«qqqq»" in found(scene, holder(scene, id_), id_, "qqqq")


def test_nobody_of_another_municipality_nor_the_asker_is_found() -> None:
    scene = crowd()
    enlist(scene, ambassador("kari", "nord"))
    id_ = asked(scene)
    by = holder(scene, id_)
    assert "Ambassadør Dag" not in found(scene, by, id_, "dag")
    assert "Ambassadør Kari" not in found(scene, by, id_, "kari")
    for outsider in ("dag", "kari", "ola"):
        assert scene.press(by, "handoff.pass", handoff_id=id_, colleague_id=outsider).notice
    assert holder(scene, id_) == by


def test_one_who_refused_can_be_chosen_by_nobody() -> None:
    scene = crowd()
    id_ = asked(scene)
    scene.press(holder(scene, id_), "handoff.pass", handoff_id=id_, colleague_id="sten")
    scene.press("sten", "handoff.decline", handoff_id=id_)
    for who in (holder(scene, id_), "adm"):
        assert "Har sagt nei til spørsmålet" in found(scene, who, id_, "stensrud")
        assert "'value': 'sten'" not in str(scene.posts[who, f"handoff/{id_}/pass"].card)
        outcome = scene.press(who, "handoff.pass", handoff_id=id_, colleague_id="sten")
        assert outcome.notice == scene.texts(who)("handoff.refused.refused_before")


# What is open


@pytest.mark.parametrize("who", ["adm", "kim"])
def test_admin_and_contact_see_what_is_open_and_overdue_without_the_words(who: str) -> None:
    scene = crowd()
    first = asked(scene, question="Hemmelige ord")
    scene.press(holder(scene, first), "handoff.accept", handoff_id=first)
    asked(scene, "ola", question="Andre ord")
    asked(scene, "per", question="I Storvik")
    scene.ring_until(TUESDAY + timedelta(days=2))
    asked(scene, "ola", question="Ferske ord")
    scene.press(who, "handoff.open")
    shown = scene.shown(who, scene.slots(who, "handoff/open")[0])
    assert "3 åpne, 2 over fristen." in shown
    assert "Hjemmetjenesten Nord" in shown
    assert "Skulle hatt svar onsdag 25. november" in shown
    assert "Hos kontakten" in shown
    assert "Lovet svar innen" in shown
    for words in ("Hemmelige", "Andre", "Ferske", "Storvik", "Bryggen", "Kari"):
        assert words not in shown
    assert [audit.act for audit in scene.audits][-1] == "handoff.open"


@pytest.mark.parametrize("who", ["kari", "ana", "dag"])
def test_others_see_and_assign_nothing(who: str) -> None:
    scene = crowd()
    scene.put(person("siv", "bryggen", Role.ADMIN, Role.CONTACT, municipality_id="storvik"))
    id_ = asked(scene, "ola")
    before = handoff(scene, id_)
    assert scene.press(who, "handoff.open").notice
    assert scene.slots(who, "handoff/open") == []
    for stranger in (who, "siv"):
        if stranger != before.helper_id:
            assert scene.press(stranger, "handoff.pass", handoff_id=id_, colleague_id="sten").notice
    assert handoff(scene, id_) == before


def test_an_admin_gives_an_open_question_to_somebody_without_reading_it() -> None:
    scene = crowd()
    id_ = asked(scene, question="Hemmelige ord")
    before = holder(scene, id_)
    scene.press("adm", "handoff.pass_card", handoff_id=id_)
    assert "Hemmelige" not in scene.shown("adm", f"handoff/{id_}/pass")
    scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id="sten", note="Kan du?")
    after = handoff(scene, id_)
    assert after.assignment.offered_to == "sten"
    assert before not in after.assignment.declined, "it was taken from them, they did not say no"
    assert Transition.ASSIGNED in {entry.what for entry in after.history}
    assert "Kan du?" in scene.shown("sten", f"handoff/{id_}/note/1")
    assert scene.buttons(before, f"handoff/{id_}/offer") == []
    assert scene.buttons("adm", f"handoff/{id_}/pass") == []
    assert "handoff.assigned" in [audit.act for audit in scene.audits]


def test_what_waits_in_the_queue_or_with_nobody_can_be_given_to_a_contact() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN))
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, capacity=1)
    for asker in ("ola", "ola", "ola"):
        asked(scene, asker)
    id_ = asked(scene)
    assert handoff(scene, id_).status is Status.WAITING
    scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id="kim")
    assert handoff(scene, id_).assignment.contacts == ("kim",)
    assert handoff(scene, id_).next_at is not None


def test_an_accepted_question_stays_with_its_owner_and_ones_own_cannot_be_given() -> None:
    scene = crowd()
    id_ = asked(scene)
    scene.press(holder(scene, id_), "handoff.accept", handoff_id=id_)
    before = handoff(scene, id_)
    assert scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id="sten").notice
    assert handoff(scene, id_) == before
    own = asked(scene, "adm")
    assert scene.press("adm", "handoff.pass", handoff_id=own, colleague_id="sten").notice
    assert handoff(scene, own).assignment.offered_to != "sten"


def test_an_owner_may_pass_on_what_they_accepted() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="kim", note="Dette er for deg")
    assert handoff(scene, id_).assignment.contacts == ("kim",)
    assert "Dette er for deg" in scene.shown("kim", f"handoff/{id_}/note/1")


def test_assigned_to_the_one_that_has_it_it_comes_to_them_as_one_new_message() -> None:
    scene = crowd()
    id_ = asked(scene, "ola")
    holder_id = holder(scene, id_)
    scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id=holder_id)
    assert handoff(scene, id_).assignment.offered_to == holder_id
    assert scene.slots(holder_id, f"handoff/{id_}/offer") == [f"handoff/{id_}/offer/2"]
    assert "handoff.accept" in scene.buttons(holder_id, f"handoff/{id_}/offer/2")
