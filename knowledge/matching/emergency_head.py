"""How likely a clause tells of an emergency, by its vector.

The patterns of ``knowledge.language.emergency`` know the words of most emergencies; the encoder tells those that mean
the same in other words: "sjåføren sit fastklemt". ``python -m tests.bench.emergencies`` learns one logistic regression
from emergencies, figures of speech and ordinary messages.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.kept_vector import same_encoder, unpack_vectors

FILE: Final = "emergency_head.npz"
EMERGENCY_FROM: Final = 0.75
"""Minimum share of an emergency. Of 691 left out in turn 53 % have it, whatever their words, and 4 in 1,000 of
10,678 other texts, most of them figures of speech, which are listed."""

# The numbers of a unit vector are small beside the constant.
_SCALE: Final = 4.0


@dataclass(frozen=True, slots=True)
class EmergencyHead:
    """Weights of the numbers of a vector of one encoder, and last of a constant: shape (dimensions + 1,)."""

    weights: NDArray[np.float32]
    encoder: str


def emergency_share(packed: bytes) -> float:
    """Return the probability that a clause tells of an emergency; 0 without a vector of the encoder learned from.

    Args:
        packed: ``Match.vector`` of the clause.
    """
    head = _emergency_head()
    if not same_encoder(packed, head.encoder):
        return 0.0
    (total,) = head_rows(unpack_vectors([packed])) @ head.weights
    return float(1 / (1 + np.exp(-total)))


def head_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the head reads of each vector: shape (vectors, dimensions + 1)."""
    return np.concatenate([vectors * _SCALE, np.ones((len(vectors), 1), dtype=np.float32)], axis=1)


@cache
def _emergency_head() -> EmergencyHead:
    with (files("knowledge.matching") / FILE).open("rb") as file, np.load(file) as arrays:
        return EmergencyHead(weights=arrays["weights"].astype(np.float32), encoder=str(arrays["encoder"]))
