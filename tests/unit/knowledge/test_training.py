"""What is learned from held-out phrasings, checked where it would go wrong unseen."""

import numpy as np
import pytest

from knowledge.matching import factor as factor_module
from knowledge.matching.calibration import Calibration, Examples, evidence_of
from knowledge.matching.factor import Factor, LowerTable
from knowledge.matching.head import NOWHERE, RIDGE, blend, goal, nearest, rivals, without
from knowledge.matching.heldout import FAR, NEAR, LeaveOut, hold_out
from knowledge.matching.semantic import MeaningSpace
from knowledge.matching.training import HELD_OUT, TOGETHER, part_of

OWNER = np.repeat(np.arange(10), 4)
AWAY = np.full(5, NOWHERE)
ROWS = np.append(OWNER, AWAY)


def material(likeness: np.ndarray) -> LeaveOut:
    """Return phrasings with this likeness, and five questions of elsewhere that are like nothing."""
    rows = np.eye(len(ROWS), dtype=np.float32)
    rows[: len(OWNER), : len(OWNER)] = likeness
    factor = Factor.decompose(LowerTable.of_table(blend(rows, None)))
    letters = rows[:, : len(OWNER)]
    return LeaveOut(owner=ROWS, inverse=factor.inverse(), weights=factor.weights(ROWS), letters=letters, meaning=None)


def test_a_phrasing_held_out_is_not_there_to_answer_itself() -> None:
    examples = hold_out(material(np.eye(len(OWNER), dtype=np.float32)))
    assert examples is not None
    assert examples.evidence[:, 2].max() == 0, "a phrasing was compared with itself"


