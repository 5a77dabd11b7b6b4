import random

import pytest
from rapidfuzz.distance import OSA

from knowledge.matching.damage import typing_errors
from knowledge.matching.repair import Repair, Words


@pytest.fixture(scope="module")
def repair() -> Repair:
    return Repair({"onedrive": 2, "kommunen": 1, "gnisten": 1, "delingslenke": 1})


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("onedrvie", "onedrive"),
        ("onderive", "onedrive"),
        ("komunen", "kommunen"),
        ("dleingslnke", "delingslenke"),
        ("passrod", "passord"),
    ],
)
def test_the_nearest_right_word_replaces_a_wrong_one(repair: Repair, wrong: str, right: str) -> None:
    assert repair.correct(wrong) == right


@pytest.mark.parametrize("word", ["gjesten", "kommunene", "onedrive", "abc", "o365x", "kvantemekanikk", "x" * 50])
def test_a_word_a_dictionary_knows_or_nothing_resembles_stays(repair: Repair, word: str) -> None:
    assert repair.correct(word) == word


@pytest.mark.parametrize(("written", "right"), [("hurdan", "hurdan"), ("hurdall", "hurdal"), ("hudral", "hurdal")])
def test_a_wrong_letter_makes_no_place_name_of_a_word(written: str, right: str) -> None:
    assert Repair({"hurdal": 9}).correct(written) == right


@pytest.mark.parametrize("errors", [1, 2])
def test_comparing_letters_loses_no_word_within_the_errors(errors: int) -> None:
    draw = random.Random(errors)
    words = sorted({"".join(draw.choices("aabcdeøåé", k=6)) for _ in range(3000)})
    near = Words.from_words(words)
    for seed in range(100):
        written = typing_errors(draw.choice(words), seed=seed)
        within = [word for word in words if OSA.distance(written, word) <= errors]
        found = [word for word, _, _ in near.near(written, errors)]
        assert found == sorted(within, key=lambda word: OSA.distance(written, word))[:8]
