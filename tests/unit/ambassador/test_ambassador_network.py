"""Ambassadors: finding one, joining, own settings, the desk, tips, thanks and the admin's overview."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.ambassadors.finding import read_place
from dialogs.availability.profile import IMPORT, AmbassadorProfile
from dialogs.availability.worklist import MAX_DONE, Worklist
from dialogs.core.person import Person, Role
from dialogs.handoff.transitions import Status
from knowledge.organisation.nearest import Absence
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Unit
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, alter, asked, handoff, person, stage
from tests.unit.handoff.scene import organisation as town


def led(organisation: Organisation, **changes: Any) -> Organisation:
    """Return the town with a leader for health."""
    units = [
        replace(unit, **changes) if unit.id == "helse" else unit
        for unit in organisation.units()
        if unit.parent_id is not None
    ]
    return Organisation.from_units(municipalities=organisation.municipalities.values(), units=units)


def shown(scene: Stage, who: str, start: str) -> str:
    return " ".join(scene.shown(who, slot) for slot in scene.slots(who, start))


def buttons(scene: Stage, who: str, start: str) -> list[str]:
    return [verb for slot in scene.slots(who, start) for verb in scene.buttons(who, slot)]


# Who is mine?


def test_the_nearest_three_are_shown_with_unit_availability_and_why() -> None:
    scene = stage()
    alter(scene, "bo", absences=(Absence(first_day=date(2026, 11, 1), last_day=date(2026, 12, 1)),))
    alter(scene, "ana", topics=frozenset({"citrix"}))
    scene.press("kari", "ambassador.mine")
    text = shown(scene, "kari", "ambassador/mine")
    assert text.index("Ambassadør Ana") < text.index("Ambassadør Bo") < text.index("Ambassadør Cato")
    assert "Hjemmetjenesten Nord" in text
    assert "Borte" in text
    assert "Citrix" in text
    assert "I enheten din" in text
    assert "Dag" not in text


@pytest.mark.parametrize("shares", [False, True])
def test_never_outside_the_own_municipality(shares: bool) -> None:
    scene = stage(shares=shares)
    scene.press("per", "ambassador.mine")
    text = shown(scene, "per", "ambassador/mine")
    assert "Ambassadør Dag" in text
    assert "Ana" not in text


# What of a named unit?


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("hvem er ambassadør i Hjemmetjenesten Sør?", "sor"),
        ("ambassadør på hjemmetjenesten sør", "sor"),
        ("kven er ambassadør på skolen i Lillevik", "skole"),
        ("who is the ambassador in Storvik", "storvik"),
        ("hvem er ambassadøren min", None),
        ("har vi en ambassadør i avdelingen?", None),
        ("which ambassador do I belong to?", None),
    ],
)
def test_a_unit_or_municipality_is_found_in_the_words(words: str, place: str | None) -> None:
    assert read_place(words, stage().content, "lillevik").get("place") == place


def test_the_nearest_to_a_named_unit_are_shown_without_what_is_relative_to_the_person() -> None:
    scene = stage()
    scene.press("kari", "ambassador.mine", place="skole")
    text = shown(scene, "kari", "ambassador/mine")
    assert "Ambassadørene nærmest Skole" in text
    assert text.index("Ambassadør Cato") < text.index("Ambassadør Ana")
    assert "I enheten din" not in text


@pytest.mark.parametrize("shares", [False, True])
def test_a_unit_of_another_municipality_is_refused_with_the_reason(shares: bool) -> None:
    scene = stage(shares=shares)
    scene.press("kari", "ambassador.mine", place="storvik")
    text = shown(scene, "kari", "ambassador/mine")
    assert "ikke i Storvik kommune" in text
    assert "Ambassadør Ana" in text
    assert "Ambassadør Dag" not in text


def test_an_unknown_unit_is_named_as_unknown() -> None:
    scene = stage()
    found = read_place("hvem er ambassadør på Gokkestad?", scene.content, "lillevik")
    scene.press("kari", "ambassador.mine", **found)
    text = shown(scene, "kari", "ambassador/mine")
    assert "«Gokkestad»" in text
    assert "Ambassadør Ana" in text


# Joining


def test_an_application_goes_to_the_leader_who_approves_with_a_word() -> None:
    scene = stage()
    scene.content = replace(
        scene.content, organisation=led(town(), leader_id="liv", leader_role=LocalisedName(nb="Helsesjef"))
    )
    scene.put(person("liv", "helse", name="Leder Liv"))
    scene.press("kari", "ambassador.apply")
    scene.press("kari", "ambassador.send", topics="mfa,oppdiktet", motive="Jeg liker å hjelpe")
    assert "Jeg liker å hjelpe" in shown(scene, "liv", "ambassador/application")
    assert "Leder Liv" in shown(scene, "kari", "ambassador/apply")
    assert scene.slots("kim") == []
    scene.press("liv", "ambassador.approve", person_id="kari", word="Så bra!")
    profile = scene.get(AmbassadorProfile, "kari").ambassador
    assert profile.active
    assert profile.topics == {"mfa"}
    assert profile.unit_id == "nord"
    assert Role.AMBASSADOR in scene.get(Person, "kari").roles
    assert "Så bra!" in shown(scene, "kari", "ambassador/welcome")
    assert scene.audits
    assert handoff(scene, asked(scene, "ola")).status is Status.OFFERED


def test_a_leader_without_the_bot_gets_it_through_the_contact() -> None:
    scene = stage()
    scene.content = replace(scene.content, organisation=led(town(), leader_role=LocalisedName(nb="Helsesjef")))
    scene.press("kari", "ambassador.send")
    assert "Avklar med Helsesjef" in shown(scene, "kim", "ambassador/application")


def test_both_leaders_by_role_are_asked_and_the_first_verdict_counts() -> None:
    scene = stage()
    scene.put(
        person("liv", "nord", Role.LEADER, name="Leder Liv"),
        person("lars", "nord", Role.LEADER, name="Leder Lars"),
        person("else", "helse", Role.LEADER, name="Leder Else"),
    )
    scene.press("kari", "ambassador.send")
    assert {id_ for id_ in ("liv", "lars", "else", "kim") if scene.slots(id_)} == {"liv", "lars"}
    scene.press("lars", "ambassador.approve", person_id="kari")
    assert "Leder Lars" in scene.press("liv", "ambassador.decline", person_id="kari").notice
    assert scene.get(AmbassadorProfile, "kari").ambassador.active


def test_a_leaders_own_application_goes_to_the_leader_above_and_none_leaves_the_municipality() -> None:
    scene = stage()
    scene.put(
        person("liv", "nord", Role.LEADER, name="Leder Liv"),
        person("else", "helse", Role.LEADER, name="Leder Else"),
        person("stein", "bryggen", Role.LEADER, municipality_id="storvik", name="Leder Stein"),
    )
    scene.press("liv", "ambassador.send")
    assert "Leder Else" in shown(scene, "liv", "ambassador/apply")
    scene.press("else", "ambassador.send")
    assert "Kontakt Kim" in shown(scene, "else", "ambassador/apply"), "no leader above: the contact decides"
    assert scene.slots("stein") == []


def test_a_leader_who_left_or_moved_decides_nothing() -> None:
    scene = stage()
    scene.content = replace(scene.content, organisation=led(town(), leader_id="liv"))
    scene.put(person("liv", "bryggen", Role.LEADER, municipality_id="storvik", name="Leder Liv"))
    scene.press("kari", "ambassador.send")
    assert scene.slots("liv") == []
    assert "Kontakt Kim" in shown(scene, "kari", "ambassador/apply")


def test_only_those_asked_decide_and_only_once() -> None:
    scene = stage()
    scene.press("kari", "ambassador.send")
    for stranger in ("kari", "ola", "ana", "per"):
        outcome = scene.press(stranger, "ambassador.approve", person_id="kari")
        assert outcome.notice
        assert outcome.audits
        assert not outcome.changed
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Admin Adm"))
    decline = scene.pressing("adm", "ambassador.decline", person_id="kari", word="Ikke nå")
    approve = scene.pressing("kim", "ambassador.approve", person_id="kari")
    _, second = scene.race(decline, approve)
    assert "Admin Adm" in second.notice
    assert scene.get(AmbassadorApplication, "kari").standing is ApplicationState.DECLINED
    assert "Ikke nå" in shown(scene, "kari", "ambassador/welcome")
    assert scene.find(AmbassadorProfile, "kari") is None
    assert "Avslått av Admin Adm" in shown(scene, "kim", "ambassador/application")


def test_applying_twice_is_one_application() -> None:
    scene = stage()
    scene.press("kari", "ambassador.send")
    assert scene.press("kari", "ambassador.send").notice
    assert len(scene.slots("kim", "ambassador/application")) == 1


def test_nominating_tells_the_colleague_and_not_whether_there_is_one() -> None:
    scene = stage()
    scene.put(person("nils", "nord", name="Medarbeider Nils", email="nils@lillevik.example"))
    for name in ("Medarbeider  nils", "Finnes Ikke", "Medarbeider Ola"):
        scene.press("kari", "ambassador.nominate", colleague=name)
    answers = {scene.shown("kari", slot) for slot in scene.slots("kari", "ambassador/nominate")}
    assert len(answers) == 1
    assert "Medarbeider Kari" in shown(scene, "nils", "ambassador/invitation")
    assert scene.slots("ola") == [], "another unit is not looked through"


# Settings


def test_settings_are_changed_by_their_owner_and_remembered_with_who_did_it() -> None:
    scene = stage()
    scene.press("ana", "ambassador.save", capacity="5", topics="mfa", languages="nb,en", tips="false")
    profile = scene.get(AmbassadorProfile, "ana")
    assert (profile.ambassador.capacity, profile.ambassador.topics) == (5, {"mfa"})
    assert profile.ambassador.languages == {"nb", "en"}
    assert not profile.tips
    assert profile.history[-1].by == "ana"
    assert "Lagret." in shown(scene, "ana", "ambassador/settings")


@pytest.mark.parametrize("capacity", ["-1", "11", "mange", "1.5", "9" * 400])
def test_a_wrong_number_changes_nothing(capacity: str) -> None:
    scene = stage()
    outcome = scene.press("ana", "ambassador.save", capacity=capacity)
    assert outcome.notice
    assert not outcome.changed


def test_a_number_that_a_file_gave_stays_when_another_setting_is_saved() -> None:
    scene = stage()
    alter(scene, "ana", capacity=20)
    scene.press("ana", "ambassador.settings")
    assert "'value': '20'" in str(scene.posts["ana", scene.slots("ana", "ambassador/settings")[-1]].card)
    scene.press("ana", "ambassador.save", capacity="20", tips="false")
    assert scene.get(AmbassadorProfile, "ana").ambassador.capacity == 20


def test_absence_from_today_moves_open_questions_to_the_substitute() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "ambassador.absence", first_day="2026-11-24", last_day="2026-11-26", substitute_id="cato")
    assert handoff(scene, id_).assignment.offered_to == "cato"
    assert "gikk videre" in shown(scene, "ana", "ambassador/settings")


def test_absence_later_moves_them_when_it_begins() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", "Prøv dette først")
    scene.press("ana", "ambassador.absence", first_day="2026-11-26", last_day="2026-11-27")
    assert handoff(scene, id_).assignment.owner_id == "ana"
    scene.ring_until(TUESDAY + timedelta(days=1, hours=14))
    assert handoff(scene, id_).assignment.owner_id == "ana"
    scene.ring_until(TUESDAY + timedelta(days=1, hours=15, minutes=5))  # a minute past midnight in Norway
    assert handoff(scene, id_).assignment.contacts == ("kim",), "the promised time has passed"


@pytest.mark.parametrize(
    "data",
    [
        {"first_day": "2026-11-26", "last_day": "2026-11-25"},
        {"first_day": "2026-11-01", "last_day": "2026-11-02"},
        {"first_day": "i morgen"},
        {"first_day": "2026-11-26", "last_day": "9999-12-31"},
        {"first_day": "2026-11-26", "last_day": "2026-11-27", "substitute_id": "dag"},
        {"first_day": "2026-11-26", "last_day": "2026-11-27", "substitute_id": "ana"},
    ],
    ids=["backwards", "past", "no date", "forever", "substitute elsewhere", "oneself"],
)
def test_a_wrong_absence_changes_nothing(data: Mapping[str, Any]) -> None:
    scene = stage()
    outcome = scene.press("ana", "ambassador.absence", **data)
    assert outcome.notice
    assert not outcome.changed


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"first_day": "2026-11-26", "last_day": "2026-11-25"}, "kan ikke være før første dag"),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "er passert"),
        ({"first_day": "2026-11-26", "last_day": "2099-12-31"}, "høyst 5 år fram"),
        ({"first_day": "i morgen"}, "Velg en første dag"),
    ],
)
def test_a_wrong_absence_is_refused_with_its_own_reason(data: Mapping[str, Any], fault: str) -> None:
    assert fault in (stage().press("ana", "ambassador.absence", **data).notice or "")


def test_an_absence_gets_a_substitute_later_and_is_removed_alone() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))
    first, second = (
        {"first_day": "2026-11-24", "last_day": "2026-11-26"},
        {"first_day": "2026-12-01", "last_day": "2026-12-02"},
    )
    for days in (first, second):
        scene.press("adm", "ambassador.absence", person_id="ana", **days)
    told = scene.slots("ana", "ambassador/changed")
    scene.press("adm", "ambassador.substitute", person_id="ana", substitute_id="cato", **first)
    absences = scene.get(AmbassadorProfile, "ana").ambassador.absences
    assert [each.substitute_id for each in absences] == ["cato", None]
    assert handoff(scene, asked(scene)).assignment.offered_to == "cato"
    [news] = [slot for slot in scene.slots("ana", "ambassador/changed") if slot not in told]
    assert "24. november 2026 – 26. november 2026 (vikar: Ambassadør Cato)" in scene.posts["ana", news].text
    scene.press("adm", "ambassador.cancel_absence", person_id="ana", **first)
    assert [each.first_day for each in scene.get(AmbassadorProfile, "ana").ambassador.absences] == [date(2026, 12, 1)]
    for verb in ("substitute", "cancel_absence"):
        outcome = scene.press("adm", f"ambassador.{verb}", person_id="ana", **first)
        assert "endret eller fjernet" in (outcome.notice or "")
        assert not outcome.changed
    assert not scene.press("adm", "ambassador.substitute", person_id="ana", substitute_id="dag", **second).changed


def test_the_same_absence_again_replaces_the_first() -> None:
    scene = stage()
    for substitute in ("", "cato"):
        scene.press("ana", "ambassador.absence", first_day="2026-12-01", substitute_id=substitute)
    assert [each.substitute_id for each in scene.get(AmbassadorProfile, "ana").ambassador.absences] == ["cato"]


def test_who_takes_a_colleague_out_is_told_so_and_not_thanked_for_leaving() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))
    scene.press("adm", "ambassador.leave", person_id="ana")
    answer = shown(scene, "adm", "ambassador/settings")
    assert "Ambassadør Ana er tatt ut av ambassadørnettverket." in answer
    assert "Takk for innsatsen" not in answer
    assert "Takk for innsatsen" in scene.posts["ana", scene.slots("ana", "ambassador/changed")[0]].text


def test_an_administrator_reads_in_a_sentence_what_was_saved_or_decided() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))

    def text(slot: str) -> str:
        return scene.posts["adm", scene.slots("adm", slot)[-1]].text

    scene.press("adm", "ambassador.save", person_id="ana", capacity="5")
    assert text("ambassador/settings") == "Innstillingene til Ambassadør Ana er lagret."
    scene.press("kari", "ambassador.send", motive="Gjerne")
    scene.press("adm", "ambassador.approve", person_id="kari")
    assert text("ambassador/application") == (
        "Medarbeider Kari, Hjemmetjenesten Nord, er godkjent som ambassadør av Administrator Lillevik."
    )


def test_own_hours_are_set_and_taken_back() -> None:
    scene = stage()
    scene.press("ana", "ambassador.hours", weekdays="0,2", opens="09:00", closes="12:00")
    hours = scene.get(AmbassadorProfile, "ana").ambassador.office_hours
    assert hours.weekdays == {0, 2}
    assert scene.press("ana", "ambassador.hours", weekdays="0", opens="12:00", closes="09:00").notice
    scene.press("ana", "ambassador.hours", weekdays="0", opens="", closes="")
    assert scene.get(AmbassadorProfile, "ana").ambassador.office_hours is None


def test_pause_and_back() -> None:
    scene = stage()
    scene.press("ana", "ambassador.pause")
    assert handoff(scene, asked(scene)).assignment.offered_to == "bo"
    scene.press("ana", "ambassador.resume")
    assert handoff(scene, asked(scene)).assignment.offered_to == "ana"


def test_more_room_is_used_at_once() -> None:
    scene = stage()
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, capacity=1)
        accepted(scene, helper)
    waiting = asked(scene, "ola")
    assert handoff(scene, waiting).status is Status.WAITING
    scene.press("bo", "ambassador.save", capacity="2")
    assert handoff(scene, waiting).assignment.offered_to == "bo"


def test_leaving_is_one_button_and_nothing_is_left_behind() -> None:
    scene = stage()
    taken, offered = accepted(scene), asked(scene)
    scene.press("ana", "ambassador.leave")
    assert {handoff(scene, taken).assignment.offered_to, handoff(scene, offered).assignment.offered_to} == {"bo"}
    assert scene.get(Worklist, "ana").used_capacity == 0
    assert Role.AMBASSADOR not in scene.get(Person, "ana").roles
    assert "ambassador.apply" in buttons(scene, "ana", "ambassador/settings")


def test_the_admin_may_change_settings_at_home_and_nobody_elses() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN), person("far", "bryggen", Role.ADMIN, municipality_id="storvik"))
    scene.press("adm", "ambassador.save", person_id="ana", capacity="1")
    assert scene.get(AmbassadorProfile, "ana").ambassador.capacity == 1
    assert scene.audits
    for stranger in ("far", "bo", "kari"):
        outcome = scene.press(stranger, "ambassador.save", person_id="ana", capacity="7")
        assert outcome.audits
        assert not outcome.changed


def test_an_ambassador_sees_who_last_changed_the_settings() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))

    def seen_by(who: str) -> str:
        scene.press(who, "ambassador.settings", person_id="ana")
        return scene.shown(who, scene.slots(who, "ambassador/settings")[-1])

    assert "Sist endret" not in seen_by("ana"), "nothing has been changed yet"
    scene.press("adm", "ambassador.save", person_id="ana", capacity="1")
    assert "Sist endret av Administrator Lillevik, tirsdag 24. november" in seen_by("ana")
    assert "Sist endret av deg" in seen_by("adm")
    profile = scene.get(AmbassadorProfile, "ana")
    scene.put(profile.changed("capacity", by=IMPORT, at=scene.now, ambassador=profile.ambassador))
    assert "da registeret ble lest inn" in seen_by("ana")


def test_an_ambassador_is_told_what_an_admin_has_changed() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))

    def told_of(verb: str, **data: Any) -> str:
        before = scene.slots("ana", "ambassador/changed")
        scene.press("adm", f"ambassador.{verb}", person_id="ana", **data)
        assert scene.slots("adm", "ambassador/changed") == []
        new = [slot for slot in scene.slots("ana", "ambassador/changed") if slot not in before]
        return scene.posts["ana", new[0]].text if new else ""

    who = "Administrator Lillevik har endret innstillingene dine som ambassadør."
    assert told_of("save", capacity="1", tips="false") == (
        f"{who}\nÅpne spørsmål på én gang: 1 (før: 3)\nSend meg ukens tips: Nei (før: Ja)"
    )
    assert told_of("save", capacity="1", tips="false") == "", "nothing was changed by it"
    assert told_of("absence", first_day="2026-12-01", last_day="2026-12-02") == (
        f"{who}\nBorte: 1. desember 2026 – 2. desember 2026 (før: –)"
    )
    assert told_of("present") == f"{who}\nBorte: – (før: 1. desember 2026 – 2. desember 2026)"
    assert told_of("pause") == f"{who}\nStatus: Tar en pause (før: Tar imot spørsmål)"
    assert told_of("hours", opens="09:00", closes="12:00", weekdays="0") == (
        f"{who}\nArbeidstid: mandag: 09:00–12:00 (før: –)"
    )
    assert told_of("leave").startswith("Administrator Lillevik har tatt deg ut av ambassadørnettverket.")
    assert told_of("leave") == ""


def test_whoever_changes_their_own_settings_is_not_told_of_it() -> None:
    scene = stage()
    scene.press("ana", "ambassador.save", capacity="1")
    scene.press("ana", "ambassador.leave")
    assert scene.slots("ana", "ambassador/changed") == []


def test_whoever_is_no_ambassador_is_shown_how_to_become_one() -> None:
    scene = stage()
    scene.press("kari", "ambassador.settings")
    assert "ambassador.apply" in buttons(scene, "kari", "ambassador/settings")
    scene.press("kari", "ambassador.desk")
    assert "ambassador.apply" in buttons(scene, "kari", "ambassador/desk")


# The desk


def test_the_desk_is_always_current() -> None:
    scene = stage()
    scene.press("ana", "ambassador.desk")
    assert "Ingenting" in shown(scene, "ana", "ambassador/desk")
    id_ = asked(scene)
    assert "Tilbud til deg (1)" in shown(scene, "ana", "ambassador/desk")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "Venter på deg (1)" in shown(scene, "ana", "ambassador/desk")
    scene.say("ana", "Trykk Del")
    assert "Venter på den som spurte (1)" in shown(scene, "ana", "ambassador/desk")
    scene.say("kari", "Hvor da?")
    assert "Venter på deg (1)" in shown(scene, "ana", "ambassador/desk")
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    assert "Ingenting" in shown(scene, "ana", "ambassador/desk")


def test_an_ambassador_who_has_solved_nothing_yet_is_thanked_and_not_counted() -> None:
    scene = stage()
    scene.press("ana", "ambassador.desk")
    text = shown(scene, "ana", "ambassador/desk")
    assert "Takk for at du stiller opp for kollegene dine!" in text
    assert "Du har løst" not in text


def test_the_desk_shows_what_was_solved_last_and_when() -> None:
    scene = stage()
    for other in ("bo", "cato"):
        alter(scene, other, active=False)
    solved = []
    for number in range(MAX_DONE + 1):
        solved.append(asked(scene, question=f"Hvordan gjør jeg sak {number}?"))
        scene.press("ana", "handoff.accept", handoff_id=solved[-1])
        scene.press("ana", "handoff.resolve", handoff_id=solved[-1], answer="Slik.")
    scene.press("ana", "ambassador.desk")
    text = shown(scene, "ana", "ambassador/desk")
    assert f"Du har løst {MAX_DONE + 1} spørsmål." in text
    assert "24. november 2026, Hjemmetjenesten Nord" in text
    assert [number for number in range(MAX_DONE + 1) if f"sak {number}?" in text] == [*range(1, MAX_DONE + 1)]
    assert text.index(f"sak {MAX_DONE}?") < text.index("sak 1?"), "the newest first"
    assert solved[-1] not in text
    scene.press("kari", "handoff.reopen", handoff_id=solved[-1])
    assert scene.get(Worklist, "ana").done == (solved[2], solved[1])
    assert "Venter på deg (1)" in shown(scene, "ana", "ambassador/desk")


def test_there_is_one_desk_card_and_asking_again_brings_it_down() -> None:
    scene = stage()
    scene.press("ana", "ambassador.desk")
    [first] = scene.slots("ana", "ambassador/desk")
    scene.press("ana", "ambassador.desk", slot=first)
    assert scene.slots("ana", "ambassador/desk") == [first], "refreshed where it is"
    scene.press("ana", "ambassador.desk")
    [second] = scene.slots("ana", "ambassador/desk")
    assert second != first


def test_what_nobody_has_can_be_taken_from_the_queue() -> None:
    scene = stage()
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    scene.press("bo", "ambassador.desk")
    assert "I kø hos dere (1)" in shown(scene, "bo", "ambassador/desk")
    scene.press("bo", "handoff.accept", handoff_id=id_)
    assert handoff(scene, id_).assignment.owner_id == "bo"
    scene.press("dag", "ambassador.desk")
    assert "I kø" not in shown(scene, "dag", "ambassador/desk")


def test_a_full_ambassador_takes_nothing_more_from_the_queue() -> None:
    scene = stage()
    id_ = asked(scene, "ola")
    for helper in ("cato", "ana", "bo"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    alter(scene, "ana", capacity=1, paused=False)
    other = accepted(scene, "ana")
    outcome = scene.press("ana", "handoff.accept", handoff_id=id_)
    assert outcome.notice
    assert scene.get(Worklist, "ana").open == (other,)


# Tips and thanks


def test_the_weeks_tips_come_in_one_card_to_those_who_want_them() -> None:
    scene = stage()
    scene.press("bo", "ambassador.tips_off")
    scene.press("ana", "ambassador.tip", tip="Bruk Windows + V")
    scene.press("cato", "ambassador.tip", tip="Fest kanaler øverst")
    scene.ring_until(TUESDAY + timedelta(days=2, hours=23))
    assert scene.slots("cato", "ambassador/tips") == []
    scene.ring_until(TUESDAY + timedelta(days=3, hours=1))
    text = shown(scene, "cato", "ambassador/tips")
    assert "Bruk Windows + V" in text
    assert "Fest kanaler øverst" in text
    assert len(scene.slots("cato", "ambassador/tips")) == 1
    assert scene.slots("bo", "ambassador/tips") == []
    assert scene.slots("dag", "ambassador/tips") == [], "another municipality, which shares nothing"


def test_tips_travel_where_municipalities_share() -> None:
    scene = stage(shares=True)
    scene.press("ana", "ambassador.tip", tip="Bruk Windows + V")
    scene.ring_until(TUESDAY + timedelta(days=4))
    assert "Windows + V" in shown(scene, "dag", "ambassador/tips")


def test_the_month_is_thanked_for_by_facts_alone() -> None:
    scene = stage()
    first, second = accepted(scene), accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=first, answer="slik")
    scene.press("kari", "handoff.confirm", handoff_id=first)
    scene.press("kari", "handoff.rate", handoff_id=first, rating="5")
    scene.press("ana", "handoff.resolve", handoff_id=second, answer="slik")
    scene.ring_until(TUESDAY + timedelta(days=10))
    text = shown(scene, "ana", "ambassador/thanks")
    assert "Du løste 2 spørsmål" in text
    assert "Én kollega sa at det hjalp" in text
    assert scene.slots("bo", "ambassador/thanks") == []


def test_there_is_no_league_table_unless_turned_on() -> None:
    scene = stage()
    assert scene.press("ana", "ambassador.league").notice
    lillevik = replace(scene.content.organisation.municipalities["lillevik"], league_table=True)
    units: list[Unit] = [unit for unit in town().units() if unit.parent_id is not None]
    both = [lillevik, town().municipalities["storvik"]]
    scene.content = replace(scene.content, organisation=Organisation.from_units(municipalities=both, units=units))
    scene.press("ana", "handoff.resolve", handoff_id=accepted(scene), answer="slik")
    scene.press("bo", "ambassador.league")
    assert "Ambassadør Ana" in shown(scene, "bo", "ambassador/league")


# Overview


def test_the_admin_sees_the_holes_at_home() -> None:
    scene = stage(contact=False)
    scene.put(person("adm", "lillevik", Role.ADMIN))
    alter(scene, "bo", absences=(Absence(first_day=date(2026, 11, 1), last_day=date(2026, 12, 1)),))
    alter(scene, "cato", active=False)
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).adrift
    scene.press("adm", "ambassador.coverage")
    text = shown(scene, "adm", "ambassador/coverage")
    assert "Én enhet uten ambassadør" in text
    assert "Skole" in text
    assert "Én er borte uten vikar" in text
    assert "Ambassadør Bo, Hjemmetjenesten Sør: til 1. desember 2026" in text
    assert "Ett spørsmål har ingen ambassadør" in text
    assert "ingen har kunnet nås siden" in text
    assert "mappe" not in text, "the words are for those who help"
    assert "Dag" not in text


def test_a_leader_sees_the_coverage_of_the_own_units_in_numbers() -> None:
    scene = stage()
    scene.put(person("liv", "helse", Role.LEADER, name="Leder Liv"))
    alter(scene, "bo", active=False)
    alter(scene, "ana", absences=(Absence(first_day=date(2026, 11, 1), last_day=date(2026, 12, 1)),))
    scene.press("liv", "ambassador.coverage")
    text = shown(scene, "liv", "ambassador/coverage")
    assert "Helse\nEnheter med ambassadør: 2 / 3\nAmbassadører: 1" in text
    assert "Hjemmetjenesten Sør" in text
    for hidden in ("Ambassadør Ana", "borte", "Skole"):
        assert hidden not in text
    assert [audit.act for audit in scene.audits][-1:] == ["ambassador.coverage"]


def test_a_leader_by_the_organisation_file_sees_those_units_too_and_one_without_a_unit_nothing() -> None:
    scene = stage()
    scene.content = replace(scene.content, organisation=led(town(), leader_id="liv"))
    scene.put(person("liv", "skole", Role.LEADER), person("lars", "borte", Role.LEADER))
    scene.press("liv", "ambassador.coverage")
    text = shown(scene, "liv", "ambassador/coverage")
    assert "Helse\nEnheter med ambassadør: 3 / 3" in text
    assert "Skole\nEnheter med ambassadør: 1 / 1" in text
    assert scene.press("lars", "ambassador.coverage").notice == scene.texts("lars")("handoff.refused.no_unit")


@pytest.mark.parametrize("who", ["kari", "ana"])
def test_the_overview_is_for_admins(who: str) -> None:
    scene = stage()
    outcome = scene.press(who, "ambassador.coverage")
    assert outcome.notice
    assert outcome.audits
    assert scene.slots(who) == []


def test_the_admin_sees_who_has_too_much_and_by_how_much() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN))
    accepted(scene)
    accepted(scene)
    alter(scene, "ana", capacity=1)
    scene.press("adm", "ambassador.coverage")
    told = "Ambassadør Ana, Hjemmetjenesten Nord: 2 åpne spørsmål, vil ha høyst 1"
    assert told in shown(scene, "adm", "ambassador/coverage")


@pytest.mark.parametrize(
    ("later", "ana", "bo"),
    [
        (timedelta(hours=5), "Ledig", "Ikke på jobb nå. Tilbake onsdag 25. november kl. 09:00"),
        (timedelta(hours=9), "Ikke på jobb nå. Tilbake onsdag 25. november kl. 08:00", "Tilbake onsdag 25. november"),
        (timedelta(days=4), "Ikke på jobb nå. Tilbake mandag 30. november kl. 08:00", "Tilbake mandag 30. november"),
    ],
)
def test_nobody_is_called_free_outside_their_working_hours(later: timedelta, ana: str, bo: str) -> None:
    scene = stage()
    mornings = OfficeHours(opens=time(9, 0), closes=time(12, 0))
    alter(scene, "bo", office_hours=mornings)
    scene.now += later
    scene.press("kari", "ambassador.mine")
    lines = shown(scene, "kari", "ambassador/mine").splitlines()
    assert f"Ambassadør Ana, Hjemmetjenesten Nord. {ana}." in "\n".join(lines)
    assert bo in next(line for line in lines if line.startswith("- Ambassadør Bo"))


def test_an_absence_says_so_at_any_hour() -> None:
    scene = stage()
    alter(scene, "ana", paused=True)
    scene.now += timedelta(hours=9)
    scene.press("kari", "ambassador.mine")
    assert "Ambassadør Ana, Hjemmetjenesten Nord. Tar en pause." in shown(scene, "kari", "ambassador/mine")
