"""Learned values and vectors as checksummed bytes, safe to load."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.matching.encoder import Vectors
from knowledge.matching.features import Floats

# Serialization of learned values with a checksum, in a format that is usable in place.

# Increase when the meaning of the stored values changes. Older bytes are then ignored.
_VERSION = 9

_MAGIC = b"heia-kept"
_ALIGN = 64
# Header before the directory: magic word, length of the directory, checksums of directory and arrays.
_HEAD = len(_MAGIC) + 12

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
    view[:start] = b"".join((_MAGIC, *(checksum.to_bytes(4, "big") for checksum in sums), listing))
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
    arrays = {}
    for key, dtype, shape, start in told["arrays"]:
        count = int(np.prod(shape, dtype=np.int64))
        arrays[key] = np.frombuffer(body, dtype=np.dtype(dtype), count=count, offset=start).reshape(shape)
    return str(told["name"]), arrays


def squeeze(values: NDArray[np.uint8], *, level: bool = False) -> NDArray[np.uint8]:
    """Return small values compressed; of a bell curve of 13 values 2.8 bits each.

    ``level``: equal values stand beside each other, so that runs of them are looked for.
    """
    strategy = zlib.Z_DEFAULT_STRATEGY if level else zlib.Z_HUFFMAN_ONLY
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return np.frombuffer(packer.compress(values.tobytes()) + packer.flush(), dtype=np.uint8)


def unsqueeze(packed: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return the values given to ``squeeze``: shape (rows, columns)."""
    return np.frombuffer(zlib.decompress(packed.tobytes()), dtype=np.uint8).reshape(-1, columns)


# Bytes in front of the numbers that name the encoder: only vectors of one encoder are comparable.
_NAME: Final = 4
_MOST: Final = 127


def pack_vector(vector: Floats, *, encoder: str) -> bytes:
    """Return a unit vector with 8 bits a number; its length is restored by ``unpack_vectors``."""
    scale = _MOST / max(float(np.abs(vector).max(initial=0.0)), 1e-9)
    numbers: bytes = np.rint(vector * scale).astype(np.int8).tobytes()
    return _encoder_mark(encoder) + numbers


def same_encoder(packed: bytes, encoder: str) -> bool:
    """Return whether a packed vector comes from this encoder; an empty one comes from none."""
    return packed[:_NAME] == _encoder_mark(encoder)


def unpack_vectors(packed: Sequence[bytes]) -> Vectors:
    """Return packed vectors of one encoder as unit vectors: shape (texts, dimensions)."""
    if not packed:
        return np.zeros((0, 0), dtype=np.float32)
    rows = np.frombuffer(b"".join(vector[_NAME:] for vector in packed), dtype=np.int8).reshape(len(packed), -1)
    return unit_rows(rows.astype(np.float32))


def highest_likeness(packed: Sequence[bytes], others: Sequence[bytes]) -> float:
    """Return the highest likeness, -1 to 1, of a packed vector to one of the others; 0 if no two are comparable."""
    marks = {vector[:_NAME] for vector in packed if vector} & {vector[:_NAME] for vector in others if vector}
    return max((_highest(mark, packed, others) for mark in marks), default=0.0)


def _highest(mark: bytes, packed: Sequence[bytes], others: Sequence[bytes]) -> float:
    rows, columns = (
        unpack_vectors([vector for vector in group if vector[:_NAME] == mark]) for group in (packed, others)
    )
    return float((rows @ columns.T).max())


def in_one_direction(*vectors: Floats) -> Floats:
    """Return the unit vector between vectors, of which each counts the same: shape (dimensions,)."""
    [together] = unit_rows(np.sum(unit_rows(np.stack(vectors)), axis=0)[None])
    return np.asarray(together, dtype=np.float32)


def unit_rows(vectors: Vectors) -> Vectors:
    """Return vectors with length one; one without a length stays."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _encoder_mark(encoder: str) -> bytes:
    return digest(encoder).to_bytes(8, "big")[:_NAME]
