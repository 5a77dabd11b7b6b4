"""Where a person is signed in, and how sessions end by themselves, one by one, or by the provider."""

from datetime import timedelta

import aiohttp

from bot.channels.web.chat.conversation import SIGNED_OUT
from dialogs.signin.model import SignInMethod
from tests.fakes.provider import LyingProvider
from tests.unit.signin.test_provider_logout import EVENT, stamp
from tests.unit.web.conftest import Client, HeldClock, SetUp
from tests.unit.web.test_web_entrance import Doors, doors, liar, lillevik, there_and_back

ME, OTHER = "ansatt-1", "ansatt-2"
PAGE = "/signin/sessions"
__all__ = ["doors", "liar"]


async def link_in(client: Client, person_id: str = ME, *, by: str | None = "operator") -> None:
    token = (await client.stage.link(person_id, by=by)).partition("token=")[2]
    assert (await client.ask("POST", "/chat/enter", data={"token": token})).status == 303


async def test_the_page_lists_the_own_sessions_and_ends_one(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False)
    await link_in(client)
    async with Client(stage) as elsewhere, Client(stage) as stranger:
        await link_in(elsewhere)
        await link_in(stranger, OTHER)
        page = await elsewhere.page_with(None)
        text = await (await client.ask("GET", PAGE)).text()
        assert text.count("<li>") == 2
        assert text.count("denne nettleseren") == 1
        own = await stage.sessions.of_person(ME, now=stage.clock.now())
        [foreign] = await stage.sessions.of_person(OTHER, now=stage.clock.now())
        assert foreign.id not in text
        await client.ask("POST", PAGE, data={"session": foreign.id})
        assert len(await stage.sessions.of_person(OTHER, now=stage.clock.now())) == 1
        assert all(each.id in text for each in own)
        answer = await client.ask("POST", PAGE, data={"session": "others"})
        assert (answer.status, answer.headers["Location"]) == (303, PAGE)
        assert await page.ended() is not None
        assert len(await stage.sessions.of_person(ME, now=stage.clock.now())) == 1
        assert (await client.page_with(None)).hello["person"]["id"] == ME


def _current(text: str, *ids: str) -> str:
    """Return the id in the row of this browser."""
    row = text.partition("denne nettleseren")[2]
    return min(ids, key=lambda id_: row.find(id_) if id_ in row else len(row) + 1)


async def test_one_session_ends_and_its_page_closes(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False)
    await link_in(client)
    async with Client(stage) as elsewhere:
        await link_in(elsewhere)
        page = await elsewhere.page_with(None)
        text = await (await client.ask("GET", PAGE)).text()
        ids = [each.id for each in await stage.sessions.of_person(ME, now=stage.clock.now())]
        [there] = [id_ for id_ in ids if id_ != _current(text, *ids)]
        await client.ask("POST", PAGE, data={"session": there})
        assert await page.ended() is not None
        assert (await client.ask("GET", PAGE)).status == 200


async def test_the_page_is_for_the_signed_in_on_our_own_pages(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False, allow_guests=True)
    assert (await client.ask("GET", PAGE)).headers["Location"] == "/chat"
    assert (await client.ask("POST", PAGE, data={"session": "others"})).headers["Location"] == "/chat"
    await client.ask("POST", "/chat/guest")
    assert (await client.ask("GET", PAGE)).headers["Location"] == "/chat"
    await link_in(client)
    foreign = {"Origin": "https://example.org"}
    assert (await client.ask("POST", PAGE, data={"session": "others"}, headers=foreign)).status == 403
    assert (await client.ask("POST", PAGE, json={"session": "others"})).status == 415
    assert (await client.ask("GET", PAGE)).status == 200
    assert len(await stage.sessions.of_person(ME, now=stage.clock.now())) == 1


async def test_a_session_ends_without_an_act_and_an_open_page_is_none(set_up: SetUp, clock: HeldClock) -> None:
    stage, client = await set_up(dev=False, idle_for=timedelta(hours=1))
    await link_in(client)
    page = await client.page_with(None)
    for number in range(4):  # four hours of use
        clock.at += timedelta(minutes=50)
        await page.say({"type": "say", "id": f"00000000-0000-4000-8000-00000000000{number}", "text": "Hei"})
        await page.hear("ack")
    for _ in range(3):
        clock.at += timedelta(minutes=15)
        stage.channel.connections.wake(ME)  # looks at the store, as an open page does by itself
        await page.everything()
    clock.at += timedelta(minutes=15)
    await page.say({"type": "ping"})
    assert await page.ended() == SIGNED_OUT
    assert (await client.ask("GET", PAGE)).headers["Location"] == "/chat"


