"""Place of the socket, and the frames on it: four bytes of length, then JSON in ASCII.

The folder is opened and the socket is named relative to it, because the kernel takes addresses of 107 bytes at most.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from bot.stores.document import from_json, to_json

FOLDER: Final = "local"
SOCKET: Final = "heia.sock"
_WAITING: Final = 16
_CONNECT_SECONDS: Final = 5.0
_CREDENTIALS: Final = struct.Struct("iII")  # process, user, group: see unix(7)


@contextmanager
def listening_socket(data_dir: Path) -> Iterator[socket.socket]:
    """Yield a bound and listening socket, and remove it at the end.

    Only the process that has locked the data folder may call this: it replaces a socket that a killed bot left.
    """
    with _within(data_dir / FOLDER) as folder, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
        os.chmod(folder, 0o700)  # one that was there already, such as from a copy, may be open to others
        with suppress(FileNotFoundError):
            os.unlink(folder / SOCKET)
        opened.bind(str(folder / SOCKET))
        try:
            os.chmod(folder / SOCKET, 0o600)  # before it listens, so that no other user can be the first
            opened.listen(_WAITING)
            opened.setblocking(False)
            yield opened
        finally:
            with suppress(FileNotFoundError):
                os.unlink(folder / SOCKET)


def connected_socket(data_dir: Path) -> socket.socket | None:
    """Return a socket connected to the running bot; None when none listens. Raises OSError."""
    if not (data_dir / FOLDER).is_dir():
        return None
    with _within(data_dir / FOLDER) as folder:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(_CONNECT_SECONDS)
        try:
            opened.connect(str(folder / SOCKET))
        except (FileNotFoundError, ConnectionRefusedError):
            opened.close()
            return None
        except BaseException:
            opened.close()
            raise
    if peer_user(opened) != os.geteuid():
        opened.close()
        raise PermissionError(f"{data_dir / FOLDER / SOCKET} belongs to another user")
    opened.setblocking(False)
    return opened


def peer_user(connected: socket.socket) -> int:
    """Return the user id of the process at the other end, as the kernel knows it."""
    credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(credentials)
    return int(user)


@contextmanager
def _within(folder: Path) -> Iterator[Path]:
    """Yield a short path to the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


# Frames on the socket: four bytes of length, then JSON in ASCII.

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
