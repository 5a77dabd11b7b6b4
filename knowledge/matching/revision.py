"""Revise a trained index after an edit, at the cost of the changed phrasings only.

Feature weights, meaning space and calibration stay those of the last training, because one phrasing in thousands
hardly moves them. Within them the result is exact, not an approximation: added phrasings are new rows and columns of
the kernel, removed ones get the constraint that their weight is zero. Both are solved with the factor of the training.

Source: Golub and Van Loan, Matrix Computations, 4th edition, 2013, sections 3.2.11 (Schur complement) and 4.4.6
(systems with constraints).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from knowledge.matching.encoder import Vectors
from knowledge.matching.factor import Factor
from knowledge.matching.head import RIDGE, Floats, Places, Rivals, blend, nearest
from knowledge.matching.lexical import ADDED, LexicalIndex
from knowledge.matching.memory import Names
from knowledge.matching.reading import Reader, Reading
from knowledge.matching.training import Trained

# Phrasings compared with all others at a time, for memory.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """How the phrasings of an index differ from those it was trained on.

    Attributes:
        origin: for each phrasing, its row in the training, or ``ADDED``.
        removed: rows of the training without a phrasing.
    """

    origin: Places
    removed: Places

    @classmethod
    def between(cls, before: Names, now: Names) -> Self:
        """Compare phrasings by their digests; equal ones are paired in order."""
        rows: dict[int, list[int]] = {}
        for row, name in reversed(list(enumerate(before.tolist()))):
            rows.setdefault(name, []).append(row)
        origin = np.array(
            [found.pop() if (found := rows.get(name)) else ADDED for name in now.tolist()], dtype=np.int64
        )
        return cls(origin=origin, removed=np.setdiff1d(np.arange(len(before)), origin))

    def with_passed_over(self, taught: Places, learned: Places) -> Self:
        """Return the edit that also adds the phrasings that the training left out for those now removed.

        Args:
            taught: article of each phrasing of the training.
            learned: phrasings that it learned.
        """
        lost = np.unique(taught[np.intersect1d(self.removed, learned)])
        again = np.setdiff1d(np.flatnonzero(np.isin(taught, lost)), np.append(learned, self.removed))
        return type(self)(
            origin=np.where(np.isin(self.origin, again), ADDED, self.origin),
            removed=np.union1d(self.removed, again),
        )

    @property
    def added(self) -> Places:
        """Positions of the added phrasings."""
        return np.flatnonzero(self.origin == ADDED)

    @property
    def stayed(self) -> Places:
        """Positions of the other phrasings."""
        return np.flatnonzero(self.origin != ADDED)

    @property
    def changed(self) -> int:
        """Number of added and removed phrasings."""
        return len(self.added) + len(self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The phrasings after an edit.

    Attributes:
        trained, letters: values of the training.
        texts: cleaned text and language of each phrasing.
        owner: article of each phrasing; increases without gaps.
        former: for each article, its position in the training, or ``ADDED``.
        taught: article of each phrasing of the training, by its position there.
        reader: reads phrasings.
        away: readings of the unrelated questions, as in the training.
        vectors: returns the encoder's vectors of texts, or None without an encoder.
    """

    edit: Edit
    trained: Trained
    letters: LexicalIndex
    texts: Sequence[tuple[str, str]]
    owner: Places
    former: Places
    taught: Places
    reader: Reader
    away: Sequence[Reading]
    vectors: Callable[[Sequence[str]], Vectors | None]

    def apply(self, factor: Factor) -> tuple[Trained, LexicalIndex]:
        """Return the values and the index for the phrasings after the edit."""
        readings = [self._reading(at) for at in self.edit.added]
        letters = self.letters.revise(self.edit.origin, readings)
        space, before = self.trained.space, self.trained.projected
        new: Vectors | None = None
        projected: Vectors | None = None
        if space is not None and before is not None:
            found = self.vectors([reading.sentence for reading in readings]) if readings else None
            new = before[:0] if found is None else space.project(found)
            projected = self._rows(before, new)
        like, meant, kernel, among = self._compare(readings, letters, new)
        near = self._rivals(like if meant is None else meant, letters, projected)
        revised = Trained(
            weights=self._weights(factor, kernel, among),
            calibration=self.trained.calibration,
            crowd=near.crowding(self.owner),
            space=space,
            projected=projected,
            near=near,
            learned=np.flatnonzero((self.edit.origin == ADDED) | np.isin(self.edit.origin, self.trained.learned)),
        )
        return revised, letters

    def _reading(self, at: int) -> Reading:
        text, language = self.texts[at]
        return self.reader.read(text, language=language, mend=False)

    def _rows(self, before: Floats, new: Floats) -> Floats:
        """Return values by row after the edit: those of the training, and ``new`` for the added phrasings."""
        size, away = len(self.owner), before[len(before) - len(self.away) :]
        found = np.empty((size + len(away), *before.shape[1:]), dtype=before.dtype)
        found[self.edit.stayed] = before[self.edit.origin[self.edit.stayed]]
        found[self.edit.added] = new
        found[size:] = away
        return found

    def _compare(
        self, readings: Sequence[Reading], letters: LexicalIndex, new: Vectors | None
    ) -> tuple[Floats, Floats | None, Floats, Floats]:
        """Compare the added phrasings with the rows of the training and each other.

        Returns the similarity to the phrasings of the training by letters and by meaning, and the kernel to all its
        rows: shape (rows, added); then the kernel between the added phrasings.
        """
        count, stayed = len(readings), self.edit.stayed
        rows = np.zeros((self.trained.weights.shape[1], count), dtype=np.float32)
        size = len(rows) - len(self.away)
        added = self.letters.index_texts(readings)
        for at, reading in enumerate(readings):  # similarity to removed phrasings has no effect
            rows[self.edit.origin[stayed], at] = letters.likeness(reading)[stayed]
        for at, reading in enumerate(self.away, size):
            rows[at] = added.likeness(reading)
        own = np.array([added.likeness(reading) for reading in readings], np.float32).reshape(count, count)
        own[np.diag_indices(count)] = 1
        if new is None or self.trained.projected is None:
            return rows[:size], None, blend(rows, None), blend(own, None)
        meaning = self.trained.projected @ new.T
        return rows[:size], meaning[:size], blend(rows, meaning), blend(own, new @ new.T)

    def _weights(self, factor: Factor, kernel: Floats, among: Floats) -> Floats:
        """Return the weights: shape (articles, rows).

        Unknowns are the weights of the added rows, and one multiplier for each removed row, whose weight is zero. Rows
        that the training did not learn keep the weight zero.
        """
        learned = self.trained.learned
        rows = np.append(learned, np.arange(len(self.taught), len(kernel)))
        removed = np.flatnonzero(np.isin(learned, self.edit.removed))
        count = len(among)
        unknown = count + len(removed)
        border = np.zeros((len(rows), unknown), dtype=np.float32)
        border[:, :count] = kernel[rows]
        border[removed, np.arange(count, unknown)] = 1
        solved = factor.solve(border.copy())
        corner = np.zeros((unknown, unknown))
        corner[:count, :count] = among + RIDGE * np.eye(count)
        before = np.zeros((len(self.former), len(rows)), dtype=np.float32)
        known = self.former != ADDED
        before[known] = self.trained.weights[self.former[known]][:, rows]
        wanted = np.zeros((unknown, len(self.former)))
        wanted[np.arange(count), self.owner[self.edit.added]] = 1
        schur = corner - border.T.astype(np.float64) @ solved
        found = np.linalg.solve(schur, wanted - (before @ border).T).astype(np.float32) if unknown else wanted
        before -= found.T.astype(np.float32) @ solved.T
        weights = np.zeros((len(kernel), len(self.former)), dtype=np.float32)
        weights[rows] = before.T
        return np.ascontiguousarray(self._rows(weights, found[:count].astype(np.float32)).T)

    def _rivals(self, witness: Floats, letters: LexicalIndex, projected: Vectors | None) -> Rivals:
        """Return the nearest other article of each phrasing.

        Phrasings whose nearest article lost a phrasing are compared with all again; others with the added ones only.
        """
        edit, before = self.edit, self.trained.near
        stayed, rows = edit.stayed, edit.origin[edit.stayed]
        found = Rivals(likeness=np.full(len(self.owner), -np.inf), article=np.zeros(len(self.owner), dtype=np.int64))
        known = self.former != ADDED
        now = np.full(len(self.trained.weights), ADDED)
        now[self.former[known]] = np.flatnonzero(known)
        found.likeness[stayed], found.article[stayed] = before.likeness[rows], now[before.article[rows]]
        if len(edit.added):
            others = witness[rows].astype(np.float64)
            others[self.owner[stayed][:, None] == self.owner[edit.added]] = -np.inf
            best = others.argmax(axis=1)
            nearest_one = others[np.arange(len(stayed)), best]
            nearer = nearest_one > found.likeness[stayed]
            found.likeness[stayed[nearer]] = nearest_one[nearer]
            found.article[stayed[nearer]] = self.owner[edit.added[best[nearer]]]
        lost = np.unique(self.taught[edit.removed])
        again = np.append(edit.added, stayed[np.isin(before.article[rows], lost)])
        for start in range(0, len(again), _AT_ONCE):
            some = again[start : start + _AT_ONCE]
            own = nearest(self._likeness(some, letters, projected), self.owner)
            place = np.arange(len(some))
            own[place, self.owner[some]] = -np.inf
            found.article[some] = own.argmax(axis=1)
            found.likeness[some] = own[place, found.article[some]]
        return found

    def _likeness(self, positions: Places, letters: LexicalIndex, projected: Vectors | None) -> Floats:
        """Return the similarity of phrasings to all phrasings, by meaning if there is an encoder."""
        if projected is not None:
            return np.asarray(projected[positions] @ projected[: len(self.owner)].T, dtype=np.float32)
        return np.stack([letters.likeness(self._reading(at)) for at in positions])
