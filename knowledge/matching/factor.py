"""Cholesky factor of a kernel, in blocks of columns.

It takes a sixth of the work of an inverse, and half of its memory when stored.

Source: Golub and Van Loan, Matrix Computations, 4th edition, 2013, section 4.2 (block Cholesky).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.head import RIDGE, Floats, Places, goal
from knowledge.matching.memory import pack, unpack

# Columns per block: wide enough for fast products, narrow enough for the processor's cache.
_BLOCK = 512

# Columns stored together in a ``LowerTable``: eight blocks, so that products with earlier ones are few and large.
_STORED = 8 * _BLOCK


class FactorFile(Protocol):
    """Where the factor of a trained index stays between builds; only an edit reads it."""

    def read(self) -> bytes | memoryview | None:
        """Return the bytes of the last ``write``, or None."""
        ...

    def write(self, data: bytes | memoryview) -> None:
        """Replace the bytes."""
        ...


class LowerTable:
    """The lower triangle of a symmetric table, by groups of columns: half of the memory of the table.

    ``groups`` have shape (rows from the first column's down, columns).
    """

    def __init__(self, groups: Sequence[Floats]) -> None:
        """Use these groups of ``_STORED`` columns; the last may have fewer."""
        self.groups = groups

    @classmethod
    def of_size(cls, size: int) -> Self:
        """Return a table of zeros with so many rows."""
        starts = range(0, size, _STORED)
        return cls([np.zeros((size - at, min(_STORED, size - at)), dtype=np.float32) for at in starts])

    @classmethod
    def of_table(cls, table: Floats) -> Self:
        """Return the lower triangle of a table, in place."""
        return cls([table[at:, at : at + _STORED] for at in range(0, len(table), _STORED)])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.groups[0]) if self.groups else 0

    def set_rows(self, start: int, values: Floats) -> None:
        """Set adjacent rows: shape (rows, columns up to the last of them)."""
        stop = start + len(values)
        for at, group in zip(range(0, stop, _STORED), self.groups, strict=False):
            first = max(start, at)
            group[first - at : stop - at, : stop - at] = values[first - start :, at : at + group.shape[1]]

    def add_to_diagonal(self, value: np.float32) -> None:
        """Add a value to the diagonal, in place."""
        for group in self.groups:
            group[np.diag_indices(group.shape[1])] += value

    def before(self, start: int) -> Iterator[Floats]:
        """Yield all columns left of ``start``, in its row and below."""
        for at, group in zip(range(0, start, _STORED), self.groups, strict=False):
            yield group[start - at :, : start - at]

    def columns(self, start: int, stop: int) -> Floats:
        """Return columns of one group, from the row ``start`` down."""
        group, at = self.groups[start // _STORED], start // _STORED * _STORED
        return group[start - at :, start - at : stop - at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """The factor of ``kernel`` plus the ridge.

    ``panels`` are the blocks of columns from the diagonal down: shape (rows below, columns). Their upper square is the
    inverse of the diagonal block, so that solving needs only products.
    """

    panels: Sequence[Floats]

    @classmethod
    def decompose(cls, kernel: LowerTable) -> Self:
        """Factorize a symmetric table in place."""
        size = len(kernel)
        kernel.add_to_diagonal(np.float32(RIDGE))
        panels = []
        for start in range(0, size, _BLOCK):
            stop = min(start + _BLOCK, size)
            panel = kernel.columns(start, stop)
            for columns in kernel.before(start):
                panel -= columns @ columns[: stop - start].T
            inverse = np.linalg.inv(_root(panel[: stop - start].astype(np.float64))).astype(np.float32)
            panel[stop - start :] = panel[stop - start :] @ inverse.T
            panel[: stop - start] = inverse
            panels.append(panel)
        return cls(panels=panels)

    def solve(self, right: Floats, *, reach: Places | None = None) -> Floats:
        """Return the solution for each column of ``right``, in place.

        Args:
            reach: for each row, the number of leading columns that are not zero in it or above it; saves time.
        """
        for start, stop, inverse, below in self._blocks():
            columns = slice(None if reach is None else int(reach[stop - 1]))
            top = inverse @ right[start:stop, columns]
            right[start:stop, columns] = top
            right[stop:, columns] -= below @ top
        for start, stop, inverse, below in reversed(list(self._blocks())):
            right[start:stop] = inverse.T @ (right[start:stop] - below.T @ right[stop:])
        return right

    def weights(self, owner: Places) -> Floats:
        """Return the weight of each row for each article: shape (rows, articles). See ``head.goal``."""
        return self.solve(goal(owner), reach=np.maximum.accumulate(owner) + 1)

    def inverse(self) -> Floats:
        """Return the inverse of the kernel."""
        size = len(self.panels[0])
        return self.solve(np.eye(size, dtype=np.float32), reach=np.arange(1, size + 1))

    def inverse_diagonal(self, rows: Places) -> Floats:
        """Return the values on the diagonal of the kernel's inverse, for increasing positions."""
        size = sum(panel.shape[1] for panel in self.panels)
        found = np.zeros((size, len(rows)), dtype=np.float32)
        found[rows, np.arange(len(rows))] = 1
        for start, stop, inverse, below in self._blocks():
            columns = slice(int(np.searchsorted(rows, stop)))  # the others are zero this far
            top = inverse @ found[start:stop, columns]
            found[start:stop, columns] = top
            found[stop:, columns] -= below @ top
        diagonal: Floats = np.einsum("ij,ij->j", found, found)
        return diagonal

    def pack(self, *, name: str) -> memoryview:
        """Return the factor as bytes for ``unpack``."""
        return pack({str(at): panel for at, panel in enumerate(self.panels)}, name=name)

    @classmethod
    def unpack(cls, data: bytes | memoryview | None, *, name: str) -> Self | None:
        """Return the factor given to ``pack`` under this name, in place; None for any other bytes."""
        found, arrays = unpack(data)
        return cls(panels=list(arrays.values())) if arrays and found == name else None

    def _blocks(self) -> Iterator[tuple[int, int, Floats, Floats]]:
        """Yield start, stop, the inverse of the diagonal block, and the rows below it."""
        start = 0
        for panel in self.panels:
            width = panel.shape[1]
            yield start, start + width, panel[:width], panel[width:]
            start += width


def _root(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Cholesky factor of a block, of the nearest sound one if it is not positive definite.

    Similarities between unrelated questions are assumed, not computed, so a block can fail.
    """
    try:
        return np.asarray(np.linalg.cholesky(block), dtype=np.float64)
    except np.linalg.LinAlgError:
        lower = np.tril(block)
        values, axes = np.linalg.eigh(lower + np.tril(block, -1).T)
        return np.asarray(np.linalg.cholesky((axes * np.maximum(values, RIDGE)) @ axes.T), dtype=np.float64)
