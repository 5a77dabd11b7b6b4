"""What the commands that go on until they are stopped have in common."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from resource import RLIM_INFINITY

import aiohttp
import pytest
from aiohttp import web

from bot.app import cli
from bot.app.listening import allow_files, listening, open_socket, preparing


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_is_told_in_words(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def listen() -> None:
        async with asyncio.TaskGroup():
            open_socket("127.0.0.1", taken)

    monkeypatch.setattr(cli, "command_line", lambda load: lambda: asyncio.run(listen()))
    monkeypatch.setattr("sys.argv", ["heia", "work"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.WRONG_SETTINGS
    told = "The settings are wrong:\n  " + f"127.0.0.1:{taken} cannot be listened at: Address already in use\n"
    assert capsys.readouterr().err == told


async def test_who_asks_during_the_start_is_told_to_come_back_and_nobody_is_refused_when_it_ends() -> None:
    async def front(_: web.Request) -> web.Response:
        return web.Response(text="ready")

    app = web.Application()
    app.router.add_get("/chat", front)
    listener = open_socket("127.0.0.1", 0)
    at = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with AsyncExitStack() as waiting:
        await waiting.enter_async_context(preparing(listener))
        async with aiohttp.ClientSession() as session, session.get(f"{at}/chat") as early:
            assert early.status == 503
            assert int(early.headers["Retry-After"]) > 0
            async with session.get(f"{at}/healthz") as alive:
                assert alive.status == 200
        async with listening(app, listener):
            await waiting.aclose()
            async with aiohttp.ClientSession() as session:
                for _ in range(20):
                    async with session.get(f"{at}/chat") as answer:
                        assert (answer.status, await answer.text()) == (200, "ready")


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ((1024, 524_288), 10_500),
        ((1024, 4096), 4096),
        ((524_288, 524_288), None),
        ((RLIM_INFINITY, RLIM_INFINITY), None),
    ],
)
def test_as_many_files_may_be_open_as_connections_need(
    limits: tuple[int, int], wanted: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr("resource.getrlimit", lambda kind: limits)
    monkeypatch.setattr("resource.setrlimit", lambda kind, wish: given.append(wish))
    allow_files(10_000)
    assert given == ([] if wanted is None else [(wanted, limits[1])])
