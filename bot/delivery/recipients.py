"""Recipients and the addresses learned while sending."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bot.ports import Commit, Key, RecordWrite, Store
from bot.records.codec import decode, encode
from bot.records.conflict import WrittenTooOften, retry_on_conflict
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person

# Persons decoded before other tasks get a turn.
_YIELD_EVERY: Final = 50


class Recipients(Protocol):
    """Finds recipients and remembers addresses."""

    async def find(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return the known persons by id; unknown ids are left out."""
        ...

    def note_address(self, person_id: str, address: Address) -> None:
        """Note the address a message was delivered to; the next ``flush`` stores it."""
        ...

    def note_unreachable(self, person_id: str, channel: ChannelName) -> None:
        """Note that a channel does not reach the person, until they write from it again."""
        ...

    async def flush(self, at: datetime) -> None:
        """Store all notes."""
        ...


class StoredRecipients:
    """Recipients as persons of the store. Notes are written in batches."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._notes: dict[tuple[str, ChannelName], Address | None] = {}

    async def find(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return the known persons by id; unknown ids are left out."""
        keys = [Key(kind=Person.KIND, id=id_) for id_ in ids]
        records = await self._store.get(keys) if keys else {}
        people: dict[str, Person] = {}
        for number, (key, stored) in enumerate(records.items(), 1):
            people[key.id] = decode(Person, stored)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return people

    def note_address(self, person_id: str, address: Address) -> None:
        """Note the address a message was delivered to.

        The last note per person and channel counts.
        """
        self._notes[person_id, address.channel] = address

    def note_unreachable(self, person_id: str, channel: ChannelName) -> None:
        """Note that a channel does not reach the person."""
        self._notes[person_id, channel] = None

    async def flush(self, at: datetime) -> None:
        """Write all notes in one commit. Raises StoreUnavailable; the notes are then kept."""

        async def write_notes() -> None:
            if notes := dict(self._notes):
                await self._write(notes, at)
            for key, address in notes.items():
                # A newer note may have come during the commit; it stays for the next one.
                if self._notes.get(key, ...) == address:
                    del self._notes[key]

        try:
            await retry_on_conflict(self._store, write_notes)
        except WrittenTooOften:
            # These persons are writing to the bot now; their stored address is newer than our notes.
            self._notes.clear()

    async def _write(self, notes: Mapping[tuple[str, ChannelName], Address | None], at: datetime) -> None:
        records = await self._store.get([Key(kind=Person.KIND, id=id_) for id_, _ in notes])
        by_person: dict[str, dict[ChannelName, Address | None]] = {}
        for (person_id, channel), address in notes.items():
            by_person.setdefault(person_id, {})[channel] = address
        writes = []
        for key, stored in records.items():
            person = decode(Person, stored)
            addresses = dict(person.addresses)
            for channel, address in by_person[key.id].items():
                known = addresses.get(channel) or Address(channel=channel)
                addresses[channel] = address or replace(known, reachable=False)
            if addresses == dict(person.addresses):
                continue
            changed = replace(person, addresses=addresses)
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
