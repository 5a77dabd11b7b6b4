"""Learn knowledge/matching/quotes.json: python -m tests.bench.quotes.

A row of tests/data/talk/follow_ups.json is a follow-up with the question and the article before it, and the beginnings
of the paragraphs that answer it, none if the article does not. It prints how many of a fifth left out get the right one
of the quotes of that article, first or among the first two, with at least the rating that the policy asks for.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.app.wiring import load_knowledge
from bot.settings.model import load_settings
from knowledge.article.article import Language
from knowledge.article.passage import paragraphs, quotes
from knowledge.matching.encoder import Encoder
from knowledge.matching.match import Asked
from knowledge.matching.passages import QuoteVectors, quote_evidence
from tests.bench.clause_kinds import TALK

WEIGHTS: Final = Path(__file__).parents[2] / "knowledge" / "matching" / "quotes.json"
STEPS, RATE, RIDGE, FOLDS = 400, 0.05, 3.0, 5
Values = NDArray[np.float64]


def learn(rows: Sequence[Values], right: Sequence[Values]) -> Values:
    """Return the weight of each evidence, then that of no quote: a softmax over the quotes of an article and none."""
    every = np.concatenate(rows)
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-9
    weights, first, second = (np.zeros(every.shape[1] + 1) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = RIDGE * np.append(weights[:-1], 0.0)
        for values, answers in zip(rows, right, strict=True):
            scaled = (values - mean) / spread
            shares = _shares(scaled, weights)
            wanted = shares * np.append(answers, float(not answers.any()))
            error = shares - wanted / wanted.sum()
            slope += np.append(scaled.T @ error[:-1], error[-1])
        slope /= len(rows)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights = weights - RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    raw = weights[:-1] / spread
    return np.append(raw, weights[-1] + mean @ raw)


def _shares(values: Values, weights: Values) -> Values:
    sums = np.append(values @ weights[:-1], weights[-1])
    powers = np.exp(sums - sums.max())
    return np.asarray(powers / powers.sum())


def told(rows: Sequence[Values], right: Sequence[Values], least: float) -> str:
    """Return how many rows of a fifth left out get the right quote."""
    shares: list[Values] = [np.zeros(0)] * len(rows)
    for out in range(FOLDS):
        weights = learn(
            [row for number, row in enumerate(rows) if number % FOLDS != out],
            [row for number, row in enumerate(right) if number % FOLDS != out],
        )
        for number in range(out, len(rows), FOLDS):
            shares[number] = _shares(rows[number], weights)[:-1]
    ranked = [(np.argsort(-share), share.max(), answers) for share, answers in zip(shares, right, strict=True)]
    answered = [(order, most, answers) for order, most, answers in ranked if answers.any()]
    first, two = (sum(bool(answers[order[:many]].any()) for order, _, answers in answered) for many in (1, 2))
    sure = sum(bool(answers[order[:2]].any()) and most >= least for order, most, answers in answered)
    quoted = sum(most >= least for _, most, answers in ranked if not answers.any())
    return (
        f"{len(answered)} with an answer: first {first}, of two {two}, and rated {least} {sure}; "
        f"{len(ranked) - len(answered)} without: quoted {quoted}"
    )


def main() -> None:
    """Write the weights."""
    kept: list[Encoder] = []

    def wrap(encoder: Encoder) -> Encoder:
        kept.append(encoder)
        return encoder

    knowledge = load_knowledge(
        load_settings(),
        now=datetime.now(UTC),
        log=structlog.get_logger(),
        wrap=wrap,
        additions=(),
        revisions=(),
        programs=(),
    )
    matcher = knowledge.matcher_for(None)
    written: Sequence[Mapping[str, Any]] = json.loads((TALK / "follow_ups.json").read_text("utf-8"))
    learned: dict[str, dict[str, float]] = {}
    for name, vectors in (("words", None), ("meaning", QuoteVectors(kept[0]))):
        rows, right, names = [], [], []
        for row in written:
            article = knowledge.content.articles.get(row["article"], Language(row["language"]))
            if article is None:
                continue
            told_by = [matcher.match(text).vector for text in (row["text"], row["before"])]
            asked = Asked(text=row["before"], vectors=(told_by[1],))
            said = vectors.of_said(told_by[0], asked) if vectors is not None else None
            evidence = quote_evidence(article, row["text"], asked_before=asked.text, said=said, vectors=vectors)
            whole = [part.text for part in paragraphs(article.answer)]
            places = {at for at, text in enumerate(whole) if text.startswith(tuple(row["answers"]))}
            names = list(evidence[0])
            rows.append(np.array([[quote[each] for each in names] for quote in evidence]))
            right.append(np.array([float(not places.isdisjoint(q.places)) for q in quotes(article.answer)]))
        sys.stdout.write(f"{name}: {told(rows, right, knowledge.content.policy.quote_from)}\n")
        weights = learn(rows, right)
        learned[name] = {key: round(float(weight), 3) for key, weight in zip([*names, "none"], weights, strict=True)}
    WEIGHTS.write_text(json.dumps(learned, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
