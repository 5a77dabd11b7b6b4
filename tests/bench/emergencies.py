"""Learn knowledge/matching/emergency_head.npz anew: python -m tests.bench.emergencies.

Emergencies are those of tests/data/concerns/emergencies.txt; figures of speech, ordinary messages, what actions are
asked for with, the pieces of tests/data/talk and the questions of tests/questions are none. It prints how many are told
apart when a fifth is left out, from the least share of ``EMERGENCY_FROM``.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Final

import numpy as np
import structlog

from bot.app.wiring import load_knowledge
from bot.settings.model import load_settings
from knowledge.article.action import ActionBook
from knowledge.language.emergency import emergency_in
from knowledge.matching import emergency_head
from knowledge.matching.emergency_head import EMERGENCY_FROM, head_rows
from knowledge.matching.encoder import Encoder
from knowledge.matching.kept_vector import unpack_vectors
from tests.bench.clause_kinds import TALK, written
from tests.bench.readings import HEAD, bare, fit, vectors_of
from tests.bench.unseen import QUESTIONS

CONCERNS: Final = TALK.parent / "concerns"
FOLDS: Final = 5


def listed(name: str) -> list[str]:
    """Return the texts of a file of concerns."""
    lines = (CONCERNS / name).read_text("utf-8").splitlines()
    return [line.rsplit("\t", 1)[-1] for line in lines if line.strip() and not line.startswith("#")]


def harmless(actions: ActionBook) -> Iterator[str]:
    """Yield texts that tell of no emergency; what actions are asked for with is among them."""
    for action in actions.actions.values():
        if not action.urgent:
            yield from chain.from_iterable(action.phrasings.values())
    yield from (*listed("figurative.txt"), *listed("ordinary.txt"))
    yield from (bare(text) for message in written() for _, text in message)
    for path in sorted(QUESTIONS.glob("*.json")):
        yield from (query["text"] for query in json.loads(path.read_text("utf-8"))["queries"])


def main() -> None:
    """Write the weights."""
    encoders: list[Encoder] = []
    knowledge = load_knowledge(
        load_settings(),
        now=datetime.now(UTC),
        log=structlog.get_logger(),
        wrap=lambda encoder: encoders.append(encoder) or encoder,
        additions=(),
        revisions=(),
        programs=(),
    )
    urgent = listed("emergencies.txt")
    other = [text for text in dict.fromkeys(harmless(knowledge.content.actions)) if emergency_in(text) is None]
    vectors = vectors_of(knowledge, (*urgent, *other))
    texts = [text for text in (*urgent, *other) if text in vectors]
    values = head_rows(unpack_vectors([vectors[text] for text in texts])).astype(np.float64)
    told = np.isin(texts, urgent)
    fold = np.random.default_rng(1).integers(0, FOLDS, len(texts))
    shares = np.zeros(len(texts))
    for out in range(FOLDS):
        weights = fit(values[fold != out], told[fold != out])
        shares[fold == out] = 1 / (1 + np.exp(-values[fold == out] @ weights))
    found = shares >= EMERGENCY_FROM
    sys.stdout.write(
        f"{found[told].mean():.1%} of {told.sum()} emergencies left out are found, and "
        f"{found[~told].mean():.2%} of {(~told).sum()} other texts taken for one\n"
    )
    path = HEAD.with_name(emergency_head.FILE)
    np.savez(path, weights=fit(values, told).astype(np.float16), encoder=np.array(encoders[0].name))


if __name__ == "__main__":
    main()
