"""The three parts of a handoff: what each change sets, and that it sets nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from dialogs.handoff.assignment import Assignment
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.transitions import Transition
from tests.unit.driver import TUESDAY

LATER = TUESDAY + timedelta(hours=1)
ASSIGNED = Assignment(
    offered_to="ana",
    stands_in_for="cato",
    owner_id="bo",
    contacts=("kim",),
    declined=frozenset({"dag"}),
    tried=frozenset({"eli"}),
    topic="mfa",
    expected_at=TUESDAY,
    acceptances=2,
    rounds=3,
)
TALKING = HandoffChat(
    messages=4,
    last_by="kari",
    last_at=TUESDAY,
    owner_spoke=True,
    focused_at={"kari": TUESDAY},
    receipts=frozenset({"kari"}),
    reminders=2,
    advisers=("dag", "eli"),
    tips=5,
    images=("i1",),
)
RATED = HandoffOutcome(answer="Slik.", sent_article_id="mfa", resolutions=2, helped=True, rating=4)


def changed(before: Any, after: Any) -> dict[str, Any]:
    return {
        field.name: getattr(after, field.name)
        for field in fields(before)
        if getattr(before, field.name) != getattr(after, field.name)
    }


@pytest.mark.parametrize(
    ("change", "sets"),
    [
        (
            lambda a: a.offer("dag", stands_in_for=None),
            {"offered_to": "dag", "stands_in_for": None},
        ),
        (lambda a: a.promise(LATER), {}),
        (lambda a: a.reopen(expected_at=LATER), {"expected_at": LATER}),
        (lambda a: a.escalate(("kine", "kim")), {"contacts": ("kine", "kim"), "rounds": 4}),
        (lambda a: a.search_again(()), {"contacts": (), "rounds": 4}),
        (
            lambda a: a.accept("ana"),
            {
                "offered_to": None,
                "owner_id": "ana",
                "contacts": (),
                "topic": None,
                "acceptances": 3,
            },
        ),
        (lambda a: a.drop_offer(), {"offered_to": None, "contacts": (), "expected_at": None}),
        (lambda a: a.ask_for(None), {"topic": None}),
        (lambda a: a.try_again("dag"), {}),
        (lambda a: a.try_again("eli"), {"tried": frozenset()}),
        (lambda a: a.try_again("ana"), {}),
    ],
)
def test_a_change_of_the_helper_sets(change: Callable[[Assignment], Assignment], sets: Mapping[str, Any]) -> None:
    assert changed(ASSIGNED, change(ASSIGNED)) == sets


@pytest.mark.parametrize("helper", ["ana", None])
@pytest.mark.parametrize("what", Transition)
def test_a_helper_that_gives_it_back_is_remembered_by_the_reason(what: Transition, helper: str | None) -> None:
    back = ASSIGNED.give_back(helper, what)
    declines = helper and what in {Transition.DECLINED, Transition.RELEASED, Transition.PASSED}
    lets_expire = helper and what in {Transition.EXPIRED, Transition.IDLE}
    assert changed(ASSIGNED, back) == {
        "offered_to": None,
        "stands_in_for": None,
        "owner_id": None,
        "contacts": (),
        **({"declined": {"dag", "ana"}} if declines else {}),
        **({"tried": {"eli", "ana"}} if lets_expire else {}),
    }


def test_helpers_that_gave_it_back_get_no_offer_by_distance() -> None:
    assert ASSIGNED.asked_before == {"dag", "eli"}


@pytest.mark.parametrize(
    ("change", "sets"),
    [
        (
            lambda c: c.start_with("ana", LATER),
            {
                "last_by": "ana",
                "last_at": LATER,
                "owner_spoke": False,
                "focused_at": {"kari": TUESDAY, "ana": LATER},
                "receipts": frozenset(),
                "reminders": 0,
            },
        ),
        (lambda c: c.end(), {"advisers": (), "reminders": 0}),
        (
            lambda c: c.add_messages(2, by="ana", at=LATER, by_owner=False, images=("i2", "i3")),
            {
                "messages": 6,
                "last_by": "ana",
                "last_at": LATER,
                "owner_spoke": False,
                "focused_at": {"kari": TUESDAY, "ana": LATER},
                "reminders": 0,
                "images": ("i1", "i2", "i3"),
            },
        ),
        (lambda c: c.focus("kari", LATER), {"focused_at": {"kari": LATER}}),
        (lambda c: c.receipt("ana"), {"receipts": {"kari", "ana"}}),
        (lambda c: c.remind(), {"reminders": 3}),
        (lambda c: c.seek_advice(("bo",)), {"advisers": ("bo",)}),
        (lambda c: c.advise("dag"), {"advisers": ("eli",), "tips": 6}),
    ],
)
def test_a_change_of_the_conversation_sets(
    change: Callable[[HandoffChat], HandoffChat], sets: Mapping[str, Any]
) -> None:
    assert changed(TALKING, change(TALKING)) == sets


def test_an_owners_message_is_the_owners() -> None:
    assert HandoffChat().add_messages(1, by="ana", at=LATER, by_owner=True, images=()).owner_spoke


@pytest.mark.parametrize(
    ("change", "sets"),
    [
        (lambda o: o.send_article("deling"), {"sent_article_id": "deling"}),
        (lambda o: o.resolve("Nei."), {"answer": "Nei.", "resolutions": 3, "helped": None, "rating": None}),
        (lambda o: o.rate(1), {"rating": 1}),
        (lambda o: o.reopen(), {"helped": None, "rating": None}),
    ],
)
def test_a_change_of_the_outcome_sets(
    change: Callable[[HandoffOutcome], HandoffOutcome], sets: Mapping[str, Any]
) -> None:
    assert changed(RATED, change(RATED)) == sets


def test_an_answer_is_marked_as_helpful() -> None:
    assert changed(HandoffOutcome(answer="Slik."), HandoffOutcome(answer="Slik.").mark_helped()) == {"helped": True}


def test_a_new_handoff_has_no_helper_no_message_and_no_answer() -> None:
    assert set(changed(ASSIGNED, Assignment())) == {field.name for field in fields(Assignment)}
    assert [getattr(HandoffChat(), name) for name in ("messages", "reminders", "tips")] == [0, 0, 0]
    assert [Assignment().acceptances, Assignment().rounds, HandoffOutcome().resolutions] == [0, 0, 0]
    assert (HandoffChat().owner_spoke, HandoffOutcome().helped, HandoffOutcome().rating) == (False, None, None)


def test_an_adviser_answers_once_and_the_others_are_still_asked() -> None:
    after = TALKING.advise("dag")
    assert (after.advisers, after.tips) == (("eli",), TALKING.tips + 1)
