"""The next helper has the question; the conversation before only with the asker's consent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from dialogs.ambassadors import feature as ambassador
from dialogs.core.event import Attachment
from dialogs.core.image import Image
from dialogs.handoff import feature as handoff_flow
from dialogs.handoff.earlier_chat import MAX_SHOWN
from dialogs.handoff.transitions import Status, Transition
from dialogs.privacy import flow as privacy
from tests.unit.driver import Outcome, Stage
from tests.unit.handoff.scene import accepted, handoff, stage
from tests.unit.read_cards import actions_of

SECRET = "Bare mellom oss to"
REPLY = "Prøv å starte på nytt"


@pytest.fixture
def town() -> Stage:
    verbs = {**handoff_flow.VERBS, **ambassador.VERBS, **privacy.VERBS}
    return stage(verbs=verbs, timers={**handoff_flow.TIMERS, **ambassador.TIMERS, **privacy.TIMERS})


def shot(town: Stage, id_: str, by: str) -> Attachment:
    town.put(Image(id=id_, person_id=by, media_type="image/png", size_bytes=1000, at=town.now))
    return Attachment(id=id_, name="skjerm.png", media_type="image/png", size_bytes=1000)


def passed_on(town: Stage, *, to: str = "bo") -> str:
    """Let Kari and Ana talk, with an image each, and another take the question; return its id."""
    id_ = accepted(town)
    town.press("kari", "handoff.focus", handoff_id=id_)
    town.say("kari", SECRET, [shot(town, "of-kari", "kari")])
    town.say("ana", REPLY, [shot(town, "of-ana", "ana")])
    town.ring_until(town.now + timedelta(minutes=1))  # owners are told apart by the time
    town.press("ana", "handoff.pass", handoff_id=id_, colleague_id=to)
    town.press(to, "handoff.accept", handoff_id=id_)
    return id_


def question(town: Stage, id_: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the buttons of the question to Kari, by verb."""
    slot = f"handoff/{id_}/earlier/{handoff(town, id_).assignment.acceptances}"
    message = town.posts["kari", slot]
    return {action["verb"]: {"slot": slot, **action["data"]} for action in actions_of(message.card)}


def press(town: Stage, buttons: Mapping[str, Mapping[str, Any]], verb: str, by: str = "kari") -> Outcome:
    return town.press(by, verb, **buttons[verb])


def seen_by(town: Stage, who: str) -> str:
    """Return everything readable in a chat."""
    return " ".join(town.shown(who, slot) for slot in town.slots(who))


def images_of(town: Stage, who: str) -> set[str]:
    return {message.image_id for (to, _), message in town.posts.items() if to == who and message.image_id}


def test_without_an_answer_the_next_helper_has_the_question_alone(town: Stage) -> None:
    id_ = passed_on(town)
    assert "Hvordan deler jeg en mappe?" in seen_by(town, "bo")
    assert SECRET not in seen_by(town, "bo")
    assert REPLY not in seen_by(town, "bo")
    assert images_of(town, "bo") == set()
    asked = town.shown("kari", f"handoff/{id_}/earlier/2")
    assert "Skal Ambassadør Bo få lese det?" in asked, "to whom"
    assert "2 bilder følger med" in asked, "what"


def test_a_yes_shows_the_conversation_in_its_order_with_the_images(town: Stage) -> None:
    id_ = passed_on(town)
    press(town, question(town, id_), "handoff.show_chat")
    told = [town.shown("bo", slot) for slot in town.slots("bo", f"handoff/{id_}/earlier/2")]
    assert "Medarbeider Kari lar deg lese samtalen før deg. Den er på 2 meldinger." in told[0]
    assert SECRET in told[1]
    assert REPLY in told[2]
    assert images_of(town, "bo") == {"of-kari", "of-ana"}
    assert town.buttons("bo", f"handoff/{id_}/earlier/2/1") == []
    assert "Ambassadør Bo får lese samtalen." in town.shown("kari", f"handoff/{id_}/earlier/2")
    last = handoff(town, id_).history[-1]
    assert (last.what, last.by, last.to) == (Transition.CHAT_SHOWN, "kari", "bo"), "the receipt of the consent"
    assert SECRET not in seen_by(town, "cato")


def test_a_no_shows_nothing_and_is_asked_no_more(town: Stage) -> None:
    id_ = passed_on(town)
    press(town, question(town, id_), "handoff.keep_chat")
    assert question(town, id_) == {}
    assert "Ambassadør Bo har bare spørsmålet." in town.shown("kari", f"handoff/{id_}/earlier/2")
    assert SECRET not in seen_by(town, "bo")
    town.say("bo", "Hei, jeg ser på det")
    assert question(town, id_) == {}


def test_a_yes_is_for_the_helper_that_was_named_and_for_no_later_one(town: Stage) -> None:
    id_ = passed_on(town)
    buttons = question(town, id_)
    town.press("bo", "handoff.release", handoff_id=id_)
    assert not town.shown("kari", f"handoff/{id_}/earlier/2"), "the question ends with the helper it named"
    assert press(town, buttons, "handoff.show_chat").notice == town.texts("kari")("handoff.refused.chat_moved")
    town.press("cato", "handoff.accept", handoff_id=id_)
    assert press(town, buttons, "handoff.show_chat").notice == town.texts("kari")("handoff.refused.chat_moved")
    assert SECRET not in seen_by(town, "cato") + seen_by(town, "bo")
    assert "Skal Ambassadør Cato få lese det?" in town.shown("kari", f"handoff/{id_}/earlier/3")


