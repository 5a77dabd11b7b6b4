"""A guest on the web page, whom nobody vouches for, gets help and learns no colleague's name."""

from datetime import timedelta

import pytest

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from tests.unit.driver import Stage
from tests.unit.handoff.scene import alter, asked, person, stage

GUEST = "guest-1"
NAMES = ("Ambassadør Ana", "Ambassadør Bo", "Ambassadør Cato", "Kontakt Kim")


def town() -> Stage:
    scene = stage()
    scene.put(person(GUEST, "nord", name=""))
    return scene


def read(scene: Stage) -> str:
    """Return everything the guest has on the page, cards and their buttons."""
    return " ".join(f"{message.text} {message.card}" for (to, _), message in scene.posts.items() if to == GUEST)


def assert_nameless(scene: Stage) -> None:
    text = read(scene)
    assert [name for name in NAMES if name in text] == []


def test_the_nearest_three_are_shown_without_names() -> None:
    scene = town()
    scene.press(GUEST, "ambassador.mine")
    assert "Hjemmetjenesten Nord" in read(scene)
    assert scene.texts(GUEST)("ambassador.mine.guest") in read(scene)
    assert_nameless(scene)


def test_a_whole_handoff_names_nobody() -> None:
    scene = town()
    handoff_id = asked(scene, GUEST)
    assert_nameless(scene)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    assert_nameless(scene)
    scene.say("ana", "Du finner det under Del.")
    scene.say(GUEST, "Takk!")
    assert "Du finner det under Del." in read(scene)
    assert_nameless(scene)
    scene.ring_until(scene.now + timedelta(days=4))
    assert_nameless(scene)


def test_one_that_moves_on_names_nobody() -> None:
    scene = town()
    handoff_id = asked(scene, GUEST)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    scene.press("ana", "handoff.pass", handoff_id=handoff_id, to="bo")
    scene.ring_until(scene.now + timedelta(days=30))
    assert scene.get(Handoff, handoff_id).status is not Status.ACCEPTED
    assert_nameless(scene)


def test_the_helper_is_told_that_it_is_a_guest() -> None:
    scene = town()
    handoff_id = asked(scene, GUEST)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    told = " ".join(message.text + str(message.card) for (to, _), message in scene.posts.items() if to == "ana")
    assert scene.texts("ana")("common.a_guest") in told


def test_a_guest_becomes_no_ambassador_and_nominates_nobody() -> None:
    scene = town()
    before = {key for key in scene.posts if key[0] != GUEST}
    scene.press(GUEST, "ambassador.apply")
    scene.press(GUEST, "ambassador.send", motive="Jeg vil se listen")
    scene.press(GUEST, "ambassador.nominate", colleague="Ambassadør Ana")
    assert scene.all(AmbassadorApplication) == []
    assert {key for key in scene.posts if key[0] != GUEST} == before
    assert scene.texts(GUEST)("ambassador.apply.guest") in read(scene)
    assert_nameless(scene)


@pytest.mark.parametrize("verb", ["ambassador.desk", "ambassador.settings", "ambassador.mine"])
def test_a_guest_is_not_offered_what_guests_are_refused(verb: str) -> None:
    scene = town()
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, active=False)
    scene.press(GUEST, verb)
    assert "ambassador.apply" not in [action["verb"] for to, _, action in scene.presses() if to == GUEST]
    assert read(scene)
    assert "noe for deg" not in read(scene)
