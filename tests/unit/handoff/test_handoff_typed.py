"""Whole messages that name an action: the helper gets the action, and the colleague gets no message."""

import pytest

from dialogs.core.session import Session
from dialogs.handoff.transitions import Status
from tests.unit.handoff.scene import Routed, accepted, ambassador, asked, enlist, handoff

SAYINGS = [
    ("løst", "resolve", "handoff.resolve"),
    ("Løst!", "resolve", "handoff.resolve"),
    ("LØYST.", "resolve", "handoff.resolve"),
    ("Mark as  solved", "resolve", "handoff.resolve"),
    ("gi videre", "pass", "handoff.pass_cancel"),
    ("Gi vidare.", "pass", "handoff.pass_cancel"),
    ("pass on", "pass", "handoff.pass_cancel"),
]


@pytest.mark.parametrize(("words", "form", "verb"), SAYINGS)
def test_the_owner_gets_the_form_as_the_last_message_and_the_asker_gets_nothing(
    words: str, form: str, verb: str
) -> None:
    scene = Routed()
    id_ = accepted(scene)
    before = dict(scene.posts)
    scene.say("ana", words)
    last = scene.slots("ana")[-1]
    assert last == f"handoff/{id_}/{form}"
    assert verb in scene.buttons("ana", last)
    assert {to for (to, slot) in scene.posts.keys() - before.keys()} == {"ana"}
    assert handoff(scene, id_).chat.messages == 0


def test_the_message_is_sent_after_all_once_when_asked_to() -> None:
    scene = Routed()
    id_ = accepted(scene)
    scene.say("ana", "Løst!")
    [slot] = scene.slots("ana", f"handoff/{id_}/held/")
    assert "«Løst!» er ikke sendt til Medarbeider Kari." in scene.shown("ana", slot)
    [data] = [action["data"] for to, at, action in scene.presses() if (to, at) == ("ana", slot)]
    scene.press("ana", "handoff.send_typed", slot=slot, **data)
    assert handoff(scene, id_).chat.messages == 1
    assert "Løst!" in scene.shown("kari", scene.slots("kari")[-1])
    assert "handoff.send_typed" not in scene.buttons("ana", slot)


@pytest.mark.parametrize("words", ["løst?", "Er det løst", "Jeg vil gi videre til Bo", "ikke løst", "gi videre det"])
def test_a_question_or_more_words_go_to_the_asker(words: str) -> None:
    scene = Routed()
    id_ = accepted(scene)
    scene.say("ana", words)
    assert handoff(scene, id_).chat.messages == 1


def test_the_askers_word_goes_to_the_helper() -> None:
    scene = Routed()
    id_ = accepted(scene)
    scene.say("kari", "Løst")
    assert handoff(scene, id_).chat.messages == 1
    assert handoff(scene, id_).status is Status.ACCEPTED


def test_after_the_question_is_closed_nothing_is_sent() -> None:
    scene = Routed()
    id_ = accepted(scene)
    scene.say("ana", "løst")
    [slot] = scene.slots("ana", f"handoff/{id_}/held/")
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="")
    assert scene.press("ana", "handoff.send_typed", slot=slot, handoff_id=id_, words="løst").notice
    assert handoff(scene, id_).chat.messages == 0


# An answer typed under an open offer

ANSWER = "Ring vaktmesteren på 99."


def answer_card(scene: Routed, id_: str) -> list[str]:
    return scene.slots("ana", f"handoff/{id_}/answer/")


def test_an_answer_typed_under_an_offer_takes_the_question_and_is_sent_in_one_press() -> None:
    scene = Routed()
    id_ = asked(scene)
    scene.say("ana", ANSWER)
    [slot] = answer_card(scene, id_)
    assert "Vil du ta spørsmålet og sende dette?" in scene.shown("ana", slot)
    assert ANSWER in scene.shown("ana", slot)
    assert handoff(scene, id_).status is Status.OFFERED
    assert ANSWER not in " ".join(scene.shown("kari", slot) for slot in scene.slots("kari"))
    outcome = scene.press("ana", "handoff.send_answer", slot=slot, handoff_id=id_, words=ANSWER)
    assert outcome.notice == ""
    assert handoff(scene, id_).is_with("ana")
    assert handoff(scene, id_).status is Status.ACCEPTED
    assert ANSWER in scene.shown("kari", f"handoff/{id_}/said/1")
    assert scene.get(Session, "ana").talking_in == id_


def test_the_same_words_once_more_are_for_heia() -> None:
    scene = Routed()
    id_ = asked(scene)
    for _ in range(2):
        scene.say("ana", ANSWER)
    assert len(answer_card(scene, id_)) == 1
    assert scene.slots("ana")[-1].startswith("ask/")


@pytest.mark.parametrize(
    "words",
    [
        "Hvordan ringer jeg vaktmesteren?",
        "skriveren virker ikke her",
        "jeg trenger hjelp med en mappe",
        "teams kalender",
        "hei og hopp",
        "mine data",
    ],
)
def test_a_question_a_fault_or_a_command_under_an_offer_is_for_heia(words: str) -> None:
    scene = Routed()
    id_ = asked(scene)
    scene.say("ana", words)
    assert answer_card(scene, id_) == []


def test_without_an_open_offer_a_statement_is_for_heia() -> None:
    scene = Routed()
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    scene.say("ana", ANSWER)
    assert answer_card(scene, id_) == []


def test_an_offer_that_is_gone_meanwhile_sends_nothing() -> None:
    scene = Routed()
    id_ = asked(scene)
    scene.say("ana", ANSWER)
    [slot] = answer_card(scene, id_)
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    assert scene.press("ana", "handoff.send_answer", slot=slot, handoff_id=id_, words=ANSWER).notice
    assert handoff(scene, id_).status is Status.WITHDRAWN
    assert handoff(scene, id_).chat.messages == 0


def test_nobody_takes_another_ambassadors_offer_with_an_answer() -> None:
    scene = Routed()
    enlist(scene, ambassador("bo", "sor"))
    id_ = asked(scene)
    for who in ("bo", "kari"):
        assert scene.press(who, "handoff.send_answer", handoff_id=id_, words=ANSWER).notice
    assert handoff(scene, id_).status is Status.OFFERED


def test_an_answer_with_a_health_fact_is_shown_to_its_author_before_anything_is_taken() -> None:
    scene = Routed()
    id_ = asked(scene)
    words = "Mor til Odd Hansen har kreft og er syk."
    scene.press("ana", "handoff.send_answer", handoff_id=id_, words=words)
    assert handoff(scene, id_).status is Status.OFFERED
    assert words not in " ".join(scene.shown("kari", slot) for slot in scene.slots("kari"))
