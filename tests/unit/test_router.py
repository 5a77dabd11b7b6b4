"""What is typed is answered in the chat, where a card that was pressed would be answered beside itself."""

from dataclasses import replace

import pytest

from bot.content.catalogue import commands_of
from dialogs.core.event import Event
from dialogs.core.person import Person, Role
from dialogs.core.query import Flow
from dialogs.router import VERBS, route
from knowledge.article.article import Language
from knowledge.matching.matcher import Candidate
from tests.learned import sample_content
from tests.unit.driver import CATALOGUE, Stage
from tests.unit.handoff.scene import organisation, person


class Town(Stage):
    """A stage on which the router itself decides what an event is."""

    def _route(self, event: Event) -> Flow:
        return route(event, self.content)


@pytest.fixture
def scene() -> Stage:
    town = Town(organisation(), verbs=VERBS, timers={})
    town.content = replace(town.content, commands=commands_of(CATALOGUE))
    town.put(person("kari", "nord"))
    return town


def said_to(scene: Stage, who: str, utterance: str) -> tuple[list[str], list[str]]:
    """Return what the chat and what the pressed card would show as the answer."""
    before = set(scene.slots(who))
    outcome = scene.say(who, utterance)
    return [scene.posts[who, slot].text for slot in scene.slots(who) if slot not in before], outcome.notices


@pytest.mark.parametrize(
    ("command", "refusal"), [("forslag", "handoff.refused.not_editor"), ("dekning", "handoff.refused.not_admin")]
)
def test_a_typed_command_that_is_refused_is_answered_in_the_chat(scene: Stage, command: str, refusal: str) -> None:
    """Teams shows a notice only where a card was pressed: beside nothing it would be silence."""
    assert said_to(scene, "kari", command) == ([scene.texts("kari")(refusal)], [])


@pytest.mark.parametrize("words", ["kunngjøringer", "vis kunngjøringer", "kunngjeringar", "announcements"])
def test_announcements_are_those_that_apply_to_an_employee_and_an_announcers_own_list(scene: Stage, words: str) -> None:
    [shown], _ = said_to(scene, "kari", words)
    assert shown.startswith(scene.texts("kari")("status.heading"))
    scene.put(person("anna", "nord", Role.ANNOUNCER))
    scene.say("anna", words)
    assert scene.slots("anna", "announce/list")


def test_a_program_to_apply_for_is_named_as_it_was_written(scene: Stage) -> None:
    [shown], _ = said_to(scene, "kari", "Jeg vil søke om Photoshop.")
    assert shown.startswith("Photoshop: ")


def test_a_command_in_clear_english_is_answered_in_english_and_changes_no_language(scene: Stage) -> None:
    [shown], _ = said_to(scene, "kari", "show my applications")
    assert shown == CATALOGUE[Language.EN]("software.mine_empty")
    assert scene.get(Person, "kari").language is Language.NB


def test_a_language_named_in_another_language_is_kept(scene: Stage) -> None:
    scene.content = replace(scene.content, actions=sample_content().actions)
    scene.matches = lambda _: (Candidate(article_id="change-language", confidence=0.99),)
    scene.say("kari", "can you answer me in English please")
    chosen = scene.get(Person, "kari")
    assert (chosen.language, chosen.language_chosen) == (Language.EN, True)


def test_what_is_said_in_the_chat_is_not_said_a_second_time(scene: Stage) -> None:
    assert said_to(scene, "kari", "ny kunngjøring") == ([scene.texts("kari")("announce.refuse.not_announcer")], [])


def test_a_number_in_a_question_about_a_program_is_told_beside_the_answer(scene: Stage) -> None:
    said, _ = said_to(scene, "kari", "sjekk program zoom 15076500565")
    assert "zoom" in said[0].lower()
    assert scene.texts("kari")("ask.masked.national_id") == said[1]
    assert "15076500565" not in " ".join(said)


def test_a_pressed_card_is_answered_beside_itself(scene: Stage) -> None:
    before = scene.slots("kari")
    outcome = scene.press("kari", "editor.suggestions", slot="some/card")
    assert outcome.notice == scene.texts("kari")("handoff.refused.not_editor")
    assert scene.slots("kari") == before


@pytest.mark.parametrize("words", ["følg", "slutt å følge", "slutt å følgje", "stop following"])
def test_who_says_to_follow_and_not_what_gets_the_choice(scene: Stage, words: str) -> None:
    scene.say("kari", words)
    [slot] = scene.slots("kari")
    assert scene.buttons("kari", slot) == ["status.save"]


@pytest.mark.parametrize("words", ["slett mine data", "Slett dataa mine.", "delete my data", "slett minedata"])
def test_who_asks_to_be_deleted_is_asked_once_more_at_once(scene: Stage, words: str) -> None:
    scene.say("kari", words)
    [slot] = scene.slots("kari")
    assert scene.buttons("kari", slot) == ["privacy.erase_now", "privacy.show"]


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Jeg vil ha innsyn!", "privacy.title"),
        ("jeg vil ha innsyn i opplysningene om meg", "privacy.title"),
        ("eg vil ha innsyn i opplysningane om meg", "privacy.title"),
        ("I want access to my data", "privacy.title"),
        ("slett opplysningene mine", "privacy.confirm_title"),
        ("personvernombud", "notice.controller.title"),
        ("hvem er personvernombudet?", "notice.controller.title"),
        ("kven er personvernombodet", "notice.controller.title"),
    ],
)
def test_a_request_for_access_erasure_or_the_officer_is_carried_out_at_once(
    scene: Stage, said: str, title: str
) -> None:
    [shown], _ = said_to(scene, "kari", said)
    assert any(shown.startswith(texts(title)) for texts in CATALOGUE.values()), "in the language of the request"


@pytest.mark.parametrize("said", ["rett opplysningene mine", "rett dataene mine", "rett opplysningane mine"])
def test_a_request_for_correction_is_not_taken_for_one_for_erasure(scene: Stage, said: str) -> None:
    understood: list[str] = []

    def matches(utterance: str) -> tuple[Candidate, ...]:
        understood.append(utterance)
        return ()

    scene.matches = matches
    shown, _ = said_to(scene, "kari", said)
    assert understood == [said], "it goes to the articles"
    assert not any(text.startswith(scene.texts("kari")("privacy.confirm_title")) for text in shown)


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("jeg vil snakke me et menneske", True),
        ("jeg vil ikke snakke med et menneske", False),
        ("I do not want to talk to a human", False),
    ],
)
def test_a_refused_command_is_no_command_with_a_typing_error(scene: Stage, words: str, begins: bool) -> None:
    commands = dict.fromkeys(("jeg vil snakke med et menneske", "i do want to talk to a human"), "classroom.show")
    scene.content = replace(scene.content, commands=commands)
    shown, _ = said_to(scene, "kari", words)
    assert (shown == [scene.texts("kari")("classroom.none")]) is begins
