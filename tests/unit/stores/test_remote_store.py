"""The socket between commands and the running bot: who may use it, and what a broken command or a stop leaves."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.ports import Commit, Key, Stored, StoreRefused, StoreUnavailable
from bot.stores.document import from_json
from bot.stores.remote import address, server
from bot.stores.remote.address import (
    MAX_BYTES,
    MAX_HELLO_BYTES,
    PORTION_BYTES,
    PROTOCOL,
    BadFrame,
    connected_socket,
    json_frame,
    listening_socket,
    read_frame,
)
from bot.stores.remote.server import StoreServer
from bot.stores.remote.store import NotListening, RemoteStore
from bot.stores.remote.values import calls, decoder, encoder
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message
from tests.contract.remote import VERSION, RemoteOverTiny
from tests.contract.test_audit import act
from tests.contract.test_store import ANA, NOON, person, post

HELLO = {"version": VERSION, "protocol": PROTOCOL}


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncIterator[RemoteOverTiny]:
    opened = RemoteOverTiny(tmp_path / "data")
    await opened.open()
    yield opened
    await opened.close()


@asynccontextmanager
async def raw(
    folder: Path, hello: dict[str, Any] = HELLO
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yield a connection whose frames are written by hand, with the greeting sent."""
    connected = connected_socket(folder)
    assert connected is not None
    reader, writer = await asyncio.open_unix_connection(sock=connected)
    writer.write(json_frame(hello))
    yield reader, writer
    await closed(writer)


