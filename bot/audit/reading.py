"""Reading the audit log from the store, page by page."""

from collections.abc import AsyncIterator

from bot.ports import AuditRow, Store

_PAGE = 1000


async def rows_of(store: Store, *, after: int = 0) -> AsyncIterator[AuditRow]:
    """Yield all links with their entries after a number. Raises StoreUnavailable."""
    while page := await store.audit_rows(after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].number
