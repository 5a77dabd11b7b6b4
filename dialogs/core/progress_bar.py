"""A progress bar as a small image, since cards of version 1.5 have no such element."""

import base64
import struct
import zlib
from functools import lru_cache
from typing import Final

WIDTH, HEIGHT = 240, 12
# Drawn at twice the size, for sharp edges on dense screens. The number of different images stays small.
_SCALE: Final = 2
_STEPS: Final = 20
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Transparent, done and rest: at least 3:1 against white and against #1a1a1a for the done part.
_COLOURS: Final = b"\x00\x00\x00\x3a\x9a\x5b\x8a\x8a\x8a"
_OPACITY: Final = bytes((0, 255, 90))


@lru_cache(maxsize=_STEPS + 1)
def _image(filled: int) -> str:
    """Return the PNG as a data URI; ``filled`` of ``_STEPS`` parts are done."""
    width, height = WIDTH * _SCALE, HEIGHT * _SCALE
    radius, end = height / 2, width * filled / _STEPS
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            from_middle = max(radius - (x + 0.5), (x + 0.5) - (width - radius), 0.0)
            inside = from_middle**2 + (y + 0.5 - radius) ** 2 <= radius**2
            rows.append((1 if x < end else 2) if inside else 0)
    parts = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", _COLOURS),
        _chunk(b"tRNS", _OPACITY),
        _chunk(b"IDAT", zlib.compress(bytes(rows), 9)),
        _chunk(b"IEND", b""),
    )
    return f"data:image/png;base64,{base64.b64encode(_SIGNATURE + b''.join(parts)).decode()}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bar_image(done: int, total: int) -> str:
    """Return the bar of ``done`` parts of ``total``. It is full or empty only when all or nothing is done."""
    filled = round(_STEPS * done / total) if total else 0
    if 0 < done < total:
        filled = min(max(filled, 1), _STEPS - 1)
    return _image(min(filled, _STEPS))
