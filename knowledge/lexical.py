"""Likeness by letters and words: how much of an utterance each phrasing of the index shares."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.reading import Reading

Floats = NDArray[np.float32]

_GRAMS = (2, 3, 4)
_REACH = 3
"""Words that stand at most this far apart form a pair: "teams … mobil" with up to two words between."""

_COMMON = 500
"""A feature of more phrasings than this tells little, and costs most of the time in a large index; it is left out."""

_SHARE = {"letters": 0.30, "meaning_letters": 0.40, "meanings": 0.15, "pairs": 0.15}
"""What each kind of evidence counts for: letters bear errors and compounds, meanings bear other words for it."""


_FREQUENT = 0.05
"""From this share of the phrasings on, a feature is kept as a full row."""


def features(reading: Reading) -> dict[str, Counter[str]]:
    """Return, for each kind of evidence, the features of a text and how often each occurs."""
    meanings = reading.meanings
    return {
        "letters": _grams(reading.standard),
        "meaning_letters": _grams(meanings),
        "meanings": Counter(meanings),
        "pairs": Counter(
            meanings[i] + "~" + meanings[j]
            for i in range(len(meanings))
            for j in range(i + 1, min(len(meanings), i + 1 + _REACH))
        ),
    }


def _grams(words: Iterable[str]) -> Counter[str]:
    line = f" {' '.join(words)} "
    return Counter([line[i : i + size] for size in _GRAMS for i in range(len(line) - size + 1)])


class LexicalIndex:
    """The phrasings as weighted features, turned around: feature → the phrasings that have it."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._size = len(readings)
        self._ids: dict[str, dict[str, int]] = {}
        self._weights: dict[str, list[float]] = {}
        self._start: dict[str, int] = {}
        times: dict[str, Counter[str]] = {kind: Counter() for kind in _SHARE}
        for reading in readings:  # features are found twice: to keep those of all readings would take 60 MB
            for kind, found in features(reading).items():
                times[kind].update(found.keys())
        at = 0
        for kind, counted in times.items():
            known = {feature: n for feature, n in counted.items() if n <= _COMMON}
            self._start[kind] = at
            self._ids[kind] = {feature: at + i for i, feature in enumerate(known)}
            self._weights[kind] = [math.log((self._size + 1) / (n + 1)) + 1 for n in known.values()]
            at += len(known)
        self._rows = [self._vector(features(reading)) for reading in readings]
        self._turn_around(at)

    def _turn_around(self, size: int) -> None:
        """Lay out frequent features as full rows, added at once, and rare ones as lists of their phrasings."""
        owners = np.repeat(np.arange(self._size, dtype=np.int32), [len(ids) for ids, _ in self._rows])
        ids = np.concatenate([ids for ids, _ in self._rows]) if self._rows else np.zeros(0, np.int64)
        values = np.concatenate([values for _, values in self._rows]) if self._rows else np.zeros(0, np.float32)
        counts = np.bincount(ids, minlength=size)
        frequent = np.flatnonzero(counts > max(self._size * _FREQUENT, 8))
        self._full_row = np.full(size, -1, dtype=np.int32)
        self._full_row[frequent] = np.arange(len(frequent), dtype=np.int32)
        in_full = self._full_row[ids] >= 0
        self._full = np.zeros((len(frequent), self._size), dtype=np.float32)
        self._full[self._full_row[ids[in_full]], owners[in_full]] = values[in_full]
        ids, owners, values = ids[~in_full], owners[~in_full], values[~in_full]
        order = np.argsort(ids, kind="stable")
        self._owners, self._values = owners[order], values[order]
        self._counts = np.bincount(ids, minlength=size)
        self._starts = np.cumsum(self._counts) - self._counts

    def _vector(self, found: dict[str, Counter[str]]) -> tuple[NDArray[np.int64], Floats]:
        """Return the known features of a text and their weights; each kind has the length its share allows."""
        ids: list[int] = []
        values: list[float] = []
        for kind, share in _SHARE.items():
            known, weights, start = self._ids[kind], self._weights[kind], self._start[kind]
            own: list[float] = []
            for feature, times in found[kind].items():
                at = known.get(feature)
                if at is not None:
                    ids.append(at)
                    weight = weights[at - start]
                    own.append(weight if times == 1 else weight * (1 + math.log(times)))
            length = math.sqrt(sum(value * value for value in own))
            if length:
                scale = math.sqrt(share) / length
                values.extend(value * scale for value in own)
        return np.array(ids, dtype=np.int64), np.array(values, dtype=np.float32)

    def likeness(self, reading: Reading) -> Floats:
        """Return the likeness of a text to every phrasing, 0 (nothing shared) to 1 (the same): shape (phrasings,)."""
        return self._against(*self._vector(features(reading)))

    def matrix(self) -> Floats:
        """Return the likeness of every phrasing to every other: shape (phrasings, phrasings)."""
        rows = np.empty((self._size, self._size), dtype=np.float32)
        for at, (ids, values) in enumerate(self._rows):
            rows[at] = self._against(ids, values)
        return rows

    def _against(self, ids: NDArray[np.int64], values: Floats) -> Floats:
        if not len(ids):
            return np.zeros(self._size, dtype=np.float32)
        rows = self._full_row[ids]
        is_full = rows >= 0
        total = values[is_full] @ self._full[rows[is_full]]
        rare = ids[~is_full]
        lengths = self._counts[rare]
        first = np.repeat(self._starts[rare] - np.cumsum(lengths) + lengths, lengths)
        places = first + np.arange(len(first))
        shared = self._values[places] * np.repeat(values[~is_full], lengths)
        total += np.bincount(self._owners[places], weights=shared, minlength=self._size)
        return np.asarray(total, dtype=np.float32)
