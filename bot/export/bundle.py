"""A person's data as files and a ZIP archive, as a download for the person and for data protection."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import IO, Final, Protocol

from bot.budget import Rate, TokenBuckets
from bot.ports import Clock, Commit, Images, RandomSource, Store, StoreUnavailable
from bot.records.codec import write_of
from bot.records.query_answering import FlowRun
from bot.turn.repeated_acts import RepeatCounter
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put
from dialogs.core.image import Image
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.privacy.export import besides_of, exported, readable_export
from dialogs.privacy.inventory import Chapter
from dialogs.privacy.officer import is_officer, may_download
from dialogs.privacy.own_data import OwnData, own_data_of
from dialogs.provisioning.model import awaits_removal
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


# A person's data as a download, for the person and for the data protection officer of the municipality.

# An export reads the whole store. An officer with several requests on one day stays within the burst.
DOWNLOADS: Final = Rate(burst=10, per_minute=0.2)
# Others wait, so that answers are not delayed.
MAX_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A ZIP archive in the person's language. ``chunks`` raises StoreUnavailable, also midway."""

    name: str
    chunks: AsyncIterator[bytes]


class Downloads:
    """Access-checked and audited entry point. ``find_person`` returns the person with an id."""

    def __init__(
        self,
        *,
        store: Store,
        images: Images,
        find_person: Callable[[str], Awaitable[Person | None]],
        content: Callable[[], Content],
        clock: Clock,
        rng: RandomSource,
        repeats: RepeatCounter | None = None,
    ) -> None:
        self._store = store
        self._images = images
        self._find_person = find_person
        self._content = content
        self._clock = clock
        self._rng = rng
        self._repeats = repeats if repeats is not None else RepeatCounter()
        self._budget = TokenBuckets(DOWNLOADS, clock=clock)
        self._reading = asyncio.Semaphore(MAX_AT_ONCE)

    def count_request(self, reader_id: str) -> float:
        """Count a request and return 0.0, or the seconds until the reader may ask again."""
        return self._budget.take(reader_id)

    async def download(self, reader_id: str, person_id: str) -> Download | None:
        """Return the data of a person; None if the reader may not have it or it does not exist.

        Both the download and the refusal are in the audit log before this returns. Raises StoreUnavailable.
        """
        reader, person = await self._find_person(reader_id), await self._find_person(person_id)
        now = self._clock.now()
        if reader is None or person is None or not await self._allows(reader, person):
            reading_as = "person" if reader is not None and is_officer(reader) else "officer"
            await self._note(Audit(act="privacy.refused", subject=reading_as, by=reader_id, repeatable=True), now)
            return None
        async with self._reading:
            data = await FlowRun(store=self._store).result_of(own_data_of(person))
        details = (("records", str(data.number)),)
        own = reader.id == person.id
        await self._note(
            Audit(
                act="privacy.exported",
                subject=person.id,
                by=reader.id,
                details=details,
                about_person=True,
                repeatable=own,
            ),
            now,
        )
        content = self._content()
        chunks = zip_chunks(data, content.texts[person.language], content.organisation, self._images, at=now)
        return Download(name=f"heia-data-{now:%Y-%m-%d}.zip", chunks=chunks)

    async def _allows(self, reader: Person, person: Person) -> bool:
        if reader.id == person.id:
            return True
        # An officer with a pending removal still has the role.
        suspended = await FlowRun(store=self._store).result_of(awaits_removal(reader))
        return may_download(reader, person) and not suspended

    async def _note(self, act: Audit, at: datetime) -> None:
        if act.repeatable and not self._repeats.count_act(act, at):
            return
        entry = AuditEntry.from_act(act, id=self._rng.new_id("audit"), at=at)
        try:
            await self._store.commit(Commit(at=at, records=(write_of(Put(record=entry), {}),)))
        except StoreUnavailable:
            if act.repeatable:
                self._repeats.undo(act, recorded=True)
            raise
