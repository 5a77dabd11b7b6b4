"""The Teams channel with real parts: aiohttp on both sides, the connector a server of its own."""

import copy
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.bearer import Authenticator, DevAuthenticator
from bot.channels.teams.connector import Connector, NoTokens, Tokens
from bot.channels.teams.handler import HeiaBot
from bot.channels.teams.registration import AllowedHosts, ClientSecret, Registration, Registrations
from bot.channels.teams.setup import TeamsEndpoint
from bot.ports import Delivery, DeliveryStatus, Incoming, Turn
from bot.support.outbound import open_session
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import TEAMS
from tests.fakes import connector as fake

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
PERSON = "22222222-bbbb-4bbb-8bbb-222222222222"
APP = "33333333-cccc-4ccc-8ccc-333333333333"

ACTIVITY: dict[str, Any] = {
    "type": "message",
    "id": "1730548800000",
    "timestamp": "2026-11-02T12:00:00.000Z",
    "channelId": "msteams",
    "from": {"id": "29:ansatt", "name": "Ansatt Helse", "aadObjectId": PERSON},
    "conversation": {"id": "a:personal", "conversationType": "personal", "tenantId": TENANT},
    "recipient": {"id": f"28:{APP}", "name": "Heia"},
    "text": "Hvordan bytter jeg passord?",
    "textFormat": "plain",
    "channelData": {"tenant": {"id": TENANT}},
}

CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Hei", "wrap": True}],
    "actions": [{"type": "Action.Execute", "title": "Ja", "verb": "ask.helped", "data": {"article_id": "mfa"}}],
}


@dataclass
class HeldClock:
    """Time that moves only when told."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class RecordingInbox:
    """Keeps what is handed in and answers what it is told to."""

    received: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Awaitable[Turn]] | None = None

    async def receive(self, incoming: Incoming) -> Turn:
        self.received.append(incoming)
        return await self.answer(incoming) if self.answer else Turn()


@dataclass
class Teams:
    """The channel as bootstrap wires it."""

    adapter: TeamsAdapter
    inbox: RecordingInbox
    url: str
    session: aiohttp.ClientSession
    service_url: str

    def activity(self, **changes: Any) -> dict[str, Any]:
        """Return a message of the sample person, with these fields changed; None takes a field away."""
        changed = {**copy.deepcopy(ACTIVITY), "serviceUrl": self.service_url, **changes}
        return {name: value for name, value in changed.items() if value is not None}

    async def post(self, body: Any, **headers: str) -> tuple[int, Any]:
        """POST to /api/messages and return status and JSON body (None where there is none)."""
        raw: dict[str, Any] = {
            "data": io.BytesIO(body) if isinstance(body, bytes) else None,
            "headers": {"Content-Type": "application/json", **headers},
        }
        if not isinstance(body, bytes):
            raw = {"json": body, "headers": headers}
        async with self.session.post(self.url, **raw) as response:
            return response.status, await response.json() if await response.read() else None


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def connector() -> AsyncIterator[fake.Connector]:
    async with TestServer(fake.ConnectorServer().app) as server, fake.Connector(str(server.make_url(""))) as hand:
        yield hand


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as session:
        yield session


@pytest.fixture
def make_adapter(session: aiohttp.ClientSession, clock: HeldClock) -> Callable[..., TeamsAdapter]:
    def make(*, tokens: Tokens | None = None, seconds: float = 5.0, **options: Any) -> TeamsAdapter:
        log = structlog.get_logger()
        registration = Registration(app_id=APP, tenant_id=TENANT, credential=ClientSecret(value="hemmelig"))
        return TeamsAdapter(
            connector=Connector(
                session=session,
                tokens=tokens or NoTokens(),
                hosts=AllowedHosts(loopback=True),
                clock=clock,
                log=log,
                total_seconds=seconds,
            ),
            registrations=Registrations([registration]),
            log=log,
            **options,
        )

    return make


@pytest.fixture
def adapter(make_adapter: Callable[..., TeamsAdapter]) -> TeamsAdapter:
    return make_adapter()


@pytest.fixture
def authenticator() -> Authenticator:
    return DevAuthenticator(hosts=AllowedHosts(loopback=True))


@pytest.fixture
async def teams(
    adapter: TeamsAdapter,
    session: aiohttp.ClientSession,
    connector: fake.Connector,
    authenticator: Authenticator,
    clock: HeldClock,
) -> AsyncIterator[Teams]:
    inbox = RecordingInbox()
    log = structlog.get_logger()
    calls = Connector(session=session, tokens=NoTokens(), hosts=AllowedHosts(loopback=True), clock=clock, log=log)
    endpoint = TeamsEndpoint(
        adapter=adapter, bot=HeiaBot(inbox=inbox, connector=calls), authenticator=authenticator, log=log
    )
    app = web.Application()
    app.router.add_post("/api/messages", endpoint.handle)
    async with TestServer(app) as server:
        yield Teams(
            adapter=adapter,
            inbox=inbox,
            url=str(server.make_url("/api/messages")),
            session=session,
            service_url=connector.service_url(TENANT),
        )


@pytest.fixture
def place(connector: fake.Connector) -> Address:
    """The sample person's chat."""
    return Address(
        channel=TEAMS,
        data={
            "service_url": connector.service_url(TENANT),
            "conversation_id": "a:personal",
            "tenant_id": TENANT,
            "user_id": "29:ansatt",
            "app_id": APP,
            "object_id": PERSON,
        },
    )


@pytest.fixture
def owed() -> Callable[..., Delivery]:
    def owed(message: Message | None = None, **changes: Any) -> Delivery:
        fields: dict[str, Any] = {
            "id": "delivery-1",
            "recipient": "person-1",
            "slot": "answer/1",
            "version": 1,
            "message": message or Message(text="Hei"),
            "status": DeliveryStatus.LEASED,
            "sequence": 1,
            "posted_at": NOON,
            "due_at": NOON,
        }
        return Delivery(**{**fields, **changes})

    return owed
