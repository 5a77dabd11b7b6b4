"""Evaluate the matcher on a labelled set: accuracy, calibration, out-of-scope detection, latency."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.calibration import OUT_OF_SCOPE
from knowledge.matching.damage import fold_letters, typing_errors
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.policy import Outcome, OutcomeKind, Policy

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A labelled utterance; each article in ``gold`` is right.

    Without ``gold`` it must not be answered.

    ``previous`` is the article of the previous turn, or None.
    """

    text: str
    gold: frozenset[str]
    sub: str
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """Phrasings for training, and questions for evaluation."""

    name: str
    phrasings: tuple[Phrasing, ...]
    questions: tuple[LabelledQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Accuracy over in-scope questions."""

    questions: int
    acc_at_1: float
    recall_at_3: float
    mrr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """Results of one run.

    Shares are 0 to 1, latencies in milliseconds, ``build_seconds`` in seconds.

    Attributes:
        auroc: separation of in-scope and out-of-scope questions by confidence; None without the latter.
        cov95: largest share of in-scope questions answered with 95 % of all answers right, if a fifth of the traffic is
            out of scope.
        calibration_error: mean difference between confidence and share right, over ten bins.
        outcomes: for ``in`` and ``out`` of scope: shares answered, answered right, clarified, and handed over, by the
            default policy.
    """

    name: str
    conditions: tuple[str, ...]
    overall: Score
    by_sub: dict[str, Score]
    auroc: float | None
    cov95: float
    calibration_error: float
    outcomes: dict[str, dict[str, float]]
    latency_p50: float
    latency_p99: float
    build_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)


def evaluate(
    labelled: EvaluationSet,
    *,
    encoder: Encoder | None,
    typo: bool = False,
    fold: bool = False,
    policy: Policy | None = None,
    matcher: Matcher | None = None,
) -> EvaluationReport:
    """Build a matcher from the set's phrasings, or use ``matcher``, and measure it on every question.

    Args:
        typo: add typing errors to every question; its position in the set is the seed.
        fold: replace æ, ø, å by ae, o, a.
    """
    began = time.perf_counter()
    matcher = matcher or Matcher.build(labelled.phrasings, encoder=encoder)
    built = time.perf_counter() - began
    policy = policy or Policy()
    rows: list[tuple[LabelledQuestion, int, float, Outcome]] = []
    taken: list[float] = []
    for at, question in enumerate(labelled.questions):
        text = typing_errors(question.text, seed=at) if typo else question.text
        text = fold_letters(text) if fold else text
        began = time.perf_counter()
        match = matcher.match(text, previous=(question.previous,) if question.previous else ())
        taken.append(1000 * (time.perf_counter() - began))
        rank = next((i for i, c in enumerate(match.candidates, 1) if c.article_id in question.gold), 0)
        sure = match.candidates[0].confidence if match.candidates else 0.0
        rows.append((question, rank, sure, policy.outcome(match)))
    within = [row for row in rows if row[0].gold]
    confidence = np.array([row[2] for row in rows])
    right = np.array([row[1] == 1 for row in rows])
    known = np.array([bool(row[0].gold) for row in rows])
    return EvaluationReport(
        name=labelled.name,
        conditions=tuple(name for name, on in (("typo", typo), ("fold", fold)) if on) or ("clean",),
        overall=_score([row[1] for row in within]),
        by_sub={
            sub: _score([row[1] for row in within if row[0].sub == sub]) for sub in sorted({r[0].sub for r in within})
        },
        auroc=auroc(confidence[known], confidence[~known]),
        cov95=coverage(confidence, right, known, share=0.95),
        calibration_error=calibration_error(confidence, right, known),
        outcomes=_outcomes(rows),
        latency_p50=float(np.percentile(taken, 50)) if taken else 0.0,
        latency_p99=float(np.percentile(taken, 99)) if taken else 0.0,
        build_seconds=built,
    )


def _score(ranks: Sequence[int]) -> Score:
    count = max(len(ranks), 1)
    return Score(
        questions=len(ranks),
        acc_at_1=sum(rank == 1 for rank in ranks) / count,
        recall_at_3=sum(1 <= rank <= 3 for rank in ranks) / count,
        mrr=sum(1 / rank for rank in ranks if rank) / count,
    )


def _outcomes(rows: Sequence[tuple[LabelledQuestion, int, float, Outcome]]) -> dict[str, dict[str, float]]:
    by_scope: dict[str, dict[str, float]] = {}
    for name, inside in (("in", True), ("out", False)):
        chosen = [row for row in rows if bool(row[0].gold) is inside]
        count = max(len(chosen), 1)
        kinds = {str(kind): sum(row[3].kind is kind for row in chosen) / count for kind in OutcomeKind}
        by_scope[name] = kinds | {
            "answered_right": sum(row[3].kind is OutcomeKind.ANSWER and row[1] == 1 for row in chosen) / count,
            "clarified_right": sum(
                row[3].kind is OutcomeKind.CLARIFY and 1 <= row[1] <= len(row[3].candidates) for row in chosen
            )
            / count,
        }
    return by_scope


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float | None:
    """Return the probability that an in-scope question is more confident than an out-of-scope one; ties count half."""
    if not len(inside) or not len(outside):
        return None
    both = np.concatenate([inside, outside])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    rank = (ends - (count - 1) / 2)[place]
    n = len(inside)
    return float((rank[:n].sum() - n * (n + 1) / 2) / (n * len(outside)))


def _traffic(known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weight of each question, so that a fifth of the traffic is out of scope; the sum is 1."""
    inside, outside = int(known.sum()), int((~known).sum())
    share = OUT_OF_SCOPE if outside else 0.0
    if not inside:
        return np.full(len(known), 1 / max(len(known), 1))
    return np.where(known, (1 - share) / inside, share / max(outside, 1))


def coverage(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], known: NDArray[np.bool_], *, share: float
) -> float:
    """Return the largest share of in-scope questions answered while ``share`` of all answers is right."""
    if not known.any():
        return 0.0
    weight = _traffic(known)
    order = np.argsort(-confidence, kind="stable")
    answered = np.cumsum(weight[order])
    correct = np.cumsum((weight * right)[order])
    inside = np.cumsum((weight * known)[order])
    last = np.append(np.diff(confidence[order]) != 0, True)  # equal confidences are answered together or not at all
    good = last & (correct >= share * answered)
    return float(inside[good].max() / weight[known].sum()) if good.any() else 0.0


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    """Return the mean difference between confidence and share right over ten equal bins, weighted by traffic."""
    weight = _traffic(known)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((weight * (confidence - right))[bins == at].sum())) for at in range(_BINS) if (bins == at).any()]
    return sum(gaps)
