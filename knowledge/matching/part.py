"""Learned part of one article, and the frame of all, as bytes to keep or ship.

A part changes with its article alone, so that an edit of one article changes kilobytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.calibration import Calibration
from knowledge.matching.encoder import Vectors
from knowledge.matching.features import Floats, LetterSpace
from knowledge.matching.kept_vector import Names, pack, squeeze, unpack, unsqueeze
from knowledge.matching.semantic import MeaningSpace

# Steps of a number of a vector on each side of zero.
_STEPS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The vectors of an article's phrasings, in 13 steps a number, and what the meaning head learned from them.

    Attributes:
        encoder: name of the encoder.
        names: digest of the sentence the encoder read of each phrasing.
        codes, scale: the vectors: numbers from 0 to 12, squeezed, and a factor for each phrasing.
        weights, bias: the article's column of the meaning head.
    """

    encoder: str
    names: Names
    codes: NDArray[np.uint8]
    scale: Floats
    weights: NDArray[np.float16]
    bias: float

    @classmethod
    def of_vectors(cls, vectors: Vectors, *, encoder: str, names: Names, weights: Floats, bias: float) -> Self:
        """Round vectors to 13 steps."""
        scale = np.maximum(np.abs(vectors).max(axis=1, initial=1e-9), 1e-9) / _STEPS
        return cls(
            encoder=encoder,
            names=names,
            codes=squeeze((np.rint(vectors / scale[:, None]) + _STEPS).astype(np.uint8)),
            scale=scale.astype(np.float32),
            weights=weights.astype(np.float16),
            bias=bias,
        )

    def vectors(self) -> Vectors:
        """Return the vectors as they were rounded: shape (phrasings, dimensions)."""
        return (unsqueeze(self.codes, len(self.weights)).astype(np.float32) - _STEPS) * self.scale[:, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePart:
    """Learned part of one article.

    Attributes:
        digest: of its phrasings.
        phrasings: positions among them of those that were learned; the others read alike.
        squeezed: its column of the letter head, with 8 bits a weight, squeezed; and ``scale`` and ``bias``.
        spoken: None if it was learned without an encoder.
    """

    digest: int
    phrasings: NDArray[np.uint16]
    squeezed: NDArray[np.uint8]
    scale: float
    bias: float
    spoken: Spoken | None

    def letters(self) -> NDArray[np.int8]:
        """Return the column of the letter head: shape (buckets,)."""
        return unsqueeze(self.squeezed, 1).ravel().view(np.int8)

    def pack(self, *, name: str) -> bytes:
        """Return the part as bytes for ``unpack``. ``name`` is the fingerprint of its inputs beside the phrasings."""
        arrays: dict[str, NDArray[Any]] = {
            "digest": np.array([self.digest], dtype=np.uint64),
            "phrasings": self.phrasings,
            "letters": self.squeezed,
            "numbers": np.array([self.scale, self.bias], dtype=np.float32),
        }
        if (spoken := self.spoken) is not None:
            arrays |= {
                "encoder": np.frombuffer(spoken.encoder.encode(), dtype=np.uint8),
                "names": spoken.names,
                "codes": spoken.codes,
                "vector scale": spoken.scale,
                "meaning": spoken.weights,
                "meaning bias": np.array([spoken.bias], dtype=np.float32),
            }
        return bytes(pack(arrays, name=name))

    @classmethod
    def unpack(cls, data: bytes | memoryview | None, *, name: str) -> Self | None:
        """Return the part given to ``pack`` under this name; None for any other bytes."""
        written, arrays = unpack(data)
        if not arrays or written != name:
            return None
        spoken = None
        if "encoder" in arrays:
            meaning = arrays["meaning"]
            spoken = Spoken(
                encoder=arrays["encoder"].tobytes().decode(),
                names=arrays["names"],
                codes=arrays["codes"],
                scale=arrays["vector scale"],
                weights=meaning,
                bias=float(arrays["meaning bias"][0]),
            )
        scale, bias = arrays["numbers"].tolist()
        return cls(
            digest=int(arrays["digest"][0]),
            phrasings=arrays["phrasings"],
            squeezed=arrays["letters"],
            scale=scale,
            bias=bias,
            spoken=spoken,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame: learned from all articles; it stays while single articles change.

    Attributes:
        id: of this frame; parts that were learned with another one are of no use.
        source: digests of the phrasings it was learned from, by which a later index is judged to be mostly the same.
        nothing: the column for questions that nothing answers, as a part.
        words, meaning: how much each likeness counts, and the confidence, without and with the encoder.
        space: of the encoder's vectors; None if it was learned without one.
    """

    id: int
    source: Names
    letters: LetterSpace
    nothing: ArticlePart
    words: Judgement
    meaning: Judgement | None
    space: MeaningSpace | None

    def pack(self, *, name: str) -> bytes:
        """Return the frame as bytes for ``unpack``."""
        nothing = np.frombuffer(self.nothing.pack(name=name), dtype=np.uint8)
        arrays: dict[str, NDArray[Any]] = {
            "id": np.array([self.id], dtype=np.uint64),
            "source": self.source,
            "texts": np.array([self.letters.texts], dtype=np.int64),
            "counted": squeeze(self.letters.counted, level=True),
            "nothing": nothing,
            **self.words.arrays("words"),
        }
        if self.meaning is not None and self.space is not None:
            arrays |= self.meaning.arrays("meaning")
            arrays |= {"centre": self.space.centre, "bend": self.space.transform.astype(np.float16)}
        return bytes(pack(arrays, name=name))

    @classmethod
    def unpack(cls, data: bytes | memoryview | None, *, name: str) -> Self | None:
        """Return the frame given to ``pack`` under this name; None for any other bytes."""
        written, arrays = unpack(data)
        if not arrays or written != name:
            return None
        nothing = ArticlePart.unpack(arrays["nothing"].tobytes(), name=name)
        if nothing is None:
            return None
        counted = unsqueeze(arrays["counted"], 1).ravel()
        meaning, space = None, None
        if "centre" in arrays:
            meaning = Judgement.of_arrays(arrays, "meaning")
            space = MeaningSpace(centre=arrays["centre"], transform=arrays["bend"].astype(np.float32))
        return cls(
            id=int(arrays["id"][0]),
            source=arrays["source"],
            letters=LetterSpace(texts=int(arrays["texts"][0]), counted=counted),
            nothing=nothing,
            words=Judgement.of_arrays(arrays, "words"),
            meaning=meaning,
            space=space,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How likenesses become an order of candidates, and evidence a confidence.

    ``blend`` are the weights of the likenesses, in the order of ``evidence.LIKENESSES``.
    """

    blend: NDArray[np.float64]
    calibration: Calibration

    def arrays(self, of: str) -> dict[str, NDArray[Any]]:
        """Return the values as arrays by name."""
        return {
            f"{of} blend": self.blend,
            f"{of} curves": self.calibration.weights,
            f"{of} levels": self.calibration.levels,
            f"{of} shares": self.calibration.shares,
            f"{of} measured": np.array(self.calibration.measured),
        }

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[Any]], of: str) -> Self:
        """Restore the values from ``arrays``."""
        return cls(
            blend=arrays[f"{of} blend"],
            calibration=Calibration(
                weights=arrays[f"{of} curves"],
                levels=arrays[f"{of} levels"],
                shares=arrays[f"{of} shares"],
                measured=bool(arrays[f"{of} measured"]),
            ),
        )
