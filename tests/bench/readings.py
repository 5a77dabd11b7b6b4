"""Learn dialogs/ask/readings.json anew: python -m tests.bench.readings.

Every clause of the messages in tests/data/talk is a row; it is a question of its own where it is nearest to one of the
questions that the writer says to have asked. The kinds of the clauses come from a classifier that has learned from the
other half of the messages, so that the weights count on its mistakes. Run it when the encoder, the content or the
messages change much; it takes about five minutes. It prints how many clauses of a fifth left out are told apart.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.app.wiring import load_knowledge
from bot.content.index_builder import KnowledgeState
from bot.settings.model import load_settings
from dialogs.ask.meaning import asked_in, meaning_of
from dialogs.ask.readings import evidence
from knowledge.language import clause_kind
from knowledge.language.clauses import clauses, set_apart
from knowledge.language.excerpt import excerpt
from knowledge.matching.features import Floats
from knowledge.matching.kept_vector import unpack_vectors
from tests.bench.clause_kinds import HALVES, TALK, examples, learn

WEIGHTS: Final = Path(__file__).parents[2] / "dialogs" / "ask" / "readings.json"
STEPS, FOLDS = 60, 5
Row = Mapping[str, float]


def messages(half: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each message of a half with the questions in it."""
    for message in json.loads((TALK / "several.json").read_text("utf-8"))[half]:
        yield message["text"], message["parts"]
    for message in json.loads((TALK / "polite.json").read_text("utf-8"))[half]:
        yield message["decorated"], [message["plain"]]


def own_clauses(likeness: Floats) -> list[bool]:
    """Return which clauses are nearest to a question, each to another: ``likeness`` has shape (clauses, questions)."""
    own, left = [False] * len(likeness), likeness.copy()
    for _ in range(min(left.shape)):
        clause, question = np.unravel_index(left.argmax(), left.shape)
        own[int(clause)] = True
        left[clause, :] = left[:, question] = -9
    return own


def rows(knowledge: KnowledgeState, half: str) -> Iterator[tuple[Row, bool, str]]:
    """Yield (evidence, is a question of its own, message) of each clause of a half."""
    matcher = knowledge.matcher_for(None)
    for text, questions in messages(half):
        asked = asked_in(excerpt(text))
        said = clauses(asked)
        if not said:
            continue
        whole, *parts = (
            meaning_of(match, knowledge.content, part=number > 0)
            for number, match in enumerate(matcher.match_each((asked, *said)))
        )
        read = [part.match.vector for part in parts]
        meant = [matcher.match(question).vector for question in questions]
        if not all((*read, *meant)):  # small talk has no vector
            continue
        own = own_clauses(unpack_vectors(read) @ unpack_vectors(meant).T)
        yield from zip(evidence(whole, parts, set_apart(asked)), own, [text] * len(own), strict=True)


def fit(values: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of a logistic regression with a ridge of one, by Newton's method."""
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        shares = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (own - shares) - weights
        weights += np.linalg.solve((values.T * (shares * (1 - shares))) @ values + np.eye(len(weights)), slope)
    return weights


def main() -> None:
    """Write the weights."""
    knowledge = load_knowledge(
        load_settings(),
        now=datetime.now(UTC),
        log=structlog.get_logger(),
        wrap=lambda encoder: encoder,
        additions=(),
        revisions=(),
        programs=(),
    )
    read: list[tuple[Row, bool, str]] = []
    for half, other in zip(HALVES, reversed(HALVES), strict=True):
        weights = learn(examples([other]))
        with patch.object(clause_kind, "_weights", lambda weights=weights: weights):
            clause_kind.pieces.cache_clear()
            read += rows(knowledge, half)
    names = sorted(read[0][0])
    values = np.array([[row[name] for name in names] for row, _, _ in read])
    own = np.array([float(is_own) for _, is_own, _ in read])
    texts = {text: number for number, text in enumerate(dict.fromkeys(text for _, _, text in read))}
    fold = np.array([texts[text] % FOLDS for _, _, text in read])
    right = 0
    for left_out in range(FOLDS):
        kept = fit(values[fold != left_out], own[fold != left_out])
        right += int((((values[fold == left_out] @ kept) > 0) == (own[fold == left_out] > 0)).sum())
    sys.stdout.write(f"{len(own)} clauses, {right / len(own):.1%} told apart when left out\n")
    learned = {name: round(float(weight), 3) for name, weight in zip(names, fit(values, own), strict=True)}
    WEIGHTS.write_text(json.dumps(learned, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
