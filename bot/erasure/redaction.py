"""Remove the id of an erased person from everything that is stored about others, and hashed words with it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any, Final

from bot.ports import Commit, FoundRow, Key, PostWrite, Store, TimerWrite
from bot.records.codec import decode, write_of
from bot.records.conflict import retry_on_conflict
from bot.stores.words import WordSearch
from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import Erasing
from dialogs.core.decision import Put
from dialogs.core.erasure_receipt import ErasureHashes, hashes_id
from dialogs.core.holding import Holding
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.core.word_runs import RunHasher, times_in
from dialogs.privacy.copies import COPIES
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.redaction import redacted

PAGE: Final = 500
HOLDINGS: Final[Mapping[str, Holding]] = {
    holding.kind: holding for holding in INVENTORY if holding.record is not None and holding.record is not AuditEntry
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Redacts the records of other people, cancels timers, and withdraws messages with the id in their buttons.

    Call it after ``Store.forget_recipient``. It may run more than once.
    """

    store: Store

    async def remove(self, person_id: str, *, erased_at: datetime, spare: str = "") -> None:
        """Remove the id of a person erased at ``erased_at``.

        What changed later stays: a registered person may use the bot again at once. A registered person's timers, and
        messages that name the person as a colleague, stay too.

        Args:
            spare: key of a timer to keep, such as the one that is ringing.
        """
        registered = await self._is_registered(person_id)
        contents: set[str] = set()
        for row in await self.store.rows_with([person_id], tables=("record", "timer", "content")):
            match row.table:
                case "record":
                    await self._redact(row, person_id, erased_at)
                case "timer" if not registered and row.id != spare and _concerns(row, person_id):
                    cancel = TimerWrite(key=row.id, at=None)
                    await self.store.commit(Commit(at=erased_at, timers=(cancel,)))
                case "content":
                    contents.add(row.id)
                case _:
                    pass
        if contents and not registered:
            await self._withdraw(contents, erased_at)

    async def _is_registered(self, person_id: str) -> bool:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        return stored is not None and decode(Person, stored).registered

    async def _redact(self, row: FoundRow, person_id: str, erased_at: datetime) -> None:
        """Redact one record. Raises StoreUnavailable."""
        holding = HOLDINGS.get(str(row.document.get("kind")))
        if holding is None or holding.record is None:
            return
        key, kind = Key(kind=holding.kind, id=str(row.document["id"])), holding.record

        async def redact_record() -> None:
            stored = (await self.store.get([key])).get(key)
            if stored is None:
                return
            record = decode(kind, stored)
            if _is_own(record, holding, person_id) or _changed_later(record, holding, erased_at):
                return
            new = redacted(record, person_id)
            if new != record:
                write = write_of(Put(record=new), {key: stored.version})
                await self.store.commit(Commit(at=erased_at, records=(write,)))

        await retry_on_conflict(
            self.store, redact_record, reason="a record is written too often; the erasure goes on later"
        )

    async def _withdraw(self, contents: Collection[str], at: datetime) -> None:
        """Withdraw every message with one of these contents."""
        rows = await self.store.rows_with(contents, tables=("delivery",))
        for start in range(0, len(rows), PAGE):
            posts = tuple(
                PostWrite(
                    recipient=row.document["recipient"],
                    slot=row.document["slot"],
                    message=None,
                    due_at=at,
                    only_update=True,
                )
                for row in rows[start : start + PAGE]
                if row.document.get("content") in contents
            )
            if posts:
                await self.store.commit(Commit(at=at, posts=posts))


def _concerns(row: FoundRow, person_id: str) -> bool:
    """Return whether a timer concerns the person, and does not only pass the id, as a page through all people does."""
    named = WordSearch([person_id]).in_text(row.id)
    return named or person_id in {row.document["data"].get(name) for name in ("person_id", "asker_id", "by")}


def _is_own(record: Record, holding: Holding, person_id: str) -> bool:
    """Return whether the record is the person's own."""
    if holding.by_id and record.id == person_id:
        return True
    own = set(holding.terms_of(person_id))
    return holding.erasing is not Erasing.KEPT and bool(own & set(record.terms()))


def _changed_later(record: Any, holding: Holding, erased_at: datetime) -> bool:
    return bool(holding.dated) and getattr(record, holding.dated) > erased_at


# Hashed words of an erased person: those that others had before are dropped after the erasure.

COPY_KINDS: Final = frozenset(kind.KIND for kind in COPIES)


async def hashes_of(store: Store, person_id: str) -> ErasureHashes | None:
    """Return the hashes of an erased person, until they are destroyed."""
    key = Key(kind=ErasureHashes.KIND, id=hashes_id(person_id))
    stored = (await store.get([key])).get(key)
    return None if stored is None else decode(ErasureHashes, stored)


async def drop_shared_runs(store: Store, person_id: str, *, shipped: Collection[str], at: datetime) -> None:
    """Keep the hashes of words that this person was the first to have.

    Words in shipped texts are dropped, and words in rows that did not change since before the person used them. Rows
    without a time, and copies that editors made, never count as older. May run more than once.
    """
    hashes = await hashes_of(store, person_id)
    if hashes is None:
        return
    first_used = dict(zip(hashes.runs, hashes.first_used, strict=True))
    shared = RunHasher(hashes.key).runs_in(shipped)
    for run_row in await store.rows_with_runs(hashes.key, frozenset(hashes.runs)):
        if run_row.row.document.get("kind") not in COPY_KINDS:
            changed = max((time.timestamp() for time in times_in(run_row.row.document)), default=inf)
            shared |= {run for run in run_row.runs if changed < first_used[run]}
    own = {run: time for run, time in first_used.items() if run not in shared}
    if own != first_used:
        kept = replace(hashes, runs=tuple(own), first_used=tuple(own.values()))
        write = replace(write_of(Put(record=kept), {}), expected=None)
        await store.commit(Commit(at=at, records=(write,)))
