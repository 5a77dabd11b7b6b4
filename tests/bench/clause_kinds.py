"""Learn knowledge/language/lexicon/data/clause_kinds.npy anew: python -m tests.bench.clause_kinds.

Messages are put together from phrasings of the sample content and from lines of tests/data/talk/kinds.txt; the messages
of that folder that are for development are added. Run it when a line is added; it takes about a minute.
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
from knowledge.language.text import fold, words
from tests.learned import sample_content

TALK: Final = Path(__file__).parents[1] / "data" / "talk"
LEARNED: Final = Path(__file__).parents[2] / "knowledge" / "language" / "lexicon" / "data" / "clause_kinds.npy"
# Messages by who wrote them: what is learned from some writers is tried on another.
WRITERS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
MESSAGES: Final = 3_000
# How often a line on its own, and a message that somebody wrote, are read beside the messages put together.
LINE_TIMES, MESSAGE_TIMES = 2, 8
EPOCHS, BATCH, RATE, DECAY = 6, 128, 0.5, 1e-5
PHRASES: Final = LEARNED.with_name("courtesy_phrases.txt")
PHRASES_SAY: Final = (
    "# Courtesy that stands without a mark beside what is asked, folded. Written by tests/bench/clause_kinds.py."
)
LONGEST_PHRASE: Final = 7
COURTESIES: Final = ("greeting", "filler", "thanks", "emotion")
SINGLE: Final = (
    "takk",
    "thanks",
    "thx",
    "tusentakk",
    "please",
    "pls",
    "plz",
    "uff",
    "haha",
    "hihi",
    "hehe",
    "lol",
    "argh",
)
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
    cut = [(kind, piece) for kind, text in message for piece in split(text)]
    for number, (kind, piece) in enumerate(cut):
        yield Example(piece.text, before, number == 0, number == len(cut) - 1, piece.mark or ".", ClauseKind(kind))
        before = piece.text


def written(writers: Sequence[str] = WRITERS) -> list[list[tuple[str, str]]]:
    """Return the messages of these writers as pieces: (kind, text)."""
    by_writer = json.loads((TALK / "pieces.json").read_text("utf-8"))
    return [[(kind, text) for kind, text in message] for writer in writers for message in by_writer[writer]]


def examples(writers: Sequence[str] = WRITERS) -> list[Example]:
    """Return what is learned from, with the messages of these writers."""
    chosen = random.Random(_SEED)
    lines = Lines(chosen)
    asked = [phrasing.text for phrasing in sample_content().phrasings()]
    read = [example for _ in range(MESSAGES) for example in composed(lines, asked, chosen)]
    for kind, listed in lines.sections.items():
        for line in listed * LINE_TIMES:
            alone = chosen.random() < 0.5
            before = "" if alone else chosen.choice(asked)
            mark = chosen.choice([".", "!", ",", ""])
            read.append(Example(lines.fill(line), before, alone, chosen.random() < 0.5, mark, ClauseKind(kind)))
    read += [Example(text, "", True, True, "?" * ("?" in text), ClauseKind.ASK) for text in asked[::2]]
    for message in written(writers):
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


def phrases() -> list[str]:
    """Return courtesy of two to seven words, folded, that people may write on without a mark."""
    listed = Lines(random.Random(_SEED)).sections
    said = [
        (kind, line)
        for kind, of_kind in listed.items()
        for line in of_kind
        if "ROLE" not in line and "PLACE" not in line
    ]
    said += [(kind, text) for message in written() for kind, text in message]
    folded = {" ".join(fold(word) for word in words(line)) for kind, line in said if kind in COURTESIES}
    return sorted(line for line in folded if 2 <= len(line.split()) <= LONGEST_PHRASE)


if __name__ == "__main__":
    PHRASES.write_text("\n".join([PHRASES_SAY, *phrases(), *SINGLE, ""]), "utf-8")
    np.save(LEARNED, learn(examples()).astype(np.float16))
    sys.stdout.write(f"{LEARNED.name} is written\n")
