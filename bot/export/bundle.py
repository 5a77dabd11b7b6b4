"""The files of an export, and the ZIP archive of them."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Final

from bot.export.page import page_of
from bot.ports import Images
from dialogs.core.image import Image
from dialogs.core.texts import Texts
from dialogs.privacy.export import besides_of, exported
from dialogs.privacy.own_data import OwnData
from dialogs.privacy.readable import readable_export
from knowledge.organisation.organisation import Organisation

DATA: Final = "data.json"
PAGE: Final = "readable.html"
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def data_json(data: OwnData, texts: Texts, *, at: datetime) -> str:
    """Return the export as JSON with a final line break."""
    return exported(data, at=at, besides=besides_of(data.person, texts)) + "\n"


def readable_page(data: OwnData, texts: Texts, organisation: Organisation, *, at: datetime) -> str:
    """Return the export as an HTML page."""
    return page_of(readable_export(texts, data, organisation, at=at), texts.language)


async def files_of(
    data: OwnData, texts: Texts, organisation: Organisation, images: Images, *, at: datetime
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield name and content of each file: JSON, page and the person's own images. Raises StoreUnavailable."""
    yield DATA, (await asyncio.to_thread(data_json, data, texts, at=at)).encode()
    yield PAGE, (await asyncio.to_thread(readable_page, data, texts, organisation, at=at)).encode()
    for held in data.held:
        for record in held.records:
            image = await images.get(record.id) if isinstance(record, Image) else None
            if image is not None:
                yield f"images/{record.id}.{ENDINGS.get(image.media_type, 'bin')}", image.body


class _Pending:
    """Collects what the archive writes until it is drained. Without ``seek``, so that nothing is written twice."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes, /) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: ``drain`` is called instead."""

    def close(self) -> None:
        """Do nothing."""

    def drain(self) -> bytes:
        """Return and forget the written bytes."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def zip_chunks(
    data: OwnData, texts: Texts, organisation: Organisation, images: Images, *, at: datetime
) -> AsyncIterator[bytes]:
    """Yield the ZIP archive of all files, one file at a time. Raises StoreUnavailable."""
    pending = _Pending()
    with zipfile.ZipFile(pending, "w", zipfile.ZIP_DEFLATED) as archive:
        async for name, content in files_of(data, texts, organisation, images, at=at):
            await asyncio.to_thread(archive.writestr, name, content)  # compression would block other people's turns
            yield pending.drain()
    yield pending.drain()


async def write_zip(
    file: IO[bytes], data: OwnData, texts: Texts, organisation: Organisation, images: Images, *, at: datetime
) -> None:
    """Write the archive of all files. Raises StoreUnavailable, OSError."""
    async for chunk in zip_chunks(data, texts, organisation, images, at=at):
        file.write(chunk)
