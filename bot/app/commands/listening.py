"""Shared parts of the commands that run until stopped."""

import asyncio
import ipaddress
import os
import resource
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.edge.http import GUARD, ConnectionGuard, GuardedRunner
from bot.settings.model import BadSettings, Settings

SHUTDOWN_SECONDS: Final = 10
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


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``app`` while the block runs and yield the port; 0 picks a free one. Running requests are finished.

    ``app[GUARD]`` sets the limits of its connections.

    Raises BadSettings: the address is not this machine's, or another program listens there.
    """
    runner = GuardedRunner(app, guard=app.get(GUARD) or ConnectionGuard(), shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise BadSettings((f"{host}:{port} cannot be listened at: {reason}",)) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


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
