"""One run: read a directory, plan, guard, apply in portions, and remember the state of the reading."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.directory.plan import RegistryPlan
from bot.graph.account import UserVerdict
from bot.graph.apply import PORTION, StepApplier
from bot.graph.client import GraphClient
from bot.graph.config import GraphFault, GraphSource, ResyncNeeded
from bot.graph.credential import credential_end
from bot.graph.plan import GraphPlan, Planner
from bot.graph.reading import LICENCES, PROPERTIES, DirectoryChanges, DirectoryReader
from bot.graph.token import GraphToken
from bot.ports import Clock, Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged, retry_on_conflict
from bot.scim.change import Parts
from bot.scim.removals import SHARE
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.provisioning.graph import GraphState

# The state of a reading, and the lease of the process that reads.

# A process that was killed holds a directory no longer than this.
LEASE: Final = timedelta(minutes=10)
RENEW_AFTER: Final = timedelta(minutes=1)


async def read_state(store: Store, municipality_id: str) -> GraphState | None:
    """Return how far the reading of a directory has come; None before the first one. Raises StoreUnavailable."""
    key = Key(kind=GraphState.KIND, id=municipality_id)
    stored = (await store.get([key])).get(key)
    return decode(GraphState, stored) if stored is not None else None


async def all_states(store: Store) -> Mapping[str, GraphState]:
    """Return the states of all directories, by municipality. Raises StoreUnavailable."""
    return {stored.key.id: decode(GraphState, stored) for stored in await store.find(GraphState.KIND, "all")}


async def last_readings(store: Store) -> Mapping[str, datetime]:
    """Return when each directory was last applied, by municipality. Raises StoreUnavailable."""
    return {id_: state.done_at for id_, state in (await all_states(store)).items() if state.done_at is not None}


def rules_of(source: GraphSource) -> str:
    """Return a fingerprint of all settings that decide about employees, units and roles."""
    rules = source.model_dump(
        mode="json", include={"units", "roles", "pupils", "scope", "tenant_id", "cloud", "stand_in"}
    )
    text = repr((PROPERTIES, LICENCES, sorted(rules.items())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class Lease:
    """The right to read a directory, held by one process at a time."""

    store: Store
    name: str
    state: GraphState
    version: int
    since: datetime

    @classmethod
    async def take(cls, store: Store, municipality_id: str, *, name: str, at: datetime) -> "Lease":
        """Take the lease. Raises GraphFault: another process has it. StoreUnavailable."""
        key = Key(kind=GraphState.KIND, id=municipality_id)
        stored = (await store.get([key])).get(key)
        state = decode(GraphState, stored) if stored is not None else GraphState(id=municipality_id)
        if state.lease_until is not None and state.lease_until > at and state.lease != name:
            raise GraphFault("running")
        lease = cls(store=store, name=name, state=state, version=stored.version if stored is not None else 0, since=at)
        await lease.save_state(at, lease=name, lease_until=at + LEASE)
        return lease

    async def renew(self, at: datetime) -> None:
        """Hold the lease longer, when a minute has passed. Raises GraphFault: another process took it."""
        if at - self.since >= RENEW_AFTER:
            await self.save_state(at, lease_until=at + LEASE)
            self.since = at

    async def give_back(self, at: datetime, **changes: Any) -> None:
        """Give the lease back, with changes of the state. Raises as ``renew``."""
        await self.save_state(at, **{**changes, "lease": "", "lease_until": None})

    async def save_state(self, at: datetime, **changes: Any) -> None:
        """Change the state. Raises GraphFault, StoreUnavailable."""
        state = replace(self.state, **changes)
        write = write_of(Put(record=state), {Key(kind=GraphState.KIND, id=state.id): self.version})
        if not await commit_if_unchanged(self.store, Commit(at=at, records=(write,))):
            raise GraphFault("running")
        self.state, self.version = state, self.version + 1


# Ends of a run that are no failure of the directory.
STOPPED: Final = "stopped"
_NO_FAILURES: Final = frozenset({STOPPED, "running"})

Progress = Callable[[int, int], None]
Rest = Callable[[timedelta], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A run that has been read and planned."""

    changes: DirectoryChanges
    plan: GraphPlan
    credential_ends: datetime | None


