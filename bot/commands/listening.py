"""What the commands that go on until they are stopped have in common."""

import asyncio
import ipaddress
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.settings import BadSettings

SHUTDOWN_SECONDS: Final = 10


def told_to_stop() -> asyncio.Event:
    """Return what is set when the process is asked to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``app`` while the block runs, which gets the port; 0 picks a free one. Requests under way are finished.

    Raises BadSettings: the address is not this machine's, or another program listens there.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
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


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own, so that nobody else can reach it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
