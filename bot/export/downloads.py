"""A person's data as a download, for the person and for the data protection officer of the municipality."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.budget import Rate, TokenBuckets
from bot.export.bundle import zip_chunks
from bot.ports import Clock, Commit, Images, RandomSource, Store, StoreUnavailable
from bot.records.codec import write_of
from bot.records.query_answering import FlowRun
from bot.turn.repeated_acts import RepeatCounter
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put
from dialogs.core.person import Person
from dialogs.privacy.officer import is_officer, may_download
from dialogs.privacy.own_data import own_data_of
from dialogs.provisioning.model import awaits_removal

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
