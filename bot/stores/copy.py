"""Copying of all rows between stores, such as tiny to PostgreSQL."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.ports import StoreRefused
from bot.stores.document import Document
from bot.stores.memory.state import Table

CopiedRow = tuple[str, Document]
Progress = Callable[[Table, int, int], None]

_PAGE = 500


class Copyable(Protocol):
    """A store with rows that can be read and written as documents.

    Row ids are the same in every store.
    """

    async def count_rows(self, table: Table) -> int:
        """Return the number of rows of a table."""
        ...

    async def read_rows(self, table: Table, *, after: str, limit: int) -> Sequence[CopiedRow]:
        """Return rows after an id, in the store's order of ids."""
        ...

    async def find_rows(self, table: Table, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the rows that exist."""
        ...

    async def write_rows(self, table: Table, rows: Sequence[CopiedRow]) -> None:
        """Add rows that do not exist yet, all of them or none.

        Tables are written in the order of ``Table``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Verified contents of a table in both stores: the rows, and the sum of their SHA-256 modulo 2**256 in hex."""

    table: Table
    rows: int
    digest: str


async def copy(source: Copyable, target: Copyable, *, progress: Progress | None = None) -> Sequence[Copied]:
    """Copy every row and return the verified tables.

    The target must be empty or contain a part of the source: a stopped copy continues. No other process may use the two
    stores. ``progress`` is called with the table, its rows done and its rows in total.

    Raises:
        StoreRefused: the target contains other rows, and nothing was written; or the two differ afterwards.
        StoreUnavailable: one of them could not be reached; start again to continue.
    """
    for table in Table:
        async for page in _pages(target, table):
            known = await source.find_rows(table, [id_ for id_, _ in page])
            for id_, document in page:
                if known.get(id_) != document:
                    raise StoreRefused(
                        f"the target holds {table} {id_!r}, which the source does not hold like that. Copy into an "
                        "empty store. Nothing was changed."
                    )
    copied = []
    for table in Table:
        total = await source.count_rows(table)
        done = 0
        async for page in _pages(source, table):
            there = await target.find_rows(table, [id_ for id_, _ in page])
            missing = [row for row in page if row[0] not in there]
            if missing:
                await target.write_rows(table, missing)
            done += len(page)
            if progress is not None:
                progress(table, done, total)
        copied.append(await _digest(source, table))
        copy = await _digest(target, table)
        if copy != copied[-1]:
            raise StoreRefused(
                f"the copy differs in {table}: {copied[-1].rows} rows in the source, {copy.rows} in the target "
                f"({copied[-1].digest[:12]} and {copy.digest[:12]}). Was one of them in use? Copy into an empty store."
            )
    return copied


async def _pages(store: Copyable, table: Table) -> AsyncIterator[Sequence[CopiedRow]]:
    after = ""
    while page := await store.read_rows(table, after=after, limit=_PAGE):
        yield page
        after = page[-1][0]


async def _digest(store: Copyable, table: Table) -> Copied:
    rows, total = 0, 0
    async for page in _pages(store, table):
        for id_, document in page:
            text = json.dumps([id_, document], sort_keys=True)
            total += int.from_bytes(hashlib.sha256(text.encode("ascii")).digest(), "big")
            rows += 1
    return Copied(table=table, rows=rows, digest=f"{total % 2**256:064x}")
