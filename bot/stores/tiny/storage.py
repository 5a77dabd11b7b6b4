"""TinyDB over a journal: a commit costs only its changes, and a crash keeps only complete commits.

TinyDB's own storage rewrites every document at every change. This one appends changes to a journal and writes a new
snapshot from time to time, in pieces. Ordinary TinyDB calls work on it too, at TinyDB's ordinary cost.
"""

import errno
import fcntl
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from bot.ports import StoreInUse, StoreRefused
from bot.stores.document import from_json, to_json
from bot.stores.tiny import journal
from bot.stores.tiny.compaction import pieces

Rows = Mapping[str, bytes]
Tables = Mapping[str, Rows]

COMPACT_AT_BYTES = 8 * 1024 * 1024
_LEAST_PROOF_BYTES = 64 * 1024  # so that the recovery does not fail again after one small commit


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFile:
    """A file of the store, and how much of it was durable at some time."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Contents of the files: all rows, and the position to continue at."""

    tables: Tables
    base: int
    generation: int
    end_bytes: int  # of the last journal; 0 if its header line is incomplete
    journals_bytes: int
    snapshot_bytes: int


class Documents(Mapping[str, Any]):
    """A table's rows, decoded on access."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __getitem__(self, id_: str) -> Any:
        return from_json(self.rows[id_])

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class JournalStorage(Storage):
    """TinyDB storage in ``directory``, locked by one process. Raises StoreRefused: see ``Store.open``.

    Documents are not kept in memory; they are read from the files when needed.
    """

    def __init__(self, directory: Path, *, compact_at_bytes: int = COMPACT_AT_BYTES) -> None:
        self._directory = directory
        self._compact_at_bytes = compact_at_bytes
        self._lock = _lock(directory)
        self._descriptor = -1
        self._base = 0  # the generation of the snapshot, 0 when there is none
        self._generation = 0  # of the journal that is written to
        self._unread: Tables | None = None
        self._pending: list[bytes] = []
        self._journal_bytes = 0  # of the journal that is written to
        self._snapshot_bytes = 0
        self._since_snapshot_bytes = 0  # of all journals since the snapshot, or since the last failed compaction
        self._asked = False  # a compaction was requested, however short the journals are
        self._proof_bytes = _LEAST_PROOF_BYTES
        self._holders = 0
        try:
            self._load()
        except BaseException:
            os.close(self._lock)
            raise

    def tables(self) -> Tables:
        """Return every durable row, by table and id. Raises OSError, StoreRefused.

        The rows read while opening are returned once; later calls read the files again.
        """
        tables, self._unread = self._unread, None
        return self._read().tables if tables is None else tables

    def change(self, table: str, changes: Mapping[str, bytes | None]) -> None:
        """Put documents, and remove those given as None. Durable, and readable, only after ``sync``."""
        self._pending += [journal.line_of(table, id_, document) for id_, document in changes.items()]

    def sync(self) -> None:
        """Make all pending changes durable, all of them or none.

        Raises OSError: the file is unchanged, and ``prove`` must succeed before any other change.
        """
        if not self._pending:
            return
        batch = journal.batch_of(self._pending)
        self._pending.clear()
        self._unread = None
        self._proof_bytes = max(_LEAST_PROOF_BYTES, len(batch))
        try:
            _write(self._descriptor, batch)
            os.fdatasync(self._descriptor)
        except OSError:
            # If this fails too, the file ends in an incomplete batch or one that was never acknowledged.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._journal_bytes)
                os.fsync(self._descriptor)
            raise
        self._journal_bytes += len(batch)
        self._since_snapshot_bytes += len(batch)

    def prove(self) -> None:
        """Check that a batch as large as the failed one fits.

        The test data is removed again. The journal is reopened, because the opened file may no longer exist. Raises
        OSError.
        """
        self._pending.clear()
        path = journal.journal_path(self._directory, self._generation)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if os.fstat(descriptor).st_size < self._journal_bytes:
            os.close(descriptor)
            raise OSError(errno.EIO, "the journal is shorter than what was written to it", str(path))
        os.close(self._descriptor)
        self._descriptor = descriptor
        try:
            os.ftruncate(descriptor, self._journal_bytes)
            _write(descriptor, bytes(self._proof_bytes))  # not a valid batch, so a restart ignores it
            os.fdatasync(descriptor)
        finally:
            os.ftruncate(descriptor, self._journal_bytes)
            os.fsync(descriptor)

    @property
    def wants_compaction(self) -> bool:
        """Whether compaction was requested or the journals are long.

        Long compared to the snapshot, because every start reads them.
        """
        return self._asked or self._since_snapshot_bytes > max(self._compact_at_bytes, self._snapshot_bytes // 4)

    def request_compaction(self) -> None:
        """Request a compaction: until then removed rows are still in the files."""
        self._asked = True

    def compact(self) -> Generator[None]:
        """Write a snapshot in pieces; commits continue between the pieces, in a new journal.

        Raises OSError, StoreRefused: the old snapshot and all journals are kept; it is tried again later.
        """
        base, generation = self._base, self._generation + 1
        path = journal.snapshot_path(self._directory, generation)
        unfinished = path.with_suffix(".unfinished")
        self._since_snapshot_bytes = 0
        self._asked = False
        try:
            descriptor = _create(self._directory, generation)
            os.close(self._descriptor)
            self._descriptor, self._generation = descriptor, generation
            self._journal_bytes = os.fstat(descriptor).st_size
            snapshot_bytes = 0
            journals = range(base, generation)
            with open(unfinished, "wb", opener=_private) as file:
                for piece in pieces(self._directory, base=base, journals=journals, generation=generation):
                    file.write(piece)
                    file.flush()
                    os.fdatasync(file.fileno())  # small syncs, so that no commit waits for a long one
                    snapshot_bytes += len(piece)
                    yield
            unfinished.rename(path)
            journal.sync_directory(self._directory)
        except (OSError, StoreRefused, GeneratorExit) as end:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            self._asked = isinstance(end, GeneratorExit)  # closed after a failed commit: start again after the recovery
            raise
        self._base = generation
        self._snapshot_bytes = snapshot_bytes
        self._remove_older_than(generation)

    def hold_files(self) -> Sequence[StoreFile]:
        """Return the files that hold every durable row; they stay, also after a compaction, until released.

        Raises OSError.
        """
        directory = self._directory
        paths = [journal.snapshot_path(directory, self._base)] if self._base else []
        paths += [journal.journal_path(directory, number) for number in range(self._base, self._generation)]
        files = [StoreFile(name=path.name, size_bytes=path.stat().st_size) for path in paths]
        last = journal.journal_path(directory, self._generation).name
        self._holders += 1
        return (*files, StoreFile(name=last, size_bytes=self._journal_bytes))

    def release_files(self) -> None:
        """Let the files of one ``hold_files`` go."""
        self._holders -= 1
        self._remove_older_than(self._base)

    def read(self) -> dict[str, dict[str, Any]]:
        """Return all tables, as required by TinyDB."""
        return {name: Documents(rows) for name, rows in self.tables().items()}  # type: ignore[misc]

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace all tables with ``data``, as required by TinyDB: writes the differences, durable on return."""
        before = self.tables()
        for name in [name for name in before if name not in data]:
            self.change(name, dict.fromkeys(before[name]))
        for name, documents in data.items():
            if isinstance(documents, Documents):
                continue
            old = before.get(name, {})
            new = {id_: to_json(document) for id_, document in documents.items()}
            changes: dict[str, bytes | None] = {id_: None for id_ in old if id_ not in new}
            changes |= {id_: document for id_, document in new.items() if old.get(id_) != document}
            self.change(name, changes)
        self.sync()

    def close(self) -> None:
        """Close the files and release the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _load(self) -> None:
        loaded = self._read()
        # All files are valid: change files only from here on.
        self._base, self._generation = loaded.base, loaded.generation
        path = journal.journal_path(self._directory, self._generation)
        if loaded.end_bytes == 0:
            self._descriptor = _create(self._directory, self._generation)
            self._journal_bytes = os.fstat(self._descriptor).st_size
        else:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            if path.stat().st_size > loaded.end_bytes:
                os.ftruncate(self._descriptor, loaded.end_bytes)
                os.fsync(self._descriptor)
            self._journal_bytes = loaded.end_bytes
        self._unread = loaded.tables
        self._pending = []
        self._snapshot_bytes = loaded.snapshot_bytes
        self._since_snapshot_bytes = loaded.journals_bytes
        for unfinished in self._directory.glob("store-*.unfinished"):
            unfinished.unlink(missing_ok=True)
        self._remove_older_than(self._base)

    def _read(self) -> _Found:
        """Read the files without changing them.

        Journals first: they override the rows of the snapshot.
        """
        directory = self._directory
        snapshots = journal.generations(directory, "snapshot")
        base = snapshots[-1] if snapshots else 0
        journals = [number for number in journal.generations(directory, "journal") if number >= base]
        if journals != list(range(base, base + len(journals))) or (snapshots and not journals):
            raise StoreRefused(
                f"{directory} lacks a file: there are snapshots {snapshots} and journals {journals}. Restore the data "
                "directory from a backup. Nothing was changed."
            )
        tables: dict[str, dict[str, bytes]] = {}
        journals_bytes, end_bytes = 0, 0
        for number in journals:
            path, end_bytes = journal.journal_path(directory, number), 0
            for batch in journal.read_journal(path, number, last=number == journals[-1]):
                for table, id_, document in map(journal.parts_of, batch.lines):
                    tables.setdefault(table.decode("ascii"), {})[journal.id_of(id_)] = document
                end_bytes = batch.end_bytes
            journals_bytes += end_bytes
        snapshot_bytes = 0
        if snapshots:
            path = journal.snapshot_path(directory, base)
            snapshot_bytes = path.stat().st_size
            for table, id_, document in map(journal.parts_of, journal.read_snapshot(path, base)):
                tables.setdefault(table.decode("ascii"), {}).setdefault(journal.id_of(id_), document)
        for rows in tables.values():
            for removed in [id_ for id_, document in rows.items() if not document]:
                del rows[removed]
        return _Found(
            tables=tables,
            base=base,
            generation=journals[-1] if journals else base,
            end_bytes=end_bytes,
            journals_bytes=journals_bytes,
            snapshot_bytes=snapshot_bytes,
        )

    def _remove_older_than(self, generation: int) -> None:
        if self._holders:
            return
        for number in journal.generations(self._directory, "journal"):
            if number < generation:
                journal.journal_path(self._directory, number).unlink(missing_ok=True)
        for number in journal.generations(self._directory, "snapshot"):
            if number < generation:
                journal.snapshot_path(self._directory, number).unlink(missing_ok=True)


class JournalTable(Table):
    """A TinyDB table with text ids and cheap changes."""

    document_id_class = str  # type: ignore[assignment]

    def change(self, changes: Mapping[str, bytes | None]) -> None:
        """Put and remove documents without reading others; ``JournalStorage.sync`` makes them durable."""
        storage = self._storage
        assert isinstance(storage, JournalStorage)  # noqa: S101 - TinyDB types it as any storage
        storage.change(self.name, changes)
        self.clear_cache()


class JournalDatabase(TinyDB):
    """TinyDB with these tables and this storage: ``JournalDatabase(directory)``."""

    table_class = JournalTable
    default_storage_class = JournalStorage  # type: ignore[assignment]


def _lock(directory: Path) -> int:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / "store.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreRefused(f"{directory} cannot be used as data directory: {error}. Nothing was changed.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "?"
        os.close(descriptor)
        raise StoreInUse(
            f"{directory} is in use by another process (id {holder}). Stop it first, or use PostgreSQL for several "
            "processes. Nothing was changed.",
            holder=holder,
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _create(directory: Path, generation: int) -> int:
    path = journal.journal_path(directory, generation)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _write(descriptor, journal.envelope("journal", generation))
        os.fsync(descriptor)
        journal.sync_directory(directory)
    except OSError:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
        raise
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
