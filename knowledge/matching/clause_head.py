"""What a clause of a message is by its vector: asked, background, or courtesy around it.

``knowledge.language.clause_kind`` tells the forms of courtesy that it has seen; the encoder tells those that mean the
same. ``python -m tests.bench.readings`` learns one logistic regression a kind from labelled pieces of messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language.clause_kind import KINDS, kind_shares
from knowledge.language.text import words
from knowledge.matching.encoder import Vectors
from knowledge.matching.kept_vector import same_encoder, unpack_vectors

# The numbers of a unit vector are small beside those of the form.
_SCALE: Final = 4.0
_LONG: Final = 12
_SHORT: Final = 4
# Shares of the kinds among the pieces that were learned from.
_USUAL: Final = np.array([0.48, 0.24, 0.07, 0.06, 0.04, 0.06, 0.05], dtype=np.float32)
FILE: Final = "clause_head.npz"


@dataclass(frozen=True, slots=True)
class ClauseHead:
    """Weights of each kind of ``KINDS``: shape (dimensions and form, kinds), for the vectors of one encoder."""

    weights: NDArray[np.float32]
    encoder: str


def kinds_by_vector(clauses: Sequence[str], packed: Sequence[bytes]) -> NDArray[np.float32]:
    """Return the share of each kind for each clause: shape (clauses, kinds).

    Where a clause has no vector of the encoder that was learned from, its letters are read, which say less.

    Args:
        packed: ``Match.vector`` of each clause.
    """
    if not clauses:
        return np.zeros((0, len(KINDS)), dtype=np.float32)
    head = _head()
    if not all(same_encoder(vector, head.encoder) for vector in packed):
        return np.asarray((np.stack([kind_shares(clause) for clause in clauses]) + _USUAL) / 2, dtype=np.float32)
    sums = head_rows(clauses, unpack_vectors(packed)) @ head.weights
    shares = 1 / (1 + np.exp(-sums))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)


def head_rows(clauses: Sequence[str], vectors: Vectors) -> NDArray[np.float32]:
    """Return what the head reads of each clause of one message: shape (clauses, dimensions and form)."""
    return np.concatenate([vectors * _SCALE, _forms(clauses)], axis=1)


def _forms(clauses: Sequence[str]) -> NDArray[np.float32]:
    rows = []
    for at, clause in enumerate(clauses):
        number = len(words(clause))
        counted = (min(number, _LONG) / _LONG, number == 1, number == 2, number <= _SHORT)
        rows.append((at == 0, at == len(clauses) - 1, 1.0, *counted))
    return np.array(rows, dtype=np.float32)


@cache
def _head() -> ClauseHead:
    with (files("knowledge.matching") / FILE).open("rb") as file, np.load(file) as arrays:
        return ClauseHead(weights=arrays["weights"].astype(np.float32), encoder=str(arrays["encoder"]))
