"""The default store: one process, TinyDB in the data directory, reads from memory.

A method changes the state at once and returns when the change is durable. A change that depends on an earlier one is
written after it, so a crash keeps the first or both.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.ports import Searched, StoreRefused, StoreUnavailable
from bot.stores.memory.state import Step
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.search import with_files
from bot.stores.tiny.storage import COMPACT_AT_BYTES, StoreFile
from bot.stores.tiny.upgrade import upgrade
from bot.stores.tiny.writer import Writer
from bot.support.dependencies import DISK, STORE, Dependencies

# While writing fails, only one attempt per interval checks for recovery; other changes are refused at once.
PROOF_EVERY_SECONDS: Final = 0.5

# How long outcomes of replies wait for another change to be written with.
LATER_SECONDS: Final = 0.1


class TinyStore(MemoryStore):
    """Stores everything in ``directory``, locked by one process.

    After a failed write, changes that did not become durable are undone in memory, so that memory and files agree again
    without reading the files. Reading continues; changes are refused until a test write succeeds. ``monotonic`` is the
    time in seconds, used for the interval between attempts.
    """

    def __init__(
        self,
        *,
        directory: Path,
        compact_at_bytes: int = COMPACT_AT_BYTES,
        dependencies: Dependencies | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._dependencies = dependencies
        self._directory = directory
        self._writer = Writer(directory, compact_at_bytes=compact_at_bytes, compacted=self._compacted)
        self._open = False
        self._proving = asyncio.Lock()
        self._monotonic = monotonic
        self._proved_at = -PROOF_EVERY_SECONDS
        self._cause = "write_failed"
        self._not_durable: deque[Step] = deque()
        self._later: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """See ``Store.open``. Reads everything; about a second for 70,000 rows."""
        self._state = await self._writer.start()
        self._open = True
        try:
            upgrade(self._state)
        except StoreRefused:
            await self.close()
            raise
        await self._make_durable()

    async def give_up_leases(self) -> int:
        """End all leases at once instead of waiting until they expire; return their number.

        Called at the start of a bot: only one process may lock the directory, so the holders of all leases are dead.
        """
        await self.ping()
        given_up = self._state.give_up_leases()
        await self._make_durable()
        return given_up

    async def forget(
        self, *, events_before: datetime, deliveries_before: datetime, prefixes: Sequence[str], prefix_before: datetime
    ) -> int:
        """See ``Store.forget``. Also starts a compaction, so that deleted data does not stay readable in the files."""
        number = await super().forget(
            events_before=events_before,
            deliveries_before=deliveries_before,
            prefixes=prefixes,
            prefix_before=prefix_before,
        )
        await self._writer.compact()
        return number

    async def forget_recipient(self, recipient: str) -> int:
        """See ``Store.forget_recipient``. Also starts a compaction, so that deleted data does not stay readable."""
        number = await super().forget_recipient(recipient)
        await self._writer.compact()
        return number

    async def purge(self) -> None:
        await self._writer.compact()

    async def search_everything(self, words: Collection[str]) -> Searched:
        searched = await self.search_rows(words)
        return await asyncio.to_thread(with_files, searched, words, self._directory)

    async def search_rows(self, words: Collection[str]) -> Searched:
        """Remove deleted rows from the files and search the rows, for ``with_files`` to add the files."""
        await self._make_durable()
        await self._writer.compact_now()
        return await super().search_everything(words)

    async def hold_files(self) -> Sequence[StoreFile]:
        """Return the files that hold everything committed until now, without deleted data.

        They stay until ``release_files``; only their first ``size_bytes`` belong to the whole. Raises StoreUnavailable.
        """
        self._check_open()
        await self._make_durable()
        await self._writer.compact_now()
        return await self._writer.hold_files()

    @asynccontextmanager
    async def held_files(self) -> AsyncIterator[Sequence[StoreFile]]:
        """Hold the files of the store until the block ends: see ``hold_files``."""
        files = await self.hold_files()
        try:
            yield files
        finally:
            await self.release_files()

    async def release_files(self) -> None:
        """Let the files of one ``hold_files`` go."""
        if self._open:
            await self._writer.release_files()

    async def close(self) -> None:
        if self._open:
            with suppress(StoreUnavailable):  # as after a kill: leases mark what may have been sent
                await self._make_durable()
            self._open = False
            await self._writer.stop()

    async def ping(self) -> None:
        """See ``Store.ping``. After a failed write it checks periodically whether writing works again."""
        self._check_open()
        if not self._writer.broken:
            return
        async with self._proving:
            if not self._writer.broken:
                return
            if self._monotonic() - self._proved_at < PROOF_EVERY_SECONDS:
                raise StoreUnavailable("the data directory cannot be written", cause=self._cause)
            self._proved_at = self._monotonic()
            try:
                await self._writer.prove()
            except StoreUnavailable as fault:
                self._failed(fault)
                raise
            self._undo()
            self._writer.broken = False  # not earlier: decisions based on the undone state must not be written
            if self._dependencies is not None:
                self._dependencies.healed(STORE)

    def _check_open(self) -> None:
        if not self._open:
            raise StoreUnavailable("the store is closed", cause="closed")

    async def _make_durable(self) -> None:
        step = self._state.take_changes()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if step.changes:
            await asyncio.shield(self._submit(step))  # a cancelled caller must not cancel the write

    def _make_durable_later(self) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(LATER_SECONDS, self._write_later)

    def _write_later(self) -> None:
        """Write what no other change has written meanwhile."""
        self._later = None
        step = self._state.take_changes()
        if step.changes:
            self._submit(step)

    def _submit(self, step: Step) -> asyncio.Future[None]:
        self._not_durable.append(step)
        written = self._writer.write(step.changes)
        written.add_done_callback(self._written)
        return written

    def _written(self, step: asyncio.Future[None]) -> None:
        """Drop the oldest undo step after success; after a failure, undo it and all later ones, which fail too."""
        fault = StoreUnavailable("given up") if step.cancelled() else step.exception()
        if fault is None:
            self._not_durable.popleft()
            return
        self._undo()
        if isinstance(fault, StoreUnavailable):
            self._failed(fault)

    def _undo(self) -> None:
        waiting = self._state.take_changes()
        steps = [*self._not_durable, *([waiting] if waiting.changes else ())]
        self._not_durable.clear()
        if steps:
            self._state.undo(steps)

    def _failed(self, fault: StoreUnavailable) -> None:
        self._cause = fault.cause
        if self._dependencies is not None:
            self._dependencies.failed(STORE, fault.cause)

    def _compacted(self, cause: str) -> None:
        if self._dependencies is None:
            return
        if cause:
            self._dependencies.failed(DISK, cause)
        else:
            self._dependencies.healed(DISK)
