"""The HTTP server: aiohttp's, with deadlines, connection caps and silent error answers.

aiohttp 3.14 allows a client 75 s to an hour for a request's headers, any time for its body, and quotes a malformed line
in its answer. The three classes here change that at aiohttp's extension points.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from bot.edge.headers import add_missing_headers, security_headers
from bot.edge.source import SourceRule, key_of, read_address

RETRY_SECONDS: Final = 5
CONTINUE: Final = "100-continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Deadlines in seconds, and connection limits.

    Attributes:
        header_seconds: from a connection's start, or a request's first byte, to the end of the headers.
        body_idle_seconds: longest pause within a body.
        body_seconds: longest time for a whole body; 10 MB in it need 0.7 Mbit/s.
        idle_seconds: lifetime of an idle connection between requests.
        connections: open connections in total.
        connections_an_address: open connections of one peer that is neither a proxy nor shared.
    """

    header_seconds: float = 15.0
    body_idle_seconds: float = 20.0
    body_seconds: float = 120.0
    idle_seconds: float = 75.0
    connections: int = 10_000
    connections_an_address: int = 200


def _ignore(reason: str) -> None:
    return


def _pass_over(where: str, fault: BaseException) -> None:
    return


@dataclass(kw_only=True)
class ConnectionGuard:
    """Limits and counts shared by all connections of a server.

    Args:
        refused: counts refusals by reason.
        log_fault: logs a bug that escaped every middleware.
    """

    limits: HttpLimits = field(default_factory=HttpLimits)
    rule: SourceRule = field(default_factory=SourceRule)
    headers: Mapping[str, str] = field(default_factory=security_headers)
    refused: Callable[[str], None] = _ignore
    log_fault: Callable[[str, BaseException], None] = _pass_over
    _open: Counter[str] = field(default_factory=Counter)
    _total: int = 0

    def admit(self, peer: str) -> str | None:
        """Count a connection and return its key; None if it exceeds a limit."""
        address = read_address(peer)
        key = "" if address is None or self.rule.gathers_many(address) else key_of(address)
        if self._total >= self.limits.connections:
            self.refused("connections")
            return None
        if key and self._open[key] >= self.limits.connections_an_address:
            self.refused("connections_of_address")
            return None
        self._total += 1
        if key:
            self._open[key] += 1
        return key

    def release(self, key: str) -> None:
        """Release a connection that was admitted under ``key``."""
        self._total -= 1
        if key:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


# Key of the connection guard in an application.
GUARD: Final = web.AppKey("heia.guard", ConnectionGuard)


class BodyTooSlow(web.RequestPayloadError):
    """The body did not arrive in time."""


