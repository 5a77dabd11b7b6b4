"""Pictures for tests: real files of every kind, honest and not."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image


def drawn(width: int = 400, height: int = 300, colour: Any = "red", mode: str = "RGB") -> Image.Image:
    """Return a plain picture whose top left corner is blue."""
    image = Image.new(mode, (width, height), colour)
    if mode == "RGB":
        image.paste("blue", (0, 0, width // 4, height // 4))
    return image


def noise(width: int, height: int, *, seed: int = 1) -> Image.Image:
    """Return a picture no format makes small."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture as a file."""
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG file whose header claims to be this large, with all of it packed into a few bytes a line."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min(height, 4) * (1 + width // 8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_with_scans(more: int, *, side: int = 64) -> bytes:
    """Return a progressive photograph whose last scan is drawn so many times more."""
    raw = file_of(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = raw[raw.rfind(b"\xff\xc4") : -2]
    return raw[:-2] + last * more + b"\xff\xd9"


def opened(body: bytes) -> Image.Image:
    """Return the picture in a file, loaded."""
    image = Image.open(io.BytesIO(body))
    image.load()
    return image
