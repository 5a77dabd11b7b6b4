"""The file of a backup: a compressed tar of plain files, and last a list of them with their checksums."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from bot.ports import StoreRefused

FORMAT: Final = "heia-backup"
FORMAT_VERSION: Final = 1
LIST: Final = "heia-backup.json"
# The dump of a database, in pg_dump's own format.
DUMP: Final = "database.dump"
# A disk is the slow part; higher levels take several times as long for little.
_COMPRESSION: Final = 3
_CHUNK_BYTES: Final = 1024 * 1024
_MAX_LIST_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContents:
    """What a backup holds.

    Attributes:
        files: SHA-256 in hex, by name relative to the data folder.
        store: tiny or postgres.
    """

    files: Mapping[str, str]
    store: str
    program: str
    made_at: str


class BackupWriter:
    """Adds files to a backup."""

    def __init__(self, tar: tarfile.TarFile, made_at: datetime) -> None:
        self._tar = tar
        self._made_at = made_at
        self.files: dict[str, str] = {}
        self.size_bytes = 0

    def add_file(self, name: str, path: Path, *, size_bytes: int | None = None) -> None:
        """Add a file, or its first ``size_bytes``. Raises OSError; ValueError: it became shorter."""
        if not _is_inside(name):
            raise ValueError(f"{name!r} cannot be the name of a file in a backup")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size if size_bytes is None else size_bytes
            reader = _Summing(file, size)
            self._tar.addfile(self._entry(name, size), cast(IO[bytes], reader))
        self.files[name] = reader.sum.hexdigest()
        self.size_bytes += size

    def finish(self, *, store: str, program: str) -> None:
        """Add the list of files. A backup without it is not whole."""
        contents = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "store": store,
            "program": program,
            "made_at": self._made_at.isoformat(),
            "files": self.files,
        }
        document = json.dumps(contents, indent=1).encode()
        self._tar.addfile(self._entry(LIST, len(document)), io.BytesIO(document))

    def _entry(self, name: str, size: int) -> tarfile.TarInfo:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, 0o600, int(self._made_at.timestamp())
        return entry


class _Summing:
    """Reads the first bytes of a file and computes their SHA-256."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(part)
        self.sum.update(part)
        return part


@contextmanager
def new_backup(path: Path, *, at: datetime) -> Iterator[BackupWriter]:
    """Yield the writer of a new backup, for its owner only. The file appears when the block has ended without a fault.

    Raises StoreRefused: there is such a file already; OSError.
    """
    if path.exists():
        raise StoreRefused(f"{path} exists already. Name another file; nothing was written.")
    # A new file with a name that cannot be guessed: in a folder that others write to, too, one that waits there would
    # be read by them or lead elsewhere.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with (
                gzip.GzipFile(filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=file, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w") as tar,
            ):
                yield BackupWriter(tar, at)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)  # unlike a rename, it replaces no file that came meanwhile
    except FileExistsError:
        raise StoreRefused(f"{path} exists already. Name another file; nothing was written.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> BackupContents:
    """Unpack a backup into an empty folder and compare every file with its checksum.

    Raises StoreRefused: it is damaged, not whole or no backup; OSError.
    """
    sums: dict[str, str] = {}
    listed: bytes | None = None
    try:
        with tarfile.open(path, mode="r:gz") as tar:
            for entry in tar:
                plain = entry.isreg() and not entry.issparse() and _is_inside(entry.name)
                packed = tar.extractfile(entry) if plain else None
                if packed is None or entry.name in sums or listed is not None:
                    raise _damaged(path, f"an entry {entry.name!r} that does not belong there")
                if entry.name == LIST:
                    listed = packed.read(_MAX_LIST_BYTES)
                else:
                    sums[entry.name] = _write(packed, folder / entry.name)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as fault:
        raise _damaged(path, str(fault) or type(fault).__name__) from fault
    contents = _contents(path, listed)
    wrong = sorted(name for name in {*sums, *contents.files} if sums.get(name) != contents.files.get(name))
    if wrong:
        raise _damaged(path, f"{len(wrong)} files differ from their checksums, such as {wrong[0]}")
    return contents


def _is_inside(name: str) -> bool:
    """Return whether a name stays inside the folder that it is unpacked into."""
    return name.isprintable() and all(part not in {"", ".", ".."} for part in name.split("/"))


def _write(packed: IO[bytes], path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    total = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while part := packed.read(_CHUNK_BYTES):
            total.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return total.hexdigest()


def _contents(path: Path, listed: bytes | None) -> BackupContents:
    if listed is None:
        raise _damaged(path, "its end is missing")
    try:
        document: dict[str, Any] = json.loads(listed)
        known, version = document["format"] == FORMAT, document["version"]
        contents = BackupContents(
            files=dict(document["files"]),
            store=str(document["store"]),
            program=str(document["program"]),
            made_at=str(document["made_at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise _damaged(path, "its list of files cannot be read") from fault
    if not known or version != FORMAT_VERSION:
        raise StoreRefused(
            f"{path} is a backup of version {version!r}; this program knows {FORMAT_VERSION}. Restore it with the "
            f"program that made it, Heia {contents.program}. Nothing was changed."
        )
    return contents


def _damaged(path: Path, reason: str) -> StoreRefused:
    return StoreRefused(f"{path} is damaged or no backup of Heia: {reason}. Nothing was changed.")
