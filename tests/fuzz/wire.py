"""HTTP and WebSocket by hand: what no client library would send goes out as it is."""

import asyncio
import base64
import re
import struct
from dataclasses import dataclass
from typing import Final, Self

PATIENCE_SECONDS: Final = 120.0
"""Far beyond any answer: whoever waits so long has found a hang."""
QUIET_SECONDS: Final = 0.05
"""After so long without a byte, an unfinished request is taken for unanswered."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it came. ``status`` 0: the server hung up, or said nothing."""

    status: int
    head: bytes = b""
    body: bytes = b""

    @property
    def whole(self) -> bytes:
        """Head and body."""
        return self.head + self.body


HUNG_UP: Final = Answer(status=0)


class Wire:
    """One connection at a time to ``port``, opened when needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes, *, head_only: bool = False) -> Answer:
        """Send a whole request and return its answer. Raises TimeoutError: the server hangs."""
        for fresh in (False, True):
            used = self._writer is not None
            reader, writer = await self._open()
            try:
                writer.write(request)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    answer = await self._read(reader, head_only=head_only)
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                if used and not fresh:  # the server had closed an idle connection
                    continue
                return HUNG_UP
            except TimeoutError:
                await self.close()  # a late answer must not be taken for the next one
                raise
            if b"\r\nconnection: close" in answer.head.lower() or answer.status >= 400:
                await self.close()  # the body may be unread; the next request must not be taken for it
            return answer
        return HUNG_UP

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            writer, self._writer, self._reader = self._writer, None, None
            writer.transport.abort()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    async def _read(self, reader: asyncio.StreamReader, *, head_only: bool) -> Answer:
        head = await reader.readuntil(b"\r\n\r\n")
        found = _STATUS.match(head)
        status = int(found[1]) if found else 0
        length = _LENGTH.search(head)
        if head_only or status in {204, 304} or 100 <= status < 200:
            return Answer(status=status, head=head)
        if _CHUNKED.search(head):
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
            return Answer(status=status, head=head, body=body)
        body = await reader.readexactly(int(length[1])) if length else await reader.read()
        return Answer(status=status, head=head, body=body)


async def converse(port: int, pieces: tuple[bytes, ...]) -> Answer:
    """Send bytes over a connection of their own, piece by piece; return all that comes back until it is quiet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        while len(heard) < 1_000_000:
            async with asyncio.timeout(QUIET_SECONDS):
                if not (more := await reader.read(65_536)):
                    break
                heard += more
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    statuses = [int(each) for each in _STATUS.findall(heard)]
    return Answer(status=max(statuses, default=0), head=heard)


class Socket:
    """A WebSocket that sends whatever frames it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.closed: int | None = None

    @classmethod
    async def dial(cls, port: int, *headers: str) -> Self | None:
        """Open a socket to the chat; None when it is refused."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = (
            "GET /chat/socket HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
            *headers,
        )
        writer.write("\r\n".join((*lines, "", "")).encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            writer.transport.abort()
            return None
        return cls(reader, writer)

    def send(self, payload: bytes, kind: int = TEXT) -> None:
        """Send one proper frame."""
        self.send_raw(frame(payload, kind))

    def send_raw(self, raw: bytes) -> None:
        """Send bytes as they are."""
        if self.closed is None and not self._writer.is_closing():
            self._writer.write(raw)

    async def receive(self) -> bytes | None:
        """Return the next text of the server's; None when it has hung up, ``closed`` then says with which code.

        Raises TimeoutError: the server hangs.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.closed is None:
                    first, second = await self._reader.readexactly(2)
                    length = second & 0x7F
                    if length >= 126:
                        wide = await self._reader.readexactly(2 if length == 126 else 8)
                        length = int.from_bytes(wide, "big")
                    payload = await self._reader.readexactly(length)
                    match first & 0x0F:
                        case 1 | 2:
                            return payload
                        case 8:
                            self.closed = int.from_bytes(payload[:2], "big")
                        case 9:
                            self.send(payload, PONG)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.closed = self.closed or 0
        except TimeoutError:
            self.hang_up()
            raise
        self._writer.transport.abort()
        return None

    async def drain(self) -> bytes:
        """Return all that comes until it is quiet, and hang up."""
        heard = b""
        try:
            while True:
                async with asyncio.timeout(QUIET_SECONDS):
                    if (more := await self.receive()) is None:
                        break
                heard += more + b"\n"
        except TimeoutError:
            pass
        self.hang_up()
        return heard

    def hang_up(self) -> None:
        """Cut the connection."""
        self.closed = self.closed or 0
        self._writer.transport.abort()


def frame(
    payload: bytes, kind: int = TEXT, *, flags: int = 0x80, mask: bool = True, claims: int | None = None
) -> bytes:
    """Return a client's frame; ``claims`` is the length its header names, if another than the true one."""
    length = len(payload) if claims is None else claims
    masked = 0x80 if mask else 0
    if length < 126:
        head = struct.pack("!BB", flags | kind, masked | length)
    elif length < 65_536:
        head = struct.pack("!BBH", flags | kind, masked | 126, length)
    else:
        head = struct.pack("!BBQ", flags | kind, masked | 127, length)
    return head + (bytes(4) if mask else b"") + payload  # a mask of zeros leaves the payload as it is
