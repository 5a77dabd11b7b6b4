"""Learn knowledge/language/lexicon/data/clause_kinds.npy anew: python -m tests.bench.clause_kinds.

Messages are put together from phrasings of the sample content and from lines of tests/data/talk/kinds.txt; the messages
of that folder that are for development are added. Run it when a line is added; it takes about two minutes.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.clause_kind import BUCKETS, KINDS, SCALE, ClauseKind, feature_rows, split
from tests.learned import sample_content

TALK: Final = Path(__file__).parents[1] / "data" / "talk"
LEARNED: Final = Path(__file__).parents[2] / "knowledge" / "language" / "lexicon" / "data" / "clause_kinds.npy"
# Halves of the messages that people wrote: what is learned from one is tried on the other.
HALVES: Final = ("first", "second")
MESSAGES: Final = 9_000
# How often a line on its own, and a message that somebody wrote, are read beside the messages put together.
LINE_TIMES, MESSAGE_TIMES = 2, 4
EPOCHS, BATCH, RATE, DECAY = 6, 128, 0.5, 1e-5
_SEED: Final = 1
# Shares of messages with each, before what is asked and after it.
BEFORE: Final = {"greeting": 0.6, "filler": 0.15, "emotion": 0.15, "background": 0.3}
AFTER: Final = {"filler": 0.3, "emotion": 0.12, "background": 0.12, "thanks": 0.3, "signature": 0.3}
SECOND_QUESTION, SECOND_NAME, WITH_MARK = 0.2, 0.35, 0.3
NAMES: Final = (
    *("Kari", "Ola", "Anne", "Trude", "Marek", "Priya", "Ewa", "Tom", "Siv", "Bjarne", "Lise", "Gunn", "Oddny"),
    *("Jostein", "Synnøve", "Maria", "Ali", "Fatima", "Jan", "Bente", "Kjersti", "Mary", "Piotr", "Olga"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of a message and its kind."""

    text: str
    before: str
    first: bool
    last: bool
    mark: str
    kind: ClauseKind


class Lines:
    """The lines of kinds.txt, with roles and places put in at random."""

    def __init__(self, chosen: random.Random) -> None:
        written = [line for line in (TALK / "kinds.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
        self.sections: dict[str, list[str]] = {}
        for line in written:
            if line.startswith("["):
                section = self.sections.setdefault(line.strip("[]"), [])
            else:
                section.append(line)
        self._chosen = chosen
        self._roles, self._places = self.sections.pop("role"), self.sections.pop("place")

    def fill(self, line: str) -> str:
        """Return a line with a role and a place."""
        line = re.sub("PLACE", lambda _: self._chosen.choice(self._places), line)
        return re.sub("ROLE", lambda _: self._chosen.choice(self._roles), line)

    def any_of(self, kind: str) -> str:
        """Return one line of a kind."""
        return self.fill(self._chosen.choice(self.sections[kind]))

    def name(self) -> str:
        """Return what stands below a signature."""
        name, place, role = self._chosen.choice(NAMES), self.fill("PLACE"), self.fill("ROLE")
        return self._chosen.choice([role, place, name, f"{name} {place}", f"{role} på {place}", f"{name} the {role}"])


def composed(lines: Lines, asked: Sequence[str], chosen: random.Random) -> Iterator[Example]:
    """Yield the pieces of a message put together."""
    parts = [(kind, lines.any_of(kind)) for kind, share in BEFORE.items() if chosen.random() < share]
    parts += [("ask", chosen.choice(asked)) for _ in range(1 + (chosen.random() < SECOND_QUESTION))]
    parts += [(kind, lines.any_of(kind)) for kind, share in AFTER.items() if chosen.random() < share]
    if parts[-1][0] in {"signature", "thanks", "filler"} and chosen.random() < SECOND_NAME:
        parts.append(("signature", lines.name()))
    pieces = [(kind, piece.text) for kind, text in parts for piece in split(text)]
    before = ""
    for number, (kind, text) in enumerate(pieces):
        asks = kind in {"ask", "filler"} and chosen.random() < WITH_MARK
        mark = "?" if asks else chosen.choice(["", ".", "!", ",", "\n"])
        said = text[0].lower() + text[1:] if chosen.random() < 0.5 else text
        yield Example(said, before, number == 0, number == len(pieces) - 1, mark, ClauseKind(kind))
        before = text


def labelled(message: Sequence[tuple[str, str]]) -> Iterator[Example]:
    """Yield the pieces of a message that somebody wrote, given as (kind, piece)."""
    before = ""
    for number, (kind, piece) in enumerate(message):
        text, mark = (piece[:-1], piece[-1]) if piece[-1] in "?!" else (piece, ".")
        yield Example(text, before, number == 0, number == len(message) - 1, mark, ClauseKind(kind))
        before = text


def examples(halves: Sequence[str] = HALVES) -> list[Example]:
    """Return what is learned from, with the messages of these halves."""
    chosen = random.Random(_SEED)
    lines = Lines(chosen)
    asked = [phrasing.text for phrasing in sample_content().phrasings()]
    read = [example for _ in range(MESSAGES) for example in composed(lines, asked, chosen)]
    for kind, written in lines.sections.items():
        for line in written * LINE_TIMES:
            alone = chosen.random() < 0.5
            before = "" if alone else chosen.choice(asked)
            mark = chosen.choice([".", "!", ",", ""])
            read.append(Example(lines.fill(line), before, alone, chosen.random() < 0.5, mark, ClauseKind(kind)))
    read += [Example(text, "", True, True, "?" * ("?" in text), ClauseKind.ASK) for text in asked[::2]]
    written = json.loads((TALK / "pieces.json").read_text("utf-8"))
    for message in (message for half in halves for message in written[half]):
        read += [*labelled(message)] * MESSAGE_TIMES
    return read


def learn(read: Sequence[Example]) -> NDArray[np.float32]:
    """Return the weights of the classifier: shape (BUCKETS, kinds), by AdaGrad on the cross-entropy."""
    rows = [feature_rows(e.text, before=e.before, first=e.first, last=e.last, mark=e.mark) for e in read]
    right = np.array([KINDS.index(example.kind) for example in read])
    padded = np.full((len(rows), max(map(len, rows))), BUCKETS, dtype=np.int64)
    for number, own in enumerate(rows):
        padded[number, : len(own)] = own
    scale = (SCALE / np.sqrt((padded < BUCKETS).sum(axis=1))).astype(np.float32)[:, None]
    weights = np.zeros((BUCKETS + 1, len(KINDS)), dtype=np.float32)
    squares = np.full_like(weights, 1e-6)
    order = np.random.default_rng(_SEED)
    for _ in range(EPOCHS):
        shuffled = order.permutation(len(padded))
        for batch in np.array_split(shuffled, len(shuffled) // BATCH):
            places = padded[batch]
            sums = weights[places].sum(axis=1) * scale[batch]
            errors = np.exp(sums - sums.max(axis=1, keepdims=True))
            errors /= errors.sum(axis=1, keepdims=True)
            errors[np.arange(len(batch)), right[batch]] -= 1
            step = DECAY * weights
            np.add.at(step, places.ravel(), np.repeat(errors * scale[batch] / len(batch), places.shape[1], axis=0))
            step[BUCKETS] = 0
            squares += step * step
            weights -= RATE * step / np.sqrt(squares)
    return weights[:BUCKETS]


if __name__ == "__main__":
    np.save(LEARNED, learn(examples()).astype(np.float16))
    sys.stdout.write(f"{LEARNED.name} is written\n")
