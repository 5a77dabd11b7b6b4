"""The bot's end of the socket: carries out the calls of commands, one after another on each connection."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Commit
from bot.stores.document import to_json
from bot.stores.remote.address import (
    MAX_HELLO_BYTES,
    PORTION_BYTES,
    PROTOCOL,
    BadFrame,
    frame_of,
    json_frame,
    peer_user,
    read_frame,
)
from bot.stores.remote.values import STOPPED, Call, calls, encoder, fault_document
from bot.stores.tiny.store import TinyStore

MAX_CONNECTIONS: Final = 64
HELLO_SECONDS: Final = 5.0
# When there is no room for another command, one that has neither written nor read for so long makes it: stopped, or
# waiting for an answer of its user.
SILENT_SECONDS: Final = 30.0
# How long running calls may take at the stop of the bot.
FINISH_SECONDS: Final = 5.0
LAST_WORDS_SECONDS: Final = 1.0
# A connection pauses after each call for this share of its duration, so that turns of people come between.
REST_SHARE: Final = 0.5
MAX_REST_SECONDS: Final = 0.05
# Calls that wait and do no work.
_WAITING: Final = frozenset({"wait_for_post"})
# Steps of the loop from an accepted connection to ``_accept``.
_STEPS_TO_HAND_OVER: Final = 3
# Items encoded between two looks at the loop.
_ITEMS_AT_ONCE: Final = 50


class _Refused(Exception):
    """The connection is refused; the text describes the remedy."""


class _Peer:
    """The command at the other end of a connection.

    Attributes:
        held: holds of files that it has not released.
        silent_since: since when the bot waits for it to write or to read; None while the bot works for it.
    """

    def __init__(self, writer: asyncio.StreamWriter, seconds: Callable[[], float]) -> None:
        self.writer = writer
        self._seconds = seconds
        self.held = 0
        self.silent_since: float | None = None

    def write(self, frame: bytes) -> None:
        self.writer.write(frame)

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Note that the bot waits for the command in the block."""
        self.silent_since = self._seconds()
        try:
            yield
        finally:
            self.silent_since = None

    async def drain(self) -> None:
        """Wait until the command has read most of the written data. Raises ConnectionError."""
        with self.awaited():
            await self.writer.drain()

    def abort(self) -> None:
        """End the connection without its unread rest."""
        self.silent_since = None
        self.writer.transport.abort()

    async def closed(self) -> None:
        """Close a connection after its last words, or without them when the command does not read."""
        self.writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self.writer.wait_closed()
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()

    @property
    def socket(self) -> socket.socket:
        """The connected socket."""
        connected: socket.socket = self.writer.get_extra_info("socket")
        return connected


