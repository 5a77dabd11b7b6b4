"""Marks of former members: keyed hashes that keep a leaver from choosing a municipality.

The key (``leaver_key``) is used for these and the ids of sign-in accounts alone, and is not in the store, so that a
copy of the store alone does not reveal the marked people.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.ports import Commit, Key, RecordWrite, Store, StoreRefused
from bot.records.codec import decode, write_of
from bot.records.conflict import retry_on_conflict
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.signin.model import FormerIdentity, FormerKey

SHORTEST_KEY_BYTES: Final = 32
WRONG_KEY: Final = (
    "HEIA_LEAVER_KEY (or leaver.key in the data folder) is not the key this store was used with, so people who have "
    "left would not be recognised. Set the same HEIA_LEAVER_KEY on every machine, or restore leaver.key from the "
    "backup. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class FormerMarks:
    """Creates and looks up marks with ``key``: secret, and the same in every process that shares a store."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST_KEY_BYTES:
            raise ValueError(f"the key must have at least {SHORTEST_KEY_BYTES} bytes")

    @property
    def fingerprint(self) -> str:
        """Short hash that identifies the key without revealing it."""
        return self._hash("fingerprint", "")[:16]

    def account_mark(self, account: tuple[str, str]) -> str:
        """Return the mark of an Entra identity (tenant, object)."""
        return self._hash("entra", "/".join(account).lower())

    def subject_mark(self, issuer: str, subject: str) -> str:
        """Return the mark of an account at an identity provider; also the id of its ``SignInAccount``."""
        return self._hash("subject", f"{issuer}\n{subject}")

    def registry_mark(self, person_id: str) -> str:
        return self._hash("registry", person_id)

    def marks_of(self, person: Person) -> tuple[str, ...]:
        """Return the marks of a person's identities."""
        own = (self.registry_mark(person.id),)
        return own if person.account is None else (*own, self.account_mark(person.account))

    def puts(self, marks: Iterable[str], *, at: datetime) -> list[RecordWrite]:
        """Return the writes that store marks. Storing a mark again starts its period again."""
        month = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        records = [FormerIdentity(id=mark, key=self.fingerprint, marked_at=month) for mark in marks]
        return [_whatever_is_there(write_of(Put(record=record), {})) for record in records]

    def lifts(self, person: Person) -> list[RecordWrite]:
        """Return the writes that remove a returning person's marks."""
        return [RecordWrite(key=Key(kind=FormerIdentity.KIND, id=mark), body=None) for mark in self.marks_of(person)]

    async def is_marked(self, store: Store, account: tuple[str, str]) -> bool:
        """Return whether an Entra identity has left the registry. Raises StoreUnavailable."""
        key = Key(kind=FormerIdentity.KIND, id=self.account_mark(account))
        return bool(await store.get([key]))

    async def check(self, store: Store, *, at: datetime) -> None:
        """Store the key's fingerprint, or raise if the store has another.

        A replica with a different key would not recognise the marks of the other replicas. Raises StoreRefused,
        StoreUnavailable.
        """
        key = Key(kind=FormerKey.KIND, id=FormerKey.ID)

        async def store_or_compare() -> None:
            stored = (await store.get([key])).get(key)
            if stored is None:
                write = write_of(Put(record=FormerKey(fingerprint=self.fingerprint)), {})
                await store.commit(Commit(at=at, records=(write,)))
            elif decode(FormerKey, stored).fingerprint != self.fingerprint:
                raise StoreRefused(WRONG_KEY)

        await retry_on_conflict(store, store_or_compare)

    def _hash(self, kind: str, text: str) -> str:
        return hmac.new(self.key, f"{kind}\n{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _whatever_is_there(write: RecordWrite) -> RecordWrite:
    return RecordWrite(key=write.key, body=write.body, schema=write.schema, terms=write.terms, expected=None)
