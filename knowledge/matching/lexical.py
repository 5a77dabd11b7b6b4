"""Similarity by letters and words: the weighted features an utterance shares with each phrasing."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.memory import Arrays
from knowledge.matching.reading import Reading

Floats = NDArray[np.float32]
Keys = NDArray[np.uint32]
Places = NDArray[np.int64]

# Maximum distance of the words of a pair: "teams … mobil" with up to two words between.
_REACH = 3

# Maximum number of phrasings of a feature. More frequent features carry little information, but dominate the time in
# a large index, so they are left out.
_COMMON = 500

# Weights of letters, letters of meanings, meanings, and pairs of meanings. Letters tolerate errors and compounds,
# meanings tolerate synonyms.
_SHARE = np.array([0.30, 0.40, 0.15, 0.15])

# Origin of a text that was not in the index before. See ``LexicalIndex.revise``.
ADDED = -1

_LETTERS, _MEANING_LETTERS, _MEANINGS, _PAIRS = range(4)
_KINDS = len(_SHARE)
# The two highest bits of a key are its kind, the others a hash; about one feature in ten thousand collides.
_KIND_SHIFT = np.uint32(30)

_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_STIR = np.uint64(0xFF51AFD7ED558CCD)


def _keys(kind: int, sums: NDArray[np.uint64]) -> Keys:
    """Return the keys for feature hashes, after mixing the bits."""
    sums = sums ^ (sums >> np.uint64(29))
    sums = sums * _STIR
    return (sums >> np.uint64(34)).astype(np.uint32) | np.uint32(kind << int(_KIND_SHIFT))


def _grams(kind: int, words: Iterable[str]) -> list[Keys]:
    """Return the keys of all 2-, 3- and 4-grams.

    Words begin and end with a space.
    """
    letters = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    found: list[Keys] = []
    sums = letters * _MIX[0]
    for size in (1, 2, 3):
        if len(letters) <= size:
            break
        sums = sums[: len(letters) - size] + letters[size:] * _MIX[size]
        found.append(_keys(kind, sums))
    return found


def _found(reading: Reading) -> Keys:
    """Return the keys of all features of a text, with repetitions."""
    meanings = np.fromiter((zlib.crc32(word.encode()) for word in reading.meanings), dtype=np.uint64)
    found = [*_grams(_LETTERS, reading.standard), *_grams(_MEANING_LETTERS, reading.meanings)]
    if len(meanings):
        found.append(_keys(_MEANINGS, meanings * _MIX[0]))
    for reach in range(1, min(_REACH, len(meanings) - 1) + 1):
        found.append(_keys(_PAIRS, meanings[:-reach] * _MIX[1] + meanings[reach:] * _MIX[2]))
    return np.concatenate(found) if found else np.zeros(0, np.uint32)


def features(reading: Reading) -> tuple[Keys, Floats]:
    """Return the keys of all features of a text, increasing, and the count of each."""
    keys, times = np.unique(_found(reading), return_counts=True)
    return keys, times.astype(np.float32)


def _features_of_all(readings: Sequence[Reading]) -> tuple[NDArray[np.int32], Keys, Floats]:
    """Return the index of the reading, key and count of all features, ordered by reading.

    One large sort replaces thousands of short ones. Those would release and take Python's global lock so often that
    other threads starve: users would wait a tenth of a second at every edit.
    """
    found = [_found(reading) for reading in readings]
    owners = np.repeat(np.arange(len(found), dtype=np.uint64), np.array([len(keys) for keys in found], dtype=np.int64))
    every = np.concatenate(found) if found else np.zeros(0, np.uint32)
    both, times = np.unique(owners << np.uint64(32) | every, return_counts=True)
    return (both >> np.uint64(32)).astype(np.int32), both.astype(np.uint32), times.astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The phrasings as weighted features; needed during training only.

    The features of phrasing ``i`` are ``ids`` and ``values`` from ``starts[i]`` to ``starts[i + 1]``.
    """

    ids: NDArray[np.int32]
    values: Floats
    starts: Places

    def similar(self, some: slice) -> Floats:
        """Return the similarity between adjacent phrasings: shape (phrasings, phrasings)."""
        starts = self.starts[some.start : some.stop + 1]
        own = slice(int(starts[0]), int(starts[-1]))
        known, ids = np.unique(self.ids[own], return_inverse=True)
        table = np.zeros((len(starts) - 1, len(known)), dtype=np.float32)
        table[np.repeat(np.arange(len(table)), np.diff(starts)), ids] = self.values[own]
        return table @ table.T


