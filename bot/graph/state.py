"""The state of a reading, and the lease of the process that reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.graph.config import GraphSource
from bot.graph.fault import GraphFault
from bot.graph.reading import LICENCES, PROPERTIES
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from dialogs.core.decision import Put
from dialogs.provisioning.graph import GraphState

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
