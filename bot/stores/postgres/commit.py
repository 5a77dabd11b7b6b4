"""A commit as SQL statements: first all that can fail, then the resulting writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from bot.ports import Commit, Conflict, Delivery, DeliveryStatus, Duplicate, Key, PostWrite, RecordRead, RecordWrite
from bot.stores import slot as slots
from bot.stores.document import MessageContent, contents_of, to_json
from bot.stores.memory.audit_chain import never_replaced, new_entries
from bot.stores.memory.record_index import last_of_each
from bot.stores.postgres import audit, multicast_rows, sql
from bot.stores.postgres.connection import Again, Connection, columns_text
from bot.stores.postgres.row import DeliveryRow, content_hash_of, delivery_of
from dialogs.core.message import Message

Place = tuple[str, str]

# Placeholder for message contents that are not needed to decide about a delivery.
UNREAD = Message(text="")


class Prepared:
    """A commit with encoded values.

    Values that are not JSON thus fail before any statement runs.
    """

    def __init__(self, commit: Commit) -> None:
        self.commit = commit
        self.records = [(write, _record(write)) for write in map(never_replaced, last_of_each(commit.records))]
        self.reads = sorted(commit.reads, key=lambda read: (read.key.kind, read.key.id))
        self.contents = contents_of(commit)
        self.audit = new_entries(commit.records)

    def content_of(self, post: PostWrite) -> MessageContent | None:
        """Return the contents of the message of a post; None if the post deletes the message."""
        return self.contents.get(id(post.message))


async def carry_out(connection: Connection, prepared: Prepared) -> tuple[Sequence[Delivery], bool]:
    """Execute all writes of the commit within the open transaction.

    Returns the deliveries of its posts, and whether there is work for a courier. Raises Duplicate, Conflict; Again:
    another transaction filled a slot in between.
    """
    commit = prepared.commit
    event: AsyncCursor[DictRow] | None = None
    finds: list[AsyncCursor[DictRow]] = []
    multicasts: list[AsyncCursor[DictRow]] = []
    # Sent without waiting for each answer: one round trip for all that can fail.
    async with connection.pipeline():
        if commit.event_id is not None:
            event = await connection.execute(sql.INSERT_EVENT, [commit.event_id, commit.at])
        # Locks are taken in the order of keys, those of records that are only read, too.
        steps = [(write.key.kind, write.key.id, _statement(write), values) for write, values in prepared.records]
        steps += [(read.key.kind, read.key.id, *_reading(read)) for read in prepared.reads]
        done = {
            (kind, id_, statement): await connection.execute(statement, values)
            for kind, id_, statement, values in sorted(steps, key=lambda step: step[:2])
        }
        for find in commit.finds:
            finds.append(await connection.execute(sql.FIND_IDS, [find.term, find.kind]))
        if prepared.contents:
            contents = {content.hash: content.document.decode("ascii") for content in prepared.contents.values()}
            await connection.execute(sql.KEEP_CONTENT, [list(contents), list(contents.values())])
        for multicast in commit.multicasts:
            content = prepared.contents[id(multicast.message)]
            multicasts.append(await multicast_rows.write(connection, multicast, content, commit.at))
    # Before the records: a repeated event conflicts with its own first commit, and is a duplicate all the same.
    if event is not None and commit.event_id is not None and event.rowcount == 0:
        raise Duplicate(commit.event_id)
    for write, _ in prepared.records:
        if not _as_expected(write, done[write.key.kind, write.key.id, _statement(write)].rowcount):
            raise Conflict(write.key)
    for read in prepared.reads:
        if done[read.key.kind, read.key.id, _reading(read)[0]].rowcount != bool(read.version):
            raise Conflict(read.key)
    await _check_finds(prepared, finds)

    left: list[PostWrite] = []
    for multicast, cursor in zip(commit.multicasts, multicasts, strict=True):
        left += multicast_rows.left(multicast, await cursor.fetchall())
    rows, new = await _post(connection, prepared, [*left, *commit.posts])
    waiting = [row.delivery for row in rows.values() if row.delivery.status is DeliveryStatus.WAITING]
    lanes = [(delivery.recipient, slots.lane(delivery)) for delivery in waiting]
    for multicast in commit.multicasts:
        lanes += multicast_rows.lanes(multicast, commit.at)
    waits = bool(waiting or commit.multicasts)
    await _write_down(connection, prepared, rows, new, lanes=lanes, waits=waits)
    await audit.cut(connection, commit.cut_audit, all_of_them=bool(prepared.audit))
    # Sent together with COMMIT, so that the lock on the end of the chain is held for one commit only.
    await audit.append(connection, prepared.audit)
    places = dict.fromkeys((post.recipient, post.slot) for post in commit.posts)
    return [rows[place].delivery for place in places if place in rows], waits


async def _post(
    connection: Connection, prepared: Prepared, posts: Sequence[PostWrite]
) -> tuple[dict[Place, DeliveryRow], set[Place]]:
    """Return the posts' rows by (recipient, slot), and the new keys."""
    if not posts:
        return {}, set()
    async with connection.pipeline():
        existing = await connection.execute(
            sql.SLOTS, ([post.recipient for post in posts], [post.slot for post in posts])
        )
        sequences = await connection.execute(sql.SEQUENCES, [len(posts)])
    known = {(row["recipient"], row["slot"]): row for row in await existing.fetchall()}
    numbers = [row["sequence"] for row in await sequences.fetchall()]
    rows = _posted(prepared, posts, known, numbers)
    return rows, rows.keys() - known.keys()


