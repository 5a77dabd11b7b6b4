"""Vectors of texts that are known already, so that the encoder reads no text twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.kept_vector import digest
from knowledge.matching.part import Spoken


class Vocabulary:
    """Vectors by text, of one encoder."""

    def __init__(self, spoken: Iterable[Spoken] = ()) -> None:
        """Know the vectors of these phrasings; they are unpacked when they are asked for."""
        self._spoken = tuple(spoken)
        self._place = {
            name: (of, row) for of, part in enumerate(self._spoken) for row, name in enumerate(part.names.tolist())
        }
        self._new: dict[int, Vectors] = {}

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return the texts without a vector, each once."""
        return [
            text for text in dict.fromkeys(texts) if (name := digest(text)) not in self._place and name not in self._new
        ]

    def encode_missing(self, texts: Iterable[str], encoder: Encoder) -> None:
        """Encode the texts that have no vector."""
        missing = self.missing(texts)
        if missing:
            self._new.update(zip(map(digest, missing), encoder.encode(missing), strict=True))

    def vectors_of(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of known texts. Raises KeyError for one without a vector."""
        unpacked: dict[int, Vectors] = {}
        rows = []
        for name in map(digest, texts):
            if name in self._new:
                rows.append(self._new[name])
                continue
            of, row = self._place[name]
            if of not in unpacked:
                unpacked[of] = self._spoken[of].vectors()
            rows.append(unpacked[of][row])
        return np.stack(rows).astype(np.float32)
