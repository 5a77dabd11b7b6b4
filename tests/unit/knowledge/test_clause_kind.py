"""Courtesy and background around a question, and what is looked up of a message."""

import json

import pytest

from knowledge.language.clause_kind import ClauseKind, pieces, without_background, without_courtesy
from tests.bench.clause_kinds import TALK

ASKED = "får ikke logget inn på PC-en etter ferien"


def kinds(text: str) -> list[ClauseKind]:
    return [piece.kind for piece in pieces(text)]


def test_a_message_of_one_piece_is_asked_as_it_stands() -> None:
    assert kinds("takk for hjelpen") == [ClauseKind.ASK]
    assert without_courtesy("mvh") == "mvh"


@pytest.mark.parametrize(
    "message",
    [
        f"Hei! {ASKED}, hva gjør jeg? Mvh lærer på trinn 4",
        f"hei {ASKED} mvh Kari",
        f"Hei 😊 {ASKED}. Kan noen hjelpe meg? Det haster!",
        f"God morgen, {ASKED}.\n\nVennlig hilsen\nRådgiver, barnevern",
        f"uff, blir gal av dette.. {ASKED} :)",
        f"hei hei {ASKED} hva gjør jeg tusen takk",
        f"{ASKED} takk skal du ha",
    ],
)
def test_courtesy_is_not_looked_up(message: str) -> None:
    assert without_courtesy(message) == ASKED


@pytest.mark.parametrize("message", ["jeg trenger hjelp med Outlook på mobilen", "kan noen hjelpe meg med skriveren"])
def test_courtesy_that_is_part_of_what_is_asked_stays(message: str) -> None:
    assert without_courtesy(message) == message


def test_background_is_left_out_beside_a_question() -> None:
    asked = "Hvordan får jeg tilgang til fellesmappa for ledere?"
    message = f"Hei! Jobber som lærer på 4. trinn. Har lest gjennom alt på intranettet. {asked}"
    assert without_background(message) == asked
    assert "lærer" in without_courtesy(message)


def test_the_word_that_joined_courtesy_and_question_is_left_out() -> None:
    assert without_courtesy("beklager maset, men kan jeg ta kurset en annen dag?") == "kan jeg ta kurset en annen dag?"


def test_nothing_but_courtesy_is_read_as_it_stands() -> None:
    assert without_courtesy("Hei! Kan noen hjelpe meg? Takk") == "Hei! Kan noen hjelpe meg? Takk"


def test_no_question_of_the_labelled_messages_is_taken_for_courtesy() -> None:
    messages = json.loads((TALK / "polite.json").read_text("utf-8"))
    asked = [(message["decorated"], message["plain"]) for half in messages.values() for message in half]
    lost = [plain for message, plain in asked if plain.rstrip(".!?") not in without_courtesy(message)]
    assert len(lost) <= len(asked) // 50, lost


def test_many_pieces_are_read_in_linear_time_as_one() -> None:
    assert len(pieces("hei! " * 2_000)) == 1
