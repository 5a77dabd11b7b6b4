"""A SCIM server over a memory store, and a directory that calls it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.scim.config import ScimConfig
from bot.scim.endpoint import ScimServer, scim_routes
from bot.scim.tokens import DirectoryTokens
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation
from tests.unit.driver import CATALOGUE
from tests.unit.web.conftest import HeldClock

R = TypeVar("R", bound=Record)

TENANT: Final = "99999999-9999-4999-8999-999999999999"
ORGANISATION, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: nes\n    names: {nb: Nes}\n"
    "    units:\n      - {id: nes-skole, names: {nb: Skole}}\n      - {id: nes-helse, names: {nb: Helse}}\n"
    "  - id: eidsvoll\n    names: {nb: Eidsvoll}\n"
    "    units:\n      - {id: eidsvoll-skole, names: {nb: Skole}}\n"
    "  - id: samdrift\n    names: {nb: Samdrift}\n    provider: true\n"
)
CONFIG: Final = ScimConfig.model_validate(
    {
        "source": [
            {
                "municipality": "nes",
                "tenant_id": TENANT,
                "domains": ["nes.example"],
                "units": {"Oppvekst og skole": "nes-skole"},
                "roles": {"Heia kunngjørere": "announcer"},
                "pupils": {"domains": ["laering.nes.example"], "groups": ["Trinn 10"], "values": ["Lærling VG2"]},
            },
            # The tests' accounts are of either: here the two share a domain.
            {
                "municipality": "eidsvoll",
                "domains": ["nes.example", "eidsvoll.example"],
                "roles": {"Heia kunngjørere": "announcer"},
            },
        ]
    }
)
CONTENT: Final = Content(articles=ArticleBook(), organisation=ORGANISATION, texts=CATALOGUE, policy=Policy())
USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
WORK: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


@dataclass
class Site:
    """The server, its store, and one token for each municipality."""

    server: TestServer
    store: Store
    clock: HeldClock
    tokens: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def token_store(self) -> DirectoryTokens:
        return DirectoryTokens(store=self.store, rng=SystemRandomSource())

    async def get(self, kind: type[R], id_: str) -> R | None:
        key = Key(kind=kind.KIND, id=id_)
        stored = (await self.store.get([key])).get(key)
        return decode(kind, stored) if stored is not None else None

    async def people(self) -> list[Person]:
        return [decode(Person, each) for each in await self.store.find(Person.KIND, "all")]

    async def put(self, *records: Record) -> None:
        writes = tuple(write_of(Put(record=record), {}) for record in records)
        await self.store.commit(Commit(at=self.clock.now(), records=writes))

    async def overwrite(self, record: Record) -> None:
        """Store a record as it is now, whatever was there."""
        write = replace(write_of(Put(record=record), {}), expected=None)
        await self.store.commit(Commit(at=self.clock.now(), records=(write,)))

    async def acts(self) -> list[tuple[str, str, str]]:
        found = [decode(AuditEntry, each) for each in await self.store.find(AuditEntry.KIND, "all")]
        return [(each.act, each.by, each.subject) for each in found]

    async def sign_in(self, person_id: str) -> str:
        """Give a person an open session and return its id."""
        session = WebSession(
            id=f"session-{person_id}", person_id=person_id, way=SignInMethod.LINK, created_at=self.clock.now(),
            seen_at=self.clock.now(), expires_at=self.clock.now() + timedelta(hours=12),
        )  # fmt: skip
        await self.put(session)
        return session.id


@dataclass
class Caller:
    """The directory of one municipality. Every answer is ``(status, body)``; ``headers`` are those of the last."""

    site: Site
    http: Any
    municipality_id: str = "nes"
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        token = self.site.tokens.get(self.municipality_id, "")
        url = self.site.server.make_url(f"/scim/v2{path}")
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json", **headers}
        async with self.http.request(method, str(url), json=body, headers=given) as answer:
            self.headers = dict(answer.headers)
            return answer.status, (await answer.json(content_type=None) if answer.content_length else None)

    async def add(self, number: int, **changes: Any) -> dict[str, Any]:
        """Create an account and return it."""
        status, shown = await self.ask("POST", "/Users", account(number, **changes))
        assert status == 201, shown
        return dict(shown)

    async def patch(self, path: str, *operations: dict[str, Any]) -> dict[str, Any]:
        """Patch and return the resource, which a PATCH always answers with."""
        status, shown = await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        assert status == 200, shown
        return dict(shown)

    def of(self, municipality_id: str) -> "Caller":
        return Caller(self.site, self.http, municipality_id)


def account(number: int, **changes: Any) -> dict[str, Any]:
    """Return an account as Entra sends it, with attributes Heia does not keep."""
    return {
        "schemas": [USER, WORK],
        "externalId": object_id(number),
        "userName": f"ansatt{number}@nes.example",
        "displayName": f"Ansatt {number}",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": f"ansatt{number}@nes.example"}],
        "phoneNumbers": [{"type": "work", "value": "12345678"}],
        WORK: {"department": "Helse", "manager": {"value": "x"}},
        **changes,
    }


@asynccontextmanager
async def served(store: Store, config: ScimConfig = CONFIG) -> AsyncIterator[Site]:
    """Serve an open store to both municipalities."""
    clock = HeldClock()
    refused: list[str] = []
    server = ScimServer(
        config=config,
        store=store,
        rng=SystemRandomSource(),
        former=FormerMarks(b"l" * 32),
        content=lambda: CONTENT,
        clock=clock,
        origin="",
        refused=refused.append,
        log=structlog.get_logger(),
    )
    app = web.Application(client_max_size=2**20)
    app.add_routes(scim_routes(server))
    async with TestServer(app) as running:
        site = Site(running, store, clock, refused=refused)
        for municipality_id in ("nes", "eidsvoll"):
            site.tokens[municipality_id] = await site.token_store().make(municipality_id, at=clock.now(), by="operator")
        yield site


def changed(changes: Mapping[str, Mapping[str, Any]]) -> ScimConfig:
    """Return the directories with changes by municipality."""
    return ScimConfig(
        source=tuple(each.model_copy(update=changes.get(each.municipality, {})) for each in CONFIG.source)
    )


@pytest.fixture
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A server; an indirect parameter changes its directories."""
    store = MemoryStore()
    await store.open()
    async with served(store, changed(getattr(request, "param", {}))) as site:
        yield site
    await store.close()


@pytest.fixture
async def nes(site: Site) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(site, http)
