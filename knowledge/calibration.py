"""From scores to probabilities, and from probabilities to the share of answers that will be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

OUT_OF_SCOPE = 0.2
"""The share of questions no article answers that confidence is learned for."""

DEPTH = 3
"""Candidates of an utterance that get a probability of their own."""

EVIDENCE = ("score", "lead", "likeness by letters", "likeness by meaning")
"""What the probability of a candidate rests on, in this order."""

_PRIOR_WEIGHT = 20.0
"""How many examples the prior is worth. With one phrasing an article there are none, and the prior alone speaks."""

_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Candidates of held-out phrasings, with whether each was right.

    Attributes:
        evidence: shape (examples, depth, 4), in the order of ``EVIDENCE``.
        right: shape (examples, depth).
        weight: shape (examples,); sums to what the examples are worth.
    """

    evidence: Doubles
    right: NDArray[np.bool_]
    weight: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A logistic curve over the evidence, and the share of right answers above each confidence.

    ``levels`` rises, and ``shares`` with it: of answers at least as confident as a level, its share is right.
    """

    weights: Doubles
    levels: Doubles
    shares: Doubles

    @classmethod
    def learn(cls, examples: Examples | None, *, prior: Doubles) -> Self:
        """Fit the curve to held-out examples, held towards ``prior`` (4 weights and a constant)."""
        weights = prior
        if examples is not None and examples.right.any():
            weights = _fit(examples, prior)
            confidence = _logistic(_extended(examples.evidence[:, 0]) @ weights)
            weight = examples.weight
        else:
            # Nothing was held out, so the curve is taken at its word over confidences spread evenly.
            confidence = np.linspace(0.005, 0.995, 100)
            weight = np.ones(100)
        order = np.argsort(confidence)
        levels, weight = confidence[order], weight[order]
        above = np.cumsum((levels * weight)[::-1])[::-1] / np.cumsum(weight[::-1])[::-1]
        keep = np.unique(np.linspace(0, len(levels) - 1, 200).astype(int))
        return cls(weights=weights, levels=levels[keep], shares=np.maximum.accumulate(above)[keep])

    def confidence(self, evidence: Doubles) -> Doubles:
        """Return the probability of each candidate, shape (candidates,); they sum to at most 1."""
        chance = _logistic(_extended(evidence) @ self.weights)
        return chance / max(1.0, float(chance.sum()))

    def share_right(self, confidence: float) -> float:
        """Return the share of right answers among those at least this confident; never below the confidence."""
        if not len(self.levels):
            return confidence
        return max(confidence, float(np.interp(confidence, self.levels, self.shares)))


def _extended(evidence: Doubles) -> Doubles:
    return np.concatenate([evidence, np.ones((*evidence.shape[:-1], 1))], axis=-1)


def _logistic(value: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))), dtype=np.float64)


def _fit(examples: Examples, prior: Doubles) -> Doubles:
    """Return the weights that explain the examples best, by Newton's method; ``prior`` counts as examples too."""
    depth = examples.evidence.shape[1]
    x = _extended(examples.evidence).reshape(-1, len(EVIDENCE) + 1)
    y = examples.right.reshape(-1).astype(np.float64)
    weight = np.repeat(examples.weight, depth)
    hold = np.full(len(prior), _PRIOR_WEIGHT / 100)
    theta = prior.copy()
    for _ in range(_STEPS):
        chance = _logistic(x @ theta)
        slope = x.T @ (weight * (chance - y)) + hold * (theta - prior)
        bend = (x * (weight * np.maximum(chance * (1 - chance), 1e-6))[:, None]).T @ x + np.diag(hold)
        step = np.linalg.solve(bend, slope)
        theta = theta - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return theta


def gather(
    scores: Doubles, letters: Doubles, meaning: Doubles, owner: NDArray[np.int64]
) -> tuple[Doubles, NDArray[np.bool_]]:
    """Return the evidence of the best candidates of each row, and which are right.

    Args:
        scores, letters, meaning: shape (rows, articles); letters and meaning are the nearest phrasing's likeness.
        owner: the right article of each row, or -1 where none is.
    """
    depth = min(DEPTH, scores.shape[1])
    best = np.argsort(-scores, axis=1)[:, :depth]
    evidence = np.stack([evidence_of(scores[i], letters[i], meaning[i], best[i]) for i in range(len(scores))])
    return evidence, best == owner[:, None]


def evidence_of(scores: Doubles, letters: Doubles, meaning: Doubles, best: NDArray[np.int64]) -> Doubles:
    """Return the evidence for the articles ``best`` of one utterance: shape (candidates, 4)."""
    chosen = scores[best]
    first = float(scores[best[0]])
    second = float(scores[best[1]]) if len(best) > 1 else 0.0
    lead = chosen - first
    lead[0] = first - second
    return np.stack([chosen, lead, letters[best], meaning[best]], axis=-1).astype(np.float64)
