"""Multicasts: one statement for all recipients, instead of one encoded row each."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from bot.ports import Delivery, MulticastWrite, PostWrite
from bot.stores import slot as slots
from bot.stores.document import MessageContent
from bot.stores.postgres import sql
from bot.stores.postgres.connection import Connection, columns_text, texts_text
from bot.stores.postgres.row import DeliveryRow


async def write(
    connection: Connection, multicast: MulticastWrite, content: MessageContent, at: datetime
) -> AsyncCursor[DictRow]:
    """Insert the message for recipients with an unused slot; the cursor returns the other recipients."""
    row = DeliveryRow(_template(multicast, at), content.hash)
    values = {"template": columns_text([row.columns()]), "recipients": texts_text(multicast.recipients)}
    return await connection.execute(sql.INSERT_MULTICAST, values)


def lanes(multicast: MulticastWrite, at: datetime) -> Sequence[tuple[str, int]]:
    """Return the lane of the message for each recipient."""
    lane = slots.lane(_template(multicast, at))
    return [(recipient, lane) for recipient in multicast.recipients]


def left(multicast: MulticastWrite, rows: Sequence[DictRow]) -> Sequence[PostWrite]:
    """Return single posts for recipients with an already used slot."""
    return [multicast.post_to(row["recipient"]) for row in rows]


def _template(multicast: MulticastWrite, at: datetime) -> Delivery:
    """Return the delivery for an unused slot, without recipient and sequence."""
    delivery = slots.posted(None, multicast.post_to(""), at=at, sequence=0)
    if delivery is None:
        raise ValueError("a multicast owes a message")
    return delivery
