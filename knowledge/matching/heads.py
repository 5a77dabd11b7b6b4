"""Two linear heads from a text to the probability of each article: by its letters, and by the encoder's vector.

The letter head is one logistic regression an article, so that an edit learns only the columns of the changed articles.
The meaning head is one multinomial logistic regression; an edit learns the columns of changed articles while the
others stay. Both have a last column for questions that nothing answers. They are learned by stochastic gradient
descent, in the same order for the same seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.features import BUCKETS, Features, Floats, Places

_SEED: Final = 1

# Rate of the letter head, falling evenly to zero over the passes, and of its constants as a share of it.
_LETTER_RATE, _BIAS_SHARE, _LETTER_PASSES = 4.0, 0.05, 4
# With few texts more passes are needed, and cheap.
_FEW_TEXTS, _LETTER_PASSES_OF_FEW = 5000, 6
# Constant of an article before it learns: a text is of one of hundreds.
LETTER_START: Final = -4.0
# Errors below this change nothing worth the time.
_NEGLIGIBLE: Final = 0.004

# Rate of the meaning head for the number of articles at which it was chosen; fewer articles need smaller steps.
_MEANING_RATE, _MEANING_RATE_ARTICLES, _MEANING_BIAS_SHARE, _DECAY = 400.0, 550, 0.02, 2e-6
_MEANING_PASSES, _MEANING_BATCH = 14, 256
_MEANING_PASSES_OF_FEW, _MEANING_BATCH_OF_FEW = 30, 64

_LARGEST: Final = 127.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterHead:
    """Weights with 8 bits each: shape (buckets, articles + 1); ``scale`` and ``bias`` by column."""

    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats

    @classmethod
    def of_weights(cls, weights: Floats, bias: Floats) -> Self:
        """Round weights to 8 bits."""
        scale = np.maximum(np.abs(weights).max(axis=0, initial=0.0), 1e-9) / _LARGEST
        return cls(weights=np.rint(weights / scale).astype(np.int8), scale=scale.astype(np.float32), bias=bias)

    @classmethod
    def empty(cls, columns: int) -> Self:
        """Return a head of columns that never apply."""
        return cls(
            weights=np.zeros((BUCKETS, columns), dtype=np.int8),
            scale=np.ones(columns, dtype=np.float32),
            bias=np.full(columns, LETTER_START, dtype=np.float32),
        )

    def rearranged(self, places: Sequence[int], columns: Mapping[int, tuple[NDArray[np.int8], float, float]]) -> Self:
        """Return a head with some columns of this one, and new ones.

        Args:
            places: for each column of the result, its place in this head; -1 for one that never applies.
            columns: weights, scale and constant of the new ones, by their place in the result.
        """
        same = list(places) == list(range(len(self.bias)))
        if same and not columns:
            return self
        made = self.empty(len(places))
        chosen = np.array(places, dtype=np.int64)
        kept = np.flatnonzero(chosen >= 0)
        weights = self.weights.copy() if same else made.weights
        if not same and len(kept):
            weights[:, kept] = np.take(self.weights, chosen[kept], axis=1)
        made.scale[kept], made.bias[kept] = self.scale[chosen[kept]], self.bias[chosen[kept]]
        for at, column in columns.items():
            weights[:, at], made.scale[at], made.bias[at] = column
        return replace(made, weights=weights)

    def scores(self, buckets: NDArray[np.uint16], values: Floats) -> Floats:
        """Return the score of every column for one text: shape (articles + 1,)."""
        # Not ``@``: it uses several threads, which wait for each other tens of milliseconds on busy cores.
        summed: Floats = np.einsum("b,bc->c", values, self.weights[buckets].astype(np.float32))
        return np.asarray(summed * self.scale + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningHead:
    """Weights: shape (dimensions, articles + 1); ``bias`` by column."""

    weights: Floats
    bias: Floats

    def scores(self, vector: Floats) -> Floats:
        """Return the logarithm of the probability of every column for one vector: shape (articles + 1,)."""
        return log_shares(np.einsum("d,dc->c", vector, self.weights) + self.bias)


def log_shares(scores: Floats) -> Floats:
    """Return the logarithm of the softmax over the last axis."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    shares: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return shares


