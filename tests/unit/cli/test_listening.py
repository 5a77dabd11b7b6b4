"""What the commands that go on until they are stopped have in common."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web

from bot import cli
from bot.commands.listening import listening


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_is_told_in_words(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def listen() -> None:
        async with asyncio.TaskGroup(), listening(web.Application(), "127.0.0.1", taken):
            pass

    monkeypatch.setattr(cli, "command_line", lambda load: lambda: asyncio.run(listen()))
    monkeypatch.setattr("sys.argv", ["heia", "work"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.WRONG_SETTINGS
    told = "The settings are wrong:\n  " + f"127.0.0.1:{taken} cannot be listened at: Address already in use\n"
    assert capsys.readouterr().err == told
