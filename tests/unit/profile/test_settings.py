"""A setting is declared once, at its field, and shown, set, kept by an import and reset from there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import pytest

from dialogs.core.data_rules import FieldSource, Purpose
from dialogs.core.event import Pressed
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.profile.settings import SETTINGS, changed, inputs
from knowledge.article.article import Language
from tests.sound import faults_of
from tests.unit.driver import CATALOGUE, TUESDAY


class Summary(StrEnum):
    """A setting with three states, for these tests."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader(Person):
    summary: Annotated[Summary, Purpose.CHOICE, FieldSource.SETTING] = Summary.NEVER


READER = Reader(
    id="p",
    name="P",
    email="p@nes.example",
    registered=True,
    quiet=True,
    summary=Summary.DAILY,
    created_at=TUESDAY,
)
READER_OF_REGISTRY = Person(id="p", name="P", email="p@nes.example", registered=True, created_at=TUESDAY)
WORDS = ("profile.setting.summary", *(f"profile.setting.summary.{each}" for each in Summary))
TEXTS = Texts(
    language=Language.EN,
    sentences={**CATALOGUE[Language.EN].sentences, **{word: (word, word) for word in WORDS}},
)


def submitted(**data: str) -> Pressed:
    return Pressed(verb="status.save", data=data)


def test_there_are_settings() -> None:
    assert set(SETTINGS) >= {"muted", "quiet"}


def test_a_switch_and_a_choice_show_their_current_value() -> None:
    found: dict[str, Any] = {each["id"]: each for each in inputs(TEXTS, READER, alerts=True)}
    assert found.keys() == {*SETTINGS, "summary"}
    assert {name: found[name]["type"] for name in ("muted", "quiet", "summary")} == {
        "muted": "Input.Toggle",
        "quiet": "Input.Toggle",
        "summary": "Input.ChoiceSet",
    }
    assert {name: found[name]["value"] for name in ("muted", "quiet", "summary")} == {
        "muted": "false",
        "quiet": "true",
        "summary": "daily",
    }
    assert [each["value"] for each in found["summary"]["choices"]] == ["never", "daily", "weekly"]
    assert faults_of({"type": "AdaptiveCard", "version": "1.5", "body": inputs(TEXTS, READER, alerts=True)}) == []


def test_a_submitted_form_sets_what_it_has_inputs_for() -> None:
    after = changed(READER, submitted(muted="True", quiet="false", summary="weekly"))
    assert isinstance(after, Reader)
    assert (after.muted, after.quiet, after.summary) == (True, False, Summary.WEEKLY)


@pytest.mark.parametrize("data", [{}, {"quiet": "", "summary": ""}, {"quiet": "maybe", "summary": "hourly"}])
def test_a_setting_without_a_valid_input_stays_as_it_is(data: dict[str, str]) -> None:
    """A card from before a setting existed has no input for it, and cards are untrusted."""
    assert changed(READER, submitted(**data)) == READER


@pytest.mark.parametrize("language", list(Language))
def test_every_setting_has_its_label_in_every_language(language: Language) -> None:
    shown = inputs(CATALOGUE[language], READER_OF_REGISTRY, alerts=True)
    assert [each["id"] for each in shown] == list(SETTINGS)
