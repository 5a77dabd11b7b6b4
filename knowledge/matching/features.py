"""Letter features of a text: groups of letters, meanings and pairs of meanings, hashed and weighted by rarity."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.reading import Reading

Floats = NDArray[np.float32]
Keys = NDArray[np.uint32]
Places = NDArray[np.int64]

# Columns of the letter head. Several features share one, and the head learns one weight for them.
BUCKETS: Final = 1 << 15

# Numbers of a vector that stands for a text's features.
_FOLDED: Final = 1024

# Size of the table of text counts: large enough that few features share an entry.
_COUNTED_BITS: Final = 18
# Steps of a counted logarithm: 20 a unit, so that 255 stands for 345,000 texts.
_STEP: Final = 20.0

# Maximum distance of the words of a pair: "teams … mobil" with up to two words between.
_REACH: Final = 3

# A feature of more texts than both of these says little, and is left out.
_COMMON: Final = 500
_COMMON_SHARE: Final = 0.2

# Weights of letters, letters of meanings, meanings, and pairs of meanings. Letters tolerate errors and compounds,
# meanings tolerate synonyms.
_SHARE: Final = np.array([0.30, 0.40, 0.15, 0.15])

_LETTERS, _MEANING_LETTERS, _MEANINGS, _PAIRS = range(4)
_KINDS: Final = len(_SHARE)
# The two highest bits of a key are its kind, the others a hash; about one feature in ten thousand collides.
_KIND_SHIFT: Final = np.uint32(30)
_KIND_BITS: Final = np.arange(_KINDS, dtype=np.uint32) << _KIND_SHIFT
_LAST: Final = np.array([True])

_MIX: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)
_STIR: Final = np.uint64(0xFF51AFD7ED558CCD)
_BUCKET_MIX, _COUNTED_MIX = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)


def _grams(words: Iterable[str]) -> Iterator[NDArray[np.uint64]]:
    """Yield the hashes of all 2-, 3- and 4-grams; words begin and end with a space."""
    letters = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    sums = letters * _MIX[0]
    for size in (1, 2, 3):
        if len(letters) <= size:
            break
        sums = sums[: len(letters) - size] + letters[size:] * _MIX[size]
        yield sums


def feature_counts(reading: Reading) -> tuple[Keys, Floats]:
    """Return the keys of all features of a text, increasing, and how often each occurs."""
    meanings = np.fromiter((zlib.crc32(word.encode()) for word in reading.meanings), dtype=np.uint64)
    hashes = [*_grams(reading.standard)]
    kinds = [_LETTERS] * len(hashes)
    hashes += _grams(reading.meanings)
    kinds += [_MEANING_LETTERS] * (len(hashes) - len(kinds))
    hashes.append(meanings * _MIX[0])
    kinds.append(_MEANINGS)
    for reach in range(1, min(_REACH, len(meanings) - 1) + 1):
        hashes.append(meanings[:-reach] * _MIX[1] + meanings[reach:] * _MIX[2])
        kinds.append(_PAIRS)
    sums = np.concatenate(hashes)
    sums ^= sums >> np.uint64(29)  # mixes the bits
    keys = ((sums * _STIR) >> np.uint64(34)).astype(np.uint32)
    keys |= np.repeat(_KIND_BITS[kinds], [len(own) for own in hashes])
    keys.sort()
    ends = np.flatnonzero(np.concatenate([keys[1:] != keys[:-1], _LAST[: len(keys)]])) + 1
    times = ends.astype(np.float32)
    times[1:] -= ends[:-1]
    return keys[ends - 1], times


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The weighted features of some texts.

    Those of text ``i`` are ``buckets`` and ``values`` from ``starts[i]`` to ``starts[i + 1]``.
    """

    buckets: NDArray[np.uint16]
    values: Floats
    starts: Places

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts) - 1

    def of_text(self, text: int) -> tuple[NDArray[np.uint16], Floats]:
        """Return buckets and values of one text."""
        own = slice(int(self.starts[text]), int(self.starts[text + 1]))
        return self.buckets[own], self.values[own]

    def only(self, texts: Places) -> Features:
        """Return the features of some texts, in their order."""
        own = [slice(int(self.starts[text]), int(self.starts[text + 1])) for text in texts.tolist()]
        if not own:
            return Features(buckets=self.buckets[:0], values=self.values[:0], starts=np.zeros(1, np.int64))
        return Features(
            buckets=np.concatenate([self.buckets[span] for span in own]),
            values=np.concatenate([self.values[span] for span in own]),
            starts=np.append(0, np.cumsum([span.stop - span.start for span in own])),
        )

    @classmethod
    def joined(cls, parts: Sequence[Features]) -> Self:
        """Return the features of several groups of texts, one after another."""
        sizes = np.concatenate([np.diff(part.starts) for part in parts])
        return cls(
            buckets=np.concatenate([part.buckets for part in parts]),
            values=np.concatenate([part.values for part in parts]),
            starts=np.append(0, np.cumsum(sizes)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSpace:
    """The rarity of features among the texts of an index.

    ``counted`` is 20 times the logarithm of one more than the number of texts with a feature, by a hash of the feature.
    """

    texts: int
    counted: NDArray[np.uint8]

    @classmethod
    def fit(cls, readings: Sequence[Reading]) -> Self:
        """Count the features of the readings."""
        counts = np.zeros(1 << _COUNTED_BITS, dtype=np.int64)
        for reading in readings:
            np.add.at(counts, _counted_place(feature_counts(reading)[0]), 1)
        counted = np.minimum(np.rint(_STEP * np.log1p(counts)), 255).astype(np.uint8)
        return cls(texts=len(readings), counted=counted)

    def weigh(self, reading: Reading) -> tuple[NDArray[np.uint16], Floats]:
        """Return buckets and values of a text; the values of each kind have a fixed length."""
        keys, times = feature_counts(reading)
        counted = self.counted[_counted_place(keys)]
        rarity, rare = _rarity(self.texts)
        stays = rare[counted]
        keys, times, counted = keys[stays], times[stays], counted[stays]
        kinds = (keys >> _KIND_SHIFT).astype(np.int64)
        values = rarity[counted] * (1 + np.log(times))
        squares = np.bincount(kinds, weights=values * values, minlength=_KINDS)
        values *= np.sqrt(np.divide(_SHARE, squares, out=np.zeros(_KINDS), where=squares > 0))[kinds]
        return _bucket(keys), values.astype(np.float32)

    def weigh_all(self, readings: Sequence[Reading]) -> Features:
        """Return the features of all readings."""
        weighed = [self.weigh(reading) for reading in readings]
        return Features(
            buckets=np.concatenate([buckets for buckets, _ in weighed] or [np.zeros(0, np.uint16)]),
            values=np.concatenate([values for _, values in weighed] or [np.zeros(0, np.float32)]),
            starts=np.append(0, np.cumsum([len(buckets) for buckets, _ in weighed], dtype=np.int64)),
        )

    def vectors(self, readings: Sequence[Reading]) -> Floats:
        """Return the features folded into unit vectors: shape (readings, 1024).

        Their product is the likeness, with an error of about 0.03.
        """
        folded = np.zeros((len(readings), _FOLDED), dtype=np.float32)
        for row, reading in zip(folded, readings, strict=True):
            buckets, values = self.weigh(reading)
            np.add.at(row, buckets % _FOLDED, np.where(buckets >= BUCKETS // 2, values, -values))
        folded /= np.maximum(np.linalg.norm(folded, axis=1, keepdims=True), np.float32(1e-9))
        return folded


def likeness(features: tuple[NDArray[np.uint16], Floats], texts: Features) -> Floats:
    """Return the similarity of a text to each of some texts, 0 (nothing shared) to 1 (equal): shape (texts,)."""
    if not len(texts.buckets):
        return np.zeros(len(texts), dtype=np.float32)
    whole = np.zeros(BUCKETS, dtype=np.float32)
    np.add.at(whole, features[0], features[1])
    owners = np.repeat(np.arange(len(texts)), np.diff(texts.starts))
    shared = np.bincount(owners, weights=whole[texts.buckets] * texts.values, minlength=len(texts))
    return np.minimum(shared, 1).astype(np.float32)


@lru_cache(maxsize=8)
def _rarity(texts: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the weight of a feature by its counted logarithm among so many texts, and whether it is not left out."""
    having = np.expm1(np.arange(256) / _STEP)
    return np.log((texts + 1) / (having + 1)) + 1, having <= max(_COMMON, _COMMON_SHARE * texts)


def _bucket(keys: Keys) -> NDArray[np.uint16]:
    return ((keys * _BUCKET_MIX) >> np.uint32(17)).astype(np.uint16)


def _counted_place(keys: Keys) -> Keys:
    return (keys * _COUNTED_MIX) >> np.uint32(32 - _COUNTED_BITS)
