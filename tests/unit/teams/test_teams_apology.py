"""In Teams a person whose turn failed reads a sentence; what they send again is handled as if nothing had been."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.budget import TurnBudget
from bot.channels.locale import preferred
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.bearer import DevAuthenticator
from bot.channels.teams.handler import HeiaBot
from bot.channels.teams.limits import Apology, TeamsLimits
from bot.channels.teams.registration import AllowedHosts
from bot.channels.teams.setup import TeamsEndpoint
from bot.content.catalogue import load_catalogue
from bot.ports import Incoming, Overloaded, StoreUnavailable, Turn, TurnFailed
from knowledge.article.article import Language
from tests.fakes import connector as fake
from tests.unit.teams.conftest import TENANT, HeldClock, RecordingInbox, Teams
from tests.unit.teams.test_teams_limits import RATES, texts_of

CATALOGUE = load_catalogue()
PRESS = {"type": "invoke", "name": "adaptiveCard/action", "text": None}
VALUE = {"action": {"type": "Action.Execute", "verb": "ask.helped", "data": {}}}


class Failed(NamedTuple):
    """A fault, and what follows from it: status, sentence and count."""

    fault: Exception
    status: int
    key: str
    cause: str


FAULTS = [
    Failed(StoreUnavailable(cause="disk_full"), 503, "teams.unavailable", "store_disk_full"),
    Failed(Overloaded(), 503, "teams.busy", "busy"),
    Failed(TurnFailed(), 500, "teams.failed", "internal"),
]
LANGUAGES = {"nb-NO": Language.NB, "nn-NO": Language.NN, "en-US": Language.EN}


@pytest.fixture
def failed() -> list[str]:
    return []


@pytest.fixture
async def channel(
    make_adapter: Callable[..., TeamsAdapter],
    session: aiohttp.ClientSession,
    connector: fake.Connector,
    clock: HeldClock,
    failed: list[str],
) -> AsyncIterator[Teams]:
    inbox, adapter = RecordingInbox(), make_adapter()
    limits = TeamsLimits(
        turns=TurnBudget(RATES, clock=clock), texts_of=texts_of, clock=clock, refused=lambda reason: None
    )
    apology = Apology(texts=lambda locale: CATALOGUE[preferred(locale)], failed=failed.append)
    endpoint = TeamsEndpoint(
        adapter=adapter,
        bot=HeiaBot(inbox=inbox, limits=limits, apology=apology),
        authenticator=DevAuthenticator(hosts=AllowedHosts(loopback=True)),
        log=structlog.get_logger(),
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


def fail_with(teams: Teams, fault: Exception) -> None:
    async def answer(_: Incoming) -> Turn:
        raise fault

    teams.inbox.answer = answer


async def shown(connector: fake.Connector) -> list[str]:
    return [
        json.dumps(each, ensure_ascii=False) for each in (await connector.messages()).get("a:personal", {}).values()
    ]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.cause)
@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_message_that_failed_is_answered_in_the_language_of_the_client(
    channel: Teams, connector: fake.Connector, failed: list[str], case: Failed, locale: str
) -> None:
    fail_with(channel, case.fault)
    assert (await channel.post(channel.activity(locale=locale)))[0] == case.status
    [told] = await shown(connector)
    assert CATALOGUE[LANGUAGES[locale]](case.key) in told
    assert failed == [case.cause]


@pytest.mark.parametrize("case", FAULTS[:2], ids=lambda case: case.cause)
async def test_a_press_that_failed_is_answered_with_the_sentence(
    channel: Teams, connector: fake.Connector, failed: list[str], case: Failed
) -> None:
    fail_with(channel, case.fault)
    status, body = await channel.post(channel.activity(**PRESS, value=VALUE, locale="nb-NO"))
    assert (status, body["value"]) == (200, CATALOGUE[Language.NB](case.key))
    assert await shown(connector) == []
    assert failed == [case.cause]


async def test_a_flood_of_failures_is_not_answered_by_a_flood(channel: Teams, connector: fake.Connector) -> None:
    fail_with(channel, StoreUnavailable())
    for n in range(5):
        await channel.post(channel.activity(id=f"m{n}"))
    assert len(await shown(connector)) < 5


async def test_what_is_sent_again_is_handed_in_again_under_the_same_id(channel: Teams) -> None:
    fail_with(channel, StoreUnavailable())
    message: dict[str, Any] = channel.activity()
    await channel.post(message)
    channel.inbox.answer = None
    assert (await channel.post(message))[0] == 200
    first, second = channel.inbox.received
    assert first.id == second.id


async def test_a_sentence_that_cannot_be_sent_changes_nothing(channel: Teams, connector: fake.Connector) -> None:
    await connector.script(fake.Rule(status=503))
    fail_with(channel, StoreUnavailable())
    assert (await channel.post(channel.activity()))[0] == 503
