"""A number that is written in two messages is masked when its second part comes."""

from datetime import timedelta

import pytest

from dialogs.core.event import Said
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.core.web_utterance import WebUtterance
from knowledge.language.masking import mask
from tests.unit.handoff.scene import Routed, accepted


class Page(Routed):
    """A person on the web page."""

    def happen(self, person_id: str, said: Said) -> None:
        """Let a message of the web page come, which the page has stored."""
        self._happen(self._event(person_id, said))


@pytest.fixture
def scene() -> Page:
    return Page()


@pytest.mark.parametrize(
    ("first", "second", "rest"),
    [
        ("eleven er 010170", "og resten er 50040", "50040"),
        ("kontoen er 8601 11", "17947", "17947"),
        ("kortet: 4111 1111", "1111 1111 går ut i mai", "1111 1111 går"),
        ("NO93 8601 111", "7947", "7947"),
    ],
)
def test_the_second_part_is_masked_and_only_it(scene: Page, first: str, second: str, rest: str) -> None:
    scene.say("kari", first)
    scene.say("kari", second)
    said = [question.utterance for question in scene.all(Question)]
    assert rest not in " ".join(said)
    assert "••••" in said[-1]


@pytest.mark.parametrize(
    ("first", "second"), [("rom 214", "kan vi møtes 1030"), ("feilkode 1603", "bygg 19045"), ("tlf 41 23", "45 67")]
)
def test_numbers_without_valid_check_digits_stay(scene: Page, first: str, second: str) -> None:
    scene.say("kari", first)
    scene.say("kari", second)
    assert second in [str(question.utterance) for question in scene.all(Question)]


@pytest.mark.parametrize(
    ("first", "second", "rest"),
    [
        ("del 1: 010190", "del 2: 10046", "10046"),
        ("010190 (1/2)", "10046", "10046"),
        ("010190 sendt kl 9", "10046", "10046"),
        ("010190", "punkt 2) 10046", "10046"),
        ("01", "019010046", "019010046"),
        ("01/01/90", "10046", "10046"),
        ("01,01,90", "100/46", "46"),
        ("01\n01\n90", "100_46", "46"),
        ("01_01_90 er det", "så 1 0 0 4 6", "4 6"),
    ],
)
def test_an_identity_number_in_any_groups_is_masked(scene: Page, first: str, second: str, rest: str) -> None:
    scene.say("kari", first)
    scene.say("kari", second)
    said = scene.all(Question)[-1].utterance
    assert rest not in said
    assert "[•••••• •••••]" in said


def test_short_numbers_between_do_not_part_them_and_the_remembered_digits_stay_few(scene: Page) -> None:
    scene.say("kari", "den er 010190")
    scene.say("kari", "vent til kl 9")
    scene.say("kari", "10046")
    assert "10046" not in repr(scene.all(Question))
    scene.say("kari", " og ".join(f"{number:03}" for number in range(100, 200)))
    assert len(scene.get(Session, "kari").digits.split("; ")) == 6


def test_after_ten_minutes_it_is_another_number(scene: Page) -> None:
    scene.say("kari", "den er 010170")
    scene.now += timedelta(minutes=11)
    scene.say("kari", "den er 50040")
    assert "50040" in scene.all(Question)[-1].utterance


def test_a_message_between_does_not_part_them_and_a_masked_number_is_forgotten(scene: Page) -> None:
    scene.say("kari", "den er 010170")
    assert scene.get(Session, "kari").digits == "010170"
    scene.say("kari", "vent litt")
    scene.say("kari", "50040")
    assert not scene.get(Session, "kari").digits
    assert "50040" not in repr(scene.all(Question))


def test_a_colleague_gets_the_second_part_masked_and_the_page_keeps_it_masked(scene: Page) -> None:
    id_ = accepted(scene)
    scene.say("kari", "Jeg tror det gjelder 010170")
    utterance = WebUtterance(said_id="2", person_id="kari", text="pluss 50040", at=scene.now)
    scene.put(utterance)
    said = Said(utterance=mask("pluss 50040"), stored_as=utterance.id)
    scene.happen("kari", said)
    shown = " ".join(scene.shown("ana", slot) for slot in scene.slots("ana", f"handoff/{id_}/said/"))
    assert "pluss" in shown
    assert "50040" not in shown
    assert "50040" not in scene.get(WebUtterance, utterance.id).text
