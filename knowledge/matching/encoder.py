"""Port to a sentence encoder.

The adapter is in ``bot``. Without an encoder, matching is lexical.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Encodes sentences as vectors; the inner product is the similarity of two meanings.

    Only vectors of encoders with the same ``name`` are comparable.
    """

    @property
    def name(self) -> str:
        """Return the model name and version."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text: shape (texts, dimensions), float32."""
        ...
