"""Sign-in at a lying provider, on a held clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemRandomSource
from bot.directory.merge import MergeWrites, merge_persons
from bot.ports import Commit, Key
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.signin.oidc.config import Provider
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.flow import Finished, ProviderSignIn
from bot.signin.oidc.people import PersonFinder
from bot.signin.sessions import Sessions
from bot.stores.memory.store import MemoryStore
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from tests.fakes.provider import CLIENT_ID, CLIENT_SECRET, LyingProvider
from tests.unit.web.conftest import HeldClock

ORGANISATION, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: nes\n    names: {nb: Nes}\n    contact: {role: {nb: Digitaliseringsrådgiver}, address: it@nes.example}\n"
    "    units:\n      - {id: nes-skole, names: {nb: Skole}}\n"
    "  - id: eidsvoll\n    names: {nb: Eidsvoll}\n"
    "    units:\n      - {id: eidsvoll-skole, names: {nb: Skole}}\n"
)
ORIGIN = "https://heia.example.no"


def provider_at(issuer: str, **settings: Any) -> Provider:
    """Return a provider that the program would read from its file."""
    given = {
        "id": "nes", "names": {"nb": "Nes kommune"}, "issuer": issuer, "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
        "municipalities": ["nes"], **settings,
    }  # fmt: skip
    provider = Provider.model_validate(given)
    assert provider.read_secret({}) is None
    return provider


@dataclass
class Door:
    """The whole of signing in without HTTP routes. ``logged`` are the lines of the log."""

    clock: HeldClock
    http: aiohttp.ClientSession
    store: MemoryStore = field(default_factory=MemoryStore)
    former: FormerMarks = field(default_factory=lambda: FormerMarks(b"k" * 32))
    logged: list[Any] = field(default_factory=list)

    def sign_in_at(self, *providers: Provider) -> ProviderSignIn:
        self.sessions = Sessions(
            store=self.store,
            rng=SystemRandomSource(),
            valid_for=timedelta(hours=12),
            methods=frozenset(SignInMethod),
        )

        async def merge(stranger: Person, person_id: str, at: datetime) -> MergeWrites:
            return await merge_persons(self.store, stranger, person_id, at=at)

        return ProviderSignIn(
            clients={
                each.id: ProviderClient(
                    provider=each,
                    session=self.http,
                    redirect_uri=f"{ORIGIN}/signin/{each.id}/callback",
                    clock=self.clock,
                    log=structlog.get_logger(),
                )
                for each in providers
            },
            people=PersonFinder(
                store=self.store,
                rng=SystemRandomSource(),
                former=self.former,
                merge=merge,
                organisation=lambda: ORGANISATION,
            ),
            sessions=self.sessions,
            store=self.store,
            clock=self.clock,
            rng=SystemRandomSource(),
            log=structlog.get_logger(),
        )

    async def enter(
        self, sign_in: ProviderSignIn, honest: LyingProvider, *, provider_id: str = "nes", **changed: str | None
    ) -> Finished:
        """Go there and back. ``changed`` replaces parts of the provider's answer; None removes one."""
        client = sign_in.client_of(provider_id)
        assert client is not None
        begun = await sign_in.begin(client, browser_secret=None)
        answer = {**honest.authorise(begun.address), **changed}
        return await sign_in.finish(
            client,
            {name: value for name, value in answer.items() if value is not None},
            browser_secret=begun.browser_secret,
            language=Language.NN,
            replaced=None,
        )

    async def put(self, *records: Record) -> None:
        for record in records:
            key = Key(kind=record.KIND, id=record.id)
            stored = await self.store.get([key])
            versions = {each.key: each.version for each in stored.values()}
            await self.store.commit(Commit(at=self.clock.now(), records=(write_of(Put(record=record), versions),)))

    async def person(self, person_id: str) -> Person | None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        return decode(Person, stored) if stored else None

    async def sessions_of(self, person_id: str) -> list[WebSession]:
        return [decode(WebSession, each) for each in await self.store.find(WebSession.KIND, f"person:{person_id}")]

    async def acts(self) -> list[tuple[str, str]]:
        entries = [decode(AuditEntry, each) for each in await self.store.find(AuditEntry.KIND, "all")]
        return sorted((entry.act, entry.subject) for entry in entries)


Answer = Mapping[str, str]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def door(clock: HeldClock) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as http:
        with capture_logs() as logged:
            yield Door(clock=clock, http=http, logged=logged)


@pytest.fixture
async def liar(clock: HeldClock) -> AsyncIterator[LyingProvider]:
    provider = LyingProvider(clock=clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(provider.server)
        yield provider
