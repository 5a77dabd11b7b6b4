"""Place of the socket: a folder in the data folder that only the bot's own user can enter.

The folder is opened and the socket is named relative to it, because the kernel takes addresses of 107 bytes at most.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

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
