"""Retention of images: delete bytes without a record, and records of unsent images after a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.ports import Clock, Commit, Images, Key, RecordWrite, Store
from bot.records.codec import decode
from bot.records.conflict import commit_if_unchanged
from dialogs.core.image import Image

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
