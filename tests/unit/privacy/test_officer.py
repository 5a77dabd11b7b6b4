"""The data protection officer's page: own municipality only, everything logged, a receipt at the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Key
from bot.stores.document import from_json, to_json
from dialogs.core.audit import AuditEntry
from dialogs.core.data_request import DataRequest
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.privacy.flow import TIMERS, VERBS
from dialogs.privacy.officer import MAX_RECEIPTS
from dialogs.privacy.officer_cards import MAX_PROBLEMS
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import stage as town
from tests.unit.privacy.test_privacy import SECRET, question

OFFICER = "kari"
PERSON = "ola"


@pytest.fixture
def stage() -> Stage:
    scene = town(verbs=VERBS, timers=TIMERS)
    officer = scene.get(Person, OFFICER)
    scene.put(
        replace(officer, roles=frozenset({Role.DPO})),
        replace(scene.get(Person, PERSON), email="ola@lillevik.example"),
        question("q-ola", PERSON),
        question("q-kari", OFFICER),
    )
    return scene


def shown(stage: Stage, who: str = OFFICER) -> str:
    return stage.shown(who, stage.slots(who, "officer")[-1])


def buttons(stage: Stage) -> list[str]:
    return stage.buttons(OFFICER, stage.slots(OFFICER, "officer")[-1])


def test_the_page_shows_the_last_runs_and_how_many_erasures_there_were(stage: Stage) -> None:
    stage.put(NightlyRun(id="retention", done_at=TUESDAY))
    stage.put(
        *(
            ErasureReceipt(id=f"receipt-{n}", at=TUESDAY - timedelta(days=n), municipality_id="lillevik")
            for n in range(MAX_RECEIPTS + 3)
        ),
        ErasureReceipt(id="receipt-elsewhere", at=TUESDAY, municipality_id="storvik"),
    )
    stage.press(OFFICER, "officer.show")
    texts = stage.texts(OFFICER)
    assert f"{texts('officer.run.retention')}: {texts.moment(TUESDAY)}" in shown(stage)
    assert texts.plural("officer.receipts", MAX_RECEIPTS + 3) in shown(stage)
    assert "elsewhere" not in shown(stage)


@pytest.mark.parametrize("name", [PERSON, "ola@lillevik.example", " OLA@Lillevik.example "])
def test_a_person_is_found_by_id_or_address_and_the_look_up_is_logged(stage: Stage, name: str) -> None:
    stage.press(OFFICER, "officer.person", person=name)
    assert f"{stage.texts(OFFICER)('privacy.kind.question')}: 1" in shown(stage)
    assert buttons(stage) == ["officer.export", "officer.erase", "officer.show"]
    assert (stage.audits[-1].act, stage.audits[-1].subject, stage.audits[-1].by) == (
        "privacy.looked_up",
        PERSON,
        OFFICER,
    )


def test_asking_for_the_officer_shows_the_page_to_an_officer_and_the_address_to_others(stage: Stage) -> None:
    stage.press(OFFICER, "privacy.officer")
    assert stage.texts(OFFICER)("officer.title") in shown(stage)
    stage.press(PERSON, "privacy.officer")
    assert stage.slots(PERSON, "officer") == []
    told = stage.shown(PERSON, stage.slots(PERSON, "privacy/notice")[-1])
    assert stage.texts(PERSON)("notice.controller.text") in told
    assert stage.texts(PERSON)("notice.object.title") not in told, "who it is, and nothing else"


def test_a_look_up_is_in_the_export_of_the_person(stage: Stage) -> None:
    """The privacy notice promises it."""
    stage.press(OFFICER, "officer.person", person=PERSON)
    [looked_up] = [audit for audit in stage.audits if audit.act == "privacy.looked_up"]
    stage.put(AuditEntry.from_act(looked_up, id="a1", at=TUESDAY))
    stage.press(PERSON, "privacy.export")
    assert "privacy.looked_up" in stage.shown(PERSON, stage.slots(PERSON, "privacy")[-1])


def test_an_export_has_the_persons_data_and_not_the_officers(stage: Stage) -> None:
    stage.press(OFFICER, "officer.export", person=PERSON)
    assert "q-ola" in shown(stage)
    assert "q-kari" not in shown(stage)
    assert stage.audits[-1].act == "privacy.exported"
    assert stage.slots(PERSON, "officer") == []


@pytest.mark.parametrize("verb", ["officer.erase", "officer.erase_now"])
def test_one_officer_alone_erases_nothing_and_is_led_to_a_request(stage: Stage, verb: str) -> None:
    """Cards of earlier versions still have the button that erased at once."""
    stage.put(replace(stage.get(Person, "ana"), roles=frozenset({Role.ADMIN})))
    outcome = stage.press(OFFICER, verb, person=PERSON)
    assert [each.id for each in stage.all(Question)] == ["q-kari", "q-ola"]
    assert stage.all(ErasureReceipt) == []
    assert outcome.notices == ([stage.texts(OFFICER)("officer.erase.two")] if verb == "officer.erase_now" else [])
    assert buttons(stage) == ["officer.register", "officer.person"]
    stage.press(OFFICER, "officer.register", person=PERSON, kind="erase")
    [request] = stage.all(DataRequest)
    assert (request.kind, request.person_id, request.state) == ("erase", PERSON, "open")


@pytest.mark.parametrize("verb", sorted(verb for verb in VERBS if verb.startswith("officer.")))
def test_nobody_else_gets_in(stage: Stage, verb: str) -> None:
    stage.press(PERSON, verb, person=OFFICER)
    assert shown(stage, PERSON) == stage.texts(PERSON)("officer.refused")
    assert [each.id for each in stage.all(Question)] == ["q-kari", "q-ola"]
    assert stage.all(ErasureReceipt) == []
    assert stage.audits[-1].act == "privacy.refused"


@pytest.mark.parametrize("verb", ["officer.person", "officer.export", "officer.erase", "officer.erase_now"])
@pytest.mark.parametrize("wanted", ["per", "nobody", "", "per@storvik.example"])
def test_another_municipality_looks_like_an_unknown_person(stage: Stage, verb: str, wanted: str) -> None:
    stage.put(
        Person(id="per", name="Per", municipality_id="storvik", email="per@storvik.example", created_at=TUESDAY),
        question("q-per", "per", SECRET),
    )
    stage.press(OFFICER, verb, person=wanted)
    assert stage.texts(OFFICER)("officer.unknown") in shown(stage)
    assert stage.get(Question, "q-per") is not None
    assert stage.audits[-1].act == "privacy.refused"


def test_an_officer_that_lost_the_role_is_refused_on_an_old_card(stage: Stage) -> None:
    stage.press(OFFICER, "officer.person", person=PERSON)
    stage.put(replace(stage.get(Person, OFFICER), roles=frozenset()))
    stage.press(OFFICER, "officer.export", person=PERSON)
    assert stage.texts(OFFICER)("officer.refused") in shown(stage)


def test_the_latest_acts_about_a_person_are_listed(stage: Stage) -> None:
    stage.put(
        AuditEntry(id="a1", act="registry.changed", subject=PERSON, by="operator", at=TUESDAY),
        AuditEntry(id="a2", act="announce.sent", subject="n1", by=PERSON, at=TUESDAY),
        AuditEntry(id="a3", act="announce.sent", subject="n1", by=OFFICER, at=TUESDAY),
    )
    stage.press(OFFICER, "officer.person", person=PERSON)
    assert shown(stage).count("registry.changed") == 1
    assert shown(stage).count("announce.sent") == 1


def test_the_officer_verifies_the_audit_log(stage: Stage) -> None:
    stage.press(OFFICER, "officer.person", person=PERSON)
    stage.press(OFFICER, "officer.audit")
    texts = stage.texts(OFFICER)
    assert texts("officer.log.in_order") in shown(stage)
    assert texts("officer.log.last_row", entries=1, row=1) in shown(stage)
    assert texts("officer.log.no_head") in shown(stage)
    assert (stage.audits[-1].act, stage.audits[-1].by) == ("audit.verified", OFFICER)


def test_a_changed_entry_is_shown_with_its_row(stage: Stage) -> None:
    for _ in range(MAX_PROBLEMS + 2):
        stage.press(OFFICER, "officer.person", person=PERSON)
    for entry in stage.all(AuditEntry)[1:]:
        key = Key(kind=AuditEntry.KIND, id=entry.id)
        document = from_json(stage.store._state.records.document(key) or b"")
        stage.store._state.records.restore(key, to_json(document | {"body": {**document["body"], "by": "someone"}}))
    stage.press(OFFICER, "officer.audit")
    texts = stage.texts(OFFICER)
    assert texts.plural("officer.log.wrong", MAX_PROBLEMS + 1) in shown(stage)
    first = [texts("officer.log.first"), texts("officer.log.fault.changed", number=2)]
    assert shown(stage).index(first[0]) < shown(stage).index(first[1])
    assert texts("officer.log.fault.changed", number=MAX_PROBLEMS + 2) not in shown(stage)
    assert texts.plural("officer.log.more", 1) in shown(stage)
    assert texts("officer.log.what_to_do") in shown(stage)
