"""Learn dialogs/ask/readings.json and knowledge/matching/clause_head.npz anew: python -m tests.bench.readings.

Every clause of the messages in tests/data/talk/pieces.json is a row; it is a question of its own where it is the
longest part of a piece that is asked. What is learned of clauses alone comes from the messages of the other writers, so
that the weights count on its mistakes. Run it when the encoder, the content or the messages change much; it takes about
seven minutes. It prints how many clauses of a writer left out are told apart.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from knowledge.language.clause_kind import KINDS, ClauseKind
from knowledge.language.clauses import clauses, set_apart
from knowledge.language.excerpt import excerpt
from knowledge.matching import clause_head
from knowledge.matching.clause_head import ClauseHead, head_rows
from knowledge.matching.encoder import Encoder
from knowledge.matching.kept_vector import unpack_vectors
from tests.bench.clause_kinds import WRITERS, Lines, examples, learn, written

WEIGHTS: Final = Path(__file__).parents[2] / "dialogs" / "ask" / "readings.json"
# The messages of the last four tell the forms of courtesy no better where they are left out.
EVERY_WRITER: Final = (*WRITERS, "seventh", "eighth", "ninth", "tenth")
HEAD: Final = Path(__file__).parents[2] / "knowledge" / "matching" / clause_head.FILE
STEPS: Final = 12
AT_ONCE: Final = 50
_SEED: Final = 1
Row = Mapping[str, float]
Message = Sequence[tuple[str, str]]


def piece_of(message: Message, said: Sequence[str]) -> list[Counter[int]]:
    """Return for each clause how many letters it has of each piece of a message."""
    owners = [at for at, (_, text) in enumerate(message) for _ in letters(text)]
    whole = letters(" ".join(text for _, text in message))
    counted, start = [], 0
    for clause in map(letters, said):
        at = max(whole.find(clause, start), start)
        start = at + len(clause)
        counted.append(Counter(owners[at:start]))
    return counted


def letters(text: str) -> str:
    """Return a text without blanks and marks."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def own_clauses(message: Message, said: Sequence[str]) -> list[bool]:
    """Return which clauses are the longest part of something asked."""
    own, shared = [False] * len(said), piece_of(message, said)
    for at, (kind, _) in enumerate(message):
        longest = max(range(len(said)), key=lambda clause: shared[clause][at])
        if kind == ClauseKind.ASK and shared[longest][at]:
            own[longest] = True
    return own


def rows(knowledge: KnowledgeState, messages: Iterable[Message]) -> Iterator[tuple[Row, bool]]:
    """Yield (evidence, is a question of its own) of each clause."""
    matcher = knowledge.matcher_for(None)
    for message in messages:
        asked = asked_in(excerpt(" ".join(text for _, text in message)))
        said = clauses(asked)
        if not said:
            continue
        whole, *parts = (
            meaning_of(match, knowledge.content, part=number > 0)
            for number, match in enumerate(matcher.match_each((asked, *said)))
        )
        yield from zip(evidence(whole, parts, set_apart(asked)), own_clauses(message, said), strict=True)


def vectors_of(knowledge: KnowledgeState, texts: Iterable[str]) -> dict[str, bytes]:
    """Return the packed vector of each text that is no small talk."""
    matcher, wanted = knowledge.matcher_for(None), list(dict.fromkeys(texts))
    batches = (wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE))
    read = [match for batch in batches for match in matcher.match_each(batch)]
    return {text: match.vector for text, match in zip(wanted, read, strict=True) if match.vector}


def bare(text: str) -> str:
    """Return a piece as the clauses are: without marks around it."""
    return text.strip(" ?!.,:;") or text


def learned_head(messages: Iterable[Message], vectors: Mapping[str, bytes], encoder: str) -> ClauseHead:
    """Return the weights of ``clause_head``, learned from messages."""
    read, kinds = [], list[str]()
    for message in messages:
        said = [(kind, bare(text)) for kind, text in message if bare(text) in vectors]
        if said:
            texts = [text for _, text in said]
            read.append(head_rows(texts, unpack_vectors([vectors[text] for text in texts])))
            kinds += [kind for kind, _ in said]
    values = np.concatenate(read).astype(np.float64)
    weights = np.stack([fit(values, np.array(kinds) == kind) for kind in KINDS], axis=1)
    return ClauseHead(weights=weights.astype(np.float32), encoder=encoder)


def fit(values: NDArray[np.float64], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights of a logistic regression with a ridge of one, by Newton's method."""
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        shares = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (own - shares) - weights
        weights += np.linalg.solve((values.T * (shares * (1 - shares))) @ values + np.eye(len(weights)), slope)
    return weights


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
    lines = Lines(random.Random(_SEED))
    single = [[(kind, lines.fill(line))] for kind, listed in lines.sections.items() for line in listed]
    everything = [*written(EVERY_WRITER), *single]
    vectors = vectors_of(knowledge, (bare(text) for message in everything for _, text in message))
    by_writer: list[list[tuple[Row, bool]]] = []
    for writer in EVERY_WRITER:
        others = [name for name in EVERY_WRITER if name != writer]
        head = learned_head([*written(others), *single], vectors, encoders[0].name)
        letters_of_others = learn(examples([name for name in others if name in WRITERS]))
        with (
            patch.object(clause_head, "_head", lambda head=head: head),
            patch.object(clause_kind, "_weights", lambda weights=letters_of_others: weights),
        ):
            clause_kind.pieces.cache_clear()
            by_writer.append(list(rows(knowledge, written([writer]))))
    names = sorted(by_writer[0][0][0])
    values = [np.array([[row[name] for name in names] for row, _ in read]) for read in by_writer]
    own = [np.array([is_own for _, is_own in read]) for read in by_writer]
    for at, writer in enumerate(EVERY_WRITER):
        weights = fit(np.concatenate(values[:at] + values[at + 1 :]), np.concatenate(own[:at] + own[at + 1 :]))
        right = ((values[at] @ weights > 0) == own[at]).mean()
        sys.stdout.write(f"{writer}: {len(own[at])} clauses, {right:.1%} told apart when left out\n")
    learned = zip(names, fit(np.concatenate(values), np.concatenate(own)), strict=True)
    WEIGHTS.write_text(
        json.dumps({name: round(float(weight), 3) for name, weight in learned}, indent=0) + "\n", "utf-8"
    )
    head = learned_head(everything, vectors, encoders[0].name)
    np.savez(HEAD, weights=head.weights.astype(np.float16), encoder=np.array(head.encoder))


if __name__ == "__main__":
    main()
