"""Masking and warnings keep their promise on labelled sentences it was not tuned on."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from knowledge.language.masking.masked import spans_of
from tests.masking_sets import CLASSES, REPORT, TUNE, judge_masking, judge_warnings, sentences


def test_there_are_enough_sentences_of_every_kind() -> None:
    everything = sentences(TUNE) + sentences(REPORT)
    assert len(everything) >= 600
    for kind in CLASSES.values():
        assert sum(span[2] == kind for each in sentences(REPORT) for span in each["spans"]) >= 15


OTHERWISE: Final[Mapping[str, Sequence[tuple[int, int, str]]]] = {
    # The date of birth goes with the number that follows it.
    "f. 04.08.75 / 18731 (personnr)": [(3, 19, "identity_number")],
    "Personnummer 19.05.63 30316, skal begynne i brannvesenet 1. august og treng tilgang til Teams-kanalen for vakt.": [
        (13, 27, "identity_number")
    ],
    # Known misses.
    "I A2 står 288157 og i B2 32571, jeg vil ha hele fødselsnummeret i C2. TEKST.KOMBINER gir feil": [],
    "bankktonr 88109743393 ": [],
}
"""Sentences that are masked in other places than their labels say: known, and looked at."""


@pytest.mark.parametrize("half", [TUNE, REPORT])
def test_each_sentence_is_masked_where_it_is_labelled(half: int) -> None:
    """A rule may be changed for the better in all: then the sentences that changed are looked at, and listed above."""
    changed: list[tuple[str, list[tuple[int, int, str]]]] = []
    for each in sentences(half):
        found = sorted((span.start, span.end, CLASSES[span.secret]) for span in spans_of(each["text"]))
        labelled = sorted((start, end, kind) for start, end, kind in each["spans"])
        if found != sorted(OTHERWISE.get(each["text"], labelled)):
            changed.append((each["text"], found))
    assert changed == []


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
@pytest.mark.full
def test_warnings_come_where_they_should_and_seldom_elsewhere(half: int) -> None:
    warned = judge_warnings(half)
    assert warned.recall >= 0.85
    assert warned.false_rate <= 0.05
