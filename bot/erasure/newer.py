"""Rows that came after an erasure: a proof of the erasure lists them apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.ports import FoundRow, Store
from dialogs.privacy.inventory import INVENTORY

_DATED: Mapping[str, str] = {holding.kind: holding.dated for holding in INVENTORY}

# Table and row, as a trace names them.
Row = tuple[str, str]


async def rows_since(store: Store, words: Collection[str], *, at: datetime) -> frozenset[Row]:
    """Return the rows with any of the words that were made after ``at``. Rows without a known time are left out.

    A message's content is that new when all its deliveries are.
    """
    rows = await store.rows_with(words, tables=("record", "delivery", "event", "content"))
    return await newer_rows(store, rows, at=at)


async def newer_rows(store: Store, rows: Sequence[FoundRow], *, at: datetime) -> frozenset[Row]:
    """Return those of some rows that were made after ``at``."""
    contents = {row.id for row in rows if row.table == "content"}
    senders: dict[str, list[bool]] = {}
    for row in await store.rows_with(contents, tables=("delivery",)) if contents else ():
        senders.setdefault(str(row.document.get("content")), []).append(_is_after(row, at))
    newer = [
        row for row in rows if (all(senders.get(row.id, [False])) if row.table == "content" else _is_after(row, at))
    ]
    return frozenset((row.table, name) for row in newer for name in _names(row))


def _names(row: FoundRow) -> Iterator[str]:
    """Yield the names of the row in traces. A database names contents and deliveries by their columns."""
    yield row.id
    if row.table == "content":
        yield f"\\x{row.id}"
    elif row.table == "delivery":
        yield str(row.document.get("sequence"))


def _is_after(row: FoundRow, at: datetime) -> bool:
    made_at = _made_at(row.table, row.document)
    return made_at is not None and datetime.fromisoformat(made_at) > at


def _made_at(table: str, document: Mapping[str, Any]) -> str | None:
    """Return when a row was made. A change does not make it newer, except where only the last change is known."""
    match table:
        case "record":
            body = document["body"]
            made_at = body.get("created_at") or body.get(_DATED.get(document["kind"], ""))
            return None if made_at is None else str(made_at)
        case "delivery":
            return str(document["posted_at"])
        case _:
            return str(document["at"])