class StoreServer:
    """Serves a tiny store to commands of the same user and the same program version.

    A call that was received whole is carried out whole, even when its command has gone.
    """

    def __init__(
        self,
        *,
        store: TinyStore,
        version: str,
        log: FilteringBoundLogger,
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._store = store
        self._version = version
        self._log = log
        self._seconds = seconds
        self._connections: dict[asyncio.Task[None], _Peer] = {}
        self._idle: set[asyncio.Task[None]] = set()
        self._stopping = False

    @asynccontextmanager
    async def serving(self, listening: socket.socket) -> AsyncIterator[None]:
        """Answer on a listening socket until the block ends; then finish running calls."""
        server = await asyncio.start_unix_server(self._accept, sock=listening)
        try:
            yield
        finally:
            asyncio.get_running_loop().remove_reader(listening)
            for _ in range(_STEPS_TO_HAND_OVER):
                await asyncio.sleep(0)  # a server that is closed in between loses the accepted connection
            server.close()
            await self._stop()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _Peer(writer, self._seconds)
        task = asyncio.ensure_future(self._connection(reader, peer))
        self._connections[task] = peer
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._connections.pop(task).close()
        if not task.cancelled() and task.exception() is not None:
            self._log.error("command_connection_failed", exc_info=task.exception())

    async def _stop(self) -> None:
        self._stopping = True
        peers = list(self._connections.values())
        for task in self._idle:
            task.cancel()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for peer in peers:
            await peer.closed()

    async def _connection(self, reader: asyncio.StreamReader, peer: _Peer) -> None:
        try:
            if not await self._greeted(reader, peer):
                return
            while (request := await self._next(reader, peer)) is not None:
                began = self._seconds()
                name = str(request.get("call"))
                if await self._answer(request, peer):
                    peer.held += {"hold_files": 1, "release_files": -1}.get(name, 0)
                if name not in _WAITING:
                    await asyncio.sleep(min((self._seconds() - began) * REST_SHARE, MAX_REST_SECONDS))
        except (ConnectionError, asyncio.IncompleteReadError, BadFrame, TimeoutError):
            return  # the command ended, or is none of this program
        except asyncio.CancelledError:
            with suppress(OSError, RuntimeError):
                peer.write(json_frame({"fault": {"kind": "unavailable", "text": "", "cause": STOPPED}}))
        finally:
            for _ in range(peer.held):
                await self._store.release_files()

    async def _next(self, reader: asyncio.StreamReader, peer: _Peer) -> dict[str, Any] | None:
        task = asyncio.current_task()
        if self._stopping or task is None:
            raise asyncio.CancelledError
        self._idle.add(task)
        try:
            with peer.awaited():
                return await read_frame(reader)
        finally:
            self._idle.discard(task)

    async def _greeted(self, reader: asyncio.StreamReader, peer: _Peer) -> bool:
        """Check the other end and greet it; return whether it may call."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                self._check(peer.socket, await read_frame(reader, most_bytes=MAX_HELLO_BYTES))
        except _Refused as refusal:
            peer.write(json_frame({"fault": {"kind": "refused", "text": str(refusal)}}))
            await peer.drain()
            return False
        peer.write(json_frame({"result": {"version": self._version, "protocol": PROTOCOL}}))
        await peer.drain()
        return True

    def _check(self, connected: socket.socket, hello: dict[str, Any] | None) -> None:
        user = peer_user(connected)
        if user != os.geteuid():
            raise _Refused("The bot runs as another user: run commands as that user, with sudo -u. Nothing was done.")
        if len(self._connections) > MAX_CONNECTIONS and not self._make_room():
            raise _Refused("Too many commands run beside the bot. Try again when one has ended. Nothing was done.")
        given = {} if hello is None else hello
        if (given.get("version"), given.get("protocol")) != (self._version, PROTOCOL):
            theirs = given.get("version", "?")
            raise _Refused(
                f"The running bot is Heia {self._version}, and this command is Heia {theirs}. Restart the bot, so that "
                "both are the same, and run the command again. Nothing was done."
            )

    def _make_room(self) -> bool:
        """End the connection that has been silent longest, if that is long enough; return whether there was one."""
        silent = [peer for peer in self._connections.values() if peer.silent_since is not None and not peer.held]
        longest = min(silent, key=lambda peer: peer.silent_since or 0.0, default=None)
        if longest is None or self._seconds() - (longest.silent_since or 0.0) < SILENT_SECONDS:
            return False
        longest.abort()
        return True

    async def _answer(self, request: dict[str, Any], peer: _Peer) -> bool:
        """Answer a request; return whether it was carried out."""
        try:
            call = calls().get(str(request.get("call")))
            if call is None:
                raise ValueError(f"no call {request.get('call')!r}")
            await self._carry_out(call, call.decode(request.get("arguments", {})), peer)
        except ConnectionError:
            raise
        except Exception as fault:
            document = fault_document(fault)
            if document is None:
                self._log.error("command_call_failed", call=str(request.get("call")), exc_info=fault)
                text = "The running bot failed at this; its log has the fault."
                document = {"kind": "unavailable", "text": text, "cause": "internal"}
            peer.write(json_frame({"fault": document}))
            await peer.drain()
            return False
        await peer.drain()
        return True

    async def _carry_out(self, call: Call, arguments: dict[str, Any], peer: _Peer) -> None:
        if call.name in {"get", "find", "find_any"}:
            await _send_documents(self._documents(call.name, arguments), peer)
            return
        result = await getattr(self._store, call.name)(**arguments)
        if call.name == "commit":
            commit: Commit = arguments["commit"]
            self._store.announce_news(commit.news)
        if call.item is None:
            peer.write(json_frame({"result": encoder(call.result)(result)}))
        else:
            await _send_items(result, call.item, peer)

    def _documents(self, name: str, arguments: dict[str, Any]) -> list[bytes]:
        """Return records as they are stored, so that the bot spends no time on decoding them."""
        if name == "get":
            return self._store.get_documents(**arguments)
        return (
            self._store.find_documents(**arguments) if name == "find" else self._store.find_any_documents(**arguments)
        )


async def _send_items(items: Sequence[Any], kind: Any, peer: _Peer) -> None:
    encode = encoder(kind)
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        await _send_documents([to_json(encode(item)) for item in items[start : start + _ITEMS_AT_ONCE]], peer, end=b"")
        await asyncio.sleep(0)
    peer.write(json_frame({"result": None}))


async def _send_documents(documents: Iterable[bytes], peer: _Peer, *, end: bytes | None = None) -> None:
    """Send JSON documents in portions. The next portion waits until the command has read most of those before."""
    portion: list[bytes] = []
    size = 0
    for document in documents:
        portion.append(document)
        size += len(document)
        if size >= PORTION_BYTES:
            peer.write(_portion(portion))
            portion, size = [], 0
            await peer.drain()
            await asyncio.sleep(0)
    if portion:
        peer.write(_portion(portion))
        await peer.drain()
    if end is None:
        peer.write(json_frame({"result": None}))


def _portion(documents: Iterable[bytes]) -> bytes:
    return frame_of(b'{"items":[' + b",".join(documents) + b"]}")
