"""An utterance as the encoder heard it: its vector, and how near it comes to the phrasings of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.matching.head import Floats
from knowledge.matching.index import TrainedIndex
from knowledge.matching.kept_vector import pack_vector, same_encoder, unpack_vectors
from knowledge.matching.reading import Reading
from knowledge.matching.training import Trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An utterance in the meaning space of an index, and its similarity to all rows of the index."""

    vector: Floats
    meaning: Floats


def compare(trained: Trained | None, vector: Floats) -> Heard | None:
    """Compare a vector of the meaning space with all rows."""
    if trained is None or trained.projected is None:
        return None
    # Not ``@``: it uses several threads, which wait for each other tens of milliseconds on busy cores.
    return Heard(vector=vector, meaning=np.vecdot(trained.projected, vector))


def heard_of(index: TrainedIndex, packed: Sequence[bytes]) -> list[Heard | None]:
    """Compare kept vectors with all rows, in one step; None for those of another encoder, or without one."""
    encoder, trained = index.encoder, index.trained
    found: list[Heard | None] = [None] * len(packed)
    if encoder is None or trained is None or trained.space is None or trained.projected is None:
        return found
    usable = [at for at, each in enumerate(packed) if same_encoder(each, encoder.name)]
    if usable:
        vectors = trained.space.project(unpack_vectors([packed[at] for at in usable]))
        for at, vector, meaning in zip(usable, vectors, vectors @ trained.projected.T, strict=True):
            found[at] = Heard(vector=vector, meaning=meaning)
    return found


def packed_of(index: TrainedIndex, reading: Reading, vector: Floats | None) -> bytes:
    """Return the encoder's vector of an utterance to be stored; empty if it is not known.

    Without ``vector`` the utterance has the words of a phrasing, whose vector was encoded in training.
    """
    if index.encoder is None:
        return b""
    if vector is None:
        known = index.spoken.only([reading.sentence]).rows
        if not len(known):
            return b""
        vector = known[0].astype(np.float32)
    return pack_vector(vector, encoder=index.encoder.name)
