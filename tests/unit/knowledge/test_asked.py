"""Calibration on utterances: each as if it had not been learned."""

import numpy as np
import pytest

from knowledge.matching import asked, training
from knowledge.matching.asked import Asked, scores_left_out, without_self
from knowledge.matching.factor import Factor, LowerTable
from knowledge.matching.head import NOWHERE, RIDGE
from knowledge.matching.matcher import Matcher, Phrasing

SIZE = 700  # more than one block of the factor


def kernel_of(points: np.ndarray) -> np.ndarray:
    distance = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-distance), dtype=np.float32)


def test_the_scores_of_a_row_left_out_are_those_of_a_training_without_it() -> None:
    rng = np.random.default_rng(7)
    kernel = kernel_of(rng.normal(size=(SIZE, 3)))
    owner = rng.integers(0, 4, SIZE)
    owner[-20:] = NOWHERE
    rows = np.array([0, 5, 511, 512, 600, SIZE - 3])
    factor = Factor.decompose(LowerTable.of_table(kernel.copy()))
    weights = factor.weights(owner).T
    found = scores_left_out(weights, factor.inverse_diagonal(rows), owner, rows)
    wanted = np.asarray(owner[:, None] == np.arange(4), dtype=np.float64)
    for at, row in enumerate(rows):
        rest = np.delete(np.arange(SIZE), row)
        ridge = kernel[np.ix_(rest, rest)].astype(np.float64) + RIDGE * np.eye(SIZE - 1)
        assert found[at] == pytest.approx(kernel[row, rest] @ np.linalg.solve(ridge, wanted[rest]), abs=2e-3)


def test_a_row_is_not_compared_with_itself() -> None:
    likeness = without_self(np.ones((3, 4), dtype=np.float32), np.array([1, 3, 9]))
    assert likeness.tolist() == [[1, -1, 1, 1], [1, 1, 1, -1], [1, 1, 1, 1]]


def test_a_sample_keeps_rows_and_what_answers_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "MOST", 3)
    sample = Asked(rows=np.arange(7), right=[{each} for each in range(7)], unanswered=[]).sample(np.arange(1, 9))
    assert len(sample.rows) <= 3
    assert 0 not in sample.rows
    assert [{int(row)} for row in sample.rows] == list(sample.right)


def phrasings() -> list[Phrasing]:
    words = {
        "printer": [
            "skriveren virker ikke",
            "papir sitter fast i skriveren",
            "utskriften kommer ikke",
            "skriveren står i kø",
        ],
        "password": ["glemt passord", "passordet mitt er utløpt", "bytte passord", "feil passord hver gang"],
        "mail": ["e-posten er borte", "får ikke sendt e-post", "innboksen er full", "e-post fra i går mangler"],
    }
    return [
        Phrasing(article_id=id_, language="nb", text=text, asked=at > 0)
        for id_, texts in words.items()
        for at, text in enumerate(texts)
    ]


def test_what_no_article_answers_makes_similar_questions_less_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FEWEST", 5)
    question = "skriveren mangler toner"
    trusting = Matcher.build(phrasings()).match(question).candidates[0]
    nothing = ["skriveren er rosa", "skriveren lukter", "passord på gresk", "e-post til månen", "skriveren synger"]
    careful = Matcher.build(phrasings(), unanswered=nothing).match(question).candidates[0]
    assert trusting.article_id == careful.article_id == "printer"
    assert careful.confidence < trusting.confidence


def test_utterances_that_several_articles_answer_count_as_right_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FEWEST", 5)
    seen: list[Asked] = []
    real = training.examples_of
    monkeypatch.setattr(training, "examples_of", lambda case, **rest: seen.append(case) or real(case, **rest))
    both = Phrasing(
        article_id="mail", language="nb", text="passord til e-posten", asked=True, others=("password", "gone")
    )
    matcher = Matcher.build([*phrasings(), both])
    assert {matcher.index.articles.index("mail"), matcher.index.articles.index("password")} in seen[0].right


def test_an_utterance_of_small_talk_leaves_small_talk_as_it_is() -> None:
    said = Phrasing(article_id="mail", language="nb", text="hei", asked=True)
    assert Matcher.build([*phrasings(), said]).match("hei").small_talk is not None
