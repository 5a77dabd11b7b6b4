"""An export is complete, and holds no id of another person."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.ports import Key, Stored
from bot.records.codec import decode, encode
from bot.records.query_answering import FlowRun
from dialogs.ambassadors import feature as ambassador
from dialogs.core.audit import AuditEntry
from dialogs.core.image import Image
from dialogs.core.nightly_run import RETENTION
from dialogs.core.person import Address, Person, Role
from dialogs.core.question import Question
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff import feature as handoff
from dialogs.privacy import flow as privacy
from dialogs.privacy.export import content_of
from dialogs.privacy.own_data import is_about_others, own_data_of, without_others
from dialogs.profile import flow as profile
from dialogs.rollout.software import feature as software
from tests.channels import TEAMS
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, asked, person, suggests
from tests.unit.handoff.scene import stage as town
from tests.unit.privacy.test_privacy import question

QUESTION = "Hvordan deler jeg en mappe?"


@pytest.fixture
def stage() -> Stage:
    return town(
        verbs={**handoff.VERBS, **ambassador.VERBS, **software.VERBS, **privacy.VERBS, **profile.VERBS},
        timers={**handoff.TIMERS, **ambassador.TIMERS, **privacy.TIMERS, **software.TIMERS},
    )


def exported(stage: Stage, person_id: str) -> Any:
    before = set(stage.slots(person_id, "privacy/"))
    stage.press(person_id, "privacy.export")
    [slot, *_] = [slot for slot in stage.slots(person_id, "privacy/") if slot not in before]
    return json.loads(stage.posts[(person_id, slot)].text.partition("```json\n")[2].removesuffix("\n```"))


def test_the_messages_a_person_received_are_there_as_text(stage: Stage) -> None:
    accepted(stage)
    stage.say("ana", "Ring meg, så viser jeg deg.")
    received = exported(stage, "kari")["data"]["delivery"]
    [relayed] = [each for each in received if "Ring meg" in each["text"]]
    assert "Ambassadør Ana" in relayed["text"], "the person's own correspondence names others"
    assert relayed["status"] == "sent"
    assert {"slot", "posted_at", "settled_at", "channel"} <= relayed.keys()


def test_an_earlier_export_is_listed_and_not_exported_again(stage: Stage) -> None:
    asked(stage)
    sizes = [len(json.dumps(exported(stage, "kari"))) for _ in range(4)]
    assert sizes[3] - sizes[2] < 1000
    assert [each["left_out"] for each in exported(stage, "kari")["data"]["delivery"]].count(True) == 4


def test_timers_and_event_ids_of_the_person_are_there(stage: Stage) -> None:
    handoff_id = asked(stage)
    stage.press("ana", "ambassador.pause")
    kari, ana = exported(stage, "kari"), exported(stage, "ana")
    assert f"handoff/{handoff_id}/deadline" in [each["key"] for each in kari["data"]["timer"]]
    assert "timer" not in ana["data"] or "kari" not in json.dumps(ana["data"]["timer"])


def test_events_of_a_persons_conversation_are_found(stage: Stage) -> None:
    address = Address(channel=TEAMS, data={"conversation_id": "a:1kari"})
    stage.put(replace(stage.get(Person, "kari"), addresses={TEAMS: address}))
    stage.press("kari", "privacy.show")
    assert "event" not in exported(stage, "kari")["data"]
    event = replace(stage.pressing("kari", "privacy.show"), id="a:1kari/1700000000")
    stage.race(event)
    assert [each["id"] for each in exported(stage, "kari")["data"]["event"]] == ["web:a:1kari/1700000000"]


def test_a_helper_gets_the_own_part_only_of_a_hand_off(stage: Stage) -> None:
    handoff_id = accepted(stage)
    stage.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="Slik gjør du det.")
    stage.press("kari", "handoff.confirm", handoff_id=handoff_id)
    stage.press("kari", "handoff.confirm", handoff_id=handoff_id)
    stage.press("kari", "handoff.rate", handoff_id=handoff_id, rating="4")
    export = exported(stage, "ana")
    [part] = export["helped"]
    assert (part["handoff_id"], part["answer"], part["helped"], part["rating"]) == (
        handoff_id,
        "Slik gjør du det.",
        True,
        4,
    )
    assert [step["what"] for step in part["steps"]] == ["offered", "accepted", "resolved"]
    assert QUESTION not in json.dumps(part)
    assert "kari" not in json.dumps({**export["data"], "delivery": []}) + json.dumps(export["helped"])
    assert "handoff" not in export["data"]


def test_a_helper_that_declined_finds_the_hand_off_too_and_not_the_answer_of_the_next(stage: Stage) -> None:
    handoff_id = asked(stage)
    stage.press("ana", "handoff.decline", handoff_id=handoff_id)
    stage.press("bo", "handoff.accept", handoff_id=handoff_id)
    stage.press("bo", "handoff.resolve", handoff_id=handoff_id, answer="Slik.")
    [part] = exported(stage, "ana")["helped"]
    assert (part["place"], part["answer"], part["rating"]) == (["declined"], "", None)
    assert [step["what"] for step in part["steps"]] == ["offered", "declined"]
    assert exported(stage, "bo")["helped"][0]["answer"] == "Slik."
    assert "helped" not in exported(stage, "cato")


def test_rows_about_others_that_name_the_person_are_listed_by_their_fields(stage: Stage) -> None:
    stage.press("kari", "software.send", program="WinRAR", reason="Trenger det.")
    named = exported(stage, "kim")["named_in"]
    assert ("software_application", ["shown_to"]) in [(each["kind"], each["fields"]) for each in named]
    assert "Trenger det." not in json.dumps(named)


def test_the_persons_images_follow_the_export(stage: Stage) -> None:
    stage.put(Image(id="i1", person_id="kari", media_type="image/png", size_bytes=7, at=TUESDAY))
    stage.put(Image(id="i2", person_id="ola", media_type="image/png", size_bytes=7, at=TUESDAY))
    stage.press("kari", "privacy.export")
    images = [stage.posts[("kari", slot)].image_id for slot in stage.slots("kari", "privacy/")]
    assert [each for each in images if each] == ["i1"]


def test_ids_of_others_are_hidden_in_slots_timers_and_audit_entries(stage: Stage) -> None:
    stage.put(person("p020", "nord"), person("p021", "nord", Role.DPO))
    stage.press("p021", "officer.person", person="p020")
    stage.press("p021", "officer.erase", person="p020")
    export = exported(stage, "p021")
    assert [each["subject"] for each in export["data"]["audit"]] == ["somebody else"]
    assert not re.search(r"\bp020\b", json.dumps(export))
    assert re.search(r"\bp021\b", json.dumps(export))


def test_an_ordinary_word_of_a_message_stays_though_it_is_the_id_of_another_person() -> None:
    others = frozenset({"ola", "p020", "a@b.no"})
    assert without_others("apply/ola/1:p020", others) == "apply/somebody else/1:somebody else"
    assert without_others("Hei ola, spør p020. Se a@b.no.", others, prose=True) == (
        "Hei ola, spør somebody else. Se a@b.no."
    )
    assert without_others("spør a@b.no.", others) == "spør somebody else."


def test_an_entry_about_another_kind_with_the_same_id_is_not_a_persons_data(stage: Stage) -> None:
    """Ids of people come from a staff registry, which knows nothing of municipalities or kinds of records."""
    namesakes = ("storvik", Question.KIND, RETENTION.name)
    stage.put(question("q-old", "kari"))
    stage.press("kari", "profile.municipality", municipality="storvik")
    stage.now += timedelta(days=800)
    for _ in range(3):
        stage.ring(RETENTION.verb)
    stage.put(*(person(each, "nord") for each in namesakes))
    assert {each.subject for each in stage.all(AuditEntry)} >= set(namesakes)
    assert ["audit" in exported(stage, each)["data"] for each in namesakes] == [False] * 3


def test_an_entry_about_the_person_is_the_persons_data(stage: Stage) -> None:
    stage.put(person("p021", "nord", Role.DPO))
    stage.press("p021", "officer.person", person="kari")
    assert [(each["act"], each["by"]) for each in exported(stage, "kari")["data"]["audit"]] == [
        ("privacy.looked_up", "somebody else")
    ]


def test_an_entry_of_an_earlier_version_counts_as_about_a_person() -> None:
    body = encode(AuditEntry(id="a", act="web.linked", subject="kari", by="operator", at=TUESDAY))
    old = {name: value for name, value in body.items() if name != "about_person"}
    entry = decode(AuditEntry, Stored(key=Key(kind="audit", id="a"), version=1, body=old, schema=AuditEntry.SCHEMA))
    assert "subject:kari" in set(entry.terms())


def test_an_ambassadors_export_has_no_words_or_name_of_an_asker_and_keeps_the_own_replies(stage: Stage) -> None:
    handoff_id = accepted(stage)
    stage.put(WebUtterance(said_id="1", person_id="ana", text="Ring meg, Kari.", at=stage.now))
    stage.say("kari", "Den ligger i Blåklokke")
    stage.say("ana", "Ring meg, Kari.")
    stage.press("ana", "ambassador.desk")
    suggests(stage, "ana", handoff_id, "Høyreklikk.")
    stage.press("kari", "handoff.confirm", handoff_id=handoff_id)
    stage.press("kari", "handoff.rate", handoff_id=handoff_id, rating="4")
    export = exported(stage, "ana")
    text = json.dumps(export, ensure_ascii=False)
    for words in (QUESTION, "Blåklokke", "Medarbeider Kari"):
        assert words not in text
    left_out = [each for each in export["data"]["delivery"] if each["left_out"]]
    assert f"handoff/{handoff_id}/offer" in {each["slot"] for each in left_out}
    assert all(each["posted_at"] and not each["text"] for each in left_out)
    [part] = export["helped"]
    assert (part["handoff_id"], part["answer"], part["rating"]) == (handoff_id, "Høyreklikk.", 4)
    assert [each["text"] for each in export["data"]["web_utterance"]] == ["Ring meg, Kari."]
    assert [each["answer"] for each in export["data"].get("suggestion", [])] in ([], ["Høyreklikk."])
    data = run(FlowRun(store=stage.store).result_of(own_data_of(stage.get(Person, "ana"), full=True)))
    assert "Blåklokke" in json.dumps(content_of(data, at=stage.now), ensure_ascii=False)


def test_a_helpers_own_questions_are_exported_whole(stage: Stage) -> None:
    accepted(stage)
    stage.press("bo", "handoff.start")
    stage.press("bo", "handoff.mine")
    mine = asked(stage, "ana", question="Hvor er e-posten min?")
    received = exported(stage, "ana")["data"]["delivery"]
    [status] = [each for each in received if each["slot"] == f"handoff/{mine}/status"]
    assert "Hvor er e-posten min?" in status["text"]
    assert not status["left_out"]


@pytest.mark.parametrize(
    ("slot", "helps", "others"),
    [
        ("handoff/h1/offer", True, True),
        ("handoff/own/status", True, False),
        ("handoff/h1/status", False, False),
        ("handoff/mine/web:e1", True, False),
        ("software/p1", True, True),
        ("software/own/own", True, False),
        ("software/web:e1", True, False),
        ("suggestion/s1", False, True),
        ("suggestion/own/thanks", True, False),
        ("ambassador/desk/web:e1", True, True),
        ("ambassador/application/kari/2026", True, True),
        ("ambassador/application/ana/2026", True, False),
        ("ambassador/tips/m/2026-1", True, False),
        ("officer/web:e1", False, True),
        ("privacy/web:e1", True, False),
        ("ask/web:e1", True, False),
    ],
)
def test_only_messages_about_the_cases_of_others_are_left_out(slot: str, helps: bool, others: bool) -> None:
    assert is_about_others(slot, person_id="ana", own_ids={"own"}, helps=helps) == others
