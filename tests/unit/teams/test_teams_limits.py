"""What is too long or too much is refused politely, and nothing of it comes in."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.budget import Rate, TurnBudget, TurnRates
from bot.channels.locale import preferred
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.bearer import DevAuthenticator
from bot.channels.teams.handler import HeiaBot
from bot.channels.teams.limits import TeamsLimits
from bot.channels.teams.registration import AllowedHosts
from bot.channels.teams.setup import TeamsEndpoint
from bot.content.catalogue import load_catalogue
from bot.ports import Sender
from dialogs.core.event import Said
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from tests.fakes import connector as fake
from tests.unit.teams.conftest import CARD, TENANT, HeldClock, RecordingInbox, Teams

CATALOGUE = load_catalogue()
NB, EN = CATALOGUE[Language.NB], CATALOGUE[Language.EN]
RATES = TurnRates(person=Rate(burst=5, per_minute=6))
OTHER = {"id": "29:annen", "name": "Annen", "aadObjectId": "99999999-bbbb-4bbb-8bbb-222222222222"}


async def texts_of(sender: Sender, locale: str) -> Texts:
    return CATALOGUE[preferred(locale)]


@pytest.fixture
async def limited(
    make_adapter: Callable[..., TeamsAdapter],
    session: aiohttp.ClientSession,
    connector: fake.Connector,
    clock: HeldClock,
) -> AsyncIterator[Teams]:
    """The channel with a small budget."""
    inbox, adapter = RecordingInbox(), make_adapter()
    turns = TurnBudget(RATES, clock=clock)
    limits = TeamsLimits(turns=turns, texts_of=texts_of, clock=clock, refused=lambda reason: None)
    endpoint = TeamsEndpoint(
        adapter=adapter,
        bot=HeiaBot(inbox=inbox, limits=limits),
        authenticator=DevAuthenticator(hosts=AllowedHosts(loopback=True)),
        log=structlog.get_logger(),
    )
    app = web.Application()
    app.router.add_post("/api/messages", endpoint.handle)
    async with TestServer(app) as server:
        url = str(server.make_url("/api/messages"))
        service_url = connector.service_url(TENANT)
        yield Teams(adapter=adapter, inbox=inbox, url=url, session=session, service_url=service_url)


async def told(connector: fake.Connector) -> list[str]:
    return [str(each["text"]) for each in (await connector.messages()).get("a:personal", {}).values()]


@pytest.mark.parametrize(
    ("text", "text_format"),
    [
        ("å" * 10_001, "plain"),
        ("<p>" + "å" * 10_001 + "</p>", "xml"),
        ("<b></b>" * 20_000, "xml"),
        ("<" * 900_000, "xml"),
        ("<at" * 300_000, "plain"),
    ],
)
async def test_a_text_that_is_too_long_is_refused_with_a_sentence(
    limited: Teams, connector: fake.Connector, text: str, text_format: str
) -> None:
    status, _ = await limited.post(limited.activity(text=text, textFormat=text_format))
    assert status == 200
    assert limited.inbox.received == []
    assert await told(connector) == [NB("teams.too_long")]


async def test_ten_thousand_characters_come_in_with_their_markup(limited: Teams) -> None:
    await limited.post(limited.activity(text="<p>" + "å" * 10_000 + "</p>", textFormat="xml"))
    assert limited.inbox.received[0].what == Said(utterance="å" * 10_000)


async def test_the_refusal_speaks_the_language_of_the_client(limited: Teams, connector: fake.Connector) -> None:
    await limited.post(limited.activity(text="a" * 10_001, locale="en-GB"))
    assert await told(connector) == [EN("teams.too_long")]


async def test_a_person_above_their_budget_is_asked_to_wait_once(
    limited: Teams, connector: fake.Connector, clock: HeldClock
) -> None:
    for number in range(50):
        status, _ = await limited.post(limited.activity(id=f"m{number}", text="hei"))
        assert status == 200
    assert len(limited.inbox.received) == 5
    assert await told(connector) == [NB("teams.too_fast")] * 2
    await limited.post(limited.activity(**{"from": OTHER}, conversation={"id": "a:other", "tenantId": TENANT}))
    assert len(limited.inbox.received) == 6
    clock.time += timedelta(minutes=1)
    await limited.post(limited.activity(id="later", text="hei"))
    assert len(limited.inbox.received) == 7


async def test_a_press_above_the_budget_is_answered_with_the_sentence(limited: Teams) -> None:
    press = {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "value": {"action": {"type": "Action.Execute", "verb": "ask.helped", "data": {}}},
    }
    answers = [(await limited.post(limited.activity(id=f"p{n}", **press)))[1] for n in range(6)]
    assert answers[-1] == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": NB("teams.too_fast"),
    }
    assert len(limited.inbox.received) == 5
    submit = limited.activity(text=None, value={**CARD["actions"][0]["data"], "verb": "ask.helped"})  # type: ignore[index]
    await limited.post(submit)
    assert len(limited.inbox.received) == 5


async def test_talk_that_is_not_for_the_bot_costs_nobody_a_turn(limited: Teams) -> None:
    group = {"id": "19:group", "conversationType": "groupChat", "tenantId": TENANT}
    for number in range(50):
        await limited.post(limited.activity(id=f"g{number}", conversation=group))
    await limited.post(limited.activity(text="hei"))
    assert len(limited.inbox.received) == 1


async def test_what_only_looks_like_a_tag_stays(limited: Teams) -> None:
    await limited.post(limited.activity(text="3 < 5 <b>og</b> 7 > 2", textFormat="xml"))
    what = limited.inbox.received[0].what
    assert isinstance(what, Said)
    assert what.utterance.split() == ["3", "<", "5", "og", "7", ">", "2"]
