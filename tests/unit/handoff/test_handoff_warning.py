"""An asker is warned before words that hold more than help needs go to a colleague, and decides."""

from typing import Any

import pytest

from dialogs.core.review import REVIEWED
from dialogs.handoff.draft import Draft, Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.language.concerns import Concern
from tests.unit.driver import Outcome, Stage
from tests.unit.handoff.scene import accepted, asked, handoff, stage

SECRET = "passordet mitt er Sommer2024!"
EACH = {
    Concern.PASSWORD: SECRET,
    Concern.HEALTH: "Hun har fått kreft, hvor skriver jeg det?",
    Concern.PUPIL: "eleven Ola Nordmann i 7B får ikke logget inn",
    Concern.THIRD_PERSON: "Saken til Erik Moe ligger åpent",
    Concern.BAD_IDENTITY_NUMBER: "fnr 010170 50041 virker ikke",
}


def anyway_button(scene: Stage, who: str) -> dict[str, Any]:
    """Return the button of the newest warning that sends the shown words, with the slot of its card in ``data``."""
    *_, (slot, button) = (
        (slot, action) for to, slot, action in scene.presses() if to == who and REVIEWED in action["data"]
    )
    return {**button, "data": {**button["data"], "slot": slot}}


def sent_anyway(scene: Stage, who: str, **changed: str) -> Outcome:
    """Press the button that confirms a warning, with other words if given."""
    button = anyway_button(scene, who)
    return scene.press(who, button["verb"], **{**button["data"], **changed})


def drafted(scene: Stage) -> str:
    """Let Kari begin to ask and return the draft's id."""
    scene.press("kari", "handoff.start")
    return scene.slots("kari", "handoff/")[-1].split("/")[1]


@pytest.mark.parametrize("concern", EACH)
def test_a_question_is_held_back_and_what_was_noticed_is_told(concern: Concern) -> None:
    scene = stage()
    id_ = drafted(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question=EACH[concern])
    assert scene.find(Handoff, id_) is None
    shown = scene.shown("kari", f"handoff/{id_}/status")
    assert scene.texts("kari")(f"warned.{concern}") in shown
    assert EACH[concern] in shown
    assert not scene.slots("ana")


def test_an_ordinary_question_is_sent_at_once() -> None:
    scene = stage()
    assert handoff(scene, asked(scene, question="Passordet virker ikke, og sykemelding i HR-systemet?")).question


def test_it_is_sent_anyway_with_one_press_and_the_helper_sees_no_warning() -> None:
    scene = stage()
    id_ = drafted(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question=SECRET)
    sent_anyway(scene, "kari")
    assert handoff(scene, id_).question == SECRET
    offer = scene.shown("ana", f"handoff/{id_}/offer")
    assert SECRET in offer
    assert scene.texts("ana")("warned.title") not in offer
    assert scene.find(Draft, id_) is None


def test_anyway_holds_for_the_words_that_were_shown_only() -> None:
    scene = stage()
    id_ = drafted(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question="Saken til Erik Moe ligger åpent")
    sent_anyway(scene, "kari", question=SECRET)
    assert scene.find(Handoff, id_) is None
    assert scene.texts("kari")("warned.password") in scene.shown("kari", f"handoff/{id_}/status")


def test_edited_words_are_sent_without_another_question() -> None:
    scene = stage()
    id_ = drafted(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question=SECRET)
    scene.press("kari", "handoff.send", handoff_id=id_, question="Jeg kommer ikke inn")
    assert handoff(scene, id_).question == "Jeg kommer ikke inn"


def test_what_was_asked_the_bot_before_is_warned_about_on_the_draft() -> None:
    scene = stage()
    scene.say("kari", SECRET)
    question, advice = scene.slots("kari", "ask/")
    assert scene.texts("kari")("ask.private.password") in scene.shown("kari", advice)
    scene.press("kari", "handoff.start", question_id=question.split("/")[1])
    id_ = scene.slots("kari", "handoff/")[-1].split("/")[1]
    assert scene.texts("kari")("warned.password") in scene.shown("kari", f"handoff/{id_}/status")
    scene.press("kari", "handoff.cancel", handoff_id=id_)
    assert scene.find(Draft, id_) is None


def test_an_edit_is_held_back_until_it_is_confirmed() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("kari", "handoff.edit", handoff_id=id_, question=SECRET)
    assert handoff(scene, id_).question != SECRET
    slot = f"handoff/{id_}/warned"
    assert scene.texts("kari")("warned.password") in scene.shown("kari", slot)
    sent_anyway(scene, "kari", question=f"{SECRET} Hun har fått kreft.")
    assert handoff(scene, id_).question != f"{SECRET} Hun har fått kreft.", "other words than those shown"
    assert scene.texts("kari")("warned.health") in scene.shown("kari", slot)
    scene.press("kari", "handoff.edit", handoff_id=id_, question=SECRET)
    sent_anyway(scene, "kari")
    assert handoff(scene, id_).question == SECRET
    assert not scene.shown("kari", slot), "the warning is taken away"


