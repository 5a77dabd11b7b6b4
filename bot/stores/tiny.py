"""The default store: one process, TinyDB in the data directory, answers from memory.

A method changes the state at once and returns when the change is durable. Whatever another method builds on a change
that is not durable yet is written after it, so a crash keeps either the first or both.
"""

import asyncio
from datetime import datetime
from pathlib import Path

from bot.ports import StoreUnavailable
from bot.stores.memory import MemoryStore
from bot.stores.tiny_storage import COMPACT_AT_BYTES
from bot.stores.upgrade import upgrade
from bot.stores.writer import Writer


class TinyStore(MemoryStore):
    """Keeps everything in ``directory``, which one process at a time may hold."""

    def __init__(self, *, directory: Path, compact_at_bytes: int = COMPACT_AT_BYTES) -> None:
        super().__init__()
        self._writer = Writer(directory, compact_at_bytes=compact_at_bytes)
        self._open = False
        self._reloading = asyncio.Lock()

    async def open(self) -> None:
        """See ``Store.open``. Reads everything; about a second for 70,000 rows."""
        self._state = await self._writer.start()
        self._open = True
        upgrade(self._state)
        await self._make_durable()

    async def give_up_leases(self) -> int:
        """End every lease at once instead of waiting for it to run out; return how many.

        For the start of a bot: one process at a time may hold the directory, so whoever had leased is dead.
        """
        await self.ping()
        given_up = self._state.give_up_leases()
        await self._make_durable()
        return given_up

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefix: str, prefix_before: datetime
    ) -> int:
        """See ``Store.forget``. Begins to write the files anew too, so that nothing removed stays readable in them."""
        number = await super().forget(
            events_before=events_before,
            deliveries_before=deliveries_before,
            prefix=prefix,
            prefix_before=prefix_before,
        )
        await self._writer.compact()
        return number

    async def close(self) -> None:
        """See ``Store.close``."""
        if self._open:
            self._open = False
            await self._writer.stop()

    async def ping(self) -> None:
        """See ``Store.ping``. After a failed write it reads the files again, so the store heals when the disk does."""
        if not self._open:
            raise StoreUnavailable("the store is closed")
        if not self._writer.broken:
            return
        async with self._reloading:
            if self._writer.broken:
                self._state = await self._writer.reload()
                self._writer.broken = False  # not sooner: what was decided on the old state must not be written

    async def _make_durable(self) -> None:
        changes = self._state.take_changes()
        if changes:
            await self._writer.write(changes)
