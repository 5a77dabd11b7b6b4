"""The one door through which images come in and are looked at again, whichever channel they came through."""

import asyncio
from collections.abc import Sequence
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.codec import decode, write_of
from bot.images.cleaning import Refused, clean
from bot.ports import Chance, Clock, Commit, Conflict, Images, Key, RecordWrite, Store, Stored, StoredImage
from dialogs.audit import AuditEntry
from dialogs.decision import Audit, Put
from dialogs.event import Attachment, Refusal
from dialogs.image import Image, loose_of

MOST_LOOSE: Final = 20
"""Images a person may have sent without anybody to send them to; all guests together have as many."""


class Intake:
    """Takes images in. One is cleaned at a time, in a thread, however many come."""

    def __init__(
        self, *, images: Images, store: Store, clock: Clock, chance: Chance, log: FilteringBoundLogger
    ) -> None:
        self._images = images
        self._store = store
        self._clock = clock
        self._chance = chance
        self._log = log
        self._cleaning = asyncio.Semaphore(1)

    async def take(self, raw: bytes, *, person_id: str, name: str) -> Attachment:
        """Check, clean and keep an image of a person. What is refused is in the audit log, and nowhere else.

        Raises StoreUnavailable: nothing was kept.
        """
        try:
            async with self._cleaning:
                if await self._store.count(Image.KIND, loose_of(person_id)) >= MOST_LOOSE:
                    raise Refused(Refusal.TOO_MANY)
                image = await asyncio.to_thread(clean, raw)
                record = await self._record(image, person_id)
        except Refused as refused:
            return await self.refuse(refused.reason, person_id=person_id, name=name, size_bytes=len(raw))
        await self._images.put(record.id, image)
        self._log.info("image_taken", image_id=record.id, size_bytes=record.size_bytes)
        return _attachment(record, name)

    async def _record(self, image: StoredImage, person_id: str) -> Image:
        """Write the record, before there are bytes: bytes without one are nobody's, at any time, and cleared away."""
        now = self._clock.now()
        record = Image(
            id=self._chance.id("image"),
            person_id=person_id,
            media_type=image.media_type,
            size_bytes=len(image.body),
            at=now,
        )
        await self._store.commit(Commit(at=now, records=(write_of(Put(record=record), {}),)))
        return record

    async def refuse(self, reason: Refusal, *, person_id: str, name: str, size_bytes: int) -> Attachment:
        """Return a file as refused, and put that into the audit log. Raises StoreUnavailable."""
        details = (("reason", str(reason)), ("bytes", str(size_bytes)))
        act = Audit(act="image.refused", subject=person_id, by=person_id, details=details)
        now = self._clock.now()
        entry = AuditEntry.of(act, id=self._chance.id("audit"), at=now)
        await self._store.commit(Commit(at=now, records=(write_of(Put(record=entry), {}),)))
        return Attachment(id="", name=name, media_type="", size_bytes=size_bytes, refused=reason)

    async def own(self, person_id: str, ids: Sequence[str]) -> tuple[Attachment, ...]:
        """Return a person's own images as attachments; an id of anything else stands for one that cannot be had."""
        records = [decode(Image, stored) for stored in await self._stored(ids)]
        found = {record.id: record for record in records if record.person_id == person_id}
        gone = Attachment(id="", name="", media_type="", size_bytes=0, refused=Refusal.UNAVAILABLE)
        return tuple(_attachment(found[id_], "") if id_ in found else gone for id_ in ids)

    async def find(self, id: str) -> StoredImage | None:
        """Return an image for somebody who may see it; None from the moment its record is gone."""
        return await self._images.find(id) if await self._stored([id]) else None

    async def has(self, id: str) -> bool:
        """Tell whether an image may still be shown."""
        return bool(await self._stored([id]))

    async def drop(self, person_id: str, ids: Sequence[str]) -> None:
        """Forget those of a person's images that nobody else has been shown."""
        for stored in await self._stored(ids):
            record = decode(Image, stored)
            if record.person_id != person_id or not record.loose:
                continue
            write = RecordWrite(key=stored.key, body=None, expected=stored.version)
            try:
                await self._store.commit(Commit(at=self._clock.now(), records=(write,)))
            except Conflict:
                continue  # it has just become part of a question
            await self._images.forget([record.id])

    async def _stored(self, ids: Sequence[str]) -> list[Stored]:
        keys = [Key(kind=Image.KIND, id=id_) for id_ in ids]
        found = await self._store.get(keys) if keys else {}
        return [found[key] for key in keys if key in found]


def _attachment(record: Image, name: str) -> Attachment:
    return Attachment(id=record.id, name=name, media_type=record.media_type, size_bytes=record.size_bytes)