async def test_without_an_idle_limit_only_the_absolute_one_counts(set_up: SetUp, clock: HeldClock) -> None:
    stage, _client = await set_up(dev=False)
    started = await stage.sessions.start(ME, SignInMethod.LINK, at=clock.at)
    assert started is not None
    clock.at += timedelta(hours=11, minutes=59)
    assert await stage.sessions.valid_session(started.token, now=clock.at)
    clock.at += timedelta(minutes=1)
    assert await stage.sessions.valid_session(started.token, now=clock.at) is None


async def test_the_provider_ends_a_session_and_its_page_over_both_channels(
    set_up: SetUp,
    doors: Doors,
    liar: LyingProvider,
) -> None:
    stage, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    for way in ("back", "front"):
        liar.claims = {"sid": f"sid-{way}"}
        await there_and_back(client, liar)
        page = await client.page_with(None)
        async with aiohttp.ClientSession() as http:  # no cookie, no origin: the provider or its frame
            if way == "back":
                now = stamp(stage.clock.now())
                token = liar.sign(
                    {
                        "iss": liar.issuer,
                        "aud": "heia",
                        "iat": now,
                        "jti": "j",
                        "sid": "sid-back",
                        "events": {EVENT: {}},
                    }
                )
                path = f"{client.origin}/signin/lillevik/backchannel"
                for expected in (200, 400):  # once
                    async with http.post(path, data={"logout_token": token}) as answer:
                        assert answer.status == expected
                        assert answer.headers["Cache-Control"] == "no-store"
            else:
                async with http.get(f"{client.origin}/signin/lillevik/frontchannel?sid=sid-front") as answer:
                    assert answer.status == 200
        assert await page.ended() is not None
        assert (await client.ask("GET", PAGE)).headers["Location"] == "/chat"


async def test_nonsense_at_the_logout_addresses_ends_nothing(
    set_up: SetUp,
    doors: Doors,
    liar: LyingProvider,
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    await there_and_back(client, liar)
    back = "/signin/lillevik/backchannel"
    assert (await client.ask("POST", back, data={"logout_token": "x"})).status == 400
    assert (await client.ask("POST", back, data={})).status in {400, 415}
    assert (await client.ask("POST", back, json={})).status == 415
    assert (await client.ask("POST", "/signin/nowhere/backchannel", data={"logout_token": "x"})).status == 404
    assert (await client.ask("GET", "/signin/lillevik/frontchannel")).status == 200
    assert (await client.ask("GET", "/signin/nowhere/frontchannel?sid=x")).status == 404
    assert (await client.ask("GET", PAGE)).status == 200


async def test_a_turn_carries_when_the_person_last_signed_in(
    set_up: SetUp, doors: Doors, liar: LyingProvider, clock: HeldClock
) -> None:
    stage, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    liar.claims = {"auth_time": stamp(clock.at) - 600}
    await there_and_back(client, liar)
    await (await client.page_with(None)).hear("arrived")
    assert stage.inbox.received[-1].sender.proved_at == clock.at - timedelta(minutes=10)
    async with Client(stage) as linked:
        await link_in(linked)
        await (await linked.page_with(None)).hear("arrived")
    assert stage.inbox.received[-1].sender.proved_at == clock.at


async def test_signing_in_again_asks_the_own_provider_for_a_fresh_proof(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    stage, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    assert (await client.ask("GET", "/signin/again")).headers["Location"] == "/signin?fresh=1"
    await there_and_back(client, liar)
    again = (await client.ask("GET", "/signin/again")).headers["Location"]
    assert again == "/signin/lillevik?fresh=1&next=/chat"
    from_desk = await client.ask("GET", "/signin/again?next=/desk/people")
    assert from_desk.headers["Location"] == "/signin/lillevik?fresh=1&next=/desk/people"
    assert "prompt=login" in (await client.ask("GET", again)).headers["Location"]
    async with Client(stage) as linked:
        await link_in(linked)
        page = await linked.ask("GET", "/signin/again")
        assert page.status == 200
        assert "innloggingslenke" in await page.text()
    async with Client(stage) as from_teams:
        await link_in(from_teams, by=None)
        again = await from_teams.ask("GET", "/signin/again")
        assert again.headers["Location"] == "/signin?from=chat", "there is an account to sign in with"
