"""Clients that go in the middle of things: their doing, so no fault of ours, and the next one is served."""

import asyncio
import base64
import json
import re
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.app.doctor.running import Samples, samples_of
from tests.e2e.caller import PageCaller
from tests.e2e.forked import program
from tests.e2e.program import Program

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """The program as for real, with guests."""
    folder = Path(tmp_path_factory.mktemp("rude"))
    async with program(folder, dev=False, HEIA_WEB_GUESTS="true", HEIA_LOG_LEVEL="debug") as started:
        yield started


async def cookie_of_a_guest(heia: Program) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{heia.url}/chat/guest", headers={"Origin": heia.url}) as answer,
    ):
        return answer.headers["Set-Cookie"].partition(";")[0]


def framed(text: str) -> bytes:
    """Return a masked text frame."""
    body = text.encode()
    length = bytes([0x80 | len(body)]) if len(body) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(body))
    return b"\x81" + length + b"\x00\x00\x00\x00" + body


async def sent_and_reset(heia: Program, *pieces: bytes, pause: float = 0.0) -> None:
    """Send the pieces, then reset the connection without reading."""
    _, writer = await asyncio.open_connection("127.0.0.1", heia.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_who_goes_in_the_middle_of_things_leaves_no_fault(heia: Program) -> None:
    host = f"Host: 127.0.0.1:{heia.port}\r\nOrigin: {heia.url}\r\n"
    handshake = (
        f"GET /chat/socket HTTP/1.1\r\n{host}Cookie: {await cookie_of_a_guest(heia)}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(b'k' * 16).decode()}\r\n\r\n"
    ).encode()
    opening = framed(json.dumps({"type": "open"}))
    said = framed(json.dumps({"type": "say", "id": "11111111-1111-4111-8111-111111111111", "text": "hei"}))
    for pause in (0.0, 0.002, 0.02):
        for _ in range(4):
            await sent_and_reset(heia, handshake[:60], pause=pause)
            await sent_and_reset(heia, handshake, pause=pause)
            await sent_and_reset(heia, handshake, opening[:5], pause=pause)
            await sent_and_reset(heia, handshake + opening, pause=pause)
            await sent_and_reset(heia, handshake + opening + said, pause=pause)
            await sent_and_reset(heia, handshake + opening + said + said[:9], pause=pause)
    for path, kind in (
        ("/chat/images", "image/png"),
        ("/chat/enter", "application/x-www-form-urlencoded"),
        ("/api/messages", "application/json"),
        ("/chat/guest", "application/json"),
        ("/nothing", "text/plain"),
    ):
        head = f"POST {path} HTTP/1.1\r\n{host}Content-Type: {kind}\r\nContent-Length: 500000\r\n\r\n".encode()
        for pause in (0.0, 0.02):
            await sent_and_reset(heia, head + b"half of it", pause=pause)
    guest = await PageCaller.guest(heia.url)
    await guest.say("hei")
    await guest.hears("Hei! Hva lurer du på?")
    await guest.close()
    serious = [line for line in heia.log.splitlines() if re.search(r"\[error|library|failed|Traceback", line)]
    assert serious == []
    async with aiohttp.ClientSession() as http, http.get(f"{heia.url}/metrics") as answer:
        counted = await answer.text()
    assert 'status="5xx"' not in counted
    assert "heia_requests_total" in counted


async def figures(heia: Program) -> Samples:
    async with aiohttp.ClientSession() as http, http.get(f"{heia.url}/metrics") as answer:
        return samples_of(await answer.text())


async def test_metrics_count_open_pages_and_questions_by_outcome(heia: Program) -> None:
    before = await figures(heia)
    guest = await PageCaller.guest(heia.url)
    await guest.say("hvordan tar jeg opp et møte")
    during = await figures(heia)
    assert during["heia_open_pages", ""] == before["heia_open_pages", ""] + 1
    asked = {name: during[name] - before[name] for name in during if name[0] == "heia_question_outcomes_total"}
    assert sum(asked.values()) == 1
    assert ("heia_question_outcomes_total", "hand_over") in asked
    await guest.close()
    assert (await figures(heia))["heia_open_pages", ""] == before["heia_open_pages", ""]


async def test_metrics_name_no_person_and_no_address(heia: Program) -> None:
    guest = await PageCaller.guest(heia.url)
    async with aiohttp.ClientSession() as http, http.get(f"{heia.url}/metrics") as answer:
        counted = await answer.text()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert guest.person_id not in counted
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", counted)
    await guest.close()
