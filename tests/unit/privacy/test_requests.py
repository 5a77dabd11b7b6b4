"""Requests to the officer: two people act, there is a deadline, and a deletion leaves no name behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialogs.core.data_request import DataRequest, DataRequestKind, DataRequestState, a_month_after
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.privacy.cards import receipt_pairs
from dialogs.privacy.flow import VERBS
from dialogs.privacy.requests import REMINDED, TIMERS
from knowledge.organisation.unit import ERASED
from tests.unit.driver import Outcome, Stage
from tests.unit.handoff.scene import stage as town
from tests.unit.privacy.test_privacy import question

OFFICER, PERSON, ADMIN = "kari", "ola", "ana"


@pytest.fixture
def stage() -> Stage:
    scene = town(verbs=VERBS, timers=TIMERS)
    scene.put(
        replace(scene.get(Person, OFFICER), roles=frozenset({Role.DPO})),
        replace(scene.get(Person, ADMIN), roles=frozenset({Role.ADMIN})),
        question("q-ola", PERSON),
    )
    return scene


def register(stage: Stage, kind: str = "erase", **more: str) -> DataRequest:
    assert not stage.press(OFFICER, "officer.register", person=PERSON, kind=kind, **more).notices
    return only(stage)


def only(stage: Stage) -> DataRequest:
    [request] = stage.all(DataRequest)
    assert isinstance(request, DataRequest)
    return request


def press(stage: Stage, who: str, verb: str, **more: str) -> Outcome:
    return stage.press(who, verb, request_id=only(stage).id, **more)


def test_a_request_is_due_a_month_after_it_was_received_and_others_are_asked_to_confirm_it(stage: Stage) -> None:
    request = register(stage, received="2026-11-20")
    assert (request.due_at.month, request.due_at.day) == (12, 20)
    assert request.state is DataRequestState.OPEN
    asked = {to for to, slot in stage.posts if slot == f"officer/confirm/{request.id}"}
    assert asked == {ADMIN}
    assert "Ola" not in stage.shown(ADMIN, f"officer/confirm/{request.id}")


def test_the_officer_is_told_who_can_confirm_and_what_is_wrong_with_a_refused_request(stage: Stage) -> None:
    texts = stage.texts(OFFICER)
    wrong = {"person": PERSON, "kind": "erase", "received": "2099-01-01"}
    assert stage.press(OFFICER, "officer.register", **wrong).notice == texts("officer.request.no_day")
    assert stage.press(OFFICER, "officer.register", person=PERSON).notice == texts("officer.request.no_kind")
    stage.press(OFFICER, "officer.register", person=PERSON, kind="erase")
    assert stage.get(Person, ADMIN).name in stage.shown(OFFICER, stage.slots(OFFICER, "officer")[-1])


def test_a_receipt_says_why_something_stays(stage: Stage) -> None:
    register(stage)
    press(stage, ADMIN, "officer.confirm")
    [receipt] = stage.all(ErasureReceipt)
    kept = dict(receipt_pairs(stage.texts(ADMIN), receipt))[stage.texts(ADMIN)("privacy.receipt.kept")]
    assert kept.count("(") == len(receipt.kept) > 0
    assert stage.texts(ADMIN)("privacy.receipt.why.kept") in kept


@pytest.mark.parametrize(("day", "due"), [("2026-01-31", "2026-02-28"), ("2026-12-31", "2027-01-31")])
def test_a_month_ends_with_its_last_day(day: str, due: str) -> None:
    at = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    assert a_month_after(at).date().isoformat() == due


def test_who_registered_it_or_asks_cannot_confirm_it(stage: Stage) -> None:
    request = register(stage)
    stage.put(replace(stage.get(Person, PERSON), roles=frozenset({Role.ADMIN})))
    for who in (OFFICER, PERSON, "cato"):
        assert press(stage, who, "officer.confirm").notices
        assert only(stage) == request
    assert stage.audits[-1].act == "privacy.refused"


def test_a_second_person_carries_out_the_deletion_and_nothing_names_the_person(stage: Stage) -> None:
    register(stage)
    press(stage, ADMIN, "officer.confirm")
    assert [each for each in stage.all(Question) if each.person_id == PERSON] == []
    outcome = only(stage)
    assert (outcome.person_id, outcome.state, outcome.confirmed_by) == (ERASED, DataRequestState.DONE, ADMIN)
    assert len(stage.all(ErasureReceipt)) == 1
    assert stage.texts(ADMIN)("officer.erased") in stage.shown(ADMIN, stage.slots(ADMIN, "officer")[-1])


def test_an_export_is_confirmed_then_delivered(stage: Stage) -> None:
    register(stage, "export")
    assert press(stage, OFFICER, "officer.deliver").notices
    press(stage, ADMIN, "officer.confirm")
    assert only(stage).state is DataRequestState.CONFIRMED
    assert press(stage, ADMIN, "officer.confirm").notices
    press(stage, OFFICER, "officer.deliver")
    assert only(stage).state is DataRequestState.DONE
    acts = [each.act for each in stage.audits if each.act.startswith("privacy.request")]
    assert acts == ["privacy.request_registered", "privacy.request_confirmed", "privacy.request_done"]


def test_it_is_closed_with_a_reason_only(stage: Stage) -> None:
    register(stage)
    assert press(stage, OFFICER, "officer.close", reason=" ").notices
    press(stage, OFFICER, "officer.close", reason="Trukket av personen selv")
    assert (only(stage).state, only(stage).reason) == (DataRequestState.CLOSED, "Trukket av personen selv")
    assert press(stage, ADMIN, "officer.confirm").notices


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "sell"},
        {"kind": "erase", "received": "2026-12-24"},
        {"kind": "erase", "received": "2020-01-01"},
        {"kind": "erase", "received": "i går"},
    ],
)
def test_an_incomplete_request_is_refused(stage: Stage, data: dict[str, str]) -> None:
    assert stage.press(OFFICER, "officer.register", person=PERSON, **data).notices
    assert stage.all(DataRequest) == []


def test_a_second_one_of_the_kind_and_one_that_nobody_can_confirm_are_refused(stage: Stage) -> None:
    register(stage)
    assert stage.press(OFFICER, "officer.register", person=PERSON, kind="erase").notices
    stage.put(replace(stage.get(Person, ADMIN), roles=frozenset()))
    assert stage.press(OFFICER, "officer.register", person=PERSON, kind=DataRequestKind.EXPORT).notices
    assert len(stage.all(DataRequest)) == 1


@pytest.mark.parametrize("handled", [False, True])
def test_officers_are_reminded_a_week_before_the_deadline_of_a_waiting_request(stage: Stage, handled: bool) -> None:
    request = register(stage)
    if handled:
        press(stage, OFFICER, "officer.close", reason="Trukket")
    stage.ring_until(request.due_at - REMINDED - timedelta(minutes=1))
    slot = f"officer/deadline/{request.id}"
    assert (OFFICER, slot) not in stage.posts
    stage.ring_until(request.due_at - REMINDED + timedelta(minutes=1))
    assert [to for to, at in stage.posts if at == slot] == ([] if handled else [OFFICER])


@pytest.mark.parametrize("verb", ["officer.confirm", "officer.close", "officer.deliver"])
def test_a_request_of_another_municipality_is_as_unknown_as_none(stage: Stage, verb: str) -> None:
    request = register(stage)
    stranger = replace(
        stage.get(Person, "bo"), municipality_id="storvik", unit_id="bryggen", roles=frozenset({Role.DPO, Role.ADMIN})
    )
    stage.put(stranger)
    said = [stage.press("bo", verb, request_id=each, reason="x").notice for each in (request.id, "request-none")]
    assert said == [stage.texts("bo")("officer.request.unknown")] * 2
    assert only(stage) == request