class _Bare(web.Response):
    """A response outside every application, which no ``on_response_prepare`` completes."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status=status, text=_error(status), content_type="application/json")
        self._security = headers

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        add_missing_headers(self, self._security)


class GuardedConnection(RequestHandler):
    """One connection under the guard's limits."""

    __slots__ = ("_body", "_body_began", "_deadline", "_guard", "_in_headers", "_key", "_timer")

    def __init__(self, manager: web.Server, *, guard: ConnectionGuard, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._guard = guard
        self._key: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: float | None = None
        self._in_headers = False
        self._body: StreamReader | None = None
        self._body_began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or answer 503 and close it."""
        peer = transport.get_extra_info("peername")
        self._key = self._guard.admit(str(peer[0]) if isinstance(peer, tuple) else "")
        if self._key is None:
            self._force_close = True
            if isinstance(transport, asyncio.WriteTransport):
                transport.write(_raw(HTTPStatus.SERVICE_UNAVAILABLE, self._guard.headers))
            transport.close()
            return
        super().connection_made(transport)
        self._in_headers = True
        self._set_deadline(self._loop.time() + self._guard.limits.header_seconds)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release the connection's place."""
        if self._key is not None:
            self._guard.release(self._key)
            self._key = None
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)
        if self._body is not None and self._current_request is None and not self._body.is_eof():
            # aiohttp would go on waiting ten seconds for the rest of the body of an answered request.
            self._body.feed_eof()

    def data_received(self, data: bytes) -> None:
        """Receive bytes, and set the deadline for the following ones."""
        super().data_received(data)
        if data and not self._force_close:
            self._watch()

    def _watch(self) -> None:
        now, limits = self._loop.time(), self._guard.limits
        body = self._open_body()
        if self._upgraded:
            self._in_headers, self._deadline = False, None
        elif body is not None:
            if body is not self._body:
                self._body, self._body_began = body, now
            self._in_headers = False
            self._set_deadline(min(now + limits.body_idle_seconds, self._body_began + limits.body_seconds))
        elif self._messages or self._current_request is not None:  # complete: now the server takes the time
            self._in_headers, self._deadline, self._body = False, None, None
        elif not self._in_headers:
            self._in_headers = True
            self._set_deadline(now + limits.header_seconds)

    def _open_body(self) -> StreamReader | None:
        """Return the body that is arriving now."""
        newest: StreamReader | None = None
        if self._messages:
            newest = self._messages[-1][1]
        elif self._current_request is not None:
            newest = self._current_request.content
        return newest if newest is not None and not newest.is_eof() else None

    def _set_deadline(self, at: float) -> None:
        self._deadline = at
        # Moving a deadline further away costs nothing: the timer checks again when it fires.
        if self._timer is None or self._timer.when() > at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None or self._force_close:
            return
        now = self._loop.time()
        if self._reading_paused and not self._in_headers:  # the handler is not reading, so the client is not late
            self._set_deadline(now + self._guard.limits.body_idle_seconds)
        elif now < self._deadline:
            self._set_deadline(self._deadline)
        else:
            self._deadline = None
            self._expire()

    def _expire(self) -> None:
        request = self._current_request
        if self._in_headers or request is None or request.content.is_eof():
            self._guard.refused("slow_headers" if self._in_headers else "slow_body")
            self.force_close()
            return
        self._guard.refused("slow_body")
        self._lingering_time = 0.0  # otherwise aiohttp would wait for the rest of the body again
        request.content.set_exception(BodyTooSlow())

    def log_exception(self, *args: Any, **given: Any) -> None:
        """Log a bug."""
        # An unread body that ends early or cannot be decompressed is the client's and only counted.
        if isinstance(given.get("exc_info"), web.RequestPayloadError):
            self._guard.refused("malformed")
        else:
            super().log_exception(*args, **given)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a malformed or failed request without quoting it, then close."""
        if isinstance(exc, HttpProcessingError):
            self._guard.refused("malformed")
        elif exc is not None and not isinstance(exc, ConnectionError):
            self._guard.log_fault("none", exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way")
        answer = _Bare(status, self._guard.headers)
        answer.force_close()
        return answer


class GuardedServer(web.Server):
    """A server with guarded connections."""

    def __init__(self, server: web.Server, *, guard: ConnectionGuard, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(self._handle, request_factory=server.request_factory, loop=loop)
        self._application = server.request_handler
        self._guard = guard

    def __call__(self) -> RequestHandler:
        """Return the protocol of a new connection."""
        return GuardedConnection(
            self,
            guard=self._guard,
            loop=self._loop,
            keepalive_timeout=self._guard.limits.idle_seconds,
            access_log=None,
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # aiohttp's refusal of an unknown Expect header quotes the header.
        if request.headers.get(hdrs.EXPECT, CONTINUE).lower() != CONTINUE:
            self._guard.refused("malformed")
            return _Bare(HTTPStatus.EXPECTATION_FAILED, self._guard.headers)
        return await self._application(request)


class GuardedRunner(web.AppRunner):
    """Runs an application on a guarded server."""

    def __init__(self, app: web.Application, *, guard: ConnectionGuard, shutdown_timeout: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._guard = guard

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return GuardedServer(server, guard=self._guard, loop=asyncio.get_running_loop())


def _error(status: int) -> str:
    return json.dumps({"error": HTTPStatus(status).phrase})


def _raw(status: HTTPStatus, headers: Mapping[str, str]) -> bytes:
    body = _error(status)
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Cache-Control: no-store",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_SECONDS}",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")
