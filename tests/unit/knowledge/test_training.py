"""What is learned from held-out phrasings, checked where it would go wrong unseen."""

import numpy as np
import pytest

from knowledge.calibration import Calibration, Examples, evidence_of
from knowledge.head import blend, nearest, solve
from knowledge.heldout import NEAR, Material, hold_out
from knowledge.semantic import MeaningSpace

OWNER = np.repeat(np.arange(10), 4)


def material(likeness: np.ndarray) -> Material:
    return Material(
        owner=OWNER,
        letters=likeness,
        vectors=None,
        noise=None,
        base=np.arange(len(OWNER)),
        asked_letters=likeness,
        asked_vectors=None,
    )


def test_a_phrasing_held_out_is_not_there_to_answer_itself() -> None:
    alone = np.eye(len(OWNER), dtype=np.float32)
    examples = hold_out(material(alone))
    assert examples is not None
    assert examples.evidence[:, 2].max() == 0, "a phrasing was compared with itself"


def test_an_article_held_out_is_never_right() -> None:
    clear = np.where(OWNER[:, None] == OWNER[None, :], 0.9, 0.1).astype(np.float32)
    examples = hold_out(material(clear))
    assert examples is not None
    near = examples.evidence[:, 2] == pytest.approx(0.9)
    assert examples.right[near & examples.first].all()
    assert not examples.right[~near].any()


def test_what_no_article_answers_has_its_share_of_the_traffic() -> None:
    clear = np.where(OWNER[:, None] == OWNER[None, :], 0.9, 0.1).astype(np.float32)
    examples = hold_out(material(clear))
    assert examples is not None
    first = examples.first
    assert examples.weight[first & examples.right].sum() / examples.weight[first].sum() == pytest.approx(1 - NEAR)


def test_one_phrasing_an_article_teaches_no_confidence() -> None:
    likeness = np.eye(5, dtype=np.float32)
    lonely = Material(
        owner=np.arange(5),
        letters=likeness,
        vectors=None,
        noise=None,
        base=np.arange(5),
        asked_letters=likeness,
        asked_vectors=None,
    )
    assert hold_out(lonely) is None


def test_confidence_learned_from_coin_tosses_is_a_half() -> None:
    draw = np.random.default_rng(1)
    examples = Examples(
        evidence=draw.normal(size=(2000, 4)),
        right=draw.random(2000) < 0.5,
        first=np.ones(2000, dtype=bool),
        weight=np.ones(2000),
    )
    learned = Calibration.learn(examples, prior=np.array([5.0, 5.0, 5.0, 5.0, -5.0]))
    assert learned.confidence(np.zeros((1, 4)))[0] == pytest.approx(0.5, abs=0.05)
    assert learned.share_right(0.5) < 0.6


def test_the_share_right_rises_with_confidence_and_is_never_below_it() -> None:
    learned = Calibration.learn(None, prior=np.array([6.0, 2.0, 3.0, 0.0, -3.0]))
    shares = [learned.share_right(sure) for sure in np.linspace(0, 1, 21)]
    assert shares == sorted(shares)
    assert all(share >= sure for share, sure in zip(shares, np.linspace(0, 1, 21), strict=True))


def test_the_lead_of_the_first_is_over_the_second_and_of_others_behind_the_first() -> None:
    scores = np.array([0.2, 0.9, 0.6])
    evidence = evidence_of(scores, scores, scores, np.array([1, 2, 0]))
    assert evidence[:, 1] == pytest.approx([0.3, -0.3, -0.7])


def test_the_head_gives_back_what_it_was_taught() -> None:
    kernel = blend(np.eye(len(OWNER), dtype=np.float32), None)
    scores = kernel @ solve(kernel, OWNER)
    assert (scores.argmax(axis=1) == OWNER).all()


def test_nearest_takes_the_best_phrasing_of_each_article() -> None:
    likeness = np.array([[0.1, 0.5, 0.2], [0.9, 0.0, 0.3]], dtype=np.float32)
    assert nearest(likeness, np.array([0, 0, 1])) == pytest.approx(np.array([[0.5, 0.2], [0.9, 0.3]]))


def test_directions_that_tell_no_articles_apart_are_shortened() -> None:
    draw = np.random.default_rng(2)
    vectors = np.repeat(draw.normal(size=(10, 6)), 4, axis=0)
    vectors[:, 0] += 3 * draw.normal(size=40)  # noise, the same for every article
    owner = np.repeat(np.arange(10), 4)
    straight, bent = MeaningSpace.plain(vectors), MeaningSpace.learn(vectors, owner, noise=None)
    alike = owner[:, None] == owner[None, :]

    def gap(space: MeaningSpace) -> float:
        placed = space.place(vectors)
        likeness = placed @ placed.T
        return float(likeness[alike].mean() - likeness[~alike].mean())

    assert gap(bent) > gap(straight)
