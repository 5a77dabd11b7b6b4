"""Inverted lists of an index of programs, and the weights of what stands in them."""

from collections.abc import Iterable, Mapping, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from knowledge.software.program import Program
from knowledge.software.words import meanings, name_words

Positions = NDArray[np.int32]


def grams_of(key: str) -> list[str]:
    """Return the distinct pairs and triples of letters of a key, with its ends."""
    framed = f"^{key}$"
    pairs = [framed[at : at + 2] for at in range(len(framed) - 1)]
    return list(dict.fromkeys((*pairs, *(framed[at : at + 3] for at in range(len(framed) - 2)))))


def rarity_of(size: int, found: int) -> float:
    """Return the weight of what ``found`` of ``size`` entries have."""
    return log((size + 1) / (found + 0.5)) + 0.5


def posting_lists(owners_of: Mapping[str, Iterable[int]]) -> dict[str, Positions]:
    """Return the positions of each key, sorted."""
    return {word: np.array(sorted(owners), dtype=np.int32) for word, owners in owners_of.items()}


def vendors_of(programs: Sequence[Program]) -> dict[str, set[int]]:
    """Return the positions of the programs of each vendor, by each word of its name."""
    by_word: dict[str, set[int]] = {}
    for at, program in enumerate(programs):
        for word in name_words(program.vendor):
            by_word.setdefault(word, set()).add(at)
    return by_word


def documents_of(programs: Sequence[Program]) -> tuple[list[tuple[int, Mapping[str, bool]]], frozenset[str]]:
    """Return the position of the program and the meanings of each purpose, and all meanings."""
    texts = [(at, text) for at, program in enumerate(programs) for text in dict.fromkeys(program.purpose.values())]
    vocabulary = frozenset(meaning for _, text in texts for meaning in meanings(text))
    documents = [(at, meanings(text, vocabulary)) for at, text in texts]
    return documents, frozenset(meaning for _, own in documents for meaning in own)


def lists_by_meaning(documents: Sequence[tuple[int, Mapping[str, bool]]], *, parts: bool) -> dict[str, Positions]:
    """Return the purposes with each meaning, as a word of its own or as part of a compound."""
    by_meaning: dict[str, list[int]] = {}
    for number, (_, own) in enumerate(documents):
        for meaning, is_part in own.items():
            if is_part is parts:
                by_meaning.setdefault(meaning, []).append(number)
    return posting_lists(by_meaning)
