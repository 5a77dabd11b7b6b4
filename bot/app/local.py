"""Commands beside the running bot: they use its store through a local socket.

Only the running bot may open the store in the data folder.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.app.wiring import make_store
from bot.ports import Store, StoreInUse
from bot.settings.model import Settings
from bot.stores.remote.address import listening_socket
from bot.stores.remote.server import StoreServer
from bot.stores.remote.store import NotListening, RemoteStore
from bot.stores.tiny.store import TinyStore

# A bot holds the folder for a moment before it listens, and another command until its end.
WAIT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.1
SAID_AFTER_SECONDS: Final = 1.0
# Niceness of a command beside the bot.
POLITENESS: Final = 10


@asynccontextmanager
async def local_socket(settings: Settings, *, store: Store, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Let commands use the opened store until the block ends.

    With a database they need no socket. Without a socket the bot runs all the same, and the log has the reason.
    """
    if not isinstance(store, TinyStore):
        yield
        return
    listening = listening_socket(settings.data_dir)
    try:
        socket = listening.__enter__()
    except OSError as fault:
        log.error("command_socket_failed", reason=fault.strerror)
        yield
        return
    try:
        async with StoreServer(store=store, version=version("heia"), log=log).serving(socket):
            yield
    finally:
        listening.__exit__(None, None, None)


async def command_store(settings: Settings) -> Store:
    """Return the opened store for a command: the database, the running bot's, or that in the data folder.

    Raises StoreRefused, StoreUnavailable; StoreInUse: a process has the folder open and does not answer commands.
    """
    if settings.database_url is not None:
        store = make_store(settings)
        await store.open()
        return store
    loop = asyncio.get_running_loop()
    began, said = loop.time(), False
    while True:
        try:
            return await _opened(settings)
        except StoreInUse as use:
            waited = loop.time() - began
            if waited >= WAIT_SECONDS:
                raise StoreInUse(
                    f"{settings.data_dir} is in use by another process (id {use.holder}), which does not answer: "
                    "another command, or a bot that starts or stops. Try again. Nothing was changed.",
                    holder=use.holder,
                ) from use
            if waited >= SAID_AFTER_SECONDS and not said:
                said = True
                sys.stderr.write(f"Waiting for another process (id {use.holder}) …\n")
        await asyncio.sleep(LOOK_SECONDS)


async def _opened(settings: Settings) -> Store:
    remote = RemoteStore(data_dir=settings.data_dir, version=version("heia"))
    try:
        await remote.open()
    except NotListening:
        tiny = make_store(settings)
        await tiny.open()
        return tiny
    # Answers to users come first on a machine with few cores.
    os.setpriority(os.PRIO_PROCESS, 0, max(POLITENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    return remote