def test_what_would_have_been_said_without_a_row_is_what_training_without_it_says() -> None:
    draw = np.random.default_rng(3)
    points = draw.normal(size=(len(ROWS), 6)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    kernel = blend(points @ points.T, None)
    out = np.array([0, 5, 6, 42])
    keep = np.setdiff1d(np.arange(len(ROWS)), out)
    trained = kernel[np.ix_(out, keep)] @ Factor.decompose(LowerTable.of_table(kernel[np.ix_(keep, keep)])).weights(
        ROWS[keep]
    )
    factor = Factor.decompose(LowerTable.of_table(kernel.copy()))
    assert without(factor.inverse(), factor.weights(ROWS), ROWS, out) == pytest.approx(trained, abs=1e-4)


def test_an_article_held_out_and_what_is_elsewhere_are_never_right() -> None:
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
    share = examples.weight[first & examples.right].sum() / examples.weight[first].sum()
    assert share == pytest.approx(1 - NEAR - FAR)


def test_one_phrasing_an_article_teaches_no_confidence() -> None:
    likeness = np.eye(5, dtype=np.float32)
    lonely = LeaveOut(owner=np.arange(5), inverse=likeness, weights=likeness, letters=likeness, meaning=None)
    assert hold_out(lonely) is None


@pytest.mark.parametrize(("prior", "least", "most"), [(-5.0, 0.03, 0.07), (0.0, 0.48, 0.52), (5.0, 0.93, 0.97)])
def test_coin_tosses_pull_confidence_to_a_half_and_the_prior_holds_it(prior: float, least: float, most: float) -> None:
    draw = np.random.default_rng(1)
    examples = Examples(
        evidence=draw.normal(size=(2000, 5)),
        right=draw.random(2000) < 0.5,
        first=np.ones(2000, dtype=bool),
        weight=np.ones(2000),
    )
    learned = Calibration.fit(examples, prior=np.array([5.0, 5.0, 5.0, 5.0, 5.0, prior]))
    assert least < learned.confidence(np.zeros((1, 5)))[0] < most


def test_the_share_right_rises_with_confidence_and_is_never_below_it() -> None:
    learned = Calibration.fit(None, prior=np.array([6.0, 2.0, 3.0, 0.0, 0.0, -3.0]))
    shares = [learned.share_right(sure) for sure in np.linspace(0, 1, 21)]
    assert shares == sorted(shares)
    assert all(share >= sure for share, sure in zip(shares, np.linspace(0, 1, 21), strict=True))


def test_the_lead_of_the_first_is_over_the_second_and_of_others_behind_the_first() -> None:
    scores = np.array([0.2, 0.9, 0.6])
    evidence = evidence_of(scores, scores, scores, np.zeros(3), np.array([1, 2, 0]))
    assert evidence[:, 1] == pytest.approx([0.3, -0.3, -0.7])


def sample_kernel(size: int) -> np.ndarray:
    points = np.random.default_rng(size).normal(size=(size, 20)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return blend(points @ points.T, None)


@pytest.mark.parametrize("size", [1, 511, 512, 700])
def test_a_factor_of_blocks_solves_inverts_and_survives_its_bytes(size: int) -> None:
    kernel = sample_kernel(size)
    wanted = np.linalg.inv(kernel.astype(np.float64) + RIDGE * np.eye(size))
    made = Factor.decompose(LowerTable.of_table(kernel.copy()))
    read = Factor.unpack(made.pack(name="a"), name="a")
    assert read is not None
    owner = np.append(np.arange(size) // 7, NOWHERE)[:size]
    for factor in (made, read):
        assert np.allclose(factor.inverse(), wanted, rtol=0, atol=1e-3)
        assert np.allclose(factor.weights(owner), wanted @ goal(owner), rtol=0, atol=1e-3)


def test_a_factor_of_another_index_or_of_damaged_bytes_is_none() -> None:
    packed = Factor.decompose(LowerTable.of_table(sample_kernel(9))).pack(name="a")
    assert Factor.unpack(packed, name="b") is None
    assert Factor.unpack(packed[:-1], name="a") is None
    assert Factor.unpack(None, name="a") is None


def test_a_table_that_is_no_kernel_has_a_factor_nevertheless() -> None:
    """Similarities between unrelated questions are assumed, so a table can contradict itself."""
    table = np.array([[1, 0.95, 0.95], [0.95, 1, 0.1], [0.95, 0.1, 1]], dtype=np.float32)
    assert np.linalg.eigvalsh(table.astype(np.float64)).min() < -RIDGE
    weights = Factor.decompose(LowerTable.of_table(table)).weights(np.array([0, 1, 2]))
    assert np.isfinite(weights).all()


def test_the_head_gives_back_what_it_was_taught() -> None:
    kernel = blend(np.eye(len(OWNER), dtype=np.float32), None)
    scores = kernel @ Factor.decompose(LowerTable.of_table(kernel.copy())).weights(OWNER)
    assert (scores.argmax(axis=1) == OWNER).all()


def test_nearest_takes_the_best_phrasing_of_each_article() -> None:
    likeness = np.array([[0.1, 0.5, 0.2], [0.9, 0.0, 0.3]], dtype=np.float32)
    assert nearest(likeness, np.array([0, 0, 1])) == pytest.approx(np.array([[0.5, 0.2], [0.9, 0.3]]))


def test_directions_that_tell_no_articles_apart_are_shortened() -> None:
    draw = np.random.default_rng(2)
    vectors = np.repeat(draw.normal(size=(10, 6)), 4, axis=0)
    vectors[:, 0] += 3 * draw.normal(size=40)  # noise, the same for every article
    owner = np.repeat(np.arange(10), 4)
    straight, bent = MeaningSpace.centred(vectors), MeaningSpace.fit(vectors, owner)
    alike = owner[:, None] == owner[None, :]

    def gap(space: MeaningSpace) -> float:
        placed = space.project(vectors)
        likeness = placed @ placed.T
        return float(likeness[alike].mean() - likeness[~alike].mean())

    assert gap(bent) > gap(straight)


def test_where_phrasings_crowd_is_how_near_those_of_other_articles_lie() -> None:
    likeness = np.array(
        [[1.0, 0.9, 0.4, 0.1], [0.9, 1.0, 0.2, 0.3], [0.4, 0.2, 1.0, 0.0], [0.1, 0.3, 0.0, 1.0]], dtype=np.float32
    )
    owner = np.array([0, 0, 1, 2])
    assert rivals(likeness, owner, np.arange(4)).crowding(owner) == pytest.approx([0.35, 0.4, 0.3])
    alone = np.zeros(4, dtype=np.int64)
    assert rivals(likeness, alone, np.arange(4)).crowding(alone) == pytest.approx([0.0])


def test_a_question_near_a_crowded_article_is_less_sure_than_one_as_near_a_lonely_article() -> None:
    sides = np.where(OWNER[:, None] == OWNER[None, :], 0.9, 0.1).astype(np.float32)
    crowded = (OWNER < 2)[:, None] & (OWNER < 2)[None, :]
    sides[crowded & (OWNER[:, None] != OWNER[None, :])] = 0.7
    examples = hold_out(material(sides))
    assert examples is not None
    likeness = examples.evidence[examples.first & examples.right, 4]
    assert {round(float(x), 1) for x in likeness} == {0.2, 0.8}


def test_a_large_index_is_calibrated_on_groups_of_neighbours_and_a_small_one_as_a_whole() -> None:
    few = np.append(np.arange(60), NOWHERE)
    assert part_of(few).tolist() == list(range(61))
    many = np.append(np.repeat(np.arange(10 * TOGETHER), 3 * HELD_OUT // (20 * TOGETHER)), NOWHERE)
    taken = many[part_of(many)]
    groups = np.bincount(np.unique(taken[taken != NOWHERE]) // TOGETHER)
    assert set(groups.tolist()) == {0, TOGETHER}
    assert taken[-1] == NOWHERE
    assert len(taken) <= HELD_OUT


@pytest.mark.parametrize("size", [3, 8, 9, 21])
def test_a_factor_of_a_table_set_row_by_row_is_that_of_the_table(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_module, "_BLOCK", 4)
    monkeypatch.setattr(factor_module, "_STORED", 8)
    whole = sample_kernel(size)
    table = LowerTable.of_size(size)
    for start in range(0, size, 5):
        stop = min(start + 5, size)
        table.set_rows(start, whole[start:stop, :stop])
    found = Factor.decompose(table).solve(np.eye(size, dtype=np.float32))
    assert found == pytest.approx(np.linalg.inv(whole + RIDGE * np.eye(size)), abs=1e-3)
    assert found == pytest.approx(Factor.decompose(LowerTable.of_table(whole.copy())).inverse(), abs=1e-4)
