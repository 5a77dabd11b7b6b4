"""Likenesses of a question to the likeliest articles, their blend into one score, and the evidence for confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.features import Floats, Places
from knowledge.matching.heads import log_shares

Doubles = NDArray[np.float64]

# Number of articles that are compared with the vector of a question; a larger number hardly ever changed the first.
SHORTLIST: Final = 24

# Evidence about a question and an article. The first two are of letters: the logarithms of the article's own
# probability, and of its share among all. The others are of meaning: the logarithm of the share, the similarity to the
# nearest phrasing, and its square.
LIKENESSES: Final = ("letters", "share by letters", "share by meaning", "nearest by meaning", "nearest squared")
BY_WORDS: Final = 2

# Evidence for a candidate, in this order: its share of the shortlist, the lead of its score over the next best, the
# logarithm of its share by letters, the similarity of its nearest phrasing by meaning, and how much surer the heads are
# of it than of no article at all.
EVIDENCE: Final = ("share", "lead", "share by letters", "nearest by meaning", "surer than nothing")

_LARGEST_LEAD, _LARGEST_MARGIN, _LOWEST = 6.0, 8.0, -30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Likenesses:
    """The likenesses of one question to its shortlist.

    Attributes:
        articles: positions of the articles.
        values: shape (articles, likenesses): two by words alone, five with the encoder.
        margin: logarithm of the probability of each article over that of none.
    """

    articles: Places
    values: Doubles
    margin: Doubles


def shortlist(letters: Floats, meaning: Floats | None) -> Places:
    """Return the positions of the likeliest articles, from the scores of the heads. The last column is no article."""
    score = log_shares(letters[:-1])
    if meaning is not None:
        score = score + meaning[:-1]
    if len(score) <= SHORTLIST:
        return np.arange(len(score))
    return np.argpartition(-score, SHORTLIST)[:SHORTLIST]


def likenesses(letters: Floats, meaning: Floats | None, nearest: Floats | None, articles: Places) -> Likenesses:
    """Return the likenesses of a question.

    Args:
        letters, meaning: scores of the heads by column; ``meaning`` is None without a vector.
        nearest: similarity by meaning of the nearest phrasing of each of ``articles``.
    """
    own = letters[articles].astype(np.float64)
    values = [np.maximum(-np.logaddexp(0, -own), _LOWEST), np.maximum(log_shares(letters)[articles], _LOWEST)]
    margin = own - float(letters[-1])
    if meaning is not None and nearest is not None:
        values += [np.maximum(meaning[articles], _LOWEST), nearest, nearest * nearest]
        margin = (meaning[articles] - meaning[-1]).astype(np.float64)
    return Likenesses(
        articles=articles,
        values=np.stack(values, axis=-1).astype(np.float64),
        margin=np.clip(margin, -_LARGEST_MARGIN, _LARGEST_MARGIN),
    )


def evidence_of(likenesses: Likenesses, blend: Doubles, depth: int) -> tuple[Places, Doubles]:
    """Return the ``depth`` best articles and their evidence: shape (articles, 5)."""
    score = likenesses.values @ blend
    best = np.argsort(-score, kind="stable")[:depth]
    share = np.exp(score - score.max())
    share /= share.sum()
    first = float(score[best[0]])
    second = float(score[best[1]]) if len(best) > 1 else first - _LARGEST_LEAD
    lead = np.maximum(score[best] - first, -_LARGEST_LEAD)
    lead[0] = min(first - second, _LARGEST_LEAD)
    spoken = likenesses.values.shape[1] > BY_WORDS
    nearest = likenesses.values[best, 3] if spoken else np.zeros(len(best))
    evidence = (share[best], lead, likenesses.values[best, 1], nearest, likenesses.margin[best])
    return likenesses.articles[best], np.stack(evidence, axis=-1)


def fit_blend(cases: list[tuple[Doubles, NDArray[np.bool_]]], *, prior: Doubles, weight: float) -> Doubles:
    """Return the weights that make the right candidates likeliest, by Newton's method towards ``prior``.

    Args:
        cases: likenesses of each question's shortlist, and which of its articles are right; at least one is.
        weight: of the prior, in questions.
    """

    def loss(at: Doubles) -> float:
        surprise = sum(
            np.logaddexp.reduce(values @ at) - np.logaddexp.reduce((values @ at)[right]) for values, right in cases
        )
        return float(surprise + weight * ((at - prior) ** 2).sum() / 2)

    theta, now = prior.copy(), loss(prior)
    for _ in range(30):
        slope, bend = weight * (theta - prior), weight * np.eye(len(prior))
        for values, right in cases:
            share = np.exp(values @ theta - (values @ theta).max())
            share /= share.sum()
            target = share * right
            target /= max(target.sum(), 1e-12)
            slope += (share - target) @ values
            centred = values - share @ values
            bend += (centred * share[:, None]).T @ centred
        step = np.linalg.solve(bend, slope)
        while (after := loss(theta - step)) > now and float(np.abs(step).max()) > 1e-4:
            step = step / 2  # far from the optimum a full step can overshoot and diverge
        theta, now = theta - step, after
        if float(np.abs(step).max()) < 1e-4:
            break
    return theta
