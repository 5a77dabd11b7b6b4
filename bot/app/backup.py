"""Make a backup beside the running bot, and restore one with the rights of people who left since then ended."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bot.app.backup_file import DUMP, BackupContents, BackupWriter, new_backup, unpack
from bot.ports import Commit, Key, RecordWrite, Store, StoreRefused
from bot.settings.model import Settings
from bot.stores.memory.state import Table, key_of_row, record_row_id
from bot.stores.remote.store import RemoteStore
from bot.stores.tiny.journal import sync_directory
from bot.stores.tiny.store import TinyStore
from dialogs.provisioning.model import ScimToken
from dialogs.signin.model import SignInLink, SignInTransaction, WebSession

# End what a restored backup would let in again: web sign-ins, and tokens of directories.

_SIGN_INS: Final = (WebSession.KIND, SignInLink.KIND, SignInTransaction.KIND)
_PORTION: Final = 500
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredRights:
    """What gave access in a backup.

    Attributes:
        sign_ins: number of ended sessions, links and begun sign-ins.
        tokens: id and municipality of each token of a directory.
        kept: whether the tokens still let their directories in.
    """

    sign_ins: int
    tokens: Sequence[tuple[str, str]]
    kept: bool


async def end_in_store(store: TinyStore, *, keep_tokens: bool, at: datetime) -> RestoredRights:
    """End everything in an opened store. Raises StoreUnavailable."""
    sign_ins = [key for kind in _SIGN_INS for key, _ in await _records(store, kind)]
    tokens = await _records(store, ScimToken.KIND)
    ended = [*sign_ins, *(() if keep_tokens else (key for key, _ in tokens))]
    for start in range(0, len(ended), _PORTION):
        writes = tuple(RecordWrite(key=key, body=None) for key in ended[start : start + _PORTION])
        await store.commit(Commit(at=at, records=writes))
    return _rights(len(sign_ins), [(key.id, body) for key, body in tokens], kept=keep_tokens)


async def end_in_database(url: str, *, keep_tokens: bool) -> RestoredRights:
    """End everything in a database, which may be one of an earlier version. Raises StoreUnavailable."""
    from bot.stores.postgres.table_rows import delete_records, read_records  # noqa: PLC0415 - the driver is an extra

    ended = await delete_records(url, _SIGN_INS)
    tokens = await (read_records if keep_tokens else delete_records)(url, (ScimToken.KIND,))
    return _rights(len(ended), tokens, kept=keep_tokens)


def _rights(sign_ins: int, tokens: Sequence[tuple[str, Body]], *, kept: bool) -> RestoredRights:
    by_id = sorted((id_, str(body["municipality_id"])) for id_, body in tokens)
    return RestoredRights(sign_ins=sign_ins, tokens=by_id, kept=kept)


async def _records(store: TinyStore, kind: str) -> list[tuple[Key, Body]]:
    """Return all records of a kind. No term finds them all, so they are read by their ids."""
    records: list[tuple[Key, Body]] = []
    after = record_row_id(Key(kind=kind, id=""))
    while page := await store.read_rows(Table.RECORD, after=after, limit=_PORTION):
        own = [(key_of_row(id_), document["body"]) for id_, document in page if key_of_row(id_).kind == kind]
        records += own
        if len(own) < len(page):
            break
        after = page[-1][0]
    return records


TINY: Final = "tiny"
POSTGRES: Final = "postgres"
IMAGES: Final = "images"
LOCK: Final = "store.lock"
# In the data folder, and no part of a backup: rebuildable files, the socket, and unfinished writes.
_MOUNT_POINT: Final = "lost+found"
_LEFT_OUT: Final = frozenset({"cache", "local", IMAGES, LOCK, _MOUNT_POINT})
_UNFINISHED: Final = (".new", ".unfinished", ".part")
_RESTORING: Final = "restoring"


async def back_up(settings: Settings, store: Store, path: Path, *, at: datetime) -> BackupWriter:
    """Write everything into a new file. Raises StoreRefused, StoreUnavailable, OSError."""
    _refuse_inside(settings.data_dir, path)
    with new_backup(path, at=at) as backup:
        # Keys and signed heads first: every head that is in the backup is then about rows that are in it, too.
        _add_files(backup, settings.data_dir)
        if isinstance(store, TinyStore | RemoteStore):
            async with store.held_files() as files:
                for file in files:
                    backup.add_file(file.name, settings.data_dir / file.name, size_bytes=file.size_bytes)
            # Images last: an image is written after its record, so some may be missing, as after a crash.
            _add_images(backup, settings.data_dir / IMAGES)
            backup.finish(store=TINY, program=version("heia"))
        else:
            await _add_dump(backup, settings, path)
            backup.finish(store=POSTGRES, program=version("heia"))
    return backup


def _refuse_inside(folder: Path, path: Path) -> None:
    if path.resolve().is_relative_to(folder.resolve()):
        raise StoreRefused(
            f"{path} lies in the data folder: every later backup would hold this one, too. Name a file elsewhere; "
            "nothing was written."
        )


def _add_files(backup: BackupWriter, folder: Path) -> None:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        mine = path.name in _LEFT_OUT or path.name.startswith(("store-", ".")) or path.name.endswith(_UNFINISHED)
        if mine:
            continue
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file() and not file.is_symlink():
                backup.add_file(file.relative_to(folder).as_posix(), file)


def _add_images(backup: BackupWriter, folder: Path) -> None:
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        if name.endswith(_UNFINISHED):
            continue
        try:
            backup.add_file(f"{IMAGES}/{name}", folder / name)
        except FileNotFoundError:  # deleted meanwhile
            continue


async def _add_dump(backup: BackupWriter, settings: Settings, path: Path) -> None:
    from bot.stores.postgres.table_rows import dump  # noqa: PLC0415 - the driver is an extra

    # pg_dump makes a file that is readable by all users, so it stands in a private folder.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", suffix=".part", dir=path.parent) as folder:
        dumped = Path(folder) / DUMP
        await dump(_url(settings), dumped)
        backup.add_file(DUMP, dumped)


async def restore_backup(
    settings: Settings, path: Path, *, keep_tokens: bool, at: datetime
) -> tuple[BackupContents, RestoredRights]:
    """Bring back a backup into a data folder that is empty or missing, and a database that is empty.

    All web sign-ins in it are ended, and without ``keep_tokens`` all tokens of directories.

    Raises StoreRefused: there is something already, or the backup cannot be used; nothing was changed then. OSError.
    """
    with _empty_folder(settings.data_dir) as folder:
        unpacked = folder / _RESTORING
        unpacked.mkdir(mode=0o700)
        try:
            contents = unpack(path, unpacked)
            wanted = POSTGRES if settings.database_url is not None else TINY
            if contents.store != wanted:
                raise StoreRefused(_other_store(path, contents.store))
            if contents.store == POSTGRES:
                rights = await _restore_dump(settings, unpacked / DUMP, keep_tokens=keep_tokens)
            else:
                rights = await _prepare_store(unpacked, keep_tokens=keep_tokens, at=at)
            # The store's files last: a folder in which they are not whole has none of them, and is no store.
            for restored in sorted(unpacked.iterdir(), key=lambda path: path.name.startswith("store-")):
                restored.rename(folder / restored.name)
            sync_directory(folder)
        finally:
            shutil.rmtree(unpacked)
    return contents, rights


@contextmanager
def _empty_folder(folder: Path) -> Iterator[Path]:
    """Yield the empty data folder, locked as a store locks it. Raises StoreRefused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(path.name != _MOUNT_POINT for path in folder.iterdir()):
        raise StoreRefused(
            f"{folder} is not empty, and a backup never replaces what is there. Stop the bot and move the folder "
            "aside, or set HEIA_DATA_DIR to another. Nothing was changed."
        )
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError:
        raise StoreRefused(f"{folder} is in use by another process. Nothing was changed.") from None
    except BaseException:
        (folder / LOCK).unlink(missing_ok=True)
        raise
    finally:
        os.close(lock)


