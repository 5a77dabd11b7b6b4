"""Image storage in a folder of one process, and the copying of images between two storages."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from bot.images.cleaning import kind_of
from bot.ports import IMAGE_ID, Images, StoredImage, StoreRefused, StoreUnavailable

T = TypeVar("T")


class FileImages:
    """Implements ``Images``: one file per image in ``folder``, with access for its owner only.

    The folder is created when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = Lock()

    async def put(self, id: str, image: StoredImage) -> None:
        if not IMAGE_ID.fullmatch(id):
            raise ValueError("not the id of an image")
        await _thread(self._write_file, id, image.body)

    async def get(self, id: str) -> StoredImage | None:
        if not IMAGE_ID.fullmatch(id):
            return None
        body = await _thread(self._read_file, id)
        kind = kind_of(body) if body is not None else None
        return StoredImage(body=body, media_type=kind.media_type) if body is not None and kind is not None else None

    async def delete(self, ids: Collection[str]) -> None:
        known = [id_ for id_ in ids if IMAGE_ID.fullmatch(id_)]
        if known:
            await _thread(self._remove, known)

    async def ids(self) -> AsyncIterator[str]:
        for id_ in await _thread(self._list):
            yield id_

    def _write_file(self, id_: str, body: bytes) -> None:
        with self._writing:
            self._write_alone(id_, body)

    def _write_alone(self, id_: str, body: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._folder / f"{id_}.new"
        descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                fcntl.flock(opened, fcntl.LOCK_EX)  # a command that lists leaves it alone
                opened.write(body)
                opened.flush()
                os.fsync(opened.fileno())
                # Renamed only after the sync: a crash leaves the earlier state or the complete image.
                new.replace(self._folder / id_)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        _sync(self._folder)

    def _read_file(self, id_: str) -> bytes | None:
        try:
            return (self._folder / id_).read_bytes()
        except FileNotFoundError:
            return None

    def _remove(self, ids: Collection[str]) -> None:
        for id_ in ids:
            (self._folder / id_).unlink(missing_ok=True)
        if self._folder.is_dir():
            _sync(self._folder)

    def _list(self) -> list[str]:
        """Return the stored ids; delete incomplete files left by a crash."""
        if not self._folder.is_dir():
            return []
        with self._writing:
            # Under the lock, so that a file that is being written now is not deleted.
            names = os.listdir(self._folder)
            for name in names:
                if name.endswith(".new") and IMAGE_ID.fullmatch(name.removesuffix(".new")):
                    _remove_unlocked(self._folder / name)
        return [name for name in names if IMAGE_ID.fullmatch(name)]


def _remove_unlocked(unfinished: Path) -> None:
    """Delete an incomplete file unless another process is writing it."""
    with suppress(FileNotFoundError, BlockingIOError), unfinished.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unfinished.unlink()


def _sync(folder: Path) -> None:
    """Make created, renamed and removed names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _thread(work: Callable[..., T], *arguments: object) -> T:
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as fault:
        raise StoreUnavailable(f"the images' folder cannot be used: {fault.strerror}") from fault


# Copying of images between two storages, together with their store.


async def copy_images(source: Images, target: Images) -> int:
    """Copy every image and return their number.

    Existing images in the target are not overwritten.

    Raises:
        StoreRefused: an image in the target differs afterwards.
        StoreUnavailable: one of the storages could not be reached; start again to continue.
    """
    number = 0
    async for id_ in source.ids():
        image = await source.get(id_)
        if image is None:
            continue
        if await target.get(id_) is None:
            await target.put(id_, image)
        if await target.get(id_) != image:
            raise StoreRefused(f"the copy differs in {id_}. Copy into an empty store.")
        number += 1
    return number
