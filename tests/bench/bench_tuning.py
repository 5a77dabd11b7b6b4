"""What a change of the matcher or of a threshold does to the labelled questions: one row a set, before and after.

Clean and with typing errors, by words alone and with the encoder. ``first`` is how often the first candidate is right;
"right", "shown" and "wrong" are shares of the questions that have an answer, "let through" of those that have none.
``kept 70 %`` are the surest seven in ten of the questions with an answer: how many are right, and how many of the near
questions without one are as sure. The sets guard against getting worse; do not report them as what colleagues see.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.content.encoder import load_encoder
from knowledge.matching.damage import typing_errors
from knowledge.matching.matcher import Matcher
from tests.labelled import SETS, asked, outcomes, right_ids
from tests.learned import sample_content, sample_matcher

KEPT: Final = 0.7
_FAR: Final = ("oos-far", "small-talk", "word")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The first candidate of a question: its confidence, and whether it is right; None if nothing would be."""

    confidence: float
    right: bool | None


def judged(matcher: Matcher, *, garbled: bool) -> list[Judged]:
    """Ask every question of more than one word that follows no other."""
    answers = []
    for name in SETS:
        for seed, query in enumerate(asked(name)):
            if query.get("previous") or len(query["text"].split()) < 2 or query["sub"].startswith(_FAR):
                continue
            text = typing_errors(query["text"], seed=seed) if garbled else query["text"]
            gold, found = right_ids(query), matcher.match(text).candidates
            first = found[0] if found else None
            answers.append(
                Judged(
                    confidence=first.confidence if first else 0.0,
                    right=first is not None and first.article_id in gold if gold else None,
                )
            )
    return answers


def coverage_row(answers: Sequence[Judged]) -> str:
    """Return how often the first candidate is right, of all and of the surest, and what of nothing is as sure."""
    inside = [answer for answer in answers if answer.right is not None]
    confidence = np.array([answer.confidence for answer in inside])
    right = np.array([bool(answer.right) for answer in inside])
    outside = np.array([answer.confidence for answer in answers if answer.right is None])
    least = np.quantile(confidence, 1 - KEPT)
    kept = confidence >= least
    return (
        f"first {right.mean():6.1%} of {len(inside)}; kept {KEPT:.0%}: right {right[kept].mean():6.1%}, "
        f"let through {(outside >= least).mean():6.1%} of {len(outside)}"
    )


def row(name: str, inside: Counter[str], outside: Counter[str]) -> str:
    """Return the shares of one set as text."""
    asked_inside, asked_outside = max(inside.total(), 1), max(outside.total(), 1)
    through = outside["wrong"] + outside["likely"]
    return (
        f"{name:14} {inside.total():4}  right {inside['right'] / asked_inside:6.1%}  "
        f"shown {inside['shown'] / asked_inside:6.1%}  wrong {inside['wrong'] / asked_inside:6.1%}   "
        f"without an answer {outside.total():3}, let through {through / asked_outside:6.1%}"
    )


def main() -> None:
    """Print the table by words alone, and with the encoder where it is installed."""
    encoder = load_encoder()
    words = sample_matcher()
    matchers = {"by words": words}
    if encoder is not None:
        matchers["with the encoder"] = Matcher.build(
            sample_content().phrasings(),
            encoder=encoder,
            known=words.learned,
            unanswered=sample_content().unanswered(),
        )
    for title, matcher in matchers.items():
        for garbled in (False, True):
            print(f"{title}, {'with typing errors' if garbled else 'as written'}")
            print(f"  {coverage_row(judged(matcher, garbled=garbled))}")
            for name in SETS:
                inside, outside = (
                    outcomes(name, has_gold=has_gold, matcher=matcher, garbled=garbled) for has_gold in (True, False)
                )
                print(f"  {row(name, inside, outside)}", flush=True)


if __name__ == "__main__":
    main()
