"""Intake of images: the single entry for all channels, access to stored ones, and their retention."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.budget.turns import Rate, TokenBuckets
from bot.images.cleaning import MAX_PIXELS, MAX_PIXELS_OF_GUEST, ImageRefused, clean
from bot.ports import (
    Clock,
    Commit,
    Images,
    Key,
    RandomSource,
    RecordWrite,
    Store,
    Stored,
    StoredImage,
    StoreUnavailable,
)
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.turn.repeated_acts import RepeatCounter
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.event import Attachment, Refusal
from dialogs.core.image import LOOSE_OF_GUESTS, Image, loose_of
from dialogs.core.person import is_guest_id

# Unsent images of one person; a further one replaces the oldest.
MAX_LOOSE: Final = 20
# Unsent images of guests from one source address, counted in this process only.
MAX_LOOSE_OF_SOURCE: Final = 40
# Unsent images of all guests together.
MAX_LOOSE_OF_GUESTS: Final = 400
# All images of one person. Sent images are part of a conversation and are kept, so a further image is refused.
MAX_KEPT: Final = 200
MAX_SOURCES: Final = 10_000
# Uploads of one person, and of all guests at one address; cleaning one image takes up to seconds.
UPLOADS: Final = Rate(burst=60, per_minute=20)


class Intake:
    """Accepts images. They are cleaned one at a time, in a thread.

    Storage is limited for each person, each source address and all guests together. At a limit, the oldest unsent image
    is removed, so one sender cannot block the others. Several processes may exceed a limit by one image each.
    ``published`` reads an image of the content folder by its id, such as a picture of a module.
    """

    def __init__(
        self,
        *,
        images: Images,
        store: Store,
        clock: Clock,
        rng: RandomSource,
        log: FilteringBoundLogger,
        repeats: RepeatCounter | None = None,
        published: Callable[[str], StoredImage | None] = lambda _: None,
    ) -> None:
        self._images = images
        self._store = store
        self._clock = clock
        self._rng = rng
        self._log = log
        self._repeats = repeats if repeats is not None else RepeatCounter()
        self._published = published
        self._uploads = TokenBuckets(UPLOADS, clock=clock)
        self._cleaning = asyncio.Semaphore(1)
        self._by_source: OrderedDict[str, deque[str]] = OrderedDict()

    async def accept(
        self, raw: bytes, *, person_id: str, name: str, source: str = "", factor: float = 1.0
    ) -> Attachment:
        """Check, clean and store an image of a person.

        Refusals are audited; repetitions as a number.

        Args:
            source: key of a guest's source address; empty if it is unknown or has no limit.
            factor: number of people the address counts for.
        Raises:
            StoreUnavailable: nothing was stored.
        """
        try:
            self._take_token(person_id, source, factor)
            async with self._cleaning:
                most_pixels = MAX_PIXELS_OF_GUEST if is_guest_id(person_id) else MAX_PIXELS
                image = await asyncio.to_thread(clean, raw, most_pixels=most_pixels)
                await self._make_room(person_id, source, factor)
                record = await self._record(image, person_id)
        except ImageRefused as refused:
            return await self.refuse(refused.reason, person_id=person_id, name=name, size_bytes=len(raw))
        self._remember_source(person_id, source, record.id)
        await self._images.put(record.id, image)
        self._log.info("image_taken", image_id=record.id, size_bytes=record.size_bytes)
        return _attachment(record, name)

    def _take_token(self, person_id: str, source: str, factor: float) -> None:
        """Count an upload. Raises ImageRefused: too many in a short time."""
        too_many = self._uploads.take(person_id) > 0
        if not too_many and source and is_guest_id(person_id):
            too_many = self._uploads.take(f"source:{source}", factor=factor) > 0
        if too_many:
            raise ImageRefused(Refusal.TOO_MANY)

    async def _make_room(self, person_id: str, source: str, factor: float) -> None:
        """Delete the oldest unsent images where one more would exceed a limit.

        Raises ImageRefused: the person's sent images fill the limit, and sent images are never deleted.
        """
        own = await self._loose(loose_of(person_id))
        total = await self._store.count(Image.KIND, f"person:{person_id}")
        surplus = max(len(own) - MAX_LOOSE, total - MAX_KEPT) + 1
        if surplus > 0:
            if total >= MAX_KEPT and len(own) < surplus:
                raise ImageRefused(Refusal.TOO_MANY)
            await self._delete(own[:surplus])
        if is_guest_id(person_id):
            await self._make_room_for_guest(source, int(MAX_LOOSE_OF_SOURCE * factor))

    async def _make_room_for_guest(self, source: str, most: int) -> None:
        known = self._by_source.get(source, deque())
        if source and len(known) >= most:
            unsent = [stored for stored in await self._stored(known) if decode(Image, stored).loose]
            surplus = len(unsent) - most + 1
            if surplus > 0:
                await self._delete(_oldest_first(unsent)[:surplus])
            kept = {stored.key.id for stored in _oldest_first(unsent)[max(surplus, 0) :]}
            self._by_source[source] = deque(id_ for id_ in known if id_ in kept)
        guests = await self._loose(LOOSE_OF_GUESTS)
        if len(guests) >= MAX_LOOSE_OF_GUESTS:
            await self._delete(guests[: len(guests) - MAX_LOOSE_OF_GUESTS + 1])

    def _remember_source(self, person_id: str, source: str, image_id: str) -> None:
        if not source or not is_guest_id(person_id):
            return
        self._by_source.setdefault(source, deque()).append(image_id)
        self._by_source.move_to_end(source)
        while len(self._by_source) > MAX_SOURCES:
            self._by_source.popitem(last=False)

    async def _loose(self, term: str) -> list[Stored]:
        """Return the unsent images with a term, oldest first."""
        return _oldest_first(await self._store.find(Image.KIND, term))

    async def _delete(self, loose: Sequence[Stored]) -> None:
        """Delete unsent images: first the records, then the bytes."""
        for stored in loose:
            write = RecordWrite(key=stored.key, body=None, expected=stored.version)
            # Otherwise it has just become part of a question.
            if await commit_if_unchanged(self._store, Commit(at=self._clock.now(), records=(write,))):
                await self._images.delete([stored.key.id])

    async def _record(self, image: StoredImage, person_id: str) -> Image:
        """Write the record before the bytes.

        Bytes without a record are unreachable and are swept later.
        """
        now = self._clock.now()
        record = Image(
            id=self._rng.new_id("image"),
            person_id=person_id,
            media_type=image.media_type,
            size_bytes=len(image.body),
            at=now,
        )
        await self._store.commit(Commit(at=now, records=(write_of(Put(record=record), {}),)))
        return record

    async def refuse(self, reason: Refusal, *, person_id: str, name: str, size_bytes: int) -> Attachment:
        """Return a refused file.

        The audit log has the first of an hour, then a count. Raises StoreUnavailable.
        """
        details = (("reason", str(reason)), ("bytes", str(size_bytes)))
        act = Audit(
            act="image.refused", subject=person_id, by=person_id, details=details, about_person=True, repeatable=True
        )
        now = self._clock.now()
        if self._repeats.count_act(act, now):
            entry = AuditEntry.from_act(act, id=self._rng.new_id("audit"), at=now)
            try:
                await self._store.commit(Commit(at=now, records=(write_of(Put(record=entry), {}),)))
            except StoreUnavailable:
                self._repeats.undo(act, recorded=True)
                raise
        return Attachment(id="", name=name, media_type="", size_bytes=size_bytes, refused=reason)

    async def own(self, person_id: str, ids: Sequence[str]) -> tuple[Attachment, ...]:
        """Return the person's images as attachments; other ids become unavailable attachments."""
        records = [decode(Image, stored) for stored in await self._stored(ids)]
        own = {record.id: record for record in records if record.person_id == person_id}
        gone = Attachment(id="", name="", media_type="", size_bytes=0, refused=Refusal.UNAVAILABLE)
        return tuple(_attachment(own[id_], "") if id_ in own else gone for id_ in ids)

    async def get(self, id: str) -> StoredImage | None:
        """Return an image, or None once its record is deleted.

        The caller has checked the access.
        """
        if (published := await asyncio.to_thread(self._published, id)) is not None:
            return published
        return await self._images.get(id) if await self._stored([id]) else None

    async def has(self, id: str) -> bool:
        """Return whether an image may still be shown."""
        return await asyncio.to_thread(self._published, id) is not None or bool(await self._stored([id]))

    async def drop(self, person_id: str, ids: Sequence[str]) -> None:
        """Delete the person's images that were never shown to other people."""
        for stored in await self._stored(ids):
            record = decode(Image, stored)
            if record.person_id == person_id and record.loose:
                await self._delete([stored])

    async def _stored(self, ids: Iterable[str]) -> list[Stored]:
        keys = [Key(kind=Image.KIND, id=id_) for id_ in ids]
        stored = await self._store.get(keys) if keys else {}
        return [stored[key] for key in keys if key in stored]


