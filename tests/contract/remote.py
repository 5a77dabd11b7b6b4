"""A remote store with the bot that it needs: a tiny store, served on a socket of this process."""

from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from bot.stores.remote.address import listening_socket
from bot.stores.remote.server import StoreServer
from bot.stores.remote.store import RemoteStore
from bot.stores.tiny.store import TinyStore

VERSION = "0.0.test"


class RemoteOverTiny(RemoteStore):
    """Opens the tiny store and its socket with itself, and closes them with itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__(data_dir=folder, version=VERSION)
        self.behind = TinyStore(directory=folder)
        self.server = StoreServer(store=self.behind, version=VERSION, log=structlog.get_logger())
        self._folder = folder
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        await self.behind.open()
        self._stack.push_async_callback(self.behind.close)
        socket = self._stack.enter_context(listening_socket(self._folder))
        await self._stack.enter_async_context(self.server.serving(socket))
        await super().open()

    async def close(self) -> None:
        await super().close()
        await self._stack.aclose()
