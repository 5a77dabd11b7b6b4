"""The learned comparison of vectors: what separates articles counts, and what varies within them does not."""

from functools import cache

import numpy as np

from knowledge.matching.features import Floats, Places
from knowledge.matching.semantic import MeaningSpace, learn_transform

ARTICLES, EACH, SIZE, TELLING = 24, 12, 16, 4


def phrasings(seed: int) -> tuple[Floats, Places]:
    """Return vectors of which a few dimensions tell the article, and the others are larger and tell nothing."""
    meant = np.random.default_rng(0).standard_normal((ARTICLES, TELLING))
    random = np.random.default_rng(seed)
    owner = np.repeat(np.arange(ARTICLES), EACH)
    vectors = 1.5 * random.standard_normal((len(owner), SIZE))
    vectors[:, :TELLING] = meant[owner] + 0.2 * random.standard_normal((len(owner), TELLING))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors - vectors.mean(axis=0)).astype(np.float32), owner


def share_found(transform: Floats, known: Floats, asked: Floats, owner: Places) -> float:
    """Return the share of the asked whose nearest known vector is of their article."""
    space = MeaningSpace(centre=np.zeros(SIZE, dtype=np.float32), transform=transform)
    nearest = (space.project(asked) @ space.project(known).T).argmax(axis=1)
    return float((owner[nearest] == owner).mean())


@cache
def learned() -> Floats:
    """Return what the first phrasings teach."""
    known, owner = phrasings(1)
    return learn_transform(known, owner, np.eye(SIZE, dtype=np.float32))


def test_phrasings_not_seen_are_found_more_often() -> None:
    (known, owner), (asked, _) = phrasings(1), phrasings(2)
    before = share_found(np.eye(SIZE, dtype=np.float32), known, asked, owner)
    after = share_found(learned(), known, asked, owner)
    assert after > 1.3 * before, (before, after)


def test_the_same_phrasings_teach_the_same() -> None:
    known, owner = phrasings(1)
    start = np.eye(SIZE, dtype=np.float32)
    np.testing.assert_array_equal(learn_transform(known, owner, start), learned())
    np.testing.assert_array_equal(start, np.eye(SIZE))


def test_an_article_of_one_phrasing_changes_nothing_by_itself() -> None:
    known, _ = phrasings(1)
    start = np.eye(SIZE, dtype=np.float32)
    np.testing.assert_allclose(learn_transform(known, np.arange(len(known)), start), start, atol=1e-6)