def _oldest_first(stored: Iterable[Stored]) -> list[Stored]:
    return sorted(stored, key=lambda row: (decode(Image, row).at, row.key.id))


def _attachment(record: Image, name: str) -> Attachment:
    return Attachment(id=record.id, name=name, media_type=record.media_type, size_bytes=record.size_bytes)


# Retention of images: delete bytes without a record, and records of unsent images after a time.

# Longer than a question waits to be sent, or waits for the asker to choose the recipient.
LOOSE_KEPT: Final = timedelta(days=2)
PORTION: Final = 200


class ImageRetention:
    """Deletes images without a record and unsent images that are too old.

    Safe to repeat.
    """

    def __init__(self, *, images: Images, store: Store, clock: Clock) -> None:
        self._images = images
        self._store = store
        self._clock = clock

    async def sweep(self) -> int:
        """Delete the bytes of images without a record; return their number. Raises StoreUnavailable."""
        dropped = 0
        portion: list[str] = []
        async for id_ in self._images.ids():
            portion.append(id_)
            if len(portion) == PORTION:
                dropped += await self._sweep(portion)
                portion = []
        return dropped + await self._sweep(portion)

    async def expire(self) -> int:
        """Remove the records of images unsent for too long; return their number. Raises StoreUnavailable."""
        oldest = self._clock.now() - LOOSE_KEPT
        removed, after = 0, ""
        while portion := await self._store.find(Image.KIND, "loose", after=after, limit=PORTION):
            for stored in portion:
                if decode(Image, stored).at < oldest:
                    write = RecordWrite(key=stored.key, body=None, expected=stored.version)
                    # Otherwise it has just become part of a question.
                    removed += await commit_if_unchanged(self._store, Commit(at=self._clock.now(), records=(write,)))
            after = portion[-1].key.id
        return removed

    async def _sweep(self, ids: Sequence[str]) -> int:
        stored = await self._store.get([Key(kind=Image.KIND, id=id_) for id_ in ids]) if ids else {}
        lost = [id_ for id_ in ids if Key(kind=Image.KIND, id=id_) not in stored]
        await self._images.delete(lost)
        return len(lost)
