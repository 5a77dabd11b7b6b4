"""Labelled questions written apart from the phrasings, and what a matcher makes of them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from knowledge.matching.damage import typing_errors
from knowledge.matching.matcher import Matcher
from knowledge.matching.policy import OutcomeKind, Policy
from tests.learned import sample_content, sample_matcher

_FOLDER: Final = Path(__file__).parent / "questions"
SETS: Final = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def asked(name: str) -> Iterator[Mapping[str, Any]]:
    yield from json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))["queries"]


def right_ids(query: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the right answers; none if nothing answers the question."""
    gold = query["gold"]
    return frozenset({gold} if isinstance(gold, str) else gold or ())


def outcomes(
    name: str,
    sub: str = "",
    *,
    has_gold: bool | None = None,
    matcher: Matcher | None = None,
    garbled: bool = False,
) -> Counter[str]:
    """Count what happens to the questions of a set; with ``has_gold`` only to those with or without a right answer.

    They are right, shown, wrong, missed, declined, done, handed over, or small talk. Without an article, an answer that
    says that it is only likely counts as "likely".

    Args:
        matcher: of the sample content; without it the one that knows words alone.
        garbled: add typing errors.
    """
    counts: Counter[str] = Counter()
    kinds = sample_content().actions.kinds
    for seed, query in enumerate(asked(name)):
        gold = right_ids(query)
        if not query["sub"].startswith(sub) or has_gold not in (None, bool(gold)):
            continue
        text = typing_errors(query["text"], seed=seed) if garbled else query["text"]
        matched = (matcher or sample_matcher()).match(text, previous=tuple(filter(None, [query.get("previous")])))
        outcome = Policy().outcome(matched, kinds)
        shown = {candidate.article_id for candidate in outcome.candidates}
        if outcome.kind is OutcomeKind.ANSWER and outcome.article_id in kinds.outside:
            counts["declined"] += 1
        elif outcome.article_id in kinds.acts and not gold:
            counts["done"] += 1
        elif outcome.kind is OutcomeKind.ANSWER and outcome.article_id in gold:
            counts["right"] += 1
        elif outcome.kind is OutcomeKind.ANSWER:
            counts["likely" if outcome.likely and not gold else "wrong"] += 1
        elif outcome.kind is OutcomeKind.CLARIFY:
            counts["shown" if shown & gold else "missed"] += 1
        else:
            counts[outcome.kind] += 1
    return counts
