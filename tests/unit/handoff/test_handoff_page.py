"""A helper who acts on a page of the desk answers in the chat, so the card is there."""

from dialogs.core.person import Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import offer_slot
from dialogs.handoff.transitions import Status
from tests.unit.driver import Stage
from tests.unit.handoff.scene import asked, person, stage

WORDS = "Hvordan deler jeg en mappe?"


def with_the_contact() -> tuple[Stage, Handoff]:
    """Return a question that the ambassadors have declined."""
    scene = stage()
    id_ = asked(scene, question=WORDS)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    found = scene.get(Handoff, id_)
    assert found.status is Status.ESCALATED
    return scene, found


def test_a_question_taken_on_a_page_is_in_the_helpers_chat_with_its_words() -> None:
    scene, waiting = with_the_contact()
    outcome = scene.press_on_page("kim", "handoff.accept", handoff_id=waiting.id)
    taken = scene.get(Handoff, waiting.id)
    assert taken.is_with("kim")
    assert taken.status is Status.ACCEPTED
    slot = offer_slot(taken, "kim")
    assert ("kim", slot) in [(post.to, post.slot) for post in outcome.posts]
    assert WORDS in scene.shown("kim", slot)
    assert "handoff.resolve" in scene.buttons("kim", slot)


def test_the_chat_of_a_contact_who_gave_it_away_on_a_page_offers_it_no_longer() -> None:
    scene, waiting = with_the_contact()
    scene.put(person("kine", "skole", Role.CONTACT))
    slot = offer_slot(waiting, "kim")
    assert "handoff.accept" in scene.buttons("kim", slot)
    outcome = scene.press_on_page("kim", "handoff.pass", handoff_id=waiting.id, colleague_id="kine")
    assert scene.get(Handoff, waiting.id).assignment.contacts == ("kine",)
    assert ("kim", slot) in [(post.to, post.slot) for post in outcome.posts]
    assert "handoff.accept" not in scene.buttons("kim", slot)
