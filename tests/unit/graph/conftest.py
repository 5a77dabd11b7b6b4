"""A tenant in a stand-in for Microsoft Graph, and the runs that read it into a memory store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import aiohttp
import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.graph.config import GraphConfig, GraphFault, GraphSource
from bot.graph.sync import GraphSync, PlannedRun, read_state
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.scim.change import Parts
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.provisioning.graph import GraphState
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import SignInMethod, WebSession
from tests.fakes.graph import CLIENT, SECRET, TENANT, FakeGraph, object_id, served_graph
from tests.unit.scim.conftest import CONTENT
from tests.unit.web.conftest import HeldClock

R = TypeVar("R", bound=Record)
PUPILS: Final = object_id(902)
SOURCE: Final[dict[str, Any]] = {
    "municipality": "nes",
    "tenant_id": TENANT,
    "client_id": CLIENT,
    "secret": SECRET,
    "units": {"Oppvekst og skole": "nes-skole"},
    "roles": {"Heia kunngjørere": "announcer"},
    "pupils": {"domains": ["laering.nes.example"], "groups": ["Trinn 10"], "values": ["Lærling VG2"]},
}


class WaitingClock(HeldClock):
    """A held clock that moves on when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Town:
    """A municipality whose directory is read."""

    graph: FakeGraph
    store: Store
    http: aiohttp.ClientSession
    clock: WaitingClock = field(default_factory=WaitingClock)
    refused: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = "process-1"

    def source(self, **changes: Any) -> GraphSource:
        given = {**SOURCE, "stand_in": self.graph.origin, **self.settings, **changes}
        return GraphConfig.model_validate({"source": [given]}).source[0]

    def sync(self, **changes: Any) -> GraphSync:
        return GraphSync(
            parts=Parts(store=self.store, rng=SystemRandomSource(), former=FormerMarks(b"l" * 32), content=CONTENT),
            source=self.source(**changes),
            session=self.http,
            clock=self.clock,
            log=structlog.get_logger(),
            name=self.name,
            refused=self.refused.append,
        )

    async def run(self, *, full: bool = False, allowed: bool = False, **changes: Any) -> PlannedRun:
        """Run once, a quarter of an hour later, and return what was planned."""
        self.clock.at += timedelta(minutes=15)
        sync = self.sync(**changes)
        await sync.begin()
        try:
            planned = await sync.prepare(full=full)
            await sync.apply_run(planned, allowed=allowed)
        except GraphFault as fault:
            await sync.fail(fault)
            raise
        return planned

    async def get(self, kind: type[R], id_: str) -> R | None:
        key = Key(kind=kind.KIND, id=id_)
        stored = (await self.store.get([key])).get(key)
        return decode(kind, stored) if stored is not None else None

    async def put(self, *records: Record) -> None:
        writes = tuple(replace(write_of(Put(record=record), {}), expected=None) for record in records)
        await self.store.commit(Commit(at=self.clock.now(), records=writes))

    async def people(self) -> dict[str, Person]:
        """Return the people of the registry, by the last digits of their object id."""
        found = [decode(Person, each) for each in await self.store.find(Person.KIND, "registered")]
        return {str(int((each.object_id or "-0")[-12:])): each for each in found}

    async def accounts(self) -> dict[str, ScimUser]:
        found = [decode(ScimUser, each) for each in await self.store.find(ScimUser.KIND, "municipality:nes")]
        return {str(int(each.external_id[-12:])): each for each in found}

    async def waiting(self) -> int:
        return await self.store.count(ScimUser.KIND, "waiting:nes")

    async def state(self) -> GraphState:
        state = await read_state(self.store, "nes")
        assert state is not None
        return state

    async def acts(self) -> list[tuple[str, str]]:
        found = [decode(AuditEntry, each) for each in await self.store.find(AuditEntry.KIND, "all")]
        return [(each.act, each.by) for each in found]

    async def sign_in(self, person_id: str) -> str:
        """Give a person an open session and return its id."""
        session = WebSession(
            id=f"session-{person_id}", person_id=person_id, way=SignInMethod.LINK, created_at=self.clock.now(),
            seen_at=self.clock.now(), expires_at=self.clock.now() + timedelta(days=30),
        )  # fmt: skip
        await self.put(session)
        return session.id


@asynccontextmanager
async def town_on(store: Store, **fake: Any) -> AsyncIterator[Town]:
    """Open a tenant over a store."""
    async with served_graph(FakeGraph(**fake)) as graph, aiohttp.ClientSession() as http:
        graph.group(901, "Heia kunngjørere")
        graph.group(902, "Trinn 10")
        yield Town(graph, store, http)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    store = MemoryStore()
    await store.open()
    async with town_on(store) as town:
        yield town
    await store.close()
