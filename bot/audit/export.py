"""Export of the audit log as JSON lines, for the stand-alone verifier.

The first line is a header: ``format``, ``version``, ``exported_at``, ``last`` (number of the last row), ``checkpoint``
and ``outside_chain`` (ids of entries without a link). Then comes one line a row.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from bot.audit.verification import checkpoint_of, rows_of
from bot.ports import AuditRow, Store

FORMAT: Final = "heia-audit"
VERSION: Final = 1


async def exported(store: Store, *, at: datetime) -> AsyncIterator[str]:
    """Yield the lines of an export. Raises StoreUnavailable."""
    head = await store.audit_head()
    checkpoint = await checkpoint_of(store)
    yield _line(
        {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": at.astimezone(UTC).isoformat(timespec="seconds"),
            "last": head.number,
            "checkpoint": checkpoint,
            "outside_chain": list(await store.audit_strays()),
        }
    )
    async for row in rows_of(store):
        if row.number > head.number:
            return
        yield _line(_row(row))


def verifier() -> str:
    """Return the source of the stand-alone verifier."""
    return files("bot.audit").joinpath("standalone", "verify.py").read_text("utf-8")


def _row(row: AuditRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "id": row.id,
        "format": row.format,
        "previous": row.previous,
        "hash": row.hash,
        "schema": row.schema,
        "entry": row.body,
    }


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True) + "\n"
