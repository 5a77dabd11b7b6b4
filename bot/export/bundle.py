"""The files of an export, and the ZIP archive of them."""

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

DATA: Final = "data.json"
PAGE: Final = "readable.html"
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def data_json(data: OwnData, texts: Texts, *, at: datetime) -> str:
    """Return the export as JSON with a final line break."""
    return exported(data, at=at, besides=besides_of(data.person, texts)) + "\n"


def readable_page(data: OwnData, texts: Texts, *, at: datetime) -> str:
    """Return the export as an HTML page."""
    return page_of(readable_export(texts, data, at=at), texts.language)


async def files_of(data: OwnData, texts: Texts, images: Images, *, at: datetime) -> AsyncIterator[tuple[str, bytes]]:
    """Yield name and content of each file: JSON, page and the person's own images. Raises StoreUnavailable."""
    yield DATA, data_json(data, texts, at=at).encode()
    yield PAGE, readable_page(data, texts, at=at).encode()
    for found in data.held:
        for record in found.records:
            image = await images.get(record.id) if isinstance(record, Image) else None
            if image is not None:
                yield f"images/{record.id}.{ENDINGS.get(image.media_type, 'bin')}", image.body


async def write_zip(file: IO[bytes], data: OwnData, texts: Texts, images: Images, *, at: datetime) -> None:
    """Write the archive of all files. Raises StoreUnavailable, OSError."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        async for name, content in files_of(data, texts, images, at=at):
            archive.writestr(name, content)
