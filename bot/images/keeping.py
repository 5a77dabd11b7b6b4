"""Images go when their record goes, and a record that became nobody's question does not live long."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.ports import Clock, Commit, Conflict, Images, Key, RecordWrite, Store
from bot.records.codec import decode
from dialogs.core.image import Image

LOOSE_KEPT: Final = timedelta(days=2)
"""Longer than a question waits to be sent, and than anybody needs to say whom their words are for."""
PORTION: Final = 200


class ImageRetention:
    """Clears images away. Doing it again does nothing."""

    def __init__(self, *, images: Images, store: Store, clock: Clock) -> None:
        self._images = images
        self._store = store
        self._clock = clock

    async def sweep(self) -> int:
        """Drop the bytes of images whose record is gone and return how many. Raises StoreUnavailable."""
        dropped = 0
        portion: list[str] = []
        async for id_ in self._images.ids():
            portion.append(id_)
            if len(portion) == PORTION:
                dropped += await self._sweep(portion)
                portion = []
        return dropped + await self._sweep(portion)

    async def expire(self) -> int:
        """Remove the records of images that have been loose for too long; return how many. Raises StoreUnavailable."""
        oldest = self._clock.now() - LOOSE_KEPT
        removed, after = 0, ""
        while portion := await self._store.find(Image.KIND, "loose", after=after, limit=PORTION):
            for stored in portion:
                if decode(Image, stored).at < oldest:
                    write = RecordWrite(key=stored.key, body=None, expected=stored.version)
                    try:
                        await self._store.commit(Commit(at=self._clock.now(), records=(write,)))
                    except Conflict:
                        continue  # it has just become part of a question
                    removed += 1
            after = portion[-1].key.id
        return removed

    async def _sweep(self, ids: Sequence[str]) -> int:
        found = await self._store.get([Key(kind=Image.KIND, id=id_) for id_ in ids]) if ids else {}
        lost = [id_ for id_ in ids if Key(kind=Image.KIND, id=id_) not in found]
        await self._images.forget(lost)
        return len(lost)
