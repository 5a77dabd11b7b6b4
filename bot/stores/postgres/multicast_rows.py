"""The same message to many at once: one statement instead of a row for each of them taken apart and put together."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from bot.ports import Delivery, MulticastWrite, PostWrite
from bot.stores import slot as slots
from bot.stores.document import MessageContent
from bot.stores.postgres import sql
from bot.stores.postgres.connection import Connection
from bot.stores.postgres.row import DeliveryRow
from bot.stores.postgres.text import columns_text, texts_text


async def write(
    connection: Connection, multicast: MulticastWrite, content: MessageContent, at: datetime
) -> AsyncCursor[DictRow]:
    """Owe it to those whose slot was never filled; the cursor returns the others."""
    row = DeliveryRow(_template(multicast, at), content.hash)
    values = {"template": columns_text([row.columns()]), "recipients": texts_text(multicast.recipients)}
    return await connection.execute(sql.INSERT_MULTICAST, values)


def lanes(multicast: MulticastWrite, at: datetime) -> Sequence[tuple[str, int]]:
    """Return in which lane the recipients are written to."""
    lane = slots.lane(_template(multicast, at))
    return [(recipient, lane) for recipient in multicast.recipients]


def left(multicast: MulticastWrite, rows: Sequence[DictRow]) -> Sequence[PostWrite]:
    """Return what those are owed whose slot was filled before."""
    return [multicast.post_to(row["recipient"]) for row in rows]


def _template(multicast: MulticastWrite, at: datetime) -> Delivery:
    """Return what each is owed whose slot was never filled, but for recipient and sequence."""
    delivery = slots.posted(None, multicast.post_to(""), at=at, sequence=0)
    if delivery is None:
        raise ValueError("a multicast owes a message")
    return delivery
