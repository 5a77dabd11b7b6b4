"""Learn from the phrasings of an index: the space of meaning, the supervised layer, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import OUT_OF_SCOPE, Calibration, Examples, gather
from knowledge.damage import typing_errors
from knowledge.encoder import Encoder, Vectors
from knowledge.head import Floats, HeldOut, solve, targets
from knowledge.lexicon.prior import PRIOR
from knowledge.memory import Memory
from knowledge.semantic import MeaningSpace, between, within

LETTERS = 0.3
"""What likeness by letters and words counts beside meaning, when there is an encoder."""

SHARPNESS_LETTERS, SHARPNESS_MEANING = 1.0, 4.0
"""How fast evidence fades with distance: exp(sharpness · (likeness - 1))."""

_STRENGTHS = (1.0, 0.3, 0.1, 0.0)
"""How strongly to bend the space of meaning; the one that serves held-out phrasings best is taken."""

_NOISY = 200
"""Phrasings typed once more with errors, to learn which directions of meaning are noise."""

_HELD_OUT = 2000
"""Phrasings that confidence is learned from at most: the inverse costs the cube of them."""


def blend(letters: Floats, meaning: Floats | None) -> Floats:
    """Return one likeness of the two, 0 to 1, that falls off with distance."""
    near: Floats = np.exp(np.float32(SHARPNESS_LETTERS) * (letters - 1))
    if meaning is None:
        return near
    far = np.exp(np.float32(SHARPNESS_MEANING) * (meaning - 1))
    return np.asarray(LETTERS * near + (1 - LETTERS) * far, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What was learned. ``weights`` is (articles, phrasings); ``placed`` the phrasings in ``space``."""

    weights: Floats
    calibration: Calibration
    space: MeaningSpace | None
    placed: Vectors | None


def train(
    letters: Floats,
    owner: NDArray[np.int64],
    texts: list[str],
    *,
    encoder: Encoder | None,
    known: Memory,
    kept: Memory,
) -> Trained:
    """Learn from phrasings sorted by article.

    Args:
        letters: the lexical likeness between all phrasings.
        owner: the article of each phrasing, rising.
        texts: the phrasings as the encoder gets them.
        known: vectors from earlier; ``kept`` receives those used now.
    """
    articles = int(owner.max()) + 1
    sample = _sample(owner)
    space, placed, meaning = None, None, None
    if encoder is not None:
        vectors = known.encode(texts, encoder, kept)
        space = _bent(vectors, owner, texts, letters, sample, encoder=encoder, known=known, kept=kept)
        placed = space.place(vectors)
        meaning = placed @ placed.T
    kernel = blend(letters, meaning)
    weights = solve(kernel, targets(owner, articles))
    part = np.ix_(sample, sample)
    examples = _examples(
        kernel[part],
        letters[part],
        None if meaning is None else meaning[part],
        np.unique(owner[sample], return_inverse=True)[1],
    )
    prior = PRIOR["letters" if encoder is None else "meaning"]
    return Trained(
        weights=np.ascontiguousarray(weights.T),
        calibration=Calibration.learn(examples, prior=np.array(prior)),
        space=space,
        placed=placed,
    )


def _sample(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the phrasings held out in turn: all, or those of articles spread evenly."""
    if len(owner) <= _HELD_OUT:
        return np.arange(len(owner))
    every = -(-len(owner) // _HELD_OUT)
    return np.flatnonzero(owner % every == 0)


def _bent(
    vectors: Vectors,
    owner: NDArray[np.int64],
    texts: list[str],
    letters: Floats,
    sample: NDArray[np.int64],
    *,
    encoder: Encoder,
    known: Memory,
    kept: Memory,
) -> MeaningSpace:
    """Return the space that serves held-out phrasings best; with one phrasing an article, the most bent one."""
    step = max(1, len(texts) // _NOISY)
    chosen = list(range(0, len(texts), step))[:_NOISY]
    damaged = known.encode([typing_errors(texts[at], seed=at) for at in chosen], encoder, kept)
    noise = between(list(zip(damaged, vectors[chosen], strict=True)))
    lonely = np.bincount(owner)[owner] == 1
    if lonely.all():
        return MeaningSpace.bent(vectors, noise=noise, strength=_STRENGTHS[0])
    noise = noise + within(vectors, owner)
    part = np.ix_(sample, sample)
    own = np.unique(owner[sample], return_inverse=True)[1]
    best: tuple[float, MeaningSpace] | None = None
    for strength in _STRENGTHS:
        space = MeaningSpace.bent(vectors, noise=noise, strength=strength)
        placed = space.place(vectors[sample])
        scores = HeldOut(blend(letters[part], placed @ placed.T), own).without_itself()
        right = float((scores.argmax(axis=1) == own)[~lonely[sample]].mean()) if (~lonely[sample]).any() else 0.0
        if best is None or right > best[0] + 0.002:  # of equals, the one that also withstands errors
            best = (right, space)
    assert best is not None  # noqa: S101  there are strengths
    return best[1]


def _examples(kernel: Floats, letters: Floats, meaning: Floats | None, owner: NDArray[np.int64]) -> Examples | None:
    """Return what held-out phrasings teach: each asked as if new, and as if its article were not there."""
    many = np.bincount(owner)[owner] > 1
    if not many.any() or int(owner.max()) == 0:
        return None
    held_out = HeldOut(kernel, owner)
    size = len(owner)
    itself = np.eye(size, dtype=bool)
    article = owner[:, None] == owner[None, :]
    rows = np.flatnonzero(many)
    inside, right = gather(
        held_out.without_itself()[rows],
        nearest(np.where(itself, -1, letters)[rows], owner),
        nearest(np.where(itself, -1, meaning)[rows], owner)
        if meaning is not None
        else np.zeros((len(rows), int(owner.max()) + 1)),
        owner[rows],
    )
    outside, wrong = gather(
        held_out.without_its_article(),
        nearest(np.where(article, -1, letters), owner),
        nearest(np.where(article, -1, meaning), owner)
        if meaning is not None
        else np.zeros((size, int(owner.max()) + 1)),
        np.full(size, -1),
    )
    weight = np.concatenate(
        [
            np.full(len(inside), (1 - OUT_OF_SCOPE) * size / len(inside)),
            np.full(size, OUT_OF_SCOPE),
        ]
    )
    return Examples(evidence=np.concatenate([inside, outside]), right=np.concatenate([right, wrong]), weight=weight)


def nearest(likeness: Floats, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each row's likeness to the nearest phrasing of each article; ``owner`` rises and misses no article."""
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    return np.maximum.reduceat(likeness, starts, axis=-1).astype(np.float64)
