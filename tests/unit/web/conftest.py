"""The stage on a held clock, and a plain client to talk to it without a browser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp
import pytest

from tests.e2e.browser.stage import Stage

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@dataclass
class HeldClock:
    """Time that moves when told."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Client:
    """One browser's cookies, and sockets opened with them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(self, kind: type | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        await self.http.close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.stage.port}"

    async def ask(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Origin": self.origin, **more.pop("headers", {})}
        answer = await self.http.request(
            method, self.origin + path, headers=headers, allow_redirects=False, ssl=False, **more
        )
        await answer.read()  # an answer left unread keeps its connection
        return answer

    async def badge(self, person_id: str) -> str:
        answer = await self.ask("POST", "/chat/session", json={"as": person_id})
        assert answer.status == 200
        token: str = (await answer.json())["token"]
        return token

    async def dial(self, opening: dict[str, Any] | str | None, **headers: str) -> aiohttp.ClientWebSocketResponse:
        """Open a socket and say ``opening`` first."""
        socket = await self.http.ws_connect(
            self.origin + "/chat/socket",
            headers={"Origin": self.origin, **headers},
            timeout=aiohttp.ClientWSTimeout(ws_close=1),
        )
        if isinstance(opening, str):
            await socket.send_str(opening)
        elif opening is not None:
            await socket.send_json(opening)
        return socket

    async def page(self, person_id: str, *, again: bool = False) -> "Page":
        """Open the page as a sample person."""
        token = await self.badge(person_id)
        return await self.page_with(token, again=again)

    async def page_with(self, token: str | None, *, again: bool = False) -> "Page":
        page = Page(await self.dial({"type": "open", "token": token, "again": again}))
        page.hello = await page.hear("hello")
        return page


class Page:
    """What a page would hear and say."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}

    async def say(self, frame: dict[str, Any] | str) -> None:
        await (self.socket.send_str(frame) if isinstance(frame, str) else self.socket.send_json(frame))

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the next frame of this kind; what comes before it is kept in ``heard``."""
        while True:
            frame: dict[str, Any] = await self.socket.receive_json(timeout=5)
            self.heard.append(frame)
            if frame["type"] == kind:
                return frame

    async def everything(self) -> list[dict[str, Any]]:
        """Return what was heard until an answer to a ping comes: everything that was under way."""
        self.heard.clear()
        await self.say({"type": "ping"})
        await self.hear("pong")
        return self.heard[:-1]

    async def ended(self) -> int | None:
        """Return the code the server hung up with."""
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code


SetUp = Callable[..., Awaitable[tuple[Stage, Client]]]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def set_up(clock: HeldClock) -> AsyncIterator[SetUp]:
    """Start stages with the settings a test wants, each with a client; all are stopped afterwards."""
    started: list[tuple[Stage, Client]] = []

    async def start(**settings: Any) -> tuple[Stage, Client]:
        stage = Stage(clock=clock, **settings)
        await stage.start()
        client = await Client(stage).__aenter__()
        started.append((stage, client))
        return stage, client

    yield start
    for stage, client in started:
        await client.__aexit__(None, None, None)
        await stage.stop()
