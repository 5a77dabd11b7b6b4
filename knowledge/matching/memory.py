"""Serialization of trained values, in a format that is usable in place: from memory or a mapped file."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.encoder import Encoder, Vectors

# Increase when the meaning of the stored values changes. Older bytes are then ignored.
_VERSION = 8

_MAGIC = b"heia-kept"
_ALIGN = 64
# Header before the directory: magic word, length of the directory, checksums of directory and arrays.
_HEAD = len(_MAGIC) + 12

# Steps of a number on each side of zero.
_LARGEST = 6

Arrays = Mapping[str, NDArray[Any]]
Names = NDArray[np.uint64]


def digest(*parts: str) -> int:
    """Return a 64-bit hash of a sequence of texts.

    Collisions are improbable enough to ignore.
    """
    whole = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big") + data)
    return int.from_bytes(whole.digest(), "big")


def pack(arrays: Arrays, *, name: str) -> memoryview:
    """Return the arrays as bytes for ``unpack``. Each is copied once, for the largest take gigabytes."""
    directory: list[tuple[str, str, tuple[int, ...], int]] = []
    size = 0
    for key, array in arrays.items():
        directory.append((key, array.dtype.str, array.shape, size))
        size += array.nbytes + -array.nbytes % _ALIGN
    listing = json.dumps({"version": _VERSION, "name": name, "arrays": directory}).encode()
    listing += b" " * (-(_HEAD + len(listing)) % _ALIGN)
    start = _HEAD + len(listing)
    whole = bytearray(start + size)
    for array, (_, _, shape, at) in zip(arrays.values(), directory, strict=True):
        np.frombuffer(whole, dtype=array.dtype, count=array.size, offset=start + at).reshape(shape)[...] = array
    view = memoryview(whole)
    sums = (len(listing), zlib.crc32(listing), zlib.crc32(view[start:]))
    view[:start] = b"".join((_MAGIC, *(each.to_bytes(4, "big") for each in sums), listing))
    return view.toreadonly()


def unpack(data: bytes | memoryview | None) -> tuple[str, dict[str, NDArray[Any]]]:
    """Return the name and the arrays given to ``pack``.

    The arrays are read-only views of ``data``.

    The result is empty if ``data`` is None, damaged, or of another version.
    """
    whole = memoryview(data or b"")
    if len(whole) < _HEAD or bytes(whole[: len(_MAGIC)]) != _MAGIC:
        return "", {}
    size, listed, summed = (int.from_bytes(whole[at : at + 4], "big") for at in range(len(_MAGIC), _HEAD, 4))
    listing, body = whole[_HEAD : _HEAD + size], whole[_HEAD + size :]
    if len(listing) != size or zlib.crc32(listing) != listed or zlib.crc32(body) != summed:
        return "", {}
    told = json.loads(bytes(listing))
    if told["version"] != _VERSION:
        return "", {}
    found = {}
    for key, dtype, shape, start in told["arrays"]:
        count = int(np.prod(shape, dtype=np.int64))
        found[key] = np.frombuffer(body, dtype=np.dtype(dtype), count=count, offset=start).reshape(shape)
    return str(told["name"]), found


def squeeze(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return small values with a Huffman code: of a bell curve of 13 values 2.8 bits each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
    return np.frombuffer(packer.compress(values.tobytes()) + packer.flush(), dtype=np.uint8)


def unsqueeze(packed: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return the values given to ``squeeze``: shape (rows, columns)."""
    return np.frombuffer(zlib.decompress(packed.tobytes()), dtype=np.uint8).reshape(-1, columns)


@dataclass(slots=True)
class Vocabulary:
    """Cache of vectors by text, so that the encoder encodes no text twice.

    ``names`` increases; ``rows`` are the vectors in half precision: shape (texts, dimensions).
    """

    names: Names = field(default_factory=lambda: np.zeros(0, np.uint64))
    rows: NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 0), np.float16))

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts without a vector, each once."""
        unknown = {digest(text): text for text in texts}
        found = self._places(np.array(list(unknown), dtype=np.uint64))
        return [text for text, at in zip(unknown.values(), found, strict=True) if at < 0]

    def encode_missing(self, texts: Sequence[str], encoder: Encoder) -> None:
        """Encode the texts that have no vector."""
        missing = self.missing(texts)
        if missing:
            self.add(np.array([digest(text) for text in missing], dtype=np.uint64), encoder.encode(missing))

    def add(self, names: Names, rows: NDArray[Any]) -> None:
        """Add vectors under the names of their texts; existing ones stay."""
        new = self._places(names) < 0
        if not new.any():
            return
        names = np.concatenate([self.names, names[new]])
        fresh = rows[new].astype(np.float16)
        both = np.concatenate([self.rows, fresh]) if len(self.rows) else fresh
        order = np.argsort(names)
        self.names, self.rows = names[order], both[order]

    def vectors_of(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of known texts.

        Raises:
            KeyError: for a text without a vector.
        """
        at = self._places(np.array([digest(text) for text in texts], dtype=np.uint64))
        if (at < 0).any():
            raise KeyError(texts[int(np.argmax(at < 0))])
        return self.rows[at].astype(np.float32)

    def only(self, texts: Sequence[str]) -> Vocabulary:
        """Return a vocabulary of only these texts."""
        names = np.unique(np.array([digest(text) for text in texts], dtype=np.uint64))
        at = self._places(names)
        return Vocabulary(names=names[at >= 0], rows=self.rows[at[at >= 0]])

    def ship(self, *, encoder: str) -> bytes:
        """Return it as bytes for ``shipped``: 13 steps per number and one scale per row."""
        rows = self.rows.astype(np.float32)
        scale = np.maximum(np.abs(rows).max(axis=1, initial=1e-9), 1e-9) / _LARGEST
        small = (np.rint(rows / scale[:, None]) + _LARGEST).astype(np.uint8)
        arrays = {"names": self.names, "squeezed": squeeze(small), "scale": scale.astype(np.float32)}
        sizes = {"width": np.array(rows.shape[1]), "steps": np.array(_LARGEST)}
        return bytes(pack({**arrays, **sizes}, name=f"vocabulary of {encoder}"))

    @classmethod
    def shipped(cls, data: bytes | memoryview | None, *, encoder: str) -> Self:
        """Return the vocabulary given to ``ship``; empty for other bytes or another encoder."""
        name, found = unpack(data)
        if name != f"vocabulary of {encoder}":
            return cls()
        if "rows" in found:  # of versions before: 8 bits per number
            rows = found["rows"].astype(np.float32)
        elif "steps" not in found:  # without them the numbers have no zero
            return cls()
        else:
            rows = unsqueeze(found["squeezed"], int(found["width"])).astype(np.float32) - float(found["steps"])
        return cls(names=found["names"], rows=(rows * found["scale"][:, None]).astype(np.float16))

    def _places(self, names: Names) -> NDArray[np.int64]:
        """Return the position of each name, -1 if missing."""
        if not len(self.names):
            return np.full(len(names), -1)
        at = np.minimum(np.searchsorted(self.names, names), len(self.names) - 1)
        return np.where(self.names[at] == names, at, -1)
