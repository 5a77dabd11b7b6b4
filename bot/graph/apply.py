"""Carry out planned steps in portions, and preview their effects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.directory.current import colleague_of
from bot.directory.plan import RegistryPlan
from bot.graph.config import GraphSource
from bot.graph.plan import AccountStep, GraphPlan, group_record_id
from bot.ports import Clock, Key
from bot.records.codec import decode
from bot.records.conflict import retry_on_conflict
from bot.scim.change import Parts, ScimChange
from dialogs.core.person import Person
from dialogs.provisioning.model import ScimGroup, ScimUser
from knowledge.organisation.importers.people import Colleague
from knowledge.organisation.importers.rows import EntryChanges, changes_between

# A step holds up the turns of a bot that runs beside it on the tiny store.
PORTION: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StepApplier:
    """Applies the steps of one municipality."""

    parts: Parts
    source: GraphSource
    clock: Clock

    @property
    def by(self) -> str:
        """The actor in the audit log."""
        return f"graph:{self.source.municipality}"

    async def apply_steps(
        self, steps: Sequence[AccountStep], groups: Mapping[str, str], *, hold: bool, quiet: bool
    ) -> None:
        """Carry out a portion of steps in one commit.

        Args:
            groups: object ids of groups by the names in rules.
            hold: whether removals wait for an administrator.
            quiet: leave new accounts out of the audit log.
        Raises:
            StoreUnavailable: the next run goes on.
        """

        async def write_steps() -> None:
            change = await self._changed(steps, groups, hold=hold, quiet=quiet)
            if change.records or change.touched:
                await change.commit()

        await retry_on_conflict(
            self.parts.store, write_steps, reason="the accounts are written too often; the next run goes on"
        )

    async def preview_plan(self, plan: GraphPlan, groups: Mapping[str, str]) -> RegistryPlan:
        """Return what the registry would become. Nothing is changed. Raises StoreUnavailable."""
        before: list[Person] = []
        wanted: dict[str, Colleague] = {}
        for start in range(0, len(plan.steps), PORTION):
            change = await self._changed(plan.steps[start : start + PORTION], groups, hold=False, quiet=True)
            people = (change.people.get(id_) for id_ in sorted({*change.touched}))
            before += [person for person in people if person is not None and person.registered]
            wanted |= change.wanted
        entry_changes = changes_between(map(colleague_of, before), wanted.values())
        unchanged = max(0, plan.active - len(entry_changes.changes) - len(entry_changes.removals))
        return RegistryPlan(
            people=replace(entry_changes, unchanged=unchanged),
            ambassadors=EntryChanges(adds=(), changes=(), removals=(), unchanged=0),
            wanted=wanted,
            helpers={},
        )

    async def keep_groups(self, groups: Mapping[str, str]) -> None:
        """Store the groups that rules name. Raises Conflict, StoreUnavailable."""
        at = self.clock.now()
        wanted = [*self._records(groups, at)]
        stored_groups = await self.parts.store.get([Key(kind=ScimGroup.KIND, id=group.id) for group in wanted])
        names = {key.id: decode(ScimGroup, stored).name for key, stored in stored_groups.items()}
        change = await ScimChange.begin(self.parts, self.source, at=at, by=self.by)
        change.versions |= {key: stored.version for key, stored in stored_groups.items()}
        for group in wanted:
            if names.get(group.id) != group.name:
                change.put(group)
        if change.records:
            await change.commit()

    async def _changed(
        self, steps: Sequence[AccountStep], groups: Mapping[str, str], *, hold: bool, quiet: bool
    ) -> ScimChange:
        at = self.clock.now()
        records = [*self._records(groups, at)]
        change = await ScimChange.begin(self.parts, self.source, at=at, by=self.by)
        change.hold, change.quiet = hold, quiet
        await change.load_people([step.person_id for step in steps])
        for step in steps:
            for known in (step.before, step.replaced):
                if known is not None and known.version:
                    change.versions[Key(kind=ScimUser.KIND, id=known.record.id)] = known.version
            await self._step(change, step, records)
        return change

    async def _step(self, change: ScimChange, step: AccountStep, groups: Sequence[ScimGroup]) -> None:
        before = step.before.record if step.before is not None else None
        person = change.people.get(step.person_id)
        if step.replaced is not None:
            change.delete_record(type(step.replaced.record), step.replaced.record.id)
        if step.after is None:
            if before is not None:
                await change.drop(before)
        elif step.after.elsewhere or self._is_elsewhere(person):
            change.put(replace(step.after, active=False, elsewhere=True, roles=frozenset()))
        else:
            await change.keep(before, step.after, groups)

    def _is_elsewhere(self, person: Person | None) -> bool:
        return person is not None and person.registered and person.municipality_id != self.source.municipality

    def _records(self, groups: Mapping[str, str], at: datetime) -> Iterator[ScimGroup]:
        """Yield the records of groups, under the names that rules give them."""
        here = self.source.municipality
        for name, id_ in groups.items():
            yield ScimGroup(
                id=group_record_id(here, id_),
                municipality_id=here,
                name=name,
                external_id=id_,
                created_at=at,
                changed_at=at,
            )
