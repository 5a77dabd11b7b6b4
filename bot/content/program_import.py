"""Import of a table of programs into the store, for a command: planned whole, written in portions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.ports import Commit, Key, RandomSource, RecordWrite, Store, TimerWrite
from bot.records.codec import write_of
from bot.records.query_answering import FlowRun
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.query import find_all, find_each
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
from dialogs.rollout.software.register.changes import put_entries
from dialogs.rollout.software.register.entry import ProgramEntry

# A commit holds up the running bot while it is applied.
PORTION: Final = 200


async def planned_programs(
    store: Store, content: Content, text: str, *, owner: str | None, at: datetime
) -> PlannedImport:
    """Return what an import would do; the operator may assess every list. Raises StoreUnavailable."""
    entries = await FlowRun(store=store).result_of(find_each(ProgramEntry, entry_keys(content, text, owner)))
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
) -> None:
    """Write the changes of a plan, with their audit entries.

    Raises Conflict: the register was changed since the plan was made; portions before stay. Raises StoreUnavailable.
    """
    interests = await FlowRun(store=store).result_of(find_all(ProgramInterest, EVERY_INTEREST))
    wanted = {interest.wanted for interest in interests}
    changes = plan.changes
    for start in range(0, len(changes), PORTION):
        portion = changes[start : start + PORTION]
        asked = wanted_programs(content, [change.program for change in portion], owner, wanted)
        data = {"municipality_id": owner or ""}
        timers = tuple(
            TimerWrite(key=tell_key(id_), at=at, verb=TELL_VERB, data={"program_id": id_, **data}) for id_ in asked
        )
        acts = [act for change in portion for act in import_audits(change, by=by)]
        audits = [Put(record=AuditEntry.from_act(act, id=rng.new_id("audit"), at=at)) for act in acts]
        records = (*(await _entry_writes(store, portion, at)), *(write_of(audit, {}) for audit in audits))
        await store.commit(Commit(at=at, records=records, timers=timers))


async def _entry_writes(store: Store, portion: Sequence[PlannedProgram], at: datetime) -> Sequence[RecordWrite]:
    """Return the writes of a portion, as one edition; each expects the entry that the plan was made of."""
    reading = FlowRun(store=store)
    before = await reading.result_of(find_each(ProgramEntry, [change.entry.id for change in portion]))
    changed = await reading.result_of(put_entries([change.changed_entry for change in portion], at))
    # The write of an entry that is another one by now is a conflict.
    stale = {
        Key(kind=ProgramEntry.KIND, id=change.entry.id)
        for change in portion
        if change.entry.id in before and before[change.entry.id].number != change.entry.number
    }
    versions = {key: version for key, version in reading.versions.items() if key not in stale}
    return [write_of(write, versions) for write in changed.writes]
