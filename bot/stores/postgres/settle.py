"""Outcomes in the database: one statement for all ordinary ones, then the rest one by one."""

from collections.abc import Sequence
from typing import Any

from bot.ports import PENDING, Delivery, DeliveryStatus, Settled
from bot.stores import slot as slots
from bot.stores.postgres import sql
from bot.stores.postgres.commit import row_of, update
from bot.stores.postgres.connection import Connection
from bot.stores.postgres.row import DeliveryRow, sequence_of
from bot.stores.postgres.text import columns_text


async def settle(connection: Connection, outcomes: Sequence[Settled]) -> Sequence[str]:
    """Record outcomes in the open transaction; return ids with lost leases.

    Notifies the recipients that may have an open page with one of the messages.
    """
    first: dict[int, Settled] = {}
    others: list[Settled] = []
    for outcome in outcomes:
        sequence = sequence_of(outcome.delivery_id)
        if sequence is None or sequence in first:
            others.append(outcome)
        else:
            first[sequence] = outcome
    columns = [_columns(sequence, first[sequence]) for sequence in sorted(first)]
    cursor = await connection.execute(sql.SETTLE, [columns_text(columns)])
    done = {row["sequence"]: str(row["recipient"]) for row in await cursor.fetchall()}
    others = [outcome for sequence, outcome in first.items() if sequence not in done] + others
    shown = [recipient for sequence, recipient in done.items() if first[sequence].news]
    lost: Sequence[str] = ()
    if others:
        changed, lost = await _settle_one_by_one(connection, others)
        shown += [row.recipient for row in changed]
    if shown:
        await connection.execute(sql.NEWS, [list(dict.fromkeys(shown))])
    return lost


async def _settle_one_by_one(
    connection: Connection, outcomes: Sequence[Settled]
) -> tuple[Sequence[Delivery], Sequence[str]]:
    """Record outcomes for an older version or with a lost lease.

    Returns the changed deliveries, and the ids with a lost lease.
    """
    sequences = [number for outcome in outcomes if (number := sequence_of(outcome.delivery_id)) is not None]
    cursor = await connection.execute(sql.LOCK, [sequences])
    rows = {row.delivery.id: row for row in map(row_of, await cursor.fetchall())}
    lost: list[str] = []
    changed: dict[str, DeliveryRow] = {}
    for outcome in outcomes:
        row = rows.get(outcome.delivery_id)
        if row is None or not slots.holds(row.delivery, outcome):
            lost.append(outcome.delivery_id)
            continue
        rows[outcome.delivery_id] = changed[outcome.delivery_id] = row._replace(
            delivery=slots.settled(row.delivery, outcome), turn_lease=False
        )
    await update(connection, list(changed.values()))
    return [row.delivery for row in changed.values()], lost


def _columns(sequence: int, outcome: Settled) -> dict[str, Any]:
    pending = outcome.status in PENDING
    due_at = outcome.due_at or outcome.at
    return {
        "sequence": sequence,
        "lease_token": outcome.lease_token,
        "version": outcome.version,
        "status": DeliveryStatus.WAITING.value if pending else outcome.status.value,
        "channel": outcome.channel,
        "reference": outcome.reference if outcome.reference is None else dict(outcome.reference),
        "due_at": due_at.isoformat() if pending else None,
        "attempts": 1 if outcome.counts_as_attempt else 0,
        "possibly_twice": outcome.possibly_twice,
        "reason": outcome.reason,
        "settled_at": None if pending else outcome.at.isoformat(),
    }
