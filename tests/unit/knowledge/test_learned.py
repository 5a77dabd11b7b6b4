"""Which phrasings are learned when there are more than a training has time and memory for."""

import numpy as np
import pytest

from knowledge.matching.head import Floats
from knowledge.matching.learned import rows_to_learn

OWNER = np.array([0, 0, 0, 0, 1, 1, 1, 2])
# Phrasings 0, 1 and 2 are close together, 4 and 5 are a little less so.
PLACE = np.array([0.0, 0.1, 0.3, 5.0, 9.0, 9.4, 12.0, 0.0])


def similar(rows: slice) -> Floats:
    place = PLACE[rows]
    return np.exp(-np.abs(place[:, None] - place)).astype(np.float32)


def learned(most: int, last: tuple[int, ...] = ()) -> list[int]:
    return rows_to_learn(OWNER, np.array(last, dtype=np.int64), similar, most=most).tolist()


def test_all_are_learned_while_there_is_room() -> None:
    assert learned(8) == list(range(8))


def test_the_one_most_similar_to_another_of_its_article_goes_first() -> None:
    assert learned(7) == [1, 2, 3, 4, 5, 6, 7]
    assert learned(6) == [1, 3, 4, 5, 6, 7]
    assert learned(6, last=(0,)) == [0, 2, 3, 5, 6, 7]


@pytest.mark.parametrize("most", range(3, 8))
def test_every_article_keeps_a_phrasing_and_no_more_go_than_must(most: int) -> None:
    kept = learned(most)
    assert len(kept) == most
    assert set(OWNER[kept]) == {0, 1, 2}


def test_some_go_only_after_all_others_that_may() -> None:
    last = (0, 1, 2)
    for most in range(5, 8):
        assert set(last) <= set(learned(most, last=last))
    assert len(learned(3, last=last)) == 3


def test_a_bound_below_the_number_of_articles_keeps_one_of_each() -> None:
    assert [OWNER[each] for each in learned(1)] == [0, 1, 2]
