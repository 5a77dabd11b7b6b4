"""Hashed words of an erased person: those that others had before are dropped after the erasure."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Final

from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from dialogs.core.decision import Put
from dialogs.core.erasure_receipt import ErasureHashes, hashes_id
from dialogs.core.word_runs import RunHasher, times_in
from dialogs.privacy.copies import COPIES

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
