"""A small application on a guarded server, and a raw client that can misbehave."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.app.ops.health import Metrics, edge
from bot.edge.headers import add_security_headers, security_headers
from bot.edge.http import ConnectionGuard, GuardedRunner, HttpLimits
from bot.edge.source import SourceRule

HEADERS = security_headers(public_url="https://heia.example")
PATIENCE_SECONDS = 10


@dataclass
class Served:
    """The server under test. ``faults`` are errors of ours, ``refused`` what the guard counted."""

    guard: ConnectionGuard
    metrics: Metrics
    faults: list[BaseException]
    refused: Counter[str]
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    handling: asyncio.Event = field(default_factory=asyncio.Event)
    clients: list["RawClient"] = field(default_factory=list)

    @property
    def counted(self) -> str:
        return self.metrics.page().decode()


class RawClient:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def everything(self) -> bytes:
        """Return what comes until the server closes; fail when it does not."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def head(self) -> bytes:
        """Return the status line and headers of the next answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.readuntil(b"\r\n\r\n")

    def reset(self) -> None:
        """Go as a machine that loses its network does."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def application(served: Served) -> web.Application:
    async def take(request: web.Request) -> web.Response:
        served.handling.set()
        served.bodies.append(await request.read())
        return web.Response(text="taken")

    async def talk(request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse()
        await page.prepare(request)
        served.handling.set()
        async for message in page:
            await page.send_str(message.data)
        return page

    async def fail(request: web.Request) -> web.Response:
        raise RuntimeError("ours")

    def log_fault(where: str, fault: BaseException) -> None:
        served.faults.append(fault)

    app = web.Application(middlewares=[edge(served.metrics, log_fault)])
    app.on_response_prepare.append(add_security_headers(HEADERS))
    app.add_routes([web.post("/take", take), web.get("/talk", talk), web.get("/fail", fail)])
    return app


@asynccontextmanager
async def serving(limits: HttpLimits, rule: SourceRule | None = None) -> AsyncIterator[Served]:
    """Serve on a free port of 127.0.0.1; other loopback addresses can be called from."""
    refused: Counter[str] = Counter()
    faults: list[BaseException] = []
    guard = ConnectionGuard(
        limits=limits,
        rule=rule or SourceRule(),
        headers=HEADERS,
        refused=lambda reason: refused.update([reason]),
        log_fault=lambda where, fault: faults.append(fault),
    )
    served = Served(guard=guard, metrics=Metrics(), faults=faults, refused=refused)
    runner = GuardedRunner(application(served), guard=guard, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.port = runner.addresses[0][1]
        yield served
    finally:
        for client in served.clients:
            client.writer.transport.abort()
            with suppress(OSError):
                await client.writer.wait_closed()
        await runner.cleanup()


async def dial(served: Served) -> RawClient:
    client = RawClient(*await asyncio.open_connection("127.0.0.1", served.port))
    served.clients.append(client)
    return client


async def until(claim: Callable[[], bool]) -> None:
    """Return when the claim holds; fail when it does not in time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not claim():  # noqa: ASYNC110 - the server under test sets no event
            await asyncio.sleep(0.01)


@pytest.fixture
async def quick() -> AsyncIterator[Served]:
    """A server whose deadlines are short."""
    limits = HttpLimits(header_seconds=0.2, body_idle_seconds=0.2, body_seconds=0.6, idle_seconds=0.4)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(serving(limits))


@pytest.fixture
async def patient() -> AsyncIterator[Served]:
    """A server with the deadlines of production."""
    async with serving(HttpLimits()) as served:
        yield served