def _record(write: RecordWrite) -> dict[str, Any]:
    return {
        "kind": write.key.kind,
        "id": write.key.id,
        "schema": write.schema,
        "terms": sorted(write.terms),
        "body": None if write.body is None else to_json(write.body).decode("ascii"),
        "expected": write.expected,
    }


def _reading(read: RecordRead) -> tuple[LiteralString, dict[str, Any]]:
    statement = sql.SAME_RECORD if read.version else sql.LACK_RECORD
    return statement, {"kind": read.key.kind, "id": read.key.id, "version": read.version}


async def _check_finds(prepared: Prepared, cursors: Sequence[AsyncCursor[DictRow]]) -> None:
    """Raise Conflict if a term finds a record that is neither known nor written by this commit."""
    written = {(write.key.kind, write.key.id) for write, _ in prepared.records}
    for find, cursor in zip(prepared.commit.finds, cursors, strict=True):
        for row in await cursor.fetchall():
            if row["id"] not in find.ids and (find.kind, row["id"]) not in written:
                raise Conflict(Key(kind=find.kind, id=row["id"]))


def _statement(write: RecordWrite) -> LiteralString:
    if write.body is None:
        match write.expected:
            case None:
                return sql.REMOVE_RECORD
            case 0:
                return sql.LACK_RECORD
        return sql.DELETE_RECORD
    match write.expected:
        case None:
            return sql.WRITE_RECORD
        case 0:
            return sql.INSERT_RECORD
    return sql.UPDATE_RECORD


def _as_expected(write: RecordWrite, rowcount: int) -> bool:
    if write.expected is None:
        return True
    if write.expected == 0 and write.body is None:
        return rowcount == 0
    return rowcount == 1


def _posted(
    prepared: Prepared, posts: Sequence[PostWrite], known: dict[Place, DictRow], sequences: Iterable[int]
) -> dict[Place, DeliveryRow]:
    """Return the rows to write, in the order of their posts."""
    rows: dict[Place, DeliveryRow] = {}
    for post, sequence in zip(posts, sequences, strict=True):
        place = (post.recipient, post.slot)
        old = rows.get(place)
        if old is None and place in known:
            old = row_of(known[place])
        new = slots.posted(old and old.delivery, post, at=prepared.commit.at, sequence=sequence)
        if new is None:
            continue
        content = prepared.content_of(post)
        in_flight = old is not None and new.lease_token is not None and new.lease_token == old.delivery.lease_token
        turn_lease = old.turn_lease if old is not None and in_flight else new.lease_token is not None
        rows[place] = DeliveryRow(replace(new, message=post.message), content.hash if content else None, turn_lease)
    return rows


async def _write_down(
    connection: Connection,
    prepared: Prepared,
    rows: dict[Place, DeliveryRow],
    new: set[Place],
    *,
    lanes: Sequence[tuple[str, int]],
    waits: bool,
) -> None:
    commit = prepared.commit
    inserted: AsyncCursor[DictRow] | None = None
    async with connection.pipeline():
        if new:
            columns = [row.columns() for place, row in rows.items() if place in new]
            inserted = await connection.execute(sql.INSERT_DELIVERIES, [columns_text(columns)])
        await update(connection, [row for place, row in rows.items() if place not in new])
        if urgent := [(recipient, lane) for recipient, lane in lanes if lane < slots.LAST_LANE]:
            await connection.execute(sql.LIFT, [list(column) for column in zip(*urgent, strict=True)])
        if commit.timer_rang is not None:
            rang = commit.timer_rang
            await connection.execute(sql.RANG, [rang.key, rang.at, rang.verb, data_text(rang.data)])
        # In key order, so that concurrent commits lock rows in the same order.
        for timer in sorted(commit.timers, key=lambda timer: timer.key):
            if timer.at is None:
                await connection.execute(sql.CANCEL_TIMER, [timer.key])
            else:
                await connection.execute(sql.SET_TIMER, [timer.key, timer.at, timer.verb, data_text(timer.data)])
        if waits:
            await connection.execute(sql.NOTIFY)
        if notified := dict.fromkeys((*commit.news, *commit.ended)):
            await connection.execute(sql.NEWS, [list(notified)])
    if inserted is not None and inserted.rowcount != len(new):
        raise Again("a slot was filled at the same time")


async def update(connection: Connection, rows: Sequence[DeliveryRow]) -> None:
    """Write changed deliveries."""
    if rows:
        await connection.execute(sql.UPDATE_DELIVERIES, [columns_text([row.columns() for row in rows])])


def row_of(columns: DictRow) -> DeliveryRow:
    """Return a database row without reading its message contents."""
    content_hash = content_hash_of(columns)
    message = None if content_hash is None else UNREAD
    return DeliveryRow(delivery_of(columns, message), content_hash, columns["turn_lease"])


def to_text(value: Any) -> str:
    """Return JSON as text for a parameter."""
    return to_json(value).decode("ascii")


def data_text(data: Mapping[str, str]) -> str:
    """Return a timer's data as JSON, the same text for equal data."""
    return to_text(dict(sorted(data.items())))