@asynccontextmanager
async def greeted(folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with raw(folder) as (reader, writer):
        assert await read_frame(reader) == {"result": HELLO}
        yield reader, writer


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Return whether the bot ended the connection without a word."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def answer_to(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    async with greeted(folder) as (reader, writer):
        writer.write(json_frame(request))
        answer = await read_frame(reader)
    assert answer is not None
    return answer


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 - what is waited for happens in another process's files, or in a listener
            await asyncio.sleep(0.001)


def commit_frame(*ids: str) -> bytes:
    commit = Commit(at=NOON, records=tuple(person(id_) for id_ in ids))
    return json_frame({"call": "commit", "arguments": {"commit": encoder(Commit)(commit)}})


async def ids_in(store: TinyStore) -> set[str]:
    return {key.id for key in store._state.records}


async def test_a_folder_with_a_longer_path_than_a_socket_may_have_works(tmp_path: Path) -> None:
    store = RemoteOverTiny(tmp_path / ("d" * 100) / ("e" * 100))
    await store.open()
    await store.commit(Commit(at=NOON, records=(person(),)))
    assert list(await store.get([ANA])) == [ANA]
    await store.close()


async def test_only_the_owner_can_reach_the_socket(remote: RemoteOverTiny, tmp_path: Path) -> None:
    modes = [(tmp_path / "data" / name).stat().st_mode & 0o777 for name in ("local", "local/heia.sock")]
    assert modes == [0o700, 0o600]


async def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local").chmod(0o777)
    with listening_socket(tmp_path):
        assert (tmp_path / "local").stat().st_mode & 0o777 == 0o700


async def test_a_frame_that_is_too_deep_is_no_frame() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data((100_000).to_bytes(4) + b"[" * 100_000)
    with pytest.raises(BadFrame):
        await read_frame(reader)


async def test_another_user_is_refused(remote: RemoteOverTiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "peer_user", lambda _: os.geteuid() + 1)
    other = RemoteStore(data_dir=tmp_path / "data", version=VERSION)
    with pytest.raises(StoreRefused, match="runs as another user: run commands as that user"):
        await other.open()


async def test_a_socket_of_another_user_is_not_spoken_to(
    remote: RemoteOverTiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "peer_user", lambda _: os.geteuid() + 1)
    with pytest.raises(StoreRefused, match="belongs to another user"):
        await RemoteStore(data_dir=tmp_path / "data", version=VERSION).open()


async def test_a_command_of_another_version_is_refused_and_hears_what_to_do(
    remote: RemoteOverTiny, tmp_path: Path
) -> None:
    with pytest.raises(StoreRefused, match=r"bot is Heia 0\.0\.test, and this command is Heia 9\.9\. Restart the bot"):
        await RemoteStore(data_dir=tmp_path / "data", version="9.9").open()
    async with raw(tmp_path / "data", HELLO | {"protocol": PROTOCOL + 1}) as (reader, _):
        answer = await read_frame(reader)
    assert answer is not None
    assert "Restart the bot" in answer["fault"]["text"]


async def test_an_earlier_bot_with_another_protocol_is_recognised(tmp_path: Path) -> None:
    async def http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await closed(writer)

    with listening_socket(tmp_path) as listening:
        old = await asyncio.start_unix_server(http, sock=listening)
        with pytest.raises(StoreRefused, match="Restart it"):
            await RemoteStore(data_dir=tmp_path, version=VERSION).open()
        old.close()


async def test_without_a_bot_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(NotListening):
        await RemoteStore(data_dir=tmp_path / "none", version=VERSION).open()
    assert not (tmp_path / "none").exists()


async def test_the_socket_of_a_killed_bot_is_replaced(tmp_path: Path) -> None:
    with listening_socket(tmp_path) as killed:
        os.link(tmp_path / "local" / "heia.sock", tmp_path / "left")
        killed.close()
    os.rename(tmp_path / "left", tmp_path / "local" / "heia.sock")
    with pytest.raises(NotListening):
        await RemoteStore(data_dir=tmp_path, version=VERSION).open()
    store = RemoteOverTiny(tmp_path)
    await store.open()
    await store.ping()
    await store.close()


@pytest.mark.parametrize(
    "sent", [b"\xff\xff\xff\xff", b"\0\0\0\2{]", b"\0\0\0\2[]", b"\0\0", (MAX_BYTES + 1).to_bytes(4)]
)
async def test_what_is_no_frame_ends_the_connection_and_nothing_else(
    remote: RemoteOverTiny, tmp_path: Path, sent: bytes
) -> None:
    async with greeted(tmp_path / "data") as (reader, writer):
        writer.write(sent)
        writer.write_eof()
        assert await ended(reader)
    await remote.ping()


async def test_a_greeting_is_short(remote: RemoteOverTiny, tmp_path: Path) -> None:
    async with raw(tmp_path / "data", HELLO | {"x": "x" * MAX_HELLO_BYTES}) as (reader, _):
        assert await ended(reader)


@pytest.mark.parametrize("call", ["open", "close", "on_news", "give_up_leases", "_make_durable", "__init__", None, 3])
async def test_only_the_calls_of_the_port_are_carried_out(remote: RemoteOverTiny, tmp_path: Path, call: object) -> None:
    answer = await answer_to(tmp_path / "data", {"call": call, "arguments": {}})
    assert answer["fault"]["kind"] == "value"


@pytest.mark.parametrize(
    "arguments", [{}, {"commit": None}, {"commit": {"at": "x"}}, {"commit": {"records": [{}]}}, {"other": 1}, [], 3]
)
async def test_arguments_that_are_none_are_refused_and_change_nothing(
    remote: RemoteOverTiny, tmp_path: Path, arguments: object
) -> None:
    answer = await answer_to(tmp_path / "data", {"call": "commit", "arguments": arguments})
    assert answer["fault"]["kind"] in {"value", "type"}
    assert await ids_in(remote.behind) == set()


async def test_half_a_commit_changes_nothing(remote: RemoteOverTiny, tmp_path: Path) -> None:
    frame = commit_frame("ana", "bo")
    for length in (2, 5, len(frame) // 2, len(frame) - 1):
        async with greeted(tmp_path / "data") as (_, writer):
            writer.write(frame[:length])
    await remote.ping()
    assert await ids_in(remote.behind) == set()


async def test_a_commit_that_arrived_whole_is_carried_out_though_the_command_is_gone(
    remote: RemoteOverTiny, tmp_path: Path
) -> None:
    heard: list[str] = []
    remote.behind.on_news(heard.append)
    commit = Commit(at=NOON, records=(person("ana"),), posts=(post("ana"),), ended=("ana",), news=("bo",))
    async with greeted(tmp_path / "data") as (_, writer):
        writer.write(json_frame({"call": "commit", "arguments": {"commit": encoder(Commit)(commit)}}))
    await until(lambda: len(heard) == 2)
    assert await ids_in(remote.behind) == {"ana"}
    assert heard == ["ana", "bo"], "its pages close, and those with news load them"
    assert await remote.behind.find_delivery("ana", "welcome") is not None


async def test_the_bots_stop_ends_a_waiting_command_with_a_clear_fault(tmp_path: Path) -> None:
    store = RemoteOverTiny(tmp_path)
    await store.open()
    idle = RemoteStore(data_dir=tmp_path, version=VERSION)
    await idle.open()
    await store.close()
    with pytest.raises(StoreUnavailable, match="The bot stopped while the command worked") as fault:
        await idle.commit(Commit(at=NOON, records=(person(),)))
    assert fault.value.cause == "stopped"
    await idle.close()


@pytest.mark.parametrize("steps", range(4))
async def test_a_command_that_comes_while_the_bot_stops_is_ended_and_leaves_no_socket(
    tmp_path: Path, steps: int
) -> None:
    """It has been accepted, and is not handed over yet: the steps of the loop between are few."""
    serving = StoreServer(store=TinyStore(directory=tmp_path), version=VERSION, log=structlog.get_logger())
    with listening_socket(tmp_path) as listening:
        async with serving.serving(listening):
            late = connected_socket(tmp_path)
            for _ in range(steps):
                await asyncio.sleep(0)
    gc.collect()
    reader, writer = await asyncio.open_unix_connection(sock=late)
    async with asyncio.timeout(2):
        with suppress(ConnectionError):
            await reader.read()  # to the end, with the word of the stop if there was time for one
    await closed(writer)


async def test_a_stop_finishes_the_call_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = TinyStore(directory=tmp_path)
    await tiny.open()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow_commit(commit: Commit) -> list[object]:
        began.set()
        await go_on.wait()
        return list(await TinyStore.commit(tiny, commit))

    monkeypatch.setattr(tiny, "commit", slow_commit)
    command = RemoteStore(data_dir=tmp_path, version=VERSION)
    serving = StoreServer(store=tiny, version=VERSION, log=structlog.get_logger())
    with listening_socket(tmp_path) as listening:
        async with serving.serving(listening):
            await command.open()
            committed = asyncio.create_task(command.commit(Commit(at=NOON, records=(person(),))))
            await began.wait()
            asyncio.get_running_loop().call_later(0.01, go_on.set)
    assert await committed == []
    assert await ids_in(tiny) == {"ana"}
    with pytest.raises(StoreUnavailable, match="The bot stopped"):
        await command.ping()
    await command.close()
    await tiny.close()


@pytest.mark.full
async def test_a_long_answer_comes_in_portions_that_wait_for_the_reader(remote: RemoteOverTiny, tmp_path: Path) -> None:
    await remote.commit(Commit(at=NOON, records=tuple(person(f"p{n:05}", "all", text="x" * 1000) for n in range(3000))))
    seen: list[Stored] = []
    async with greeted(tmp_path / "data") as (reader, writer):
        writer.write(json_frame({"call": "find", "arguments": {"kind": "person", "term": "all"}}))
        await remote.count("person", "all")  # others are answered, although this command does not read
        pending = [each.writer.transport.get_write_buffer_size() for each in remote.server._connections.values()]
        assert 0 < max(pending) < 3 * PORTION_BYTES
        while (answer := await read_frame(reader, most_bytes=2 * PORTION_BYTES)) is not None and "items" in answer:
            seen += answer["items"]
    assert len(seen) == 3000


async def test_other_calls_come_between_the_pages_of_a_search(remote: RemoteOverTiny) -> None:
    await remote.commit(Commit(at=NOON, records=tuple(person(f"p{n:05}") for n in range(2000))))
    order: list[str] = []

    async def search() -> None:
        assert len(await remote.rows_with(["p00007"])) == 1
        order.append("search")

    async def ask() -> None:
        for _ in range(3):
            await remote.get([ANA])
        order.append("asks")

    await asyncio.gather(search(), ask())
    assert order == ["asks", "search"]


@pytest.mark.full
async def test_a_step_that_is_too_large_is_refused_and_the_store_goes_on(remote: RemoteOverTiny) -> None:
    with pytest.raises(ValueError, match="too many for one step"):
        await remote.commit(Commit(at=NOON, records=(person(text="x" * MAX_BYTES),)))
    await remote.ping()
    assert await ids_in(remote.behind) == set()


async def test_files_are_held_until_the_command_ends_and_the_bot_goes_on(
    remote: RemoteOverTiny, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    await remote.commit(Commit(at=NOON, records=(person("ana", secret="hemmelig"), act("a"))))
    await remote.commit(Commit(at=NOON, records=(person("ana"),)))
    async with greeted(folder) as (reader, writer):
        writer.write(json_frame({"call": "hold_files", "arguments": {}}))
        answer = await read_frame(reader)
        assert answer is not None
        names = [each["name"] for each in answer["items"]]
        assert await read_frame(reader) == {"result": None}
        assert b"hemmelig" not in b"".join((folder / name).read_bytes() for name in names)
        for n in range(3):
            await remote.commit(Commit(at=NOON, records=(person(f"p{n}"),)))
            await remote.behind._writer.compact_now()
        assert all((folder / name).exists() for name in names)
    await until(lambda: not any((folder / name).exists() for name in names))
    assert await ids_in(remote.behind) == {"ana", "a", "p0", "p1", "p2"}


@pytest.fixture
def clock(remote: RemoteOverTiny, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the held time of a bot that has room for the store of the fixture, and one command more."""
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(server, "MAX_REST_SECONDS", 0.0)
    now = [100.0]
    monkeypatch.setattr(remote.server, "_seconds", lambda: now[0])
    return now


def peers(remote: RemoteOverTiny) -> list[server._Peer]:
    return list(remote.server._connections.values())


async def busy(remote: RemoteOverTiny, clock: list[float]) -> None:
    """Let time pass, and the store of the fixture call once."""
    clock[0] += server.SILENT_SECONDS + 1
    await remote.ping()


async def test_a_stopped_command_makes_room_for_another(
    remote: RemoteOverTiny, tmp_path: Path, clock: list[float]
) -> None:
    await remote.ping()
    async with greeted(tmp_path / "data") as (stopped, _):
        async with raw(tmp_path / "data") as (refused, _):
            assert "Too many commands" in str(await read_frame(refused))
        await until(lambda: len(remote.server._connections) == 2)
        await busy(remote, clock)
        async with greeted(tmp_path / "data") as (reader, writer):
            assert await ended(stopped)
            writer.write(json_frame({"call": "ping", "arguments": {}}))
            assert await read_frame(reader) == {"result": None}


async def test_one_that_does_not_read_its_answer_makes_room_as_well(
    remote: RemoteOverTiny, tmp_path: Path, clock: list[float]
) -> None:
    records = tuple(person(f"p{n:02}", "all", text="x" * PORTION_BYTES) for n in range(30))
    await remote.commit(Commit(at=NOON, records=records))
    async with greeted(tmp_path / "data") as (_, writer):
        writer.write(json_frame({"call": "find", "arguments": {"kind": "person", "term": "all"}}))
        await remote.ping()
        await until(lambda: any(each.writer.transport.get_write_buffer_size() for each in peers(remote)))
        await busy(remote, clock)
        async with greeted(tmp_path / "data"):
            await until(lambda: len(remote.server._connections) == 2)


async def test_one_that_holds_files_keeps_its_place(remote: RemoteOverTiny, tmp_path: Path, clock: list[float]) -> None:
    async with greeted(tmp_path / "data") as (reader, writer):
        writer.write(json_frame({"call": "hold_files", "arguments": {}}))
        while (answer := await read_frame(reader)) is not None and "items" in answer:
            pass
        await busy(remote, clock)
        async with raw(tmp_path / "data") as (refused, _):
            assert "Too many commands" in str(await read_frame(refused))


def test_every_call_of_the_port_is_there() -> None:
    assert {"commit", "find", "claim", "search_everything", "read_rows", "hold_files"} <= calls().keys()
    assert not {"open", "close", "on_news"} & calls().keys()


def test_a_commit_with_everything_is_the_same_at_the_other_end() -> None:
    message = Message(text="\ud83d æ", card={"n": [1, None, True]}, suggestions=("a", "b"))
    commit = Commit(
        at=NOON,
        event_id="e",
        records=(person("ana", "all", "unit:1", expected=0, body={"deep": [{}]}),),
        posts=(post("ana", message=message, expires_at=NOON), post("bo", message=None)),
        news=("x",),
        ended=("y",),
        cut_audit=3,
    )
    there = from_json(json_frame({"value": encoder(Commit)(commit)})[4:])["value"]
    assert decoder(Commit)(there) == commit
    assert decoder(Key)({"kind": "k", "id": "i"}) == Key(kind="k", id="i")
