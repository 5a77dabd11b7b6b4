"""Learn knowledge/language/lexicon/prior.py anew from labelled sets: python -m tests.bench.prior FILE …

Every set counts the same, clean and with typing errors, and a fifth of its traffic is out of scope. Run it when the
encoder or the evidence changes, with sets the encoder was not tuned on.
"""

import json
import sys
from pathlib import Path

import numpy as np

from bot.content.encoder import load_encoder
from knowledge.matching.calibration import EVIDENCE, OUT_OF_SCOPE, Examples, fit_weights
from knowledge.matching.damage import typing_errors
from knowledge.matching.encoder import Encoder
from knowledge.matching.evaluate import EvaluationSet
from knowledge.matching.matcher import Matcher
from tests.evaluation_sets import labelled_set

A_SET = 1000.0
"""What a set counts for, in questions: enough for the data to speak and the starting point to be silent."""


def examples(labelled: EvaluationSet, matcher: Matcher, *, typo: bool) -> Examples:
    """Ask every question and return the evidence for its likeliest article."""
    texts = [typing_errors(q.text, seed=at) if typo else q.text for at, q in enumerate(labelled.questions)]
    asked = [
        (question, why)
        for question, why in zip(labelled.questions, map(matcher.explain, texts), strict=True)
        if why.match.candidates
    ]
    known = np.array([bool(question.gold) for question, _ in asked])
    share = np.where(known, (1 - OUT_OF_SCOPE) / max(known.sum(), 1), OUT_OF_SCOPE / max((~known).sum(), 1))
    return Examples(
        evidence=np.array([[dict(why.parts).get(name, 0.0) for name in EVIDENCE] for _, why in asked]),
        right=np.array([why.match.candidates[0].article_id in question.gold for question, why in asked]),
        first=np.ones(len(asked), dtype=bool),
        weight=share / share.sum() * A_SET,
    )


def learn(sets: list[EvaluationSet], encoder: Encoder | None) -> tuple[float, ...]:
    """Return the weights of the evidence and a constant."""
    parts = []
    for labelled in sets:
        matcher = Matcher.build(labelled.phrasings, encoder=encoder)
        parts += [examples(labelled, matcher, typo=typo) for typo in (False, True)]
    together = Examples(
        evidence=np.concatenate([part.evidence for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        first=np.concatenate([part.first for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
    )
    return tuple(round(float(x), 1) for x in fit_weights(together, together.first, prior=np.zeros(len(EVIDENCE) + 1)))


def main() -> None:
    """Print the two rows."""
    sets = [labelled_set(json.loads(Path(name).read_text("utf-8"))) for name in sys.argv[1:]]
    print("letters", learn(sets, None))
    print("meaning", learn(sets, load_encoder()))


if __name__ == "__main__":
    main()
