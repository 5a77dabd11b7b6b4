"""The only thread that accesses the tiny store's files. Waiting commits share one sync."""

import asyncio
import gc
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

import structlog

from bot.ports import StoreRefused, StoreUnavailable
from bot.stores.memory.state import Changes, StoreState, Table, document_of
from bot.stores.tiny.storage import JournalDatabase, JournalStorage, JournalTable, StoreFile
from bot.support.disk import DISK_ADVICE, DiskFault, disk_fault

Work = Callable[[], Any]
Item = tuple[Changes | Work | None, asyncio.Future[Any]]

# Large enough for many commits to share one sync, small enough that no commit waits long for the others.
_BATCH_ITEMS = 256


class Writer:
    """Writes changes to TinyDB, in the order in which they were submitted."""

    def __init__(
        self, directory: Path, *, compact_at_bytes: int, compacted: Callable[[str], None] = lambda _: None
    ) -> None:
        """Create a writer; ``start`` opens the files.

        ``compacted`` is called on the event loop with the cause of a failure, or with an empty text after a success.
        """
        self._compacted = compacted
        self._directory = directory
        self._compact_at_bytes = compact_at_bytes
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._thread: Thread | None = None
        self._database: JournalDatabase | None = None
        self._compaction: Generator[None] | None = None
        self._awaiting: list[asyncio.Future[None]] = []  # the end of a compaction
        self.broken = False
        self._cause = str(DiskFault.FAILED)  # of the write that failed

    async def start(self) -> StoreState:
        """Open the files and return their contents. Raises StoreRefused."""
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._work, name="tiny-store-writer", daemon=True)
        self._thread.start()
        try:
            return await self._submit(self._open)  # type: ignore[no-any-return]
        except BaseException:
            await self._end()
            raise

    async def prove(self) -> None:
        """Check after a failure that writing works again. Raises StoreUnavailable.

        Writing stays disabled until the caller has undone the lost changes and cleared ``broken``.
        """
        await self._submit(self._prove)

    def write(self, changes: Changes) -> asyncio.Future[None]:
        """Submit changes; the future is done when they are durable. It fails with StoreUnavailable."""
        return self._submit(changes)

    async def compact(self) -> None:
        """Start a compaction, which erases removed rows from the files.

        Does not wait for its end. Raises StoreUnavailable.
        """
        await self._submit(self._ask)

    async def compact_now(self) -> None:
        """Compact and return when rows removed before the call are gone from the files.

        Changes are written meanwhile. Raises StoreUnavailable.
        """
        ended: asyncio.Future[None] = self._loop.create_future()
        await self._submit(lambda: self._compact_for(ended))
        await ended

    async def hold_files(self) -> Sequence[StoreFile]:
        """See ``JournalStorage.hold_files``. Raises StoreUnavailable."""
        return await self._submit(self._hold_files)  # type: ignore[no-any-return]

    async def release_files(self) -> None:
        """See ``JournalStorage.release_files``."""
        await self._submit(self._release_files)

    async def stop(self) -> None:
        """Finish the submitted work, close the files and end the thread."""
        if self._thread is None:
            return
        await self._submit(self._close)
        await self._end()

    def _submit(self, submitted: Changes | Work | None) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self._loop.create_future()
        self._items.put((submitted, done))
        return done

    async def _end(self) -> None:
        thread, self._thread = self._thread, None
        await self._submit(None)
        if thread is not None:
            thread.join()

    # The methods below run in the thread.

    def _work(self) -> None:
        while True:
            items = self._take()
            changes = [(submitted, done) for submitted, done in items if isinstance(submitted, dict)]
            if changes:
                self._commit([submitted for submitted, _ in changes], [done for _, done in changes])
            for submitted, done in items:
                if submitted is None:
                    self._answer([done], None)
                    return
                # Functions run after the changes submitted before them.
                if callable(submitted):
                    self._run(submitted, done)
            self._compact()

    def _take(self) -> Sequence[Item]:
        """Return waiting changes, or one function; nothing if a compaction can continue meanwhile."""
        items: list[Item] = []
        try:
            items.append(self._items.get(block=self._compaction is None))
            while isinstance(items[-1][0], dict) and len(items) < _BATCH_ITEMS:
                items.append(self._items.get_nowait())
        except Empty:
            pass
        return items

    def _commit(self, batch: Sequence[Changes], waiting: Sequence[asyncio.Future[Any]]) -> None:
        if self.broken:
            self._answer(waiting, self._refusal())
            return
        tables: dict[Table, dict[str, bytes | None]] = {}
        try:
            for changes in batch:
                for (table, id_), row in changes.items():
                    tables.setdefault(table, {})[id_] = None if row is None else document_of(row)
            for table, rows in tables.items():
                self._table(table).change(rows)
            # One sync for all waiting commits: it takes far longer than writing their lines.
            self._storage.sync()
        except Exception as error:  # after any error memory is ahead of the file, so no later change may be written
            self.broken, self._cause = True, _unavailable(error).cause
            self._stop_compacting()
            self._end_compaction(_unavailable(error))
            structlog.get_logger().debug("store_write_failed", exc_info=error)
            self._answer(waiting, _unavailable(error))
            return
        self._answer(waiting, None)

    def _run(self, work: Work, done: asyncio.Future[Any]) -> None:
        try:
            result = work()
        except OSError as error:
            self._answer([done], _unavailable(error))
        except Exception as error:
            self._answer([done], error)
        else:
            self._answer([done], None, result)

    def _compact(self) -> None:
        if self._database is None or self.broken:
            return
        if self._compaction is None:
            if not self._storage.wants_compaction:
                return
            self._compaction = self._storage.compact()
        try:
            # One step at a time, so that commits wait for a step only and not for the whole compaction.
            next(self._compaction)
        except StopIteration:
            self._compaction = None
            self._report("")
            self._end_compaction(None)
        except Exception as error:  # the journals still contain everything
            self._compaction = None
            structlog.get_logger().debug("store_compaction_failed", exc_info=error)
            self._report(_unavailable(error).cause)
            self._end_compaction(_unavailable(error))

    def _ask(self) -> None:
        if self._database is not None and not self.broken:
            self._storage.request_compaction()

    def _compact_for(self, ended: asyncio.Future[None]) -> None:
        if self._database is None or self.broken:
            raise self._refusal()
        self._stop_compacting()  # it may have read a row already that was removed since
        self._storage.request_compaction()
        self._awaiting.append(ended)

    def _refusal(self) -> StoreUnavailable:
        return StoreUnavailable("an earlier write failed", cause=self._cause)

    def _end_compaction(self, error: Exception | None) -> None:
        awaiting, self._awaiting = self._awaiting, []
        self._answer(awaiting, error)

    def _release_files(self) -> None:
        if self._database is not None:
            self._storage.release_files()

    def _hold_files(self) -> Sequence[StoreFile]:
        if self._database is None or self.broken:
            raise self._refusal()
        return self._storage.hold_files()

    def _open(self) -> StoreState:
        try:
            self._database = JournalDatabase(self._directory, compact_at_bytes=self._compact_at_bytes)
            return self._state()
        except (OSError, KeyError, ValueError, TypeError) as error:
            self._close()
            if isinstance(error, OSError) and disk_fault(error) is not DiskFault.FAILED:
                sentence, advice = DISK_ADVICE[disk_fault(error)]
                raise StoreRefused(f"{self._directory} cannot be used: {sentence}. {advice}") from error
            raise StoreRefused(
                f"{self._directory} cannot be read: {error!r}. Check its permissions, or start the program version "
                "that wrote it. Nothing was changed."
            ) from error

    def _prove(self) -> None:
        self._stop_compacting()
        self._storage.prove()

    def _stop_compacting(self) -> None:
        compaction, self._compaction = self._compaction, None
        if compaction is not None:
            compaction.close()  # it deletes its unfinished file

    def _state(self) -> StoreState:
        state = StoreState()
        # Hundreds of thousands of new values and no garbage: collector runs would take as long as reading.
        collecting = gc.isenabled()
        gc.disable()
        try:
            tables = self._storage.tables()
            for table in Table:
                for id_, document in tables.get(table, {}).items():
                    state.load(table, id_, document)
            state.loaded()
        finally:
            if collecting:
                gc.enable()
        return state

    def _close(self) -> None:
        self._stop_compacting()
        self._end_compaction(StoreUnavailable("the store is closed", cause="closed"))
        if self._database is not None:
            self._database.close()
            self._database = None

    @property
    def _storage(self) -> JournalStorage:
        return cast(JournalStorage, cast(JournalDatabase, self._database).storage)

    def _table(self, table: Table) -> JournalTable:
        return cast(JournalTable, cast(JournalDatabase, self._database).table(table.value))

    def _report(self, cause: str) -> None:
        with suppress(RuntimeError):  # as in ``_answer``
            self._loop.call_soon_threadsafe(self._compacted, cause)

    def _answer(self, waiting: Sequence[asyncio.Future[Any]], error: Exception | None, result: Any = None) -> None:
        with suppress(RuntimeError):  # the loop was closed without closing the store, so no caller waits any more
            self._loop.call_soon_threadsafe(_resolve, waiting, result, error)


def _unavailable(error: Exception) -> StoreUnavailable:
    cause = str(disk_fault(error)) if isinstance(error, OSError) else "write_failed"
    return StoreUnavailable(f"the data directory cannot be written: {error}", cause=cause)


def _resolve(waiting: Sequence[asyncio.Future[Any]], result: Any, error: Exception | None) -> None:
    for done in waiting:
        if done.done():  # its caller was cancelled
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)