def learn_letters(features: Features, owner: Places, columns: int) -> tuple[Floats, Floats]:
    """Learn all columns from texts; return weights and constants.

    Args:
        owner: column of each text.
    """
    weights = np.zeros((BUCKETS, columns), dtype=np.float32)
    bias = np.full(columns, LETTER_START, dtype=np.float32)
    passes = _LETTER_PASSES_OF_FEW if len(features) < _FEW_TEXTS else _LETTER_PASSES
    _descend(features, owner, weights, bias, passes=passes, rate=_LETTER_RATE)
    return weights, bias


def relearn_letters(
    features: Features, owner: Places, start: tuple[Floats, Floats], *, passes: int = _LETTER_PASSES_OF_FEW
) -> tuple[Floats, Floats]:
    """Learn a few columns from texts, beginning with ``start``; texts of other articles have the owner -1."""
    weights, bias = start
    _descend(features, owner, weights, bias, passes=passes, rate=_LETTER_RATE)
    return weights, bias


def _descend(features: Features, owner: Places, weights: Floats, bias: Floats, *, passes: int, rate: float) -> None:
    """Change ``weights`` and ``bias`` in place, text by text."""
    random = np.random.default_rng(_SEED)
    for number in range(passes):
        step = np.float32(rate * (1 - number / passes))
        for text in random.permutation(len(features)).tolist():
            buckets, values = features.of_text(text)
            rows = weights[buckets]
            error = 1 / (1 + np.exp(-(values @ rows + bias)))
            if owner[text] >= 0:
                error[owner[text]] -= 1
            large = np.flatnonzero(np.abs(error) > _NEGLIGIBLE)
            if not len(large):
                continue
            change = step * error[large]
            if len(large) == len(error):
                weights[buckets] = rows - values[:, None] * change
            else:
                weights[buckets[:, None], large] = rows[:, large] - values[:, None] * change
            bias[large] -= np.float32(_BIAS_SHARE) * change


def learn_meaning(vectors: Floats, owner: Places, start: MeaningHead, *, columns: Places | None = None) -> MeaningHead:
    """Learn the meaning head from texts, beginning with ``start``.

    Args:
        vectors: of the texts, in the meaning space.
        owner: column of each text.
        columns: the columns to learn; the others stay. None: all.
    """
    random = np.random.default_rng(_SEED)
    few = len(vectors) < _FEW_TEXTS
    passes, batch = (_MEANING_PASSES_OF_FEW, _MEANING_BATCH_OF_FEW) if few else (_MEANING_PASSES, _MEANING_BATCH)
    rate = _MEANING_RATE * min(1.0, len(start.bias) / _MEANING_RATE_ARTICLES)
    own = np.arange(len(start.bias)) if columns is None else columns
    weights, bias = np.ascontiguousarray(start.weights[:, own]), start.bias[own]
    # The columns that stay count as one, with the same score in every pass.
    staying = None if columns is None else _joint_score(vectors, start, columns)
    place = np.full(len(start.bias), len(own))
    place[own] = np.arange(len(own))
    for number in range(passes):
        step = np.float32(rate * (1 - number / passes))
        order = random.permutation(len(vectors))
        for begin in range(0, len(order), batch):
            some = order[begin : begin + batch]
            scores = vectors[some] @ weights + bias
            if staying is not None:
                scores = np.column_stack([scores, staying[some]])
            error = np.exp(log_shares(scores))
            error[np.arange(len(some)), place[owner[some]]] -= 1
            error = error[:, : len(own)] / np.float32(len(some))
            weights -= step * (vectors[some].T @ error + np.float32(_DECAY) * weights)
            bias -= step * np.float32(_MEANING_BIAS_SHARE) * error.sum(axis=0)
    if columns is None:
        return replace(start, weights=weights, bias=bias)
    learned = replace(start, weights=start.weights.copy(), bias=start.bias.copy())
    learned.weights[:, own], learned.bias[own] = weights, bias
    return learned


def _joint_score(vectors: Floats, head: MeaningHead, but: Places) -> Floats:
    """Return the score that all columns but some have together, of each vector."""
    scores = vectors @ head.weights + head.bias
    scores[:, but] = -np.inf
    highest: Floats = scores.max(axis=1)
    joint: Floats = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
    return joint


def empty_meaning(dimensions: int, columns: int) -> MeaningHead:
    """Return a head that finds all columns equally probable."""
    return MeaningHead(
        weights=np.zeros((dimensions, columns), dtype=np.float32), bias=np.zeros(columns, dtype=np.float32)
    )