class GraphSync:
    """A run for one municipality: ``begin``, ``prepare``, then ``apply_run``, ``leave_unchanged`` or ``fail``."""

    def __init__(
        self,
        *,
        parts: Parts,
        source: GraphSource,
        session: aiohttp.ClientSession,
        clock: Clock,
        log: FilteringBoundLogger,
        name: str,
        refused: Callable[[str], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
        rest: Rest | None = None,
        progress: Progress = lambda _, __: None,
    ) -> None:
        """Make a run.

        Args:
            name: of this process, for the lease.
            refused: counts refusals by reason.
            stopping: returns whether to end early.
            rest: awaited after each portion with the time it took, to leave time for turns.
            progress: called with the number of accounts done and the total.
        """
        self._parts = parts
        self._source = source
        self._clock = clock
        self._log = log
        self._name = name
        self._refused = refused
        self._stopping = stopping
        self._rest = rest
        self.progress = progress
        self._held: Lease | None = None
        token = GraphToken(session=session, source=source, clock=clock, rng=parts.rng)
        self._client = GraphClient(
            session=session,
            origin=source.endpoints.graph,
            token=token,
            clock=clock,
            going_on=self._go_on,
        )
        self._reader = DirectoryReader(client=self._client, source=source)
        self._applier = StepApplier(parts=parts, source=source, clock=clock)

    @property
    def _lease(self) -> Lease:
        if self._held is None:
            raise RuntimeError("begin comes first")
        return self._held

    async def begin(self) -> None:
        """Take the right to run. Raises GraphFault: another process runs. StoreUnavailable."""
        self._held = await Lease.take(
            self._parts.store, self._source.municipality, name=self._name, at=self._clock.now()
        )

    @property
    def is_first(self) -> bool:
        """Whether the directory was never applied."""
        return self._lease.state.done_at is None

    async def prepare(self, *, full: bool = False) -> PlannedRun:
        """Read and plan. Raises GraphFault, StoreUnavailable; nothing is changed."""
        state = self._lease.state
        whole = full or not state.users_link or state.rules != rules_of(self._source)
        try:
            if whole:
                return await self._planned(await self._reader.everything())
            return await self._planned(await self._reader.since(state))
        except ResyncNeeded:
            if whole:
                raise GraphFault("endless") from None
        self._log.info("graph_read_again", municipality=self._source.municipality)
        try:
            return await self._planned(await self._reader.everything())
        except ResyncNeeded:
            raise GraphFault("endless") from None

    async def preview_run(self, run: PlannedRun) -> RegistryPlan:
        """Return what the registry would become. Nothing is changed."""
        return await self._applier.preview_plan(run.plan, run.changes.groups)

    async def apply_run(self, run: PlannedRun, *, allowed: bool = False) -> bool:
        """Carry out a run, and release the lease.

        Args:
            allowed: however many leave, an administrator has looked at them.
        Returns:
            Whether removals wait.
        Raises:
            GraphFault: another process took over. StoreUnavailable: run again.
        """
        plan, began_at = run.plan, self._clock.now()
        hold = not allowed and plan.removals > 0 and plan.removes_too_many(SHARE)
        await retry_on_conflict(
            self._applier.parts.store,
            partial(self._applier.keep_groups, run.changes.groups),
            reason="the groups are written by another process; the next run goes on",
        )
        for start in range(0, len(plan.steps), PORTION):
            await self._go_on()
            began = self._clock.now()
            portion = plan.steps[start : start + PORTION]
            await self._applier.apply_steps(portion, run.changes.groups, hold=hold, quiet=plan.full)
            self.progress(start + len(portion), len(plan.steps))
            if self._rest is not None:
                await self._rest(self._clock.now() - began)
        await self._report(plan, hold=hold)
        await self._lease.give_back(
            self._clock.now(),
            tenant_id=self._source.tenant_id,
            users_link=run.changes.users_link,
            group_links=run.changes.group_links,
            pupil_groups=tuple(sorted(run.changes.pupils)),
            groups=dict(run.changes.groups),
            rules=rules_of(self._source),
            done_at=began_at,
            failed_at=None,
            fault="",
            credential_ends=run.credential_ends,
        )
        return hold

    async def leave_unchanged(self) -> None:
        """Give the lease back without a change. Raises GraphFault, StoreUnavailable."""
        await self._lease.give_back(self._clock.now())

    async def fail(self, fault: GraphFault) -> None:
        """Give the lease back and remember why the run failed. Raises StoreUnavailable."""
        if self._held is None:
            return
        now = self._clock.now()
        failed = {} if fault.reason in _NO_FAILURES else {"failed_at": now, "fault": fault.reason}
        try:
            await self._lease.give_back(now, **failed)
        except GraphFault:
            return  # another process has it

    async def _planned(self, changes: DirectoryChanges) -> PlannedRun:
        planner = Planner(
            store=self._parts.store, source=self._source, reader=self._reader, changes=changes, at=self._clock.now()
        )
        ends = await credential_end(self._client, self._source)
        return PlannedRun(changes=changes, plan=await planner.plan(), credential_ends=ends)

    async def _go_on(self) -> None:
        """Hold the lease longer. Raises GraphFault: the process stops, or another one took over."""
        if self._stopping():
            raise GraphFault(STOPPED)
        await self._lease.renew(self._clock.now())

    async def _report(self, plan: GraphPlan, *, hold: bool) -> None:
        """Report a run that changed or refused something: a line in the log, an entry in the audit log."""
        here, at = self._source.municipality, self._clock.now()
        for _ in range(plan.refused[UserVerdict.PUPIL]):
            self._refused("pupil")
        if not plan.steps and not plan.refused[UserVerdict.PUPIL]:
            return
        details = [
            ("accounts", str(len(plan.steps))),
            ("full", str(plan.full).lower()),
            ("removals", str(plan.removals)),
            ("removals_wait", str(hold).lower()),
            *((f"refused_{verdict}", str(number)) for verdict, number in sorted(plan.refused.items()) if number),
        ]
        self._log.info("graph_applied", municipality=here, **dict(details))
        act = Audit(act="graph.applied", subject=here, by=self._applier.by, details=tuple(details))
        entry = AuditEntry.from_act(act, id=self._parts.rng.new_id("audit"), at=at)
        await self._parts.store.commit(Commit(at=at, records=(write_of(Put(record=entry), {}),)))
