"""Import of a table of programs into the store, and the changes of the register for the knowledge in use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.ports import Commit, Key, RandomSource, RecordWrite, Store, Stored, TimerWrite
from bot.records.codec import decode, write_of
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
from dialogs.rollout.software.register.entry import EVERY_ENTRY, ProgramEntry, RegisterEdition, edition_term
from knowledge.software.register import ProgramChange

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


# Changes of the program register in the store, for the knowledge in use and for commands.

_EDITION: Final = Key(kind=RegisterEdition.KIND, id=RegisterEdition.ID)
# Later editions that are read one by one; after more, everything is read again.
MOST_EDITIONS: Final = 50


async def program_changes(store: Store) -> tuple[ProgramChange, ...]:
    """Return all changes of the register. Raises StoreUnavailable."""
    return tuple([_change_of(stored) for stored in await store.find(ProgramEntry.KIND, EVERY_ENTRY)])


class LiveProgramChanges:
    """The changes of a store's register; after a change only the entries of later editions are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Version of the edition's record, and its number.
        self._seen: tuple[int, int] | None = None
        self._changes: dict[tuple[str, str | None], ProgramChange] = {}
        self._found: Sequence[ProgramChange] = ()

    async def read(self) -> Sequence[ProgramChange]:
        """Return the changes; the same object while nothing changed. Raises StoreUnavailable."""
        stored = (await self._store.get([_EDITION])).get(_EDITION)
        version, number = (stored.version, decode(RegisterEdition, stored).number) if stored else (0, 0)
        if self._seen is not None and self._seen[0] == version:
            return self._found
        # A restored backup has an edition that does not follow.
        follows = self._seen is not None and 0 < number - self._seen[1] <= MOST_EDITIONS
        if follows and self._seen is not None:
            for edition in range(self._seen[1] + 1, number + 1):
                for row in await self._store.find(ProgramEntry.KIND, edition_term(edition)):
                    self._take(_change_of(row))
        else:
            self._changes.clear()
            for change in await program_changes(self._store):
                self._take(change)
        # Read before the entries: what a commit meanwhile changed is read again with its edition.
        self._seen, self._found = (version, number), tuple(self._changes.values())
        return self._found

    def _take(self, change: ProgramChange) -> None:
        self._changes[change.change_key] = change


def _change_of(stored: Stored) -> ProgramChange:
    return decode(ProgramEntry, stored).to_change()
