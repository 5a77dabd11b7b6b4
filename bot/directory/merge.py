"""Merge two records of one person.

One is an Entra user of the bot, the other their later registry entry under another id.

Questions, choices and open cases of the stranger move to the registered person, so that a question on its way to a
colleague stays on its way. A guest of the web page is never merged, because no identity proves it is the same person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.ports import PENDING, Key, PostWrite, RecordWrite, Store, Stored, TimerWrite
from bot.records.codec import decode, encode
from bot.turn.job import forget_timer
from dialogs.core.audit import AuditEntry
from dialogs.core.person import Person, is_guest_id
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.privacy.inventory import INVENTORY
from dialogs.signin.model import SignInLink, WebSession


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeWrites:
    """The writes that merge two persons, for one commit."""

    records: Sequence[RecordWrite]
    posts: Sequence[PostWrite]
    timers: Sequence[TimerWrite]


async def merge_persons(store: Store, stranger: Person, person_id: str, *, at: datetime) -> MergeWrites:
    """Return the writes that move all data of ``stranger`` to ``person_id``, except the person records.

    Sessions and links do not move: they end, since the person's rights change. Raises ValueError for a guest.
    """
    if stranger.is_guest or is_guest_id(person_id):
        raise ValueError("a guest is nobody in the registry")
    records: list[RecordWrite] = []
    for holding in INVENTORY:
        # The audit log is never rewritten.
        if holding.record is None or holding.record in {Person, AuditEntry, WebSession, SignInLink}:
            continue
        by_key: dict[Key, Stored] = {}
        if holding.by_id:
            by_key.update(await store.get([Key(kind=holding.kind, id=stranger.id)]))
        terms = holding.terms_of(stranger.id)
        if holding.record is Handoff:
            terms += (f"owner:{stranger.id}", f"offered:{stranger.id}")
        for term in terms:
            by_key.update((stored.key, stored) for stored in await store.find(holding.kind, term))
        for stored in by_key.values():
            records += _given(holding.record, stored, stranger.id, person_id)
    posts = [
        PostWrite(
            recipient=person_id,
            slot=delivery.slot,
            message=delivery.message,
            group=delivery.group,
            urgency=delivery.urgency,
            due_at=delivery.due_at,
            expires_at=delivery.expires_at,
            address=delivery.address,
        )
        for delivery in await store.deliveries_of_recipient(stranger.id, limit=10_000)
        if delivery.status in PENDING and delivery.message is not None
    ]
    forget = forget_timer(stranger.id, at)
    return MergeWrites(records=records, posts=posts, timers=(forget,))


def _given(kind: type[Record], stored: Stored, old: str, new: str) -> list[RecordWrite]:
    body = renamed(dict(stored.body), old, new)
    record = decode(kind, Stored(key=stored.key, version=0, schema=stored.schema, body=body))
    key = Key(kind=kind.KIND, id=record.id)
    write = RecordWrite(
        key=key,
        body=encode(record),
        schema=record.SCHEMA,
        terms=frozenset(record.terms()),
        expected=stored.version if key == stored.key else None,
    )
    if key == stored.key:
        return [write]
    return [write, RecordWrite(key=stored.key, body=None, expected=stored.version)]


def renamed(value: Any, old: str, new: str) -> Any:
    """Return JSON values with one person id replaced by another, also inside record ids."""
    match value:
        case str():
            parts = value.replace(":", "/").split("/")
            return value.replace(old, new) if old in parts else value
        case list() | tuple():
            return [renamed(part, old, new) for part in value]
        case dict():
            return {renamed(key, old, new): renamed(part, old, new) for key, part in value.items()}
        case _:
            return value
