"""Revisions that editors published in the store, for the knowledge in use and for commands."""

from collections.abc import Sequence

from bot.ports import Key, Store
from bot.records.codec import decode
from dialogs.editing.model import LIVE, ArticleRevision, KnowledgeEdition

_EDITION = Key(kind=KnowledgeEdition.KIND, id=KnowledgeEdition.ID)


async def live_revisions(store: Store) -> tuple[ArticleRevision, ...]:
    """Return the revisions that readers get. Raises StoreUnavailable."""
    return tuple([decode(ArticleRevision, stored) for stored in await store.find(ArticleRevision.KIND, LIVE)])


class LiveRevisions:
    """The live revisions of a store, read again only when something was published since."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._edition: int | None = None
        self._found: Sequence[ArticleRevision] = ()

    async def read(self) -> Sequence[ArticleRevision]:
        """Return the revisions; the same object while none was published. Raises StoreUnavailable."""
        stored = (await self._store.get([_EDITION])).get(_EDITION)
        # The version in the store, not the number in the record: a restored backup has another one, too.
        edition = stored.version if stored is not None else 0
        if edition != self._edition:
            self._found = await live_revisions(self._store)
            self._edition = edition
        return self._found
