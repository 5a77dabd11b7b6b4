"""Frames on the socket: four bytes of length, then JSON in ASCII."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from bot.stores.document import from_json, to_json

# Raised when frames or calls change their meaning.
PROTOCOL: Final = 1
# A commit is one frame, because it is one step: the largest, an import at once of 1,000 people, has about 1 MB.
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_HELLO_BYTES: Final = 4 * 1024
# Of a portion of a long answer: the loop serves others after each.
PORTION_BYTES: Final = 64 * 1024
_LENGTH_BYTES: Final = 4


class BadFrame(Exception):
    """The other end sent something that is no frame of this protocol, or one that is too long."""


def frame_of(payload: bytes) -> bytes:
    """Return a frame. Raises ValueError for a payload that is too long."""
    if len(payload) > MAX_BYTES:
        raise ValueError(f"{len(payload):,} bytes are too many for one step; the most are {MAX_BYTES:,}")
    return len(payload).to_bytes(_LENGTH_BYTES, "big") + payload


def json_frame(value: Mapping[str, Any]) -> bytes:
    """Return a frame of JSON. Raises TypeError or ValueError for values that JSON cannot represent."""
    return frame_of(to_json(value))


async def read_frame(reader: asyncio.StreamReader, *, most_bytes: int = MAX_BYTES) -> dict[str, Any] | None:
    """Return the next frame; None at the end. Raises BadFrame, ConnectionError, IncompleteReadError in a frame."""
    try:
        head = await reader.readexactly(_LENGTH_BYTES)
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None
    length = int.from_bytes(head, "big")
    if length > most_bytes:
        raise BadFrame(f"a frame of {length:,} bytes")
    payload = await reader.readexactly(length)
    try:
        value = from_json(payload)
    except (ValueError, RecursionError) as fault:
        raise BadFrame("a frame that is not JSON") from fault
    if not isinstance(value, dict):
        raise BadFrame("a frame without fields")
    return value
