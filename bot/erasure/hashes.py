"""Hashed words of an erased person: those that others had, too, are dropped after the erasure."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from dialogs.core.decision import Put
from dialogs.core.erasure_hashes import ErasureHashes, hashes_id
from dialogs.core.word_runs import RunHasher
from dialogs.privacy.copies import COPIES

_COPIES = frozenset(kind.KIND for kind in COPIES)


async def hashes_of(store: Store, person_id: str) -> ErasureHashes | None:
    """Return the hashes of an erased person, until they are destroyed."""
    key = Key(kind=ErasureHashes.KIND, id=hashes_id(person_id))
    stored = (await store.get([key])).get(key)
    return None if stored is None else decode(ErasureHashes, stored)


async def drop_shared_runs(store: Store, person_id: str, *, shipped: Collection[str], at: datetime) -> None:
    """Keep the hashes of what only this person has: not of words in records of others, or in shipped texts.

    Copies that editors made count as the person's. May run more than once.
    """
    hashes = await hashes_of(store, person_id)
    if hashes is None:
        return
    shared = RunHasher(hashes.key).runs_in(shipped)
    for found in await store.rows_with_runs(hashes.key, frozenset(hashes.runs)):
        if found.row.table == "record" and found.row.document.get("kind") not in _COPIES:
            shared |= found.runs
    own = replace(hashes, runs=tuple(run for run in hashes.runs if run not in shared))
    if own != hashes:
        write = replace(write_of(Put(record=own), {}), expected=None)
        await store.commit(Commit(at=at, records=(write,)))
