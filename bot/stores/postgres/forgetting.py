"""Deletion: old rows, and everything that belongs to one recipient."""

from collections.abc import Sequence
from datetime import datetime

from bot.stores import slot as slots
from bot.stores.postgres import sql
from bot.stores.postgres.connection import Connection, fetch


async def forget_old(
    connection: Connection,
    *,
    events_before: datetime,
    deliveries_before: datetime,
    prefixes: Sequence[str],
    prefix_before: datetime,
) -> int:
    async with connection.pipeline():
        events = await connection.execute(sql.FORGET_EVENTS, [events_before])
        deliveries = await connection.execute(sql.FORGET_DELIVERIES, [deliveries_before, prefix_before, list(prefixes)])
        await connection.execute(sql.FORGET_CONTENT)
    return events.rowcount + deliveries.rowcount


async def forget_recipient(connection: Connection, recipient: str) -> int:
    pattern = slots.person_pattern(recipient)
    [gone] = await fetch(await connection.execute(sql.FORGET_RECIPIENT, {"recipient": recipient}))
    contents = gone["contents"] or []
    await connection.execute(sql.LOCK_THEIR_CONTENTS, [contents])
    await connection.execute(sql.FORGET_THEIR_CONTENTS, [contents])
    await connection.execute(sql.FORGET_THEIR_EVENTS, [pattern])
    await connection.execute(sql.RENAME_SLOTS, {"pattern": pattern})
    return int(gone["number"])
