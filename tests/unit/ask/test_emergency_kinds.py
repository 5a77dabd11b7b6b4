"""An emergency gets the number of its kind first, and no privacy warning; figures of speech get an answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.language.emergency import Emergency, emergency_in

FOLDER = Path(__file__).parents[2] / "data" / "concerns"


def _lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("line", _lines("emergencies.txt"))
def test_every_emergency_is_recognised_by_its_kind(line: str) -> None:
    kind, text = line.split("\t")
    assert emergency_in(text) == kind


@pytest.mark.parametrize("text", _lines("figurative.txt"))
def test_a_figure_of_speech_is_no_emergency(text: str) -> None:
    assert emergency_in(text) is None


def test_at_most_one_ordinary_message_in_two_hundred_is_an_emergency() -> None:
    ordinary = _lines("ordinary.txt")
    assert sum(emergency_in(text) is not None for text in ordinary) <= len(ordinary) / 200


def test_an_emergency_is_read_in_the_middle_of_a_long_text() -> None:
    assert (
        emergency_in(f"{'Vi bruker Teams. ' * 200} Nå puster hun ikke! {'Vi bruker Teams. ' * 200}")
        is Emergency.MEDICAL
    )


def test_a_figure_of_speech_does_not_hide_an_emergency_beside_it() -> None:
    assert emergency_in("Skulle si at skriveren er død, men nå puster ikke kollegaen min") is Emergency.MEDICAL


def test_the_patterns_are_read_when_the_module_is_imported() -> None:
    no_files = (
        "import knowledge.language.emergency as read; read.files = None; print(read.emergency_in('Det brenner!'))"
    )
    done = subprocess.run([sys.executable, "-c", no_files], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "fire"


def test_a_typographic_apostrophe_is_read_like_a_plain_one() -> None:
    assert emergency_in("she can’t breathe") is Emergency.MEDICAL


@pytest.mark.parametrize(
    "around",
    [
        "{} hvordan logger jeg inn i journalen",
        "{} når kommer Teams",
        "{} får ikke åpnet kalenderen",
        "{} og hvordan bestiller jeg ny pc",
        "{} how do I reset my password",
        "{} kven kan hjelpe meg med skrivaren",
    ],
)
def test_an_emergency_is_recognised_before_a_question_without_a_mark(around: str) -> None:
    told = [line.split("\t")[1].rstrip(" .!?") for line in _lines("emergencies.txt")]
    assert [text for text in told if emergency_in(around.format(text)) is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "tavla svarer ikke. tjue barn venter",
        "jeg orker ikke mer mail",
        "det brenner her, har 40 mail og outlook svarer ikke",
    ],
)
def test_words_of_another_sentence_or_of_the_office_make_no_emergency(text: str) -> None:
    assert emergency_in(text) is None
