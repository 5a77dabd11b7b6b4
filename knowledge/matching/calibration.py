"""Calibration: from scores to probabilities, and to the expected share of right answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

# Assumed share of questions that no article answers, for learning the confidence.
OUT_OF_SCOPE = 0.2

# Number of candidates per utterance with a probability.
DEPTH = 3

# Strength of regularization towards the prior: it dominates twenty examples and is negligible for hundreds. With one
# phrasing per article there are no examples, and only the prior counts.
_PRIOR_WEIGHT = 0.2

# Weight of the curves fitted to this index, against the prior learned from many indexes. Held-out phrasings of one
# author resemble each other more than real questions do, so they are not trusted fully.
_TRUST = 0.4

_STEPS, _SMALL = 30, 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Candidates of held-out phrasings, and whether each was right.

    Attributes:
        evidence: shape (candidates, 5), in the order of ``evidence.EVIDENCE``.
        right: whether the candidate was the right article.
        first: whether it was the top candidate of its question.
        weight: sample weight; gives out-of-scope questions their assumed share of traffic.
    """

    evidence: Doubles
    right: NDArray[np.bool_]
    first: NDArray[np.bool_]
    weight: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Logistic curves over the evidence, and the share of right answers above each confidence.

    ``weights`` has two rows: for the top candidate, and for the others. Each row holds five weights and a constant.
    ``levels`` and ``shares`` increase: of answers with at least confidence ``levels[i]``, the share ``shares[i]`` is
    right. ``measured``: the examples were utterances.
    """

    weights: Doubles
    levels: Doubles
    shares: Doubles
    measured: bool = False

    @classmethod
    def fit(cls, examples: Examples | None, *, prior: Doubles, measured: bool = False) -> Self:
        """Fit the curves to held-out examples, regularized towards ``prior`` (5 weights and a constant).

        ``measured``: the examples are utterances, so that the fitted curves are trusted fully.
        """
        trust = 1.0 if measured else _TRUST
        weights = np.stack([prior, prior])
        if examples is not None and examples.right[examples.first].any():
            first = examples.first
            fitted = np.stack([fit_weights(examples, first, prior=prior), fit_weights(examples, ~first, prior=prior)])
            weights = trust * fitted + (1 - trust) * prior
            confidence = _logistic(_extended(examples.evidence[first]) @ weights[0])
            weight = examples.weight[first]
        else:
            # Without held-out examples, trust the curve, over evenly spread confidences.
            confidence = np.linspace(0.005, 0.995, 100)
            weight = np.ones(100)
        order = np.argsort(confidence)
        levels, weight = confidence[order], weight[order]
        above = np.cumsum((levels * weight)[::-1])[::-1] / np.cumsum(weight[::-1])[::-1]
        keep = np.unique(np.linspace(0, len(levels) - 1, 200).astype(int))
        return cls(weights=weights, levels=levels[keep], shares=np.maximum.accumulate(above)[keep], measured=measured)

    def confidence(self, evidence: Doubles) -> Doubles:
        """Return the probability of each candidate, in decreasing order.

        The sum is at most 1.
        """
        curve = self.weights[np.minimum(np.arange(len(evidence)), 1)]
        rng = np.minimum.accumulate(_logistic((_extended(evidence) * curve).sum(axis=1)))
        rest = float(rng[1:].sum())
        if rest > 1 - rng[0]:
            rng[1:] *= (1 - rng[0]) / rest
        return rng

    def share_right(self, confidence: float) -> float:
        """Return the share of right answers with at least this confidence.

        Never below the confidence.
        """
        if not len(self.levels):
            return confidence
        return max(confidence, float(np.interp(confidence, self.levels, self.shares)))


def _extended(evidence: Doubles) -> Doubles:
    return np.concatenate([evidence, np.ones((*evidence.shape[:-1], 1))], axis=-1)


def _logistic(value: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))), dtype=np.float64)


def fit_weights(examples: Examples, chosen: NDArray[np.bool_], *, prior: Doubles) -> Doubles:
    """Fit the weights to the chosen examples by Newton's method, regularized towards ``prior``."""
    x = _extended(examples.evidence[chosen])
    y = examples.right[chosen].astype(np.float64)
    weight = examples.weight[chosen]
    hold = np.full(len(prior), _PRIOR_WEIGHT)
    theta = prior.copy()

    def loss(at: Doubles) -> float:
        value = x @ at
        return float((weight * (np.logaddexp(0, value) - y * value)).sum() + (hold * (at - prior) ** 2).sum() / 2)

    for _ in range(_STEPS):
        rng = _logistic(x @ theta)
        slope = x.T @ (weight * (rng - y)) + hold * (theta - prior)
        bend = (x * (weight * np.maximum(rng * (1 - rng), 1e-6))[:, None]).T @ x + np.diag(hold)
        step = np.linalg.solve(bend, slope)
        now = loss(theta)
        while loss(theta - step) > now and float(np.abs(step).max()) > _SMALL:
            step = step / 2  # far from the optimum a full step can overshoot and diverge
        theta = theta - step
        if float(np.abs(step).max()) < _SMALL:
            break
    return theta
