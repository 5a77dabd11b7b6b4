"""Reading the audit log from the store, page by page."""

from collections.abc import AsyncIterator

from bot.ports import AuditRow, Key, Store
from bot.records.codec import decode
from dialogs.core.audit import AuditCheckpoint

_PAGE = 1000


async def rows_of(store: Store, *, after: int = 0) -> AsyncIterator[AuditRow]:
    """Yield all links with their entries after a number. Raises StoreUnavailable."""
    while page := await store.audit_rows(after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].number


async def checkpoint_of(store: Store) -> str | None:
    """Return the signed checkpoint of the store as a line; None without one. Raises StoreUnavailable."""
    key = Key(kind=AuditCheckpoint.KIND, id=AuditCheckpoint.ID)
    stored = (await store.get([key])).get(key)
    return None if stored is None else decode(AuditCheckpoint, stored).statement
