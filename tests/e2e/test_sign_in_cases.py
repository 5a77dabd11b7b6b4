"""What goes wrong, or is tried, at a real provider ends with a clear page and without a session."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

import knowledge
from tests.e2e.forked import ForkedProgram
from tests.e2e.program import Program, free_port
from tests.e2e.signing_in import Browser, heia_command, imported
from tests.fakes.certificate import pem_of
from tests.fakes.provider import new_key
from tests.fakes.real_provider import SECRET, form_of, real_provider, sign_in_there

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE: Final = Path(knowledge.__file__).parent / "content" / "people.csv"
EMPLOYEE, OTHER = "p001", "p002"  # of Eidsvoll
TWO: Final = "urn:heia:two"
KEYS: Final = [new_key(), new_key()]
GUIDS: Final = [f"00000000-0000-4000-8000-{n:012}" for n in range(2_100)]
ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    EMPLOYEE: {"name": "Leder Helse Eidsvoll", "groups": ["g-announcers"]},
    OTHER: {"name": "Ambassadør Helse"},  # no groups at all
    "p003": {"groups": GUIDS[:600]},
    "p004": {"groups": GUIDS},
}
PROVIDER: Final = """
[[provider]]
id = "{id}"
names = {{nb = "{id}", en = "{id}"}}
issuer = "http://127.0.0.1:{port}"
client_id = "{client}"
municipalities = ["eidsvoll"]
scopes = ["profile", "groups"]
{more}
"""
ROLE: Final = '[[provider.role]]\ngroup = "g-announcers"\nrole = "announcer"\n'


@dataclass
class House:
    """Heia and what it signs in at. ``posted`` are the logout tokens that the provider sent."""

    heia: Program
    folder: Path
    port: int
    stack: AsyncExitStack
    posted: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    one: Any = None

    def browser(self, provider: str) -> Browser:
        return Browser(self.heia, provider)

    def provider(self, logout_uri: str) -> Any:
        """Return the first provider, with its clients, to be entered."""
        callbacks = {name: f"{self.heia.url}/signin/{name}/callback" for name in ("one", "hs", "jwt")}
        public = [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "use": "sig", "kid": str(number)}
            for number, key in enumerate(KEYS)
        ]
        return real_provider(
            port=self.port,
            redirect_uris=[callbacks["one"]],
            accounts=ACCOUNTS,
            post_logout_redirect_uris=[f"{self.heia.url}/signin"],
            backchannel_logout_uri=logout_uri,
            backchannel_logout_session_required=True,
            more_clients=[
                {
                    "client_id": "heia-hs", "client_secret": SECRET, "redirect_uris": [callbacks["hs"]],
                    "id_token_signed_response_alg": "HS256",
                },
                {
                    "client_id": "heia-jwt", "redirect_uris": [callbacks["jwt"]], "jwks": {"keys": public},
                    "token_endpoint_auth_method": "private_key_jwt",
                },
                {"client_id": "kalender", "client_secret": SECRET, "redirect_uris": [callbacks["one"]]},
            ],
        )  # fmt: skip

    def use_key(self, number: int) -> None:
        file = self.folder / "heia.pem"
        file.write_bytes(pem_of(KEYS[number], at=datetime.now(UTC)))
        file.chmod(0o600)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = Path(tmp_path_factory.mktemp("cases"))
    ports = [free_port() for _ in range(3)]
    secret = f'secret_file = "{folder / "secret"}"\n'
    strong = f'certificate_file = "{folder / "heia.pem"}"\nstep_up_acr = ["{TWO}"]\nstep_up_ask = "claims"\n'
    (folder / "secret").write_text(SECRET, "utf-8")
    (folder / "secret").chmod(0o600)
    (folder / "signin.toml").write_text(
        "".join(
            PROVIDER.format(id=id_, port=port, client=client, more=more)
            for id_, port, client, more in (
                ("one", ports[0], "heia", secret + ROLE),
                ("hs", ports[0], "heia-hs", secret),
                ("jwt", ports[0], "heia-jwt", strong + ROLE),
                ("ahead", ports[1], "heia", secret),
                ("far", ports[2], "heia", secret),
            )
        ),
        "utf-8",
    )
    await imported(folder, PEOPLE)
    heia = ForkedProgram(folder, dev=False, HEIA_SIGNIN_FILE=str(folder / "signin.toml"), HEIA_LOG_LEVEL="debug")
    posted: asyncio.Queue[str] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await posted.put(str((await request.post())["logout_token"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/logout", take)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(app))
        made = House(heia=heia, folder=folder, port=ports[0], stack=stack, posted=posted)
        made.use_key(0)
        stack.push_async_callback(heia.kill)
        await heia.start()
        made.one = made.provider(str(server.make_url("/logout")))
        await stack.enter_async_context(made.one)
        for name, port, seconds in (("ahead", ports[1], 240), ("far", ports[2], 400)):
            callback = f"{heia.url}/signin/{name}/callback"
            await stack.enter_async_context(
                real_provider(port=port, redirect_uris=[callback], accounts=ACCOUNTS, clock_seconds=seconds)
            )
        yield made


async def detour(browser: Browser, login: str = EMPLOYEE, **changed: str) -> str:
    """Sign in with a changed request to the provider; return where Heia then leads."""
    begun = await browser.ask("GET", f"/signin/{browser.provider}")
    address, _, query = begun.headers["Location"].partition("?")
    asked = dict(parse_qsl(query)) | changed
    back = urlsplit(await sign_in_there(browser.http, f"{address}?{urlencode(asked)}", login))
    return (await browser.ask("GET", f"{back.path}?{back.query}")).headers["Location"]


def last_fault(house: House) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", house.heia.log)
    return re.findall(r"signin_failed.*", plain)[-1]


@pytest_asyncio.fixture(loop_scope="module")
async def user(house: House) -> AsyncIterator[Browser]:
    opened = house.browser("one")
    yield opened
    await opened.http.close()


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"nonce": "another-nonce"}, "nonce"),
        ({"code_challenge": "A" * 43}, "invalid_grant"),
        ({"client_id": "kalender"}, "invalid_grant"),
    ],
)
async def test_a_request_changed_on_the_way_signs_nobody_in(
    house: House, user: Browser, changed: dict[str, str], detail: str
) -> None:
    """Another nonce, another proof of the code, and a code that was made for another client of the provider."""
    assert "fault=invalid" in await detour(user, **changed)
    assert detail in last_fault(house)
    assert user.cookie is None


async def test_an_answer_of_one_provider_is_of_no_use_at_another(house: House, user: Browser) -> None:
    answer = await user.answer_of(EMPLOYEE)
    query = answer.partition("?")[2]
    assert "fault=invalid" in (await user.ask("GET", f"/signin/ahead/callback?{query}")).headers["Location"]
    assert "other_provider" in last_fault(house)
    begun = await user.ask("GET", "/signin/ahead")
    state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
    mixed = urlencode(dict(parse_qsl(query)) | {"state": state})
    assert "fault=invalid" in (await user.ask("GET", f"/signin/ahead/callback?{mixed}")).headers["Location"]
    assert re.search("'iss'|=iss|\"iss\"", last_fault(house))
    assert (await user.ask("GET", answer)).headers["Location"] == "/chat", "the right one is still good"


async def test_a_token_signed_with_a_shared_secret_is_refused(house: House) -> None:
    browser = house.browser("hs")
    assert "fault=invalid" in await browser.enter(EMPLOYEE)
    assert "algorithm" in last_fault(house)
    assert browser.cookie is None
    await browser.http.close()


@pytest.mark.parametrize(("provider", "leads"), [("ahead", "/chat"), ("far", "fault=invalid")])
async def test_clocks_may_differ_by_four_minutes_and_not_by_seven(house: House, provider: str, leads: str) -> None:
    browser = house.browser(provider)
    assert leads in await browser.enter(EMPLOYEE)
    await browser.http.close()
    if leads != "/chat":
        assert "clock_from_future" in last_fault(house)


async def test_missing_groups_take_nothing_and_many_are_no_trouble(house: House, user: Browser) -> None:
    assert await user.enter(OTHER) == "/chat"
    assert re.search("signin_claim_missing.*groups", re.sub(r"\x1b\[[0-9;]*m", "", house.heia.log))
    many, other = house.browser("one"), house.browser("one")
    assert await many.enter("p003") == "/chat"
    await many.http.close()
    assert "fault=" in await other.enter("p004")
    assert other.cookie is None
    await other.http.close()


async def test_a_logout_token_is_obeyed_once_and_a_forged_one_never(house: House, user: Browser) -> None:
    assert await user.enter(EMPLOYEE) == "/chat"
    end = f"{user.issuer}/session/end?client_id=heia&post_logout_redirect_uri={house.heia.url}/signin"
    async with user.http.get(end) as question:
        form = form_of(await question.text())
    async with user.http.post(f"{user.issuer}/session/end/confirm", data={**form, "logout": "yes"}):
        pass
    async with asyncio.timeout(20):
        token = await house.posted.get()
    head, claims, signature = token.split(".")
    forged = f"{head}.{claims[:-4]}AAAA.{signature}"
    unsigned = jwt.encode(jwt.decode(token, options={"verify_signature": False}), None, "none")
    for bad in (forged, unsigned, f"{head}.{claims}.", "x"):
        answer = await user.ask("POST", "/signin/one/backchannel", data={"logout_token": bad})
        assert answer.status == 400
    assert (await user.ask("POST", "/signin/ahead/backchannel", data={"logout_token": token})).status == 400
    assert await user.hello() is not None
    assert (await user.ask("POST", "/signin/one/backchannel", data={"logout_token": token})).status == 200
    assert await user.hello() is None
    assert (await user.ask("POST", "/signin/one/backchannel", data={"logout_token": token})).status == 400
    assert "replayed" in house.heia.log


async def test_a_certificate_stands_in_for_the_secret_and_a_strong_sign_in_is_asked_for(house: House) -> None:
    browser = house.browser("jwt")
    begun = await browser.ask("GET", "/signin/jwt?fresh=1")
    asked = json.loads(parse_qs(urlsplit(begun.headers["Location"]).query)["claims"][0])
    assert asked == {"id_token": {"acr": {"essential": True, "value": TWO}}}
    assert await browser.enter(EMPLOYEE, query="?fresh=1", acr=TWO) == "/chat"
    await browser.http.close()
    weak = house.browser("jwt")
    assert await weak.enter(EMPLOYEE) == "/chat", "an ordinary sign-in needs no strength"
    await weak.http.close()


async def test_rotating_secret_and_certificate_ends_no_session(house: House) -> None:
    """The provider knows both keys; the operator replaces the files and restarts Heia."""
    browsers = [house.browser("one"), house.browser("jwt")]
    for each in browsers:
        assert await each.enter(EMPLOYEE) == "/chat"
    house.use_key(1)
    (house.folder / "secret").write_text(f"{SECRET}\n", "utf-8")
    await house.heia.stop()
    await house.heia.start()
    for each in browsers:
        hello = await each.hello()
        assert hello is not None
        assert hello["person"]["id"] == EMPLOYEE
        again = house.browser(each.provider)
        assert await again.enter(OTHER) == "/chat"
        await again.http.close()
        await each.http.close()


async def test_doctor_asks_the_providers(house: House) -> None:
    told = await heia_command(
        house.folder, "doctor", HEIA_SIGNIN_FILE=str(house.folder / "signin.toml"), HEIA_PUBLIC_URL=house.heia.url
    )
    for name in ("one", "jwt", "ahead"):
        assert re.search(rf"{name} answers, with \d+ key", told), told


async def test_a_provider_that_goes_down_in_mid_flight_says_so_and_comes_back(house: House, user: Browser) -> None:
    """The last test: it ends the provider."""
    answer = await user.answer_of(EMPLOYEE)
    await house.one.__aexit__(None, None, None)
    where = (await user.ask("GET", answer)).headers["Location"]
    assert where == "/signin?fault=provider&provider=one"
    page = await (await user.ask("GET", where, headers={"Accept-Language": "nn"})).text()
    alert = page.partition('role="alert"')[2].partition("</p>")[0]
    assert "Innloggingstenesta" in alert
    assert "@" in alert, "whom to ask"
    assert user.cookie is None
    async with house.provider("http://127.0.0.1:1/logout"):
        assert await user.enter(EMPLOYEE) == "/chat"
