import json
from typing import Any

import numpy as np
import pytest

from knowledge.matching.damage import fold_letters, typing_errors
from knowledge.matching.evaluate import auroc, calibration_error, coverage, evaluate
from knowledge.matching.policy import Policy
from tests.evaluation_sets import labelled_set

SET: dict[str, Any] = {
    "name": "small",
    "lang": "nb",
    "entries": [
        {"id": "when", "variants": ["når får vi teams", "når kommer teams"]},
        {"id": "password", "variants": ["bytte passord", "glemt passord"]},
    ],
    "queries": [
        {"text": "når får me teams", "gold": "when", "sub": "nn"},
        {"text": "nytt passord", "gold": ["password", "other"], "sub": "nb"},
        {"text": "hvem vant fotballkampen", "gold": None, "sub": "oos"},
    ],
}


def test_a_small_set_is_measured_whole() -> None:
    report = evaluate(labelled_set(SET), encoder=None)
    assert report.overall.questions == 2
    assert report.overall.acc_at_1 == report.overall.recall_at_3 == report.overall.mrr == 1
    assert set(report.by_sub) == {"nb", "nn"}
    assert report.auroc == 1
    assert report.conditions == ("clean",)
    assert json.loads(json.dumps(report.to_dict()))["overall"]["acc_at_1"] == 1


def test_asked_back_rightly_is_only_what_was_shown() -> None:
    mobile = {"id": "mobile", "variants": ["teams på mobilen", "teams på telefonen"]}
    asked = {"text": "når kommer teams på mobilen", "gold": "password", "sub": "nb"}
    labelled = labelled_set({**SET, "entries": [*SET["entries"], mobile], "queries": [asked]})
    report = evaluate(labelled, encoder=None, policy=Policy(right_share=1, ask_back=2))
    assert report.overall.recall_at_3 == report.outcomes["in"]["clarify"] == 1
    assert report.outcomes["in"]["clarified_right"] == 0


def test_conditions_are_named_in_the_report() -> None:
    assert evaluate(labelled_set(SET), encoder=None, typo=True, fold=True).conditions == ("typo", "fold")


def test_auroc_counts_ties_half() -> None:
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 0.875
    assert auroc(np.array([1.0]), np.array([])) is None


def test_coverage_weighs_out_of_scope_to_a_fifth_of_the_traffic() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    known = np.array([True, True, True, False])
    assert coverage(confidence, np.array([True, True, True, False]), known, share=0.95) == pytest.approx(1)
    assert coverage(confidence, np.array([True, False, True, False]), known, share=0.95) == pytest.approx(1 / 3)
    assert coverage(confidence[::-1], np.array([True, True, True, False]), known, share=0.75) == pytest.approx(1)
    assert coverage(confidence[::-1], np.array([True, True, True, False]), known, share=0.95) == 0


def test_equal_confidences_are_answered_together() -> None:
    known = np.array([True, True])
    assert coverage(np.array([0.5, 0.5]), np.array([True, False]), known, share=0.95) == 0


def test_a_confidence_that_keeps_its_word_has_no_error() -> None:
    known = np.ones(10, dtype=bool)
    assert calibration_error(np.full(10, 0.55), np.arange(10) < 5, known) == pytest.approx(0.05)


def test_typing_errors_are_one_below_twenty_five_characters_and_two_from_there() -> None:
    for seed in range(50):
        short = typing_errors("passordet", seed=seed)
        assert short != "passordet" or seed  # a neighbour may be the same letter's key only by chance
        assert abs(len(short) - 9) <= 1
        assert abs(len(typing_errors("hvordan bytter jeg passordet mitt", seed=seed)) - 33) <= 2
    assert typing_errors("når får vi", seed=1) == "når får vi"
    assert typing_errors("passordet", seed=7) == typing_errors("passordet", seed=7)


def test_folding_types_the_letters_as_a_foreign_keyboard_would() -> None:
    assert fold_letters("Være på øya") == "Vaere pa oya"
