"""Who recipients are, and what sending taught about reaching them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bot.ports import Commit, Conflict, Key, RecordWrite, Store
from bot.records.codec import decode, encode
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person

_TRIES: Final = 4
_AT_A_STRETCH: Final = 50
"""People read before others have a turn again."""


class Recipients(Protocol):
    """Finds recipients and remembers addresses."""

    async def find(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return those of the persons who are known."""
        ...

    def learned(self, person_id: str, address: Address) -> None:
        """Note where a message landed; it is kept by the next ``keep``."""
        ...

    def closed(self, person_id: str, channel: ChannelName) -> None:
        """Note that a channel does not reach the person, until they write from it again."""
        ...

    async def keep(self, at: datetime) -> None:
        """Make what was noted durable."""
        ...


class StoredRecipients:
    """Recipients as persons of the store. What was learned is written many at a time."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._noted: dict[tuple[str, ChannelName], Address | None] = {}

    async def find(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return those of the persons who are known."""
        keys = [Key(kind=Person.KIND, id=id_) for id_ in ids]
        found = await self._store.get(keys) if keys else {}
        people: dict[str, Person] = {}
        for number, (key, stored) in enumerate(found.items(), 1):
            people[key.id] = decode(Person, stored)
            if number % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        return people

    def learned(self, person_id: str, address: Address) -> None:
        """Note where a message landed; the last note of a person and channel counts."""
        self._noted[person_id, address.channel] = address

    def closed(self, person_id: str, channel: ChannelName) -> None:
        """Note that a channel does not reach the person."""
        self._noted[person_id, channel] = None

    async def keep(self, at: datetime) -> None:
        """Write what was noted in one commit. Raises StoreUnavailable; then everything is still noted."""
        for _ in range(_TRIES):
            noted = dict(self._noted)
            if not noted:
                return
            try:
                await self._write(noted, at)
            except Conflict:
                continue  # somebody wrote to one of the persons: read them again
            for key, address in noted.items():
                if self._noted.get(key, ...) == address:
                    del self._noted[key]
            return
        # What collides again and again is people writing to us right now; their address is fresher than our notes.
        self._noted.clear()

    async def _write(self, noted: Mapping[tuple[str, ChannelName], Address | None], at: datetime) -> None:
        found = await self._store.get([Key(kind=Person.KIND, id=id_) for id_, _ in noted])
        writes = []
        for key, stored in found.items():
            person = decode(Person, stored)
            told = dict(person.addresses)
            for channel in ChannelName:
                if (key.id, channel) in noted:
                    known = told.get(channel) or Address(channel=channel)
                    told[channel] = noted[key.id, channel] or replace(known, reachable=False)
            if told == dict(person.addresses):
                continue
            changed = replace(person, addresses=told)
            writes.append(
                RecordWrite(
                    key=key,
                    body=encode(changed),
                    schema=Person.SCHEMA,
                    terms=frozenset(changed.terms()),
                    expected=stored.version,
                )
            )
        if writes:
            await self._store.commit(Commit(at=at, records=tuple(writes)))
