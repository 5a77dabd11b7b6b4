"""The same message to many at once: one statement instead of a row for each of them taken apart and put together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from bot.ports import Delivery, PostWrite
from bot.stores import postgres_sql as sql
from bot.stores import slot as slots
from bot.stores.document import Content
from bot.stores.postgres_link import Connection
from bot.stores.postgres_row import DeliveryRow
from bot.stores.postgres_text import columns_text, holdable

LEAST = 50
"""Fewer are written down one by one, whether they have had something in the slot before or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Posts that differ in their recipients only, each of whom is there once."""

    posts: Sequence[PostWrite]
    content: Content

    def template(self, at: datetime) -> Delivery:
        """Return what each of them is owed when the slot is empty, but for recipient and sequence."""
        delivery = slots.posted(None, self.posts[0], at=at, sequence=0)
        if delivery is None:
            raise ValueError("a crowd's posts are no mere updates")
        return delivery


def split(posts: Sequence[PostWrite], contents: dict[int, Content]) -> tuple[Sequence[Crowd], Sequence[PostWrite]]:
    """Return the crowds among the posts, and the others."""
    if len(posts) < LEAST:
        return (), posts
    times = Counter((post.recipient, post.slot) for post in posts)
    alike: dict[tuple[object, ...], list[PostWrite]] = defaultdict(list)
    for post in posts:
        plain = post.message is not None and not post.only_update and post.lease_token is None and post.address is None
        once = times[post.recipient, post.slot] == 1
        key = (id(post.message), post.slot, post.group, post.urgency, post.due_at, post.expires_at)
        alike[key if plain and once else ()].append(post)
    others = list(alike.pop((), ()))
    crowds: list[Crowd] = []
    for found in alike.values():
        if len(found) >= LEAST:
            crowds.append(Crowd(posts=found, content=contents[id(found[0].message)]))
        else:
            others += found
    return crowds, others


async def write(connection: Connection, crowd: Crowd, at: datetime) -> AsyncCursor[DictRow]:
    """Owe it to those whose slot is empty; the cursor returns them with their sequences."""
    row = DeliveryRow(crowd.template(at), crowd.content.hash)
    recipients = [post.recipient for post in crowd.posts]
    return await connection.execute(sql.INSERT_CROWD, [columns_text([row.columns()]), recipients])


def written(crowd: Crowd, at: datetime, rows: Sequence[DictRow]) -> tuple[dict[str, Delivery], Sequence[PostWrite]]:
    """Return the deliveries by recipient, and the posts of those whose slot was not empty."""
    template = crowd.template(at)
    sequences = {row["recipient"]: row["sequence"] for row in rows}
    deliveries: dict[str, Delivery] = {}
    left: list[PostWrite] = []
    for post in crowd.posts:
        sequence = sequences.get(holdable(post.recipient))
        if sequence is None:
            left.append(post)
        else:
            deliveries[post.recipient] = _to(template, post, sequence)
    return deliveries, left


def _to(template: Delivery, post: PostWrite, sequence: int) -> Delivery:
    # Written out: for hundreds of thousands ``replace`` would take several times as long.
    return Delivery(
        id=slots.delivery_id(sequence),
        recipient=post.recipient,
        slot=template.slot,
        version=template.version,
        message=post.message,
        status=template.status,
        sequence=sequence,
        posted_at=template.posted_at,
        due_at=template.due_at,
        ready_at=template.ready_at,
        group=template.group,
        urgency=template.urgency,
        expires_at=template.expires_at,
    )
