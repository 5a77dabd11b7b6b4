"""The heads learn columns of their own beside columns that stay."""

from dataclasses import replace

import numpy as np

from knowledge.matching.heads import MeaningHead, empty_meaning, learn_meaning

VECTORS = np.eye(6, dtype=np.float32)[np.arange(60) % 6]
OWNER = np.arange(60) % 6
STAYING = replace(empty_meaning(6, 6), weights=np.eye(6, dtype=np.float32) * 3)


def shares(head: MeaningHead, text: int) -> np.ndarray:
    """Return the probability of each column for a text."""
    return np.exp(head.scores(VECTORS[text]))


def test_learning_a_column_leaves_the_others_as_they_are() -> None:
    learned = learn_meaning(VECTORS, OWNER, STAYING, columns=np.array([2]))
    others = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(learned.weights[:, others], STAYING.weights[:, others])
    np.testing.assert_array_equal(learned.bias[others], STAYING.bias[others])


def test_a_column_is_learned_against_all_columns_that_stay() -> None:
    start = replace(STAYING, weights=STAYING.weights.copy())
    start.weights[:, 2] = 0
    learned = learn_meaning(VECTORS, OWNER, start, columns=np.array([2]))
    assert shares(learned, 2)[2] > 0.85
    assert all(shares(learned, text)[2] < shares(start, text)[2] for text in (0, 1, 3, 4, 5))


def test_all_columns_but_one_learn_as_all_do_where_that_one_hardly_counts() -> None:
    start = empty_meaning(6, 7)
    start.bias[6] = -40
    some = learn_meaning(VECTORS, OWNER, start, columns=np.arange(6))
    np.testing.assert_allclose(some.weights, learn_meaning(VECTORS, OWNER, start).weights, atol=1e-4)