def test_words_of_a_reopening_are_held_back_and_nothing_is_reopened() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.reopen", handoff_id=id_, words=SECRET)
    assert handoff(scene, id_).status is Status.RESOLVED
    held = anyway_button(scene, "kari")
    sent_anyway(scene, "kari", words=f"{SECRET} Hun har fått kreft.")
    assert handoff(scene, id_).status is Status.RESOLVED, "other words than those shown"
    scene.press("kari", held["verb"], **held["data"])
    assert handoff(scene, id_).status is Status.ACCEPTED
    assert SECRET in scene.shown("ana", f"handoff/{id_}/said/1")


def test_what_the_asker_adds_is_held_back_in_the_conversation_too() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("kari", SECRET)
    assert scene.get(Unsent, "kari").text == SECRET
    assert not scene.slots("ana", f"handoff/{id_}/said")
    scene.press("kari", "handoff.send_unsent", handoff_id=id_, words="Jeg er låst ute")
    assert "Jeg er låst ute" in scene.shown("ana", f"handoff/{id_}/said/1")
    assert scene.find(Unsent, "kari") is None
    scene.say("kari", SECRET)
    sent_anyway(scene, "kari")
    assert SECRET in scene.shown("ana", f"handoff/{id_}/said/2")


def test_a_helper_s_answer_is_not_held_back() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", "Spør Erik Moe om det")
    assert "Spør Erik Moe" in scene.shown("kari", f"handoff/{id_}/said/1")


def test_dropped_words_are_gone() -> None:
    scene = stage()
    accepted(scene)
    scene.say("kari", SECRET)
    scene.press("kari", "handoff.drop_unsent")
    assert scene.find(Unsent, "kari") is None


@pytest.mark.parametrize("from_the_chat", [True, False])
def test_the_warning_says_who_gets_the_question_and_that_the_name_follows(from_the_chat: bool) -> None:
    scene = stage()
    texts = scene.texts("kari")
    if from_the_chat:
        scene.say("kari", SECRET)
        scene.press("kari", "handoff.start", question_id=scene.slots("kari", "ask/")[-1].split("/")[1])
        id_ = scene.slots("kari", "handoff/")[-1].split("/")[1]
    else:
        id_ = drafted(scene)
        scene.press("kari", "handoff.send", handoff_id=id_, question=SECRET)
    shown = scene.shown("kari", f"handoff/{id_}/status")
    assert "handoff.send" in scene.buttons("kari", f"handoff/{id_}/status")
    for key in ("handoff.preview.whom", "handoff.preview.seen"):
        assert texts(key, unit="Hjemmetjenesten Nord") in shown


def test_the_warning_about_a_message_names_the_colleague_who_gets_it() -> None:
    scene = stage()
    accepted(scene)
    scene.say("kari", SECRET)
    slot = next(slot for slot in scene.slots("kari") if "handoff.send_unsent" in scene.buttons("kari", slot))
    assert scene.texts("kari")("handoff.warned.to", name="Ambassadør Ana") in scene.shown("kari", slot)


def test_a_helper_is_warned_about_the_own_health_and_sends_anyway() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", HEALTH)
    slot = next(slot for slot in scene.slots("ana") if "handoff.send_unsent" in scene.buttons("ana", slot))
    assert scene.texts("ana")("warned.health") in scene.shown("ana", slot)
    assert not scene.slots("kari", f"handoff/{id_}/said/")
    sent_anyway(scene, "ana")
    assert HEALTH in scene.shown("kari", f"handoff/{id_}/said/1")


@pytest.mark.parametrize("words", ["Spør Erik Moe, han vet det.", "Jeg er usikker på sykemelding i HR."])
def test_a_helper_is_not_warned_about_what_help_needs(words: str) -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", words)
    assert words in scene.shown("kari", f"handoff/{id_}/said/1")


@pytest.mark.parametrize("words", [SECRET, "Hun er medlem av Fagforbundet."])
def test_a_helper_is_warned_as_an_asker_is(words: str) -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", words)
    assert not scene.slots("kari", f"handoff/{id_}/said/")
    assert scene.slots("ana", f"handoff/{id_}/held/")


HEALTH = "Jeg har fått kreft, men kollegaen min hjelper deg."


@pytest.mark.parametrize("verb", ["resolve", "release"])
def test_a_message_held_when_the_conversation_ends_is_dropped_and_its_card_says_so(verb: str) -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", HEALTH)
    [slot] = scene.slots("ana", f"handoff/{id_}/held/")
    scene.press("ana", f"handoff.{verb}", handoff_id=id_)
    assert scene.texts("ana")("handoff.not_sent") in scene.shown("ana", slot)
    assert HEALTH not in scene.shown("ana", slot)
    assert not scene.buttons("ana", slot)
    assert scene.find(Unsent, "ana") is None


def test_a_held_message_of_an_erased_conversation_is_refused_as_not_sent_and_without_an_audit_entry() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", HEALTH)
    scene.forget(Handoff, id_)
    outcome = sent_anyway(scene, "ana")
    assert outcome.notice == scene.texts("ana")("handoff.refused.conversation_erased")
    assert not outcome.audits
    assert not outcome.changed