@pytest.mark.parametrize("verb", ["handoff.show_chat", "handoff.keep_chat"])
@pytest.mark.parametrize("who", ["bo", "ana", "ola", "cato"])
def test_only_the_asker_answers(town: Stage, verb: str, who: str) -> None:
    id_ = passed_on(town)
    press(town, question(town, id_), verb, by=who)
    assert handoff(town, id_).history[-1].what is Transition.ACCEPTED
    assert SECRET not in seen_by(town, "bo")


def test_a_double_press_shows_it_once(town: Stage) -> None:
    id_ = passed_on(town)
    buttons = question(town, id_)
    town.race(*(town.pressing("kari", "handoff.show_chat", **buttons["handoff.show_chat"]) for _ in range(2)))
    steps = [entry.what for entry in handoff(town, id_).history]
    assert steps.count(Transition.CHAT_SHOWN) == 1
    assert len(town.slots("bo", f"handoff/{id_}/earlier/")) == 3


def test_nobody_is_asked_where_nothing_was_written_or_the_same_helper_has_it_again(town: Stage) -> None:
    id_ = accepted(town)
    town.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo")
    town.press("bo", "handoff.accept", handoff_id=id_)
    assert town.slots("kari", f"handoff/{id_}/earlier/") == []
    town.say("bo", "Prøv nå")
    town.press("bo", "handoff.resolve", handoff_id=id_, answer="Slik.")
    town.press("kari", "handoff.reopen", handoff_id=id_)
    assert handoff(town, id_).status is Status.ACCEPTED
    assert town.slots("kari", f"handoff/{id_}/earlier/") == []


def test_what_the_new_helper_wrote_itself_is_not_shown_to_it_again(town: Stage) -> None:
    id_ = passed_on(town)
    town.say("bo", "Hei, jeg ser på det")
    press(town, question(town, id_), "handoff.show_chat")
    slots = town.slots("bo", f"handoff/{id_}/earlier/")
    assert "Hei, jeg ser på det" not in " ".join(town.shown("bo", slot) for slot in slots)


def test_a_long_conversation_is_shown_from_its_newest_messages(town: Stage) -> None:
    id_ = accepted(town)
    town.press("kari", "handoff.focus", handoff_id=id_)
    for number in range(MAX_SHOWN + 2):
        town.say("kari", f"melding {number} her")
    town.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo")
    town.press("bo", "handoff.accept", handoff_id=id_)
    press(town, question(town, id_), "handoff.show_chat")
    shown = " ".join(town.shown("bo", slot) for slot in town.slots("bo", f"handoff/{id_}/earlier/"))
    assert "melding 1 her" not in shown
    assert f"melding {MAX_SHOWN + 1} her" in shown


def test_the_form_for_passing_on_says_that_the_asker_is_asked(town: Stage) -> None:
    id_ = accepted(town)
    said = town.texts("ana")("handoff.pass.chat")
    town.press("ana", "handoff.pass_card", handoff_id=id_)
    assert said not in seen_by(town, "ana"), "nothing was written yet"
    town.say("ana", REPLY)
    town.press("ana", "handoff.pass_card", handoff_id=id_)
    assert said in seen_by(town, "ana")


def test_an_erased_asker_takes_the_shown_conversation_along(town: Stage) -> None:
    id_ = passed_on(town)
    press(town, question(town, id_), "handoff.show_chat")
    town.press("kari", "privacy.erase_now")
    assert SECRET not in seen_by(town, "bo")
    assert town.slots("bo", f"handoff/{id_}/") == []


def test_an_erased_earlier_helper_takes_the_shown_conversation_along(town: Stage) -> None:
    id_ = passed_on(town)
    press(town, question(town, id_), "handoff.show_chat")
    town.press("ana", "privacy.erase_now")
    assert REPLY not in seen_by(town, "bo")
    assert town.slots("bo", f"handoff/{id_}/earlier/") == []
    assert town.slots("bo", f"handoff/{id_}/offer"), "the question stays"


def test_after_the_erasure_of_the_earlier_helper_nothing_of_theirs_can_be_shown(town: Stage) -> None:
    id_ = passed_on(town)
    buttons = question(town, id_)
    town.press("ana", "privacy.erase_now")
    press(town, buttons, "handoff.show_chat")
    assert REPLY not in seen_by(town, "bo")
    assert SECRET not in seen_by(town, "bo")
    assert "ikke lagret lenger" in town.shown("kari", f"handoff/{id_}/earlier/2")


@pytest.mark.parametrize("first", ["the yes", "the erasure"])
def test_an_erasure_at_the_same_moment_leaves_no_copy(town: Stage, first: str) -> None:
    id_ = passed_on(town)
    shows = town.pressing("kari", "handoff.show_chat", **question(town, id_)["handoff.show_chat"])
    erases = town.pressing("ana", "privacy.erase_now")
    town.race(*((shows, erases) if first == "the yes" else (erases, shows)))
    assert REPLY not in seen_by(town, "bo")
