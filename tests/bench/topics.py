"""Learn knowledge/matching/topics.json anew: python -m tests.bench.topics.

Every later turn of the conversations in tests/data/talk is a row. What it is about is what the matcher finds for the
sentence that its writer gives as its meaning: the article before, the first by its own words, or another one. It prints
how many turns of a fifth left out are told apart.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.app.wiring import load_knowledge
from bot.content.index_builder import KnowledgeState
from bot.settings.model import load_settings
from knowledge.matching.match import NOTHING_ASKED, Asked, Match
from knowledge.matching.matcher import Matcher
from knowledge.matching.topic import CLASSES, topic_evidence
from tests.bench.clause_kinds import TALK
from tests.bench.unseen import QUESTIONS

WEIGHTS: Final = Path(__file__).parents[2] / "knowledge" / "matching" / "topics.json"
HALVES: Final = ("first", "second")
STEPS, RATE, FOLDS = 400, 1.5, 5
# Messages outside what Heia knows that are learned from, and how far apart two conversations are put together.
OUTSIDE, SHIFT = 60, 37
_PERSON: Final = re.compile(r"^Personen (?:vil vite|vil ha|ønsker|vil|spør om|lurer på|har|får|mangler) ?")
Row = Mapping[str, float]


def meant(knowledge: KnowledgeState, sentence: str) -> list[str]:
    """Return the entries of a meaning, best first: one if it is answered, else the choices."""
    match = knowledge.matcher_for(None).match(_PERSON.sub("", sentence))
    outcome = knowledge.content.policy.outcome(match, knowledge.content.actions.kinds)
    return [outcome.article_id] if outcome.article_id else [choice.article_id for choice in outcome.candidates[:2]]


def told(kind: str, match: Match, wanted: Sequence[str]) -> str:
    """Return the class of a turn; empty if no class is right."""
    first = match.candidates[0].article_id if match.candidates else ""
    others = [candidate.article_id for candidate in match.continued if candidate.article_id != match.follows]
    if kind == "new":
        return "alone"
    if match.follows and (kind == "still" or wanted[:1] == [match.follows]):
        return "same" if kind in {"still", "follow_up"} else ""
    if wanted[:1] == [first]:
        return "alone"
    if wanted[:1] and wanted[:1] == others[:1]:
        return "other"
    if match.follows and kind == "reply":
        return ""
    return "same" if match.follows in wanted and match.follows else "none"


def turns(knowledge: KnowledgeState, conversation: Mapping[str, Any]) -> Iterator[tuple[Row, str]]:
    """Yield (evidence, class) of the later turns of a conversation, with the right article before them if it is found.

    A reply means what it adds to the question before.
    """
    matcher: Matcher = knowledge.matcher_for(None)
    before, asked, subject = "", NOTHING_ASKED, ""
    for turn in conversation["turns"]:
        sentence = f"{subject} {turn['means']}" if turn["kind"] == "reply" and not before else turn["means"]
        wanted = meant(knowledge, sentence)
        alone = meant(knowledge, turn["means"])
        if knowledge.content.actions.get(next(iter(alone), "")) is not None:
            wanted = alone
        match = matcher.match(turn["text"], previous=[before] if before else (), asked_before=asked)
        if match.continued:
            kind = told(turn["kind"], match, wanted)
            if kind:
                yield topic_evidence(match, knowledge.content.actions.kinds), kind
        found = knowledge.content.policy.outcome(match, knowledge.content.actions.kinds).article_id
        articles = [entry for entry in wanted if knowledge.content.actions.get(entry) is None]
        if turn["kind"] in {"first", "new"}:
            before = articles[0] if articles and found else ""
        elif articles:
            before = articles[0]
        asked, subject = Asked(text=turn["text"], vectors=(match.vector,)), turn["means"]


def unrelated(knowledge: KnowledgeState, conversations: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Row, str]]:
    """Yield rows of messages that follow a conversation they have nothing to do with."""
    matcher: Matcher = knowledge.matcher_for(None)
    outside = json.loads((QUESTIONS / "out_of_scope.json").read_text("utf-8"))["queries"][:OUTSIDE]
    texts = [talk["turns"][0]["text"] for talk in conversations] + [query["text"] for query in outside]
    for number, text in enumerate(texts):
        earlier = conversations[(number * SHIFT + SHIFT) % len(conversations)]["turns"][0]
        before = [entry for entry in meant(knowledge, earlier["means"]) if knowledge.content.actions.get(entry) is None]
        asked = Asked(text=earlier["text"], vectors=(matcher.match(earlier["text"]).vector,))
        match = matcher.match(text, previous=before[:1], asked_before=asked)
        if match.follows and match.continued:
            yield topic_evidence(match, knowledge.content.actions.kinds), "alone"


def fit(values: NDArray[np.float64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weights of a multinomial logistic regression with a ridge of one: shape (evidence, classes)."""
    weights = np.zeros((values.shape[1], len(CLASSES)))
    for _ in range(STEPS):
        sums = values @ weights
        errors = np.exp(sums - sums.max(axis=1, keepdims=True))
        errors /= errors.sum(axis=1, keepdims=True)
        errors[np.arange(len(right)), right] -= 1
        weights -= RATE * (values.T @ errors + weights) / len(right)
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
    written = json.loads((TALK / "conversations.json").read_text("utf-8"))
    conversations = [conversation for group in written.values() for conversation in group]
    read = [(row, kind, number) for number, talk in enumerate(conversations) for row, kind in turns(knowledge, talk)]
    read += [(row, kind, number) for number, (row, kind) in enumerate(unrelated(knowledge, conversations))]
    names = sorted(read[0][0])
    values = np.array([[row[name] for name in names] for row, _, _ in read])
    right = np.array([CLASSES.index(kind) for _, kind, _ in read])
    fold = np.array([number % FOLDS for _, _, number in read])
    told_apart = sum(
        int(
            (
                (values[fold == out] @ fit(values[fold != out], right[fold != out])).argmax(axis=1)
                == right[fold == out]
            ).sum()
        )
        for out in range(FOLDS)
    )
    sys.stdout.write(f"{len(right)} turns, {told_apart / len(right):.1%} told apart when left out\n")
    learned = fit(values, right)
    by_class = {
        name: {evidence: round(float(weight), 3) for evidence, weight in zip(names, learned[:, at], strict=True)}
        for at, name in enumerate(CLASSES)
    }
    WEIGHTS.write_text(json.dumps(by_class, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
