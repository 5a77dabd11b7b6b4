"""A Bot Connector that takes every message, at next to no cost: it measures couriers, not itself.

It answers each request after ``--latency`` seconds with an id, counts what landed in each conversation and when, and
knows no limits; ``tests/fakes/connector.py`` is the one that enforces Microsoft's.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp

_ROOT = Path(__file__).parents[2]
_REPORT = b"/_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What it saw: landings by conversation, when the first and the last came, its processor time so far."""

    landed: dict[str, int]
    first_at: float
    last_at: float
    cpu_seconds: float


class Seen:
    """What landed so far."""

    def __init__(self) -> None:
        self.landed: Counter[str] = Counter()
        self.first_at = self.last_at = 0.0

    def land(self, conversation: str) -> None:
        self.landed[conversation] += 1
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at

    def report(self) -> bytes:
        told = {
            "landed": dict(self.landed),
            "first_at": self.first_at,
            "last_at": self.last_at,
            "cpu_seconds": time.process_time(),
        }
        return json.dumps(told).encode()


class Line(asyncio.Protocol):
    """One connection: HTTP/1.1 with one request at a time, as a client's pool sends them."""

    def __init__(self, seen: Seen, latency: float) -> None:
        self._seen = seen
        self._latency = latency
        self._received = b""
        self._number = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        lowered = head.lower()
        _, found, length = lowered.partition(b"content-length: ")
        if len(rest) < (int(length.split(b"\r\n", 1)[0]) if found else 0):
            return
        self._received = b""
        path = head.split(b" ", 2)[1]
        if path == _REPORT:
            self._answer(self._seen.report())
            return
        self._seen.land(path.split(b"/conversations/", 1)[1].split(b"/", 1)[0].decode())
        self._number += 1
        body = b'{"id":"%d"}' % self._number
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._answer, body)
        else:
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


class SwiftConnector:
    """A running one, in a process of its own."""

    def __init__(self, *, latency: float = 0.0) -> None:
        self._latency = latency
        self.base_url = ""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.swift_connector", "--latency", str(self._latency),
            stdout=asyncio.subprocess.PIPE, cwd=_ROOT,
        )  # fmt: skip
        assert self._process.stdout
        self.base_url = f"http://127.0.0.1:{int(await self._process.stdout.readline())}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    def service_url(self, tenant: str = "tenant-1") -> str:
        """Return the service URL people of this tenant carry."""
        return f"{self.base_url}/{tenant}/"

    async def report(self) -> Report:
        """Return what it saw so far."""
        async with aiohttp.ClientSession() as session, session.get(self.base_url + _REPORT.decode()) as answer:
            return Report(**await answer.json())


async def _serve(latency: float) -> None:
    seen = Seen()
    server = await asyncio.get_running_loop().create_server(lambda: Line(seen, latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - an abandoned benchmark leaves no server behind
        await asyncio.sleep(1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args().latency))
