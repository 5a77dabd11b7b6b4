"""Import of a table of programs into the store, for a command: planned whole, written in portions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.ports import Commit, Key, RandomSource, RecordWrite, Store, TimerWrite
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.texts import OSLO
from dialogs.rollout.software.assess.importing import (
    PlannedImport,
    PlannedProgram,
    entry_keys,
    import_audits,
    plan_programs,
)
from dialogs.rollout.software.lookup.interests import TELL_VERB, tell_key, wanted_programs
from dialogs.rollout.software.model import EVERY_INTEREST, ProgramInterest
from dialogs.rollout.software.register.entry import ProgramEntry, RegisterEdition

# A commit holds up the running bot while it is applied.
PORTION: Final = 200


async def planned_programs(
    store: Store, content: Content, text: str, *, owner: str | None, at: datetime
) -> PlannedImport:
    """Return what an import would do; the operator may assess every list. Raises StoreUnavailable."""
    ids = entry_keys(content, text, owner)
    rows = await store.get([Key(kind=ProgramEntry.KIND, id=id_) for id_ in ids])
    entries = {key.id: decode(ProgramEntry, stored) for key, stored in rows.items()}
    day = at.astimezone(OSLO).date()
    return plan_programs(content, text, entries, owner=owner, may_assess=lambda _: True, at=at, day=day)


async def apply_programs(
    store: Store,
    content: Content,
    plan: PlannedImport,
    *,
    owner: str | None,
    by: str,
    at: datetime,
    rng: RandomSource,
) -> int:
    """Write the changes of a plan, with their audit entries; return their number.

    Raises Conflict: the register was changed since the plan was made; portions before stay. Raises StoreUnavailable.
    """
    interests = [decode(ProgramInterest, stored) for stored in await store.find(ProgramInterest.KIND, EVERY_INTEREST)]
    wanted = {interest.wanted for interest in interests}
    changes = plan.changes
    for start in range(0, len(changes), PORTION):
        portion = changes[start : start + PORTION]
        asked = wanted_programs(content, [change.program for change in portion], owner, wanted)
        timers = tuple(
            TimerWrite(
                key=tell_key(id_),
                at=at,
                verb=TELL_VERB,
                data={"program_id": id_, "municipality_id": owner or ""},
            )
            for id_ in asked
        )
        records = (*(await _entry_writes(store, portion, at)), *_audit_writes(portion, by=by, at=at, rng=rng))
        await store.commit(Commit(at=at, records=records, timers=timers))
    return len(changes)


async def _entry_writes(store: Store, portion: Sequence[PlannedProgram], at: datetime) -> Sequence[RecordWrite]:
    """Return the writes of a portion, as one edition; each expects the entry that the plan was made of."""
    edition_key = Key(kind=RegisterEdition.KIND, id=RegisterEdition.ID)
    keys = [edition_key, *(Key(kind=ProgramEntry.KIND, id=change.entry.id) for change in portion)]
    stored = await store.get(keys)
    before = decode(RegisterEdition, stored[edition_key]) if edition_key in stored else RegisterEdition()
    edition = before.next_at(at)
    versions = {key: row.version for key, row in stored.items() if _is_planned(row.body, portion, key)}
    entries = [
        replace(change.changed_entry, number=change.entry.number + 1, edition=edition.number, changed_at=at)
        for change in portion
    ]
    return [write_of(Put(record=edition), versions), *(write_of(Put(record=entry), versions) for entry in entries)]


def _is_planned(body: Mapping[str, object], portion: Sequence[PlannedProgram], key: Key) -> bool:
    """Return whether a stored record is the one that the plan was made of; the write of another one is a conflict."""
    planned = next((change.entry.number for change in portion if change.entry.id == key.id), None)
    return planned is None or body.get("number") == planned


def _audit_writes(
    portion: Sequence[PlannedProgram], *, by: str, at: datetime, rng: RandomSource
) -> Sequence[RecordWrite]:
    acts = [act for change in portion for act in import_audits(change, by=by)]
    entries = [AuditEntry.from_act(act, id=rng.new_id("audit"), at=at) for act in acts]
    return [write_of(Put(record=entry), {}) for entry in entries]
