"""The encoder's vector of an utterance in 388 bytes, to be stored with a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from knowledge.matching.encoder import Vectors
from knowledge.matching.features import Floats
from knowledge.matching.packing import digest

# Bytes in front of the numbers that name the encoder: only vectors of one encoder are comparable.
_NAME: Final = 4
_MOST: Final = 127


def pack_vector(vector: Floats, *, encoder: str) -> bytes:
    """Return a unit vector with 8 bits a number; its length is restored by ``unpack_vectors``."""
    scale = _MOST / max(float(np.abs(vector).max(initial=0.0)), 1e-9)
    numbers: bytes = np.rint(vector * scale).astype(np.int8).tobytes()
    return _encoder_mark(encoder) + numbers


def same_encoder(packed: bytes, encoder: str) -> bool:
    """Return whether a packed vector comes from this encoder; an empty one comes from none."""
    return packed[:_NAME] == _encoder_mark(encoder)


def unpack_vectors(packed: Sequence[bytes]) -> Vectors:
    """Return packed vectors of one encoder as unit vectors: shape (texts, dimensions)."""
    if not packed:
        return np.zeros((0, 0), dtype=np.float32)
    rows = np.frombuffer(b"".join(vector[_NAME:] for vector in packed), dtype=np.int8).reshape(len(packed), -1)
    vectors = rows.astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors


def _encoder_mark(encoder: str) -> bytes:
    return digest(encoder).to_bytes(8, "big")[:_NAME]
