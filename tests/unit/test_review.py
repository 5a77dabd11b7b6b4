"""Every form and message that carries words to another person is reviewed; the verbs and inputs are found."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from dialogs import router
from dialogs.core.decision import Notice
from dialogs.core.review import FLOW, MOST_CHARACTERS, REVIEWED, ReviewGround
from dialogs.handoff.transitions import Status
from tests.unit.driver import Stage
from tests.unit.handoff.scene import Routed, accepted, handoff

ROOT = Path(__file__).parents[2]
WORDS = "Pasienten Kari Nordmann har fått kreft, og passordet hennes er Sommer2024!"


def _card_inputs() -> set[str]:
    """Return the names of the text inputs of all cards."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "dialogs").rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    writes = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "write")
    return {str(call.args[0].value) for call in writes if call.args and isinstance(call.args[0], ast.Constant)}


def _page_inputs() -> set[str]:
    """Return the names of the text inputs of all pages."""
    pages = (ROOT / "bot" / "channels" / "web" / "desk" / "templates").glob("*.html")
    return {
        name for page in pages for name in re.findall(r'ui\.text(?:area)?\("(\w+)"', page.read_text(encoding="utf-8"))
    }


INPUTS = sorted(_card_inputs() | _page_inputs())


def exempt_for(ground: ReviewGround) -> list[str]:
    """Return the verbs that are exempt for a reason."""
    return sorted(verb for verb, exempt in router.EXEMPT.items() if exempt.ground is ground)


@pytest.fixture
def scene() -> Routed:
    return Routed()


def warnings(town: Stage, who: str) -> str:
    """Return what a person is shown in the slots of warnings."""
    return " ".join(town.shown(who, slot) for slot in town.slots(who, f"{FLOW}/"))


def test_the_inputs_of_forms_are_found() -> None:
    assert {"answer", "question", "note", "words", "reason", "title", "word", "motive"} <= set(INPUTS)


@pytest.mark.parametrize("verb", sorted(router.VERBS))
def test_no_verb_lets_words_of_any_input_through_unseen(scene: Routed, verb: str) -> None:
    exempt = router.EXEMPT.get(verb)
    inputs = [name for name in [*INPUTS, "an_input_of_tomorrow"] if exempt is None or not exempt.covers(name)]
    if exempt is None or exempt.fields:
        assert inputs
    if inputs:
        # Each of them: a warning about several names them all.
        outcome = scene.press("kari", verb, **{name: f"{WORDS} {name}" for name in inputs})
        shown = warnings(scene, "kari")
        assert all(f"{WORDS} {name}" in shown for name in inputs)
        assert not outcome.changed


@pytest.mark.parametrize(
    "verb", sorted(verb for verb, each in router.EXEMPT.items() if each.ground is ReviewGround.SEARCH)
)
def test_what_is_searched_for_reaches_and_is_kept_for_nobody(scene: Routed, verb: str) -> None:
    id_ = accepted(scene)
    data = {name: f"{WORDS} {name}" for name in INPUTS if router.EXEMPT[verb].covers(name)}
    outcome = scene.press("ana", verb, **data, handoff_id=id_)
    assert WORDS not in repr(outcome.decision.writes)
    assert WORDS not in repr([post for post in outcome.posts if post.to != "ana"])


@pytest.mark.parametrize(
    "verb", sorted(verb for verb, each in router.EXEMPT.items() if each.ground is ReviewGround.HELD)
)
def test_a_flow_that_holds_words_asks_the_same_check(verb: str) -> None:
    flow: Any = router.VERBS[verb]
    assert re.search(r"\b(?:reasons_to_warn|form\.concerns)\b", inspect.getsource(inspect.getmodule(flow)))  # type: ignore[arg-type]


def test_an_exemption_is_of_a_verb() -> None:
    assert set(router.EXEMPT) <= set(router.VERBS)


def resolving(town: Routed, **more: Any) -> str:
    """Let Ana answer with a diagnosis, and return the hand-off's id."""
    id_ = accepted(town)
    slot = town.slots("ana", f"handoff/{id_}")[-1]
    town.press("ana", "handoff.resolve", slot=slot, handoff_id=id_, answer=WORDS, share="true", **more)
    return id_


def test_an_answer_to_suggest_is_held_until_the_helper_sends_it_anyway(scene: Routed) -> None:
    id_ = resolving(scene)
    assert handoff(scene, id_).status is Status.ACCEPTED
    assert not scene.slots("ana", f"handoff/{id_}/suggest")
    texts = scene.texts("ana")
    assert texts("warned.health") in warnings(scene, "ana")
    [slot] = scene.slots("ana", f"{FLOW}/")
    anyway = next(
        action for to, where, action in scene.presses() if (to, where) == ("ana", slot) and REVIEWED in action["data"]
    )
    scene.press("ana", anyway["verb"], slot=slot, **anyway["data"])
    assert handoff(scene, id_).outcome.answer == WORDS
    assert scene.slots("ana", f"handoff/{id_}/suggest")
    assert not warnings(scene, "ana")


