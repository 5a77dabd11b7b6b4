"""Removal of everything but the visible pixels from images.

Only the pixels are kept, in a new image: no location, camera data, earlier versions, content under transparency or
after the end of the picture, or any other data from the file. Large images take seconds, so this must run in a thread.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PIL import Image

from bot.ports import StoredImage
from dialogs.core.event import Refusal

# Number of scans of a JPEG.

# A marker as decoders see one: fill bytes before it are skipped, and restart markers belong to a scan.
_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])", re.DOTALL)
_ALONE: Final = frozenset({0x01, 0xD8})
_SCAN, _END, _SIZE_BYTES = 0xDA, 0xD9, 2


def more_scans_than(raw: bytes, most: int) -> bool:
    """Return whether the JPEG in ``raw`` has more than ``most`` scans.

    Bytes after its end do not count.
    """
    scans = at = 0
    while marker := _MARKER.search(raw, at):
        kind, at = marker[1][0], marker.end()
        if kind == _END:
            return False
        if kind == _SCAN:
            scans += 1
            if scans > most:
                return True
        if kind not in _ALONE:
            at += max(int.from_bytes(raw[at : at + _SIZE_BYTES]), _SIZE_BYTES)
    return False


MAX_BYTES: Final = 10 * 1024 * 1024
# A photograph of a new phone; a screenshot of three large screens side by side. Anything larger is a bomb or a
# poster.
MAX_PIXELS: Final[Mapping[str, int]] = {"JPEG": 50_000_000, "PNG": 27_000_000, "GIF": 27_000_000, "WEBP": 27_000_000}
# Of guests: a photograph, or a screenshot of one large screen.
MAX_PIXELS_OF_GUEST: Final[Mapping[str, int]] = {
    "JPEG": 25_000_000,
    "PNG": 9_000_000,
    "GIF": 9_000_000,
    "WEBP": 9_000_000,
}
# Programs write about ten; a file of ten megabytes has room for a hundred thousand, which take hours to decode.
MAX_SCANS: Final = 32
LONGEST_SIDE: Final = 1600
HEAVY_BYTES: Final = 1_500_000
# Longest side in pixels and JPEG quality, tried in turn; below the last one a screenshot is unreadable.
SMALL: Final = ((1024, 80), (1024, 60), (1024, 45), (800, 60), (800, 45))


class ImageRefused(Exception):
    """The bytes are not an acceptable image."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A file type, detected from the first bytes, never the name."""

    format: str
    media_type: str


def kind_of(raw: bytes) -> Kind | None:
    """Return the file type according to the first bytes; None for unsupported types."""
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind(format="PNG", media_type="image/png")
    if raw.startswith(b"\xff\xd8\xff"):
        return Kind(format="JPEG", media_type="image/jpeg")
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return Kind(format="GIF", media_type="image/gif")
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return Kind(format="WEBP", media_type="image/webp")
    return None


def clean(raw: bytes, *, most_pixels: Mapping[str, int] = MAX_PIXELS) -> StoredImage:
    """Return the image redrawn: upright, opaque, still, at most 1600 pixels long. Raises ImageRefused.

    Args:
        most_pixels: width times height that are decoded, by format.
    """
    if len(raw) > MAX_BYTES:
        raise ImageRefused(Refusal.TOO_LARGE)
    kind = kind_of(raw)
    if kind is None:
        raise ImageRefused(Refusal.NOT_IMAGE)
    if kind.format == "JPEG" and more_scans_than(raw, MAX_SCANS):
        raise ImageRefused(Refusal.TOO_LARGE)
    try:
        # Only the detected decoder: otherwise Pillow tries every format it knows. This reads the header only.
        with Image.open(io.BytesIO(raw), formats=[kind.format]) as opened:
            if opened.width * opened.height > most_pixels[kind.format]:
                raise ImageRefused(Refusal.TOO_LARGE)
            # A JPEG decoder can scale down while it decodes, which saves time and memory.
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            pixels = _drawn_anew(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise ImageRefused(Refusal.TOO_LARGE) from bomb
    except ImageRefused:
        raise
    except Exception as broken:  # the decoders document no complete list of exceptions for malformed bytes
        raise ImageRefused(Refusal.NOT_IMAGE) from broken
    return _written(pixels, photograph=kind.format == "JPEG")


def shrink(image: StoredImage, *, most_bytes: int) -> StoredImage | None:
    """Return the image in at most ``most_bytes``.

    None: it would be unreadable at that size.
    """
    if len(image.body) <= most_bytes:
        return image
    with Image.open(io.BytesIO(image.body), formats=["PNG", "JPEG"]) as opened:
        pixels = opened.convert("RGB")
    for side, quality in SMALL:
        pixels.thumbnail((side, side), Image.Resampling.LANCZOS)
        body = _jpeg(pixels, quality)
        if len(body) <= most_bytes:
            return StoredImage(body=body, media_type="image/jpeg")
    return None


def _drawn_anew(opened: Image.Image) -> Image.Image:
    """Return a new image: the first frame on a white background."""
    frame: Image.Image = opened
    if frame.mode.startswith("I"):  # 16 bits a pixel; converting would cut off values instead of scaling them
        frame = frame.point(lambda value: value / 256).convert("L")
    see_through = frame.mode in {"RGBA", "LA", "PA"} or "transparency" in frame.info
    frame = frame.convert("RGBA" if see_through else "RGB")
    frame.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    formatter = Image.new("RGB", frame.size, "white")
    formatter.paste(frame, mask=frame.getchannel("A") if see_through else None)
    turned = _turn_of(opened)
    return formatter.transpose(turned) if turned is not None else formatter


_TURNS: Final[Mapping[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION: Final = 0x0112


def _turn_of(opened: Image.Image) -> Image.Transpose | None:
    """Return the rotation from the Exif orientation; None if it is missing or invalid."""
    try:
        return _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # as in ``clean``: the decoders document no complete list of exceptions
        return None


def _written(pixels: Image.Image, *, photograph: bool) -> StoredImage:
    """Return photographs as JPEG, others as PNG.

    PNG keeps letters sharp; a PNG above ``HEAVY_BYTES`` becomes a JPEG too.
    """
    if not photograph:
        written = io.BytesIO()
        pixels.save(written, "PNG")
        if written.tell() <= HEAVY_BYTES:
            return StoredImage(body=written.getvalue(), media_type="image/png")
    return StoredImage(body=_jpeg(pixels, 85), media_type="image/jpeg")


def _jpeg(pixels: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    pixels.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