class LexicalIndex:
    """Inverted index: feature → the phrasings that have it, with weights."""

    def __init__(self, arrays: Arrays) -> None:
        """Restore the index from ``arrays()``; use ``build`` to create one."""
        self._size = int(arrays["size"][0])
        self._keys: Keys = arrays["keys"]
        self._rarity: Floats = arrays["rarity"]
        self._starts: NDArray[np.int32] = arrays["starts"]
        self._owners: NDArray[Any] = arrays["owners"]
        self._values: NDArray[np.float16] = arrays["values"]
        self._common: Keys = arrays["common"]
        self._rarest = np.float32(np.log((self._size + 1) / 2) + 1)

    @classmethod
    def build(cls, readings: Sequence[Reading]) -> tuple[Self, Rows]:
        """Return the index of the readings, and their rows for ``likeness_of``."""
        size = len(readings)
        owners, every, times = _features_of_all(readings)
        keys, places, counts = np.unique(every, return_inverse=True, return_counts=True)
        ids: NDArray[np.int32] = places.astype(np.int32)
        common = counts > _COMMON
        left_out = keys[common]
        if common.any():
            place = np.cumsum(~common, dtype=np.int32) - np.int32(1)
            stays = ~common[ids]
            ids, owners, times = place[ids[stays]], owners[stays], times[stays]
            keys, counts = keys[~common], counts[~common]
        rarity = (np.log((size + 1) / (counts + 1)) + 1).astype(np.float32)
        values = rarity[ids] * (1 + np.log(times))
        groups = owners.astype(np.int64) * _KINDS + (keys[ids] >> _KIND_SHIFT)
        values *= _scales(groups, values, size)[groups]
        order = np.argsort(ids, kind="stable")
        index = cls(
            {
                "size": np.array([size], dtype=np.int64),
                "keys": keys,
                "rarity": rarity,
                "starts": np.append(0, np.cumsum(counts)).astype(np.int32),
                "owners": owners[order].astype(_places_type(size)),
                "values": values[order].astype(np.float16),
                "common": left_out,
            }
        )
        starts = np.append(0, np.cumsum(np.bincount(owners, minlength=size)))
        return index, Rows(ids=ids, values=values, starts=starts)

    def index_texts(self, readings: Sequence[Reading]) -> LexicalIndex:
        """Return an index of only these texts, with the feature weights of this one.

        So similarities of both are comparable. Features unknown to this index get the maximum weight.
        """
        size = len(readings)
        owners, every, times = _features_of_all(readings)
        stays = ~np.isin(every, self._common)
        every, owners, times = every[stays], owners[stays], times[stays]
        new = np.setdiff1d(every, self._keys)
        keys = np.concatenate([self._keys, new])
        order = np.argsort(keys)
        keys, rarity = keys[order], np.concatenate([self._rarity, np.full(len(new), self._rarest)])[order]
        ids = np.searchsorted(keys, every)
        values = rarity[ids] * (1 + np.log(times))
        groups = owners.astype(np.int64) * _KINDS + (keys[ids] >> _KIND_SHIFT)
        values *= _scales(groups, values, size)[groups]
        order = np.argsort(ids, kind="stable")
        return LexicalIndex(
            {
                "size": np.array([size], dtype=np.int64),
                "keys": keys,
                "rarity": rarity,
                "starts": np.append(0, np.cumsum(np.bincount(ids, minlength=len(keys)))).astype(np.int32),
                "owners": owners[order],
                "values": values[order].astype(np.float16),
                "common": self._common,
            }
        )

    def revise(self, origin: Places, added: Sequence[Reading]) -> LexicalIndex:
        """Return an index of texts of this one and of new ones, with the feature weights of this one.

        Args:
            origin: for each text, its position in this index, or ``ADDED``.
            added: readings of the added texts, in their order.
        """
        new = self.index_texts(added)
        position = np.full(self._size, ADDED)
        stayed = np.flatnonzero(origin != ADDED)
        position[origin[stayed]] = stayed
        ids = np.repeat(np.searchsorted(new._keys, self._keys), np.diff(self._starts))
        owners = position[self._owners]
        stays = owners != ADDED
        ids = np.append(ids[stays], np.repeat(np.arange(len(new._keys)), np.diff(new._starts)))
        owners = np.append(owners[stays], np.flatnonzero(origin == ADDED)[new._owners])
        values = np.append(self._values[stays], new._values)
        order = np.argsort(ids, kind="stable")
        return LexicalIndex(
            {
                "size": np.array([len(origin)], dtype=np.int64),
                "keys": new._keys,
                "rarity": new._rarity,
                "starts": np.append(0, np.cumsum(np.bincount(ids, minlength=len(new._keys)))).astype(np.int32),
                "owners": owners[order].astype(_places_type(len(origin))),
                "values": values[order],
                "common": self._common,
            }
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays by name."""
        return {
            "size": np.array([self._size], dtype=np.int64),
            "keys": self._keys,
            "rarity": self._rarity,
            "starts": self._starts,
            "owners": self._owners,
            "values": self._values,
            "common": self._common,
        }

    def likeness(self, reading: Reading) -> Floats:
        """Return the similarity of a text to every phrasing, 0 (nothing shared) to 1 (equal): shape (phrasings,)."""
        return self.compare(reading)[0]

    def compare(self, reading: Reading) -> tuple[Floats, float]:
        """Return ``likeness``, and the share of the text that the index knows, 0 to 1.

        A feature without phrasings gets the maximum weight, like the rarest ones.
        """
        keys, times = features(reading)
        if not len(keys) or not len(self._keys):
            return np.zeros(self._size, dtype=np.float32), 0.0
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known = self._keys[at] == keys
        kinds = (keys >> _KIND_SHIFT).astype(np.int64)
        values = np.where(known, self._rarity[at], self._rarest) * (1 + np.log(times))
        whole = np.bincount(kinds, weights=values * values, minlength=_KINDS)
        ids, kinds, values = at[known], kinds[known], values[known]
        part = np.bincount(kinds, weights=values * values, minlength=_KINDS)
        covered = float(_SHARE @ np.sqrt(np.divide(part, whole, out=np.zeros(_KINDS), where=whole > 0)))
        return self._against(ids, values * _scales(kinds, values, 1)[kinds]), covered

    def having(self, meaning: str) -> NDArray[Any] | None:
        """Return the phrasings with this meaning, with repetitions.

        None if it is too frequent for the index.
        """
        [key] = _keys(_MEANINGS, np.array([zlib.crc32(meaning.encode())], dtype=np.uint64) * _MIX[0])
        # Both are sorted; np.isin would sort them again for every word.
        if _sorted_position(self._common, key) is not None:
            return None
        at = _sorted_position(self._keys, key)
        if at is None:
            return self._owners[:0]
        return self._owners[self._starts[at] : self._starts[at + 1]]

    def likeness_of(self, rows: Rows, row: int) -> Floats:
        """Return the similarity of a phrasing to every phrasing: shape (phrasings,)."""
        own = slice(int(rows.starts[row]), int(rows.starts[row + 1]))
        return self._against(rows.ids[own], rows.values[own])

    def _against(self, ids: NDArray[Any], values: Floats) -> Floats:
        if not len(ids):
            return np.zeros(self._size, dtype=np.float32)
        starts = self._starts[ids]
        lengths = self._starts[ids + 1] - starts
        ends = np.cumsum(lengths)
        places = np.arange(int(ends[-1])) + np.repeat(starts - ends + lengths, lengths)
        shared: Floats = self._values[places] * np.repeat(values, lengths)
        total = np.bincount(self._owners[places], weights=shared, minlength=self._size)
        return np.asarray(total, dtype=np.float32)


def _sorted_position(ordered: NDArray[Any], value: np.generic) -> int | None:
    """Return the position of ``value`` in a sorted array, or None."""
    at = int(np.searchsorted(ordered, value))
    return at if at < len(ordered) and ordered[at] == value else None


def _scales(groups: NDArray[Any], values: Floats, texts: int) -> Floats:
    """Return the factors that normalize each kind of feature of each text to its weight."""
    squares = np.bincount(groups, weights=values * values, minlength=texts * _KINDS)
    share = np.tile(_SHARE, texts)
    scales = np.sqrt(np.divide(share, squares, out=np.zeros_like(share), where=squares > 0))
    return np.asarray(scales, dtype=np.float32)


def _places_type(size: int) -> type[np.uint16 | np.int32]:
    """Return the smallest type for the positions of so many texts."""
    return np.uint16 if size <= 1 << 16 else np.int32