def test_edited_words_are_checked_again_and_sent_when_there_is_no_concern(scene: Routed) -> None:
    id_ = resolving(scene)
    [slot] = scene.slots("ana", f"{FLOW}/")
    anyway = next(action for to, _, action in scene.presses() if to == "ana" and REVIEWED in action["data"])
    other = {**anyway["data"], "answer": "Hun er medlem av Fagforbundet."}
    scene.press("ana", "handoff.resolve", slot=slot, **other)
    assert handoff(scene, id_).status is Status.ACCEPTED
    scene.press("ana", "handoff.resolve", slot=slot, **{**other, "answer": "Trykk Del."})
    assert handoff(scene, id_).outcome.answer == "Trykk Del."
    assert not scene.shown("ana", slot)


def test_an_emergency_hides_no_concern_from_another_person(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.say("ana", f"Hun puster ikke! {WORDS}")
    assert not scene.slots("kari", f"handoff/{id_}/said/")
    assert scene.slots("ana", f"handoff/{id_}/held/")
    scene.press("ana", "announce.preview", body_nb=f"Det brenner! {WORDS}")
    assert scene.texts("ana")("warned.health") in warnings(scene, "ana")


def test_an_emergency_without_a_concern_is_sent_at_once(scene: Routed) -> None:
    id_ = accepted(scene)
    scene.say("ana", "Det brenner i trappen, gå ut!")
    assert scene.slots("kari", f"handoff/{id_}/said/")


@pytest.mark.parametrize("verb", ["announce.preview", "announce.test", "announce.corrected"])
def test_a_sender_of_an_announcement_is_reviewed(scene: Routed, verb: str) -> None:
    scene.press("kari", verb, sender=WORDS)
    assert WORDS in warnings(scene, "kari")


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/?q=Kari%20Nordmann%20har%20kreft",
        "https://a.example/Kari-Nordmann-har-kreft",
        "https://a.example/Kari_Nordmann_har_kreft#side",
    ],
)
def test_words_of_an_address_are_reviewed(scene: Routed, address: str) -> None:
    scene.press("kari", "announce.preview", title_nb="Teams", links=f"Les mer | {address}")
    assert scene.texts("kari")("warned.health") in warnings(scene, "kari")
    assert address in warnings(scene, "kari"), "the words are shown as written"


@pytest.mark.parametrize(
    "address",
    ["https://a.example/hjelp/bytte-passord", "https://a.example/hr/sykemelding?id=4711", "https://a.example"],
)
def test_an_ordinary_address_is_no_concern(scene: Routed, address: str) -> None:
    scene.press("kari", "announce.preview", title_nb="Teams", links=f"Les mer | {address}")
    assert not warnings(scene, "kari")


SPLIT = {"announcement_id": "a-1", "title_nb": "Møtet er flyttet", "lead": "Pasienten vår", "body_nb": "har diabetes"}


def test_words_divided_between_inputs_are_reviewed_as_one(scene: Routed) -> None:
    outcome = scene.press("kari", "announce.preview", **SPLIT)
    assert not outcome.changed
    shown = warnings(scene, "kari")
    assert scene.texts("kari")("warned.health") in shown
    assert "Pasienten vår" in shown
    assert "har diabetes" in shown
    assert "a-1" not in shown
    assert "flyttet" not in shown


def test_ordinary_texts_side_by_side_are_no_name(scene: Routed) -> None:
    scene.press("kari", "announce.preview", title_nb="Hvordan deler jeg en mappe?", body_nb="Trykk Del.")
    assert not warnings(scene, "kari")


def test_the_confirmation_of_divided_words_is_of_all_of_them(scene: Routed) -> None:
    scene.press("kari", "announce.preview", **SPLIT)
    [slot] = scene.slots("kari", f"{FLOW}/")
    data = next(action["data"] for to, _, action in scene.presses() if to == "kari" and REVIEWED in action["data"])
    title = scene.texts("kari")("warned.title")
    edited = scene.press("kari", "announce.preview", slot=slot, **{**data, "lead": "Pasienten i annen etasje"})
    assert title in repr(edited.decision)
    confirmed = scene.press("kari", "announce.preview", slot=slot, **data)
    assert title not in repr(confirmed.decision)


def test_a_form_with_more_text_than_is_read_is_refused(scene: Routed) -> None:
    most = "en ny skriver " * (MOST_CHARACTERS // 14)
    texts = scene.texts("kari")
    refusal = Notice(text=texts("warned.too_much", number=texts.number(MOST_CHARACTERS)))
    assert refusal not in scene.press("kari", "announce.preview", body_nb=most).decision.effects
    assert refusal in scene.press("kari", "announce.preview", title_nb=most, body_nb=most).decision.effects
