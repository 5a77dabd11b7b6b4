"""The files of an export, and the ZIP archive of them."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from html import escape
from typing import IO, Final, Protocol

from bot.ports import Images
from dialogs.core.image import Image
from dialogs.core.texts import Texts
from dialogs.privacy.export import besides_of, exported, readable_export
from dialogs.privacy.inventory import Chapter
from dialogs.privacy.own_data import OwnData
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

# Documents with chapters as stand-alone HTML pages.

STYLE: Final = (
    "body{font:11pt/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:9.5pt}"
    "th,td{border:1px solid #888;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "h2{margin-top:2rem}"
)


class Chaptered(Protocol):
    """A document: title, lead and chapters."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    @property
    def lead(self) -> str:
        """The first paragraph."""
        ...

    @property
    def chapters(self) -> Sequence[Chapter]:
        """The chapters in order."""
        ...


def page_of(document: Chaptered, language: Language) -> str:
    """Return a stand-alone HTML page; every text is escaped."""
    chapters = "\n".join(map(_chapter, document.chapters))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(document.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{escape(document.title)}</h1>\n<p>{escape(document.lead)}</p>\n"
        f"{chapters}\n</body>\n</html>\n"
    )


def _chapter(chapter: Chapter) -> str:
    table = ""
    if chapter.columns:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in chapter.columns)
        rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in chapter.rows)
        table = f"\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    paragraphs = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in chapter.paragraphs)
    return f"<h2>{escape(chapter.heading)}</h2>\n{paragraphs}{table}"


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
