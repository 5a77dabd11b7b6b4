"""What a matcher keeps of its training, as bytes: vectors by text, and what was learned."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder, Vectors

_VERSION = 4
"""Raise when what is kept changes meaning; older bytes are then as good as none."""


def digest(*parts: str) -> str:
    """Return a name for a sequence of texts; no two sequences share one."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:32]


@dataclass(slots=True)
class Memory:
    """Vectors that need no encoder again, and arrays of one training under the digest of its phrasings."""

    vectors: dict[str, Vectors] = field(default_factory=dict)
    trained: str = ""
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    source: bytes = b""

    @classmethod
    def read(cls, data: bytes | None) -> Memory:
        """Return what ``data`` holds; an empty memory when it is None, damaged, or of another version."""
        if not data:
            return cls()
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as kept:
                if int(kept["version"]) != _VERSION:
                    return cls()
                vectors = dict(zip(kept["names"].tolist(), kept["vectors"], strict=True))
                arrays = {name[2:]: kept[name] for name in kept.files if name.startswith("a.")}
                return cls(vectors=vectors, trained=str(kept["trained"]), arrays=arrays, source=data)
        except (ValueError, KeyError, OSError, EOFError, IndexError, TypeError, BadZipFile):
            return cls()

    def write(self) -> bytes:
        """Return everything as bytes for ``read``; the very bytes it was read from, if it was."""
        if self.source:
            return self.source
        out = io.BytesIO()
        names = list(self.vectors)
        vectors = np.stack([self.vectors[name] for name in names]) if names else np.zeros((0, 0), np.float32)
        arrays = {f"a.{name}": array for name, array in self.arrays.items()}
        np.savez(
            out,
            version=np.array(_VERSION),
            names=np.array(names, dtype="U32"),
            vectors=vectors,
            trained=np.array(self.trained, dtype="U32"),
            allow_pickle=False,
            **arrays,
        )
        return out.getvalue()

    def encode(self, texts: Sequence[str], encoder: Encoder, into: Memory) -> Vectors:
        """Return the vectors of ``texts``, asking ``encoder`` for unknown ones only; keep all of them in ``into``."""
        names = [digest(text) for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self.vectors}
        if missing:
            fresh = encoder.encode(list(missing.values()))
            into.vectors.update(zip(missing, fresh, strict=True))
        for name in names:
            if name not in into.vectors:
                into.vectors[name] = self.vectors[name]
        return np.stack([into.vectors[name] for name in names])
