"""On the web *Løst*, *Gi videre*, *Kan ikke nå* and a rating wait ten seconds for who pressed to undo them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from dialogs.core.channel import Channels
from dialogs.core.event import Pressed
from dialogs.core.person import Person
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.handoff.undo import INPUTS, HeldAct
from knowledge.language.masking import MaskedText
from tests.channels import CHANNELS, TEAMS, WEB
from tests.unit.handoff.scene import Routed, accepted, ambassador, asked, enlist

TEN: Final = timedelta(seconds=10)


@pytest.fixture
def scene() -> Routed:
    scene = Routed()
    enlist(scene, ambassador("bo", "sor"))
    specs = tuple(replace(spec, undo_for=TEN) if spec.name == WEB else spec for spec in CHANNELS)
    scene.content = replace(scene.content, channels=Channels(specs))
    return scene


def status(scene: Routed, id_: str) -> Status:
    handoff: Handoff = scene.get(Handoff, id_)
    return handoff.status


def told(scene: Routed, who: str = "ana") -> str:
    """Return what the last messages of held acts say."""
    return " ".join(scene.shown(who, slot) for slot in scene.slots(who, "handoff/held/"))


def undone(scene: Routed, id_: str, who: str = "ana") -> Any:
    return scene.press(who, "handoff.undo", held_id=f"{id_}/{who}")


def undo_buttons(scene: Routed) -> int:
    return sum(action["verb"] == "handoff.undo" for _, _, action in scene.presses())


def wait(scene: Routed, time: timedelta = TEN) -> None:
    scene.ring_until(scene.now + time)


def rateable(scene: Routed) -> str:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    wait(scene)
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    return id_


ACTS: Final[dict[str, Any]] = {
    "handoff.resolve": (accepted, "ana", {"answer": "Trykk Del."}, lambda handoff: handoff.status is Status.RESOLVED),
    "handoff.pass": (
        accepted,
        "ana",
        {"colleague_id": "bo", "note": "Du kan mapper."},
        lambda handoff: handoff.assignment.offered_to == "bo",
    ),
    "handoff.decline": (asked, "ana", {}, lambda handoff: handoff.assignment.offered_to == "bo"),
    "handoff.rate": (rateable, "kari", {"rating": "4"}, lambda handoff: handoff.outcome.rating == 4),
}


@pytest.mark.parametrize("verb", ACTS)
def test_it_waits_ten_seconds_and_is_done_once(scene: Routed, verb: str) -> None:
    begin, who, data, is_done = ACTS[verb]
    id_ = begin(scene)
    before = scene.get(Handoff, id_)
    scene.press(who, verb, handoff_id=id_, **data)
    wait(scene, TEN - timedelta(seconds=1))
    assert scene.get(Handoff, id_) == before
    assert undo_buttons(scene) == 1
    wait(scene, timedelta(seconds=1))
    done = scene.get(Handoff, id_)
    assert is_done(done)
    assert (told(scene, who), undo_buttons(scene)) == ("", 0), "the act shows itself"
    assert scene.all(HeldAct) == []
    scene.ring("handoff.held", held_id=f"{id_}/{who}")  # a timer that rings again
    assert scene.get(Handoff, id_) == done


@pytest.mark.parametrize("verb", ACTS)
def test_it_can_be_undone_and_leaves_nothing(scene: Routed, verb: str) -> None:
    begin, who, data, _ = ACTS[verb]
    id_ = begin(scene)
    before, timers = scene.get(Handoff, id_), scene.timers
    scene.press(who, verb, handoff_id=id_, **data)
    undone(scene, id_, who)
    assert scene.texts(who)(f"handoff.undone.{verb}") in told(scene, who)
    assert (scene.all(HeldAct), scene.timers) == ([], timers)
    wait(scene)
    assert scene.get(Handoff, id_) == before


def test_opening_another_act_stops_the_one_that_waits_and_gives_its_words_back(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("ana", "handoff.pass_card", handoff_id=id_)
    assert scene.all(HeldAct) == []
    said = " ".join(scene.shown("ana", slot) for slot in scene.slots("ana", f"handoff/{id_}/held/"))
    assert scene.texts("ana")("handoff.undone.handoff.resolve") in said
    assert "Trykk Del." in said
    assert undo_buttons(scene) == 0
    wait(scene)
    assert status(scene, id_) is Status.ACCEPTED


def test_a_rating_waits_below_its_buttons_which_stay_where_they_are(scene: Routed) -> None:
    id_ = rateable(scene)
    slot = f"handoff/{id_}/closing/1"
    before = scene.posts["kari", slot]
    scene.press("kari", "handoff.rate", slot=slot, handoff_id=id_, rating="4")
    body, shown = (message.card["body"] for message in (before, scene.posts["kari", slot]) if message.card)
    buttons = next(at for at, element in enumerate(body) if element["type"] == "ActionSet")
    assert shown[: buttons + 1] == body[: buttons + 1]
    assert "«4 – god»" in scene.shown("kari", slot)
    assert scene.buttons("kari", slot)[-1] == "handoff.undo"
    undone(scene, id_, "kari")
    assert scene.texts("kari")("handoff.undone.handoff.rate") in scene.shown("kari", slot)
    scene.press("kari", "handoff.rate", slot=slot, handoff_id=id_, rating="5")
    wait(scene)
    assert "handoff.undo" not in scene.buttons("kari", slot)
    assert scene.get(Handoff, id_).outcome.rating == 5


def test_too_late_or_another_persons_press_undoes_nothing(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    too_late = scene.texts("kari")("handoff.held.too_late")
    for other in ("kari", "bo"):
        assert scene.press(other, "handoff.undo", held_id=f"{id_}/ana").notice == too_late
    wait(scene)
    assert undone(scene, id_).notice == too_late
    assert status(scene, id_) is Status.RESOLVED


def test_pressed_twice_it_is_done_once_as_pressed_last(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    wait(scene, timedelta(seconds=5))
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Høyreklikk på mappen.")
    wait(scene, timedelta(seconds=6))
    assert (status(scene, id_), undo_buttons(scene)) == (Status.ACCEPTED, 1)
    wait(scene)
    assert scene.get(Handoff, id_).outcome.answer == "Høyreklikk på mappen."
    assert scene.get(Handoff, id_).outcome.resolutions == 1


def test_a_timer_that_rings_early_does_nothing(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.ring("handoff.held", held_id=f"{id_}/ana")
    assert (status(scene, id_), undo_buttons(scene)) == (Status.ACCEPTED, 1)


def test_an_act_of_nobody_is_dropped(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.forget(Person, "ana")
    wait(scene)
    assert (status(scene, id_), scene.all(HeldAct)) == (Status.ACCEPTED, [])


def test_another_choice_takes_the_place_of_the_one_that_waits(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo")
    wait(scene)
    assert scene.get(Handoff, id_).assignment.offered_to == "bo"
    assert scene.get(Handoff, id_).outcome.resolutions == 0


def test_a_message_meanwhile_drops_it_and_the_actor_is_told(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    wait(scene, timedelta(seconds=1))
    scene.press("kari", "handoff.focus", handoff_id=id_)
    scene.say("kari", "det virker ikke likevel")
    wait(scene)
    assert status(scene, id_) is Status.ACCEPTED
    [slot] = scene.slots("ana", f"handoff/{id_}/held/")
    assert scene.texts("ana")("handoff.held.dropped") in scene.shown("ana", slot)
    assert "Trykk Del." in scene.shown("ana", slot), "what was written is not lost"
    assert undo_buttons(scene) == 0
    scene.press("kari", "privacy.erase_now")
    assert scene.slots("ana", f"handoff/{id_}/") == [], "erased with the question"


def test_a_colleague_who_is_gone_meanwhile_gets_nothing_and_the_actor_is_told(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo", note="Du kan mapper.")
    scene.press("bo", "ambassador.left")
    scene.press("bo", "privacy.erase_now")
    wait(scene)
    assert status(scene, id_) is Status.ACCEPTED
    [slot] = scene.slots("ana", f"handoff/{id_}/held/")
    assert scene.texts("ana")("handoff.refused.no_helper") in scene.shown("ana", slot)
    assert "Du kan mapper." in scene.shown("ana", slot)


def test_an_actor_who_left_the_registry_does_nothing_more(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.put(replace(scene.get(Person, "ana"), left=True))
    wait(scene)
    assert status(scene, id_) is Status.ACCEPTED


def test_an_erased_askers_question_takes_the_held_words_along_at_once(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Kari skrev om mappen sin.")
    scene.press("kari", "privacy.erase_now")
    assert not any("mappen" in str(act.data) for act in scene.all(HeldAct))
    wait(scene)
    assert scene.texts("ana")("handoff.held.dropped") in told(scene)
    assert scene.all(HeldAct) == []


def test_an_erased_actors_held_act_goes_along(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("ana", "privacy.erase_now")
    assert scene.all(HeldAct) == []
    wait(scene)
    assert scene.get(Handoff, id_).outcome.answer == ""


def test_it_is_kept_masked_and_the_actor_is_told_of_it_at_once(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Fødselsnummeret er 01019010046.")
    [act] = scene.all(HeldAct)
    assert "01019010046" not in str(act)
    assert scene.slots("ana", "handoff/masked/")


def test_what_would_not_act_is_answered_at_once(scene: Routed) -> None:
    id_ = accepted(scene)
    outcome = scene.press("ana", "handoff.pass", handoff_id=id_)
    assert outcome.notice == scene.texts("ana")("handoff.pass.choose")
    assert scene.press("bo", "handoff.resolve", handoff_id=id_, answer="Nei").notice
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo", note="Hun er gravid og deprimert.")
    assert scene.all(HeldAct) == [], "a note with a concern is asked about first"


def test_in_teams_and_on_the_desk_it_acts_at_once(scene: Routed) -> None:
    id_ = accepted(scene)
    pressed = scene.pressing("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.race(replace(pressed, channel=TEAMS))
    assert status(scene, id_) is Status.RESOLVED
    id_ = asked(scene)
    scene.press_on_page("ana", "handoff.decline", handoff_id=id_)
    assert scene.get(Handoff, id_).assignment.offered_to == "bo"


@pytest.mark.parametrize("verb", ACTS)
def test_the_inputs_that_are_kept_are_those_the_flow_reads(
    scene: Routed, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, who, data, _ = ACTS[verb]
    id_ = begin(scene)
    read: set[str] = set()
    whole = Pressed.text

    def noted(pressed: Pressed, name: str) -> MaskedText:
        read.add(name)
        return whole(pressed, name)

    scene.press(who, verb, handoff_id=id_, **data)
    monkeypatch.setattr(Pressed, "text", noted)
    wait(scene)
    assert read == INPUTS[verb].keys()


@pytest.mark.parametrize("verb", ACTS)
def test_what_is_kept_is_bounded_however_much_a_client_sends(scene: Routed, verb: str) -> None:
    begin, who, data, is_done = ACTS[verb]
    id_ = begin(scene)
    long = {name: value + " x" * 5_000 for name, value in data.items() if name in {"answer", "note"}}
    others = {f"other{number}": "x" * 100 for number in range(99)}
    scene.press(who, verb, handoff_id=id_, **{**others, **data, **long})
    [act] = scene.all(HeldAct)
    assert act.data.keys() == INPUTS[verb].keys()
    assert all(len(value) <= INPUTS[verb][name] for name, value in act.data.items())
    wait(scene)
    assert is_done(scene.get(Handoff, id_))
