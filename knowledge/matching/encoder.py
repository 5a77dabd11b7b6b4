"""The port to a sentence encoder. The adapter that loads one lives with the bot; without one, matching is lexical."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns sentences into vectors whose inner product says how near two meanings are.

    Vectors of encoders with the same ``name`` may be compared.
    """

    @property
    def name(self) -> str:
        """Return the model and its version."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, each of length one: shape (texts, dimensions), float32."""
        ...
