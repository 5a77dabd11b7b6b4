"""The gate: budgets of addresses, which people who are signed in never feel; and the one host that is answered."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from bot.budget import Rate
from bot.edge.gate import AddressGate, AddressRates, only_host
from bot.edge.source import SourceRule
from bot.settings.rules import networks_of, shared_of

LOW = Rate(burst=4, per_minute=6)
RATES = AddressRates(
    guests=LOW,
    sockets=LOW,
    links=LOW,
    tokens=LOW,
    sign_ins=LOW,
    requests=Rate(burst=8, per_minute=6),
    open_sockets=2,
)
PROXIED = SourceRule(trusted=networks_of(["127.0.0.1"]), shared=shared_of(["192.0.2.7=3"]))
FLOOD, HONEST, SHARED = "203.0.113.5", "198.51.100.9", "192.0.2.7"


@dataclass
class GateClock:
    at: datetime = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a gate never waits")


@dataclass
class Gated:
    """An application behind a gate; ``Cookie: person=ID`` is a session."""

    client: TestClient[web.Request, web.Application]
    clock: GateClock
    refused: Counter[str]
    looked_up: list[str] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, *, of: str | None, person: str = "", times: int = 1, **headers: str
    ) -> list[int]:
        given = {
            **({"X-Forwarded-For": of} if of else {}),
            **({"Cookie": f"person={person}"} if person else {}),
            **headers,
        }
        answers = []
        for _ in range(times):
            answer = await self.client.request(method, path, headers=given)
            await answer.read()
            answers.append(answer.status)
        return answers


@asynccontextmanager
async def gated(rule: SourceRule = PROXIED) -> AsyncIterator[Gated]:
    clock, refused = GateClock(), Counter[str]()
    looked_up: list[str] = []

    async def signed_in(request: web.Request) -> str | None:
        person = request.cookies.get("person")
        looked_up.append(person or "")
        return person

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def enter(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.query.get("token") == "good" else 403)

    async def messages(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.headers.get("Authorization") == "good" else 401)

    async def talk(request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse()
        await page.prepare(request)
        async for _ in page:
            pass
        return page

    gate = AddressGate(
        rule=rule,
        rates=RATES,
        clock=clock,
        signed_in=signed_in,
        explain=lambda request: "Vent litt.",
        refused=lambda reason: refused.update([reason]),
        hidden=lambda: refused.update(["hidden"]),
        log=structlog.get_logger(),
    )
    app = web.Application(middlewares=[gate.middleware])
    app.add_routes(
        [
            web.get("/chat", answer),
            web.get("/healthz", answer),
            web.post("/chat/guest", answer),
            web.post("/signin/guest", answer),
            web.get("/signin/{provider}", answer),
            web.get("/signin/{provider}/callback", answer),
            web.get("/chat/enter", enter),
            web.get("/chat/socket", talk),
            web.post("/api/messages", messages),
            web.route("*", "/scim/v2/{tail:.*}", messages),
        ]
    )
    async with TestClient(TestServer(app)) as client:
        yield Gated(client=client, clock=clock, refused=refused, looked_up=looked_up)


KINDS = {
    "guests": ("POST", "/chat/guest"),
    "requests": ("GET", "/chat"),
    "links": ("GET", "/chat/enter?token=bad"),
    "tokens": ("POST", "/api/messages"),
    "sign_ins": ("GET", "/signin/nes"),
    "sign_ins by HEAD": ("HEAD", "/signin/nes"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_address_that_floods_is_refused_and_another_is_not(kind: str) -> None:
    method, path = KINDS[kind]
    async with gated() as house:
        first = (await house.ask(method, path, of=HONEST))[0]
        flooded = await house.ask(method, path, of=FLOOD, times=60)
        assert flooded.count(429) >= 50
        assert flooded[0] == first
        assert await house.ask(method, path, of=HONEST) == [first]
        assert house.refused[kind.partition(" ")[0]] == flooded.count(429)


@pytest.mark.parametrize(("path", "kind"), [("/signin/nes", "sign_ins"), ("/chat/socket", "sockets")])
async def test_a_head_costs_what_the_page_costs(path: str, kind: str) -> None:
    async with gated() as house:
        flooded = await house.ask("HEAD", path, of=FLOOD, times=20)
        assert house.refused == {kind: flooded.count(429)} == {kind: 16}


async def test_answers_of_providers_have_a_budget_of_their_own() -> None:
    async with gated() as house:
        await house.ask("GET", "/signin/nes", of=FLOOD, times=60)
        flooded = await house.ask("GET", "/signin/nes/callback", of=FLOOD, times=60)
        assert (flooded.count(200), flooded.count(429)) == (4, 56)
        assert await house.ask("GET", "/signin/nes/callback", of=HONEST) == [200]


async def test_a_guest_of_the_entrance_counts_as_one_of_the_chat() -> None:
    async with gated() as house:
        await house.ask("POST", "/chat/guest", of=FLOOD, times=4)
        assert await house.ask("POST", "/signin/guest", of=FLOOD) == [429]


async def test_a_refusal_says_when_to_come_back_and_then_lets_in() -> None:
    async with gated() as house:
        await house.ask("POST", "/chat/guest", of=FLOOD, times=4)
        answer = await house.client.post("/chat/guest", headers={"X-Forwarded-For": FLOOD})
        assert answer.status == 429
        assert await answer.json() == {"error": "Vent litt."}
        house.clock.at += timedelta(seconds=int(answer.headers["Retry-After"]))
        assert await house.ask("POST", "/chat/guest", of=FLOOD) == [200]


async def test_made_up_hops_in_front_do_not_make_new_addresses() -> None:
    async with gated() as house:
        statuses = [(await house.ask("POST", "/chat/guest", of=f"10.9.{number}.1, {FLOOD}"))[0] for number in range(30)]
        assert statuses.count(200) == 4


async def test_people_who_are_signed_in_never_feel_their_address() -> None:
    async with gated() as house:
        await house.ask("GET", "/chat", of=FLOOD, times=60)
        assert await house.ask("GET", "/chat", of=FLOOD, person="ana", times=8) == [200] * 8
        assert await house.ask("GET", "/chat", of=FLOOD, person="bo", times=8) == [200] * 8
        assert await house.ask("GET", "/chat", of=FLOOD) == [429]


async def test_a_person_who_asks_too_much_is_refused_alone() -> None:
    async with gated() as house:
        assert (await house.ask("GET", "/chat", of=FLOOD, person="ana", times=100)).count(429) > 70
        assert await house.ask("GET", "/chat", of=FLOOD, person="bo") == [200]


async def test_sessions_are_looked_up_only_when_the_address_has_used_its_budget_up() -> None:
    async with gated() as house:
        await house.ask("GET", "/chat", of=HONEST, person="ana", times=8)
        assert house.looked_up == []


async def test_a_good_link_and_a_good_token_open_whatever_else_the_address_did() -> None:
    async with gated() as house:
        await house.ask("GET", "/chat/enter?token=bad", of=FLOOD, times=60)
        assert await house.ask("GET", "/chat/enter?token=good", of=FLOOD) == [200]
        assert await house.ask("POST", "/api/messages", of=HONEST, times=100, Authorization="good") == [200] * 100
        assert await house.ask("POST", "/api/messages", of=HONEST) == [401]


async def test_a_directory_with_a_good_token_is_not_counted_and_bad_ones_are() -> None:
    async with gated() as house:
        path = "/scim/v2/Users/1"
        assert await house.ask("PATCH", path, of=HONEST, times=100, Authorization="good") == [200] * 100
        assert await house.ask("GET", path, of=FLOOD, times=6) == [401] * 4 + [429] * 2
        assert house.refused == {"tokens": 2}


async def test_an_address_that_many_share_has_several_times_the_budget() -> None:
    async with gated() as house:
        assert (await house.ask("POST", "/chat/guest", of=SHARED, times=60)).count(200) == 12


async def test_pages_of_strangers_are_counted_while_they_are_open() -> None:
    async with gated() as house:
        headers = {"X-Forwarded-For": FLOOD}
        pages = [await house.client.ws_connect("/chat/socket", headers=headers) for _ in range(2)]
        assert (await house.client.get("/chat/socket", headers=headers)).status == 429
        await house.client.ws_connect("/chat/socket", headers={"X-Forwarded-For": HONEST})
        for _ in range(20):
            await house.client.ws_connect("/chat/socket", headers={**headers, "Cookie": "person=ana"})
        await pages[0].close()
        await house.client.ws_connect("/chat/socket", headers=headers)
        assert house.refused["open_sockets"] == 1


async def test_opening_pages_has_a_budget_too() -> None:
    async with gated() as house:
        for _ in range(4):
            await (await house.client.ws_connect("/chat/socket", headers={"X-Forwarded-For": FLOOD})).close()
        assert await house.ask("GET", "/chat/socket", of=FLOOD) == [429]


@pytest.mark.full
async def test_a_proxy_that_hides_addresses_is_logged_once_and_blocks_no_token() -> None:
    async with gated() as house:
        with capture_logs() as logged:
            await house.ask("POST", "/api/messages", of=None, times=300)
            assert await house.ask("POST", "/api/messages", of=None, Authorization="good") == [200]
            await house.ask("GET", "/healthz", of=None, times=500)
        assert [line["event"] for line in logged] == ["proxy_hides_addresses"]
        assert FLOOD not in str(logged)
        assert house.refused == {"hidden": 301}


@pytest.mark.full
async def test_health_is_always_answered_on_this_machine() -> None:
    async with gated() as house:
        with capture_logs() as logged:
            assert await house.ask("GET", "/healthz", of=None, times=500) == [200] * 500
        assert not logged
        assert not house.refused


async def test_in_developer_mode_this_machine_is_not_limited() -> None:
    async with gated(SourceRule(local_unlimited=True)) as house:
        assert await house.ask("POST", "/chat/guest", of=None, times=100) == [200] * 100


HOSTS: list[tuple[str, str, int]] = [
    ("https://heia.kommune.example", "heia.kommune.example", 200),
    ("https://heia.kommune.example", "HEIA.kommune.example", 200),
    ("https://heia.kommune.example", "heia.kommune.example:443", 200),
    ("https://heia.kommune.example", "heia.kommune.example:80", 421),
    ("https://heia.kommune.example", "evil.example", 421),
    ("https://heia.kommune.example", "127.0.0.1", 421),
    ("https://heia.kommune.example", "heia.kommune.example.evil.example", 421),
    ("https://heia.kommune.example", "", 421),
    ("https://heia.kommune.example:8443", "heia.kommune.example:8443", 200),
    ("https://heia.kommune.example:8443", "heia.kommune.example", 421),
    ("http://[::1]:3978", "[::1]:3978", 200),
]


@pytest.mark.parametrize(("public", "host", "status"), HOSTS)
async def test_only_the_public_host_is_answered(public: str, host: str, status: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(middlewares=[only_host(public)])
    app.add_routes([web.get("/chat", answer), web.get("/healthz", answer)])
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/chat", headers={"Host": host})).status == status
        assert (await client.get("/healthz", headers={"Host": host})).status == 200  # asked for on this machine


@pytest.mark.parametrize("seed", range(6))
async def test_in_any_order_nobody_pays_for_another(seed: int) -> None:
    """Random traffic of three addresses, and of people who are signed in at them.

    What an address is refused depends on its own strangers alone; people stay within their own budget and are never
    refused.
    """
    dice = random.Random(seed)
    async with gated() as house:
        asked: Counter[tuple[str, str]] = Counter()
        let_in: Counter[tuple[str, str]] = Counter()
        calls_of: Counter[str] = Counter()
        for _ in range(250):
            address = dice.choice([FLOOD, FLOOD, FLOOD, HONEST, SHARED])
            person = dice.choice(["", "", "", "ana", "bo"])
            if person and calls_of[person] < 8:
                calls_of[person] += 1
                assert await house.ask("GET", "/chat", of=address, person=person) == [200]
            elif not person:
                [status] = await house.ask("POST", "/chat/guest", of=address)
                asked[address, "guests"] += 1
                let_in[address, "guests"] += status == 200
        for address, most in ((FLOOD, 4), (HONEST, 4), (SHARED, 12)):
            assert let_in[address, "guests"] == min(most, asked[address, "guests"])
