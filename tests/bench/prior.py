"""Learn the numbers of knowledge/language/lexicon/tables.py anew: python -m tests.bench.prior.

Indexes of 11 to 500 articles of the sample content, with one, three and ten phrasings each, are asked with utterances
that were not among them: a tenth about other articles, and a tenth about nothing. Every size counts the same. Run it
when the encoder, the heads or the evidence change; it takes some twenty minutes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.content.encoder import load_encoder
from knowledge.language.lexicon.tables import ELSEWHERE
from knowledge.matching.calibration import DEPTH, Examples, fit_weights
from knowledge.matching.encoder import Encoder
from knowledge.matching.evidence import EVIDENCE, LIKENESSES, Likenesses, evidence_of, fit_blend
from knowledge.matching.match import Phrasing
from knowledge.matching.matcher import Matcher
from tests.learned import sample_content

SIZES: Final = {11: 6, 40: 4, 150: 2, 500: 1}
PHRASINGS: Final = (1, 3, 10)
IN_SCOPE, NEAR, FAR = 0.8, 0.1, 0.1
# What one size counts for, in questions, and what the starting point of a blend does.
A_SIZE, START_WEIGHT = 500.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question: its likenesses, which of the shortlist are right, and what it counts for."""

    likenesses: Likenesses
    right: NDArray[np.bool_]
    weight: float


def cases_of(size: int, phrasings: int, draw: random.Random, encoder: Encoder | None) -> list[Case]:
    """Build one index and ask it."""
    written: dict[str, list[Phrasing]] = {}
    asked: dict[str, list[Phrasing]] = {}
    for phrasing in sample_content().phrasings():
        (asked if phrasing.asked else written).setdefault(phrasing.article_id, []).append(phrasing)
    articles = sorted(set(written) & set(asked))
    chosen = sorted(draw.sample(articles, min(size, len(articles))))
    known = [p for article in chosen for p in draw.sample(written[article], min(phrasings, len(written[article])))]
    matcher = Matcher.build(known, encoder=encoder)
    inside = [p for article in chosen for p in asked[article]]
    inside = draw.sample(inside, min(300, len(inside)))
    others = sorted(set(articles) - set(chosen))
    near = [p for article in draw.sample(others, min(40, len(others))) for p in asked[article][:2]]
    far = [*draw.sample(list(sample_content().unanswered()), 40), *ELSEWHERE]
    cases = []
    for questions, share in ((inside, IN_SCOPE), (near, NEAR), (far, FAR)):
        for question in questions:
            text = question if isinstance(question, str) else question.text
            right = set() if isinstance(question, str) else {question.article_id, *question.others}
            reached = matcher.likenesses_of(text)
            is_right = np.array([matcher.index.articles[at] in right for at in reached.articles.tolist()])
            cases.append(Case(likenesses=reached, right=is_right, weight=share / len(questions)))
    return cases


def learn(groups: Sequence[Sequence[Case]], likenesses: int) -> None:
    """Print the mean blend of the sizes, and the weights of the evidence under it."""
    blends = [
        fit_blend(
            [(case.likenesses.values, case.right) for case in group if case.right.any()],
            prior=np.full(likenesses, 0.5),
            weight=START_WEIGHT,
        )
        for group in groups
    ]
    blend = np.mean(blends, axis=0)
    evidence, right, weight = [], [], []
    for group in groups:
        total = sum(case.weight for case in group)
        for case in group:
            best, found = evidence_of(case.likenesses, blend, DEPTH)
            place = {article: at for at, article in enumerate(case.likenesses.articles.tolist())}
            evidence.append(found[0])
            right.append(case.right[place[int(best[0])]])
            weight.append(case.weight / total * A_SIZE)
    examples = Examples(
        evidence=np.array(evidence),
        right=np.array(right),
        first=np.ones(len(right), dtype=np.bool_),
        weight=np.array(weight),
    )
    weights = fit_weights(examples, examples.first, prior=np.zeros(len(EVIDENCE) + 1))
    print("  blend", dict(zip(LIKENESSES, blend.round(2).tolist(), strict=False)))
    print("  prior", dict(zip((*EVIDENCE, "constant"), weights.round(2).tolist(), strict=True)), flush=True)


def main() -> None:
    """Print the numbers without and with the encoder."""
    for name, encoder, likenesses in (("letters", None, 2), ("meaning", load_encoder(), len(LIKENESSES))):
        draw = random.Random(5)
        groups = [
            [case for _ in range(times) for case in cases_of(size, phrasings, draw, encoder)]
            for size, times in SIZES.items()
            for phrasings in PHRASINGS
        ]
        print(name)
        learn(groups, likenesses)


if __name__ == "__main__":
    main()