async def _prepare_store(folder: Path, *, keep_tokens: bool, at: datetime) -> RestoredRights:
    """Open the unpacked store once: a damaged one is refused before it takes its place."""
    store = TinyStore(directory=folder)
    await store.open()
    try:
        rights = await end_in_store(store, keep_tokens=keep_tokens, at=at)
    finally:
        await store.close()
    (folder / LOCK).unlink()
    return rights


async def _restore_dump(settings: Settings, dumped: Path, *, keep_tokens: bool) -> RestoredRights:
    from bot.stores.postgres.table_rows import restore_dump  # noqa: PLC0415 - the driver is an extra

    await restore_dump(_url(settings), dumped)
    os.unlink(dumped)
    return await end_in_database(_url(settings), keep_tokens=keep_tokens)


def _other_store(path: Path, store: str) -> str:
    if store == TINY:
        return (
            f"{path} holds a data folder, and HEIA_DATABASE_URL is set. Restore it without that setting, then copy it "
            "into the database: heia db copy. Nothing was changed."
        )
    return f"{path} holds a database: set HEIA_DATABASE_URL to an empty one. Nothing was changed."


def _url(settings: Settings) -> str:
    assert settings.database_url is not None  # noqa: S101 - the caller looked
    return settings.database_url.get_secret_value()
