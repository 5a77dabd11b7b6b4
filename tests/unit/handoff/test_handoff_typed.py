"""Whole messages that name an action: the helper gets the action, and the colleague gets no message."""

import pytest

from dialogs.handoff.transitions import Status
from tests.unit.handoff.scene import Routed, accepted, handoff

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
