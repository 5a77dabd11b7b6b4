"""Masking and warnings keep their promise on labelled sentences it was not tuned on."""

import pytest

from tests.masking_sets import CLASSES, REPORT, TUNE, judge_masking, judge_warnings, sentences


def test_there_are_enough_sentences_of_every_kind() -> None:
    everything = sentences(TUNE) + sentences(REPORT)
    assert len(everything) >= 600
    for kind in CLASSES.values():
        assert sum(span[2] == kind for each in sentences(REPORT) for span in each["spans"]) >= 15


@pytest.mark.parametrize("half", [TUNE, REPORT])
def test_numbers_are_masked_and_others_stay(half: int) -> None:
    score = judge_masking(half).scores["all"]
    assert score.recall >= 0.99
    assert score.precision >= 0.98


@pytest.mark.parametrize("kind", CLASSES.values())
def test_no_kind_of_number_lags_behind(kind: str) -> None:
    score = judge_masking(REPORT).scores[kind]
    assert score.recall >= 0.95
    assert score.precision >= 0.95


@pytest.mark.parametrize("half", [TUNE, REPORT])
def test_warnings_come_where_they_should_and_seldom_elsewhere(half: int) -> None:
    warned = judge_warnings(half)
    assert warned.recall >= 0.85
    assert warned.false_rate <= 0.05
