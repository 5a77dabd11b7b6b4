"""Shared parts of the commands that run until stopped."""

import asyncio
import ipaddress
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.edge.http import GUARD, ConnectionGuard, GuardedRunner
from bot.settings.model import BadSettings, Settings

SHUTDOWN_SECONDS: Final = 10
# Connections that wait to be accepted.
BACKLOG: Final = 128
# Open files besides user connections: store, database and Teams.
FILES_BESIDE: Final = 500


def log_started(
    log: FilteringBoundLogger, settings: Settings, *, command: str, dev: bool, channels: Sequence[str]
) -> None:
    """Log the start of the process: version, store and channels."""
    log.info(
        "started",
        command=command,
        version=version("heia"),
        store="tiny" if settings.database_url is None else "postgres",
        channels=list(channels),
        dev=dev,
    )


def stop_requested() -> asyncio.Event:
    """Return an event that is set on SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 picks a free one.

    Raises BadSettings: the address is not this machine's, or another program listens there.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise BadSettings((f"{host}:{port} cannot be listened at: {reason}",)) from error


@asynccontextmanager
async def preparing(listener: socket.socket) -> AsyncIterator[None]:
    """Answer every request on a listening socket with 503 while the block runs, and the check of life with 200."""
    app = web.Application()
    app.add_routes([web.get("/healthz", _alive), web.route("*", "/{path:.*}", _not_ready)])
    async with listening(app, listener.dup()):
        yield


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "preparing"})


async def _not_ready(_: web.Request) -> web.Response:
    said = "Heia gjør seg klar. Prøv igjen om noen sekunder. / Heia is getting ready. Try again in a few seconds.\n"
    return web.Response(status=503, text=said, headers={"Retry-After": "3", "Cache-Control": "no-store"})


@asynccontextmanager
async def listening(app: web.Application, listener: socket.socket) -> AsyncIterator[int]:
    """Serve ``app`` on a listening socket while the block runs and yield the port. Running requests are finished.

    ``app[GUARD]`` sets the limits of its connections. The socket is closed at the end.
    """
    runner = GuardedRunner(app, guard=app.get(GUARD) or ConnectionGuard(), shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        yield int(listener.getsockname()[1])
    finally:
        await runner.cleanup()
        listener.close()


def allow_files(connections: int) -> None:
    """Raise the open-file limit to fit the connections, as far as the machine permits; the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def is_loopback(host: str) -> bool:
    """Return whether an address is a loopback address, reachable from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
