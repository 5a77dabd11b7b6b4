"""The entrance page, and the way to a provider and back over HTTP."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import aiohttp
import pytest
import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemRandomSource
from bot.channels.web.signin.signer import COOKIE, SIGN_IN_COOKIE
from bot.directory.merge import MergeWrites
from bot.signin.former import FormerMarks
from bot.signin.oidc.config import Provider
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.flow import ProviderSignIn
from bot.signin.oidc.people import PersonFinder
from dialogs.core.person import Person
from dialogs.signin.model import SignInTransaction
from tests.e2e.browser.stage import ORGANISATION, Stage
from tests.fakes.provider import LyingProvider
from tests.unit.signin.conftest import provider_at
from tests.unit.web.conftest import Client, HeldClock, SetUp

ME = "ansatt-1"
ORIGIN = "https://heia.example.no"


@pytest.fixture
async def liar(clock: HeldClock) -> AsyncIterator[LyingProvider]:
    provider = LyingProvider(clock=clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(provider.server)
        yield provider


Doors = Callable[..., Callable[[Stage], ProviderSignIn]]


def provider_sign_in(
    http: aiohttp.ClientSession, *providers: Provider, origin: str = ORIGIN
) -> Callable[[Stage], ProviderSignIn]:
    """Return what makes the sign-in of a stage at some providers."""

    async def never(stranger: Person, person_id: str, when: object) -> MergeWrites:
        raise AssertionError("no two records here")

    def made(stage: Stage) -> ProviderSignIn:
        return ProviderSignIn(
            clients={
                each.id: ProviderClient(
                    provider=each,
                    session=http,
                    redirect_uri=f"{origin}/signin/{each.id}/callback",
                    clock=stage.clock,
                    log=structlog.get_logger(),
                )
                for each in providers
            },
            people=PersonFinder(
                store=stage.store,
                rng=SystemRandomSource(),
                former=FormerMarks(b"k" * 32),
                merge=never,
                organisation=lambda: ORGANISATION,
            ),
            sessions=stage.sessions,
            store=stage.store,
            clock=stage.clock,
            rng=SystemRandomSource(),
            log=structlog.get_logger(),
        )

    return made


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with aiohttp.ClientSession() as http:
        yield partial(provider_sign_in, http)


def lillevik(issuer: str, **settings: Any) -> Provider:
    return provider_at(
        issuer,
        **{
            "id": "lillevik",
            "names": {"nb": "Lillevik kommune", "en": "Lillevik"},
            "municipalities": ["lillevik"],
            "unknown": "create",
            "email_domains": ["lillevik.example"],
            **settings,
        },
    )


def storvik() -> Provider:
    return provider_at(
        "https://id.storvik.example",
        id="storvik",
        names={"nb": 'Storvik "<b>" kommune'},
        municipalities=["storvik"],
        email_domains=["storvik.example"],
    )


async def there_and_back(client: Client, liar: LyingProvider, **changed: str) -> aiohttp.ClientResponse:
    """Press the button, sign in, and come back."""
    begun = await client.ask("GET", "/signin/lillevik", headers={"Origin": ""})
    assert begun.status == 303
    answer = {**liar.authorise(begun.headers["Location"]), **changed}
    query = "&".join(f"{name}={value}" for name, value in answer.items() if value)
    return await client.ask("GET", f"/signin/lillevik/callback?{query}")


def cookies(client: Client) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in client.http.cookie_jar}


async def test_without_a_provider_there_is_no_entrance(set_up: SetUp) -> None:
    _, client = await set_up(dev=False, allow_guests=True)
    for method, path in (
        ("GET", "/signin"),
        ("GET", "/signin/nes"),
        ("POST", "/signin/guest"),
        ("POST", "/signin/choose"),
    ):
        assert (await client.ask(method, path)).status == 404
    assert "providers" not in await (await client.ask("GET", "/chat")).text()


@pytest.mark.full
async def test_a_button_leads_to_the_provider_and_back_into_the_chat(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    page = await (await client.ask("GET", "/signin")).text()
    assert 'href="/signin/lillevik"' in page
    answer = await there_and_back(client, liar)
    assert (answer.status, answer.headers["Location"]) == (303, "/chat")
    [cookie] = [each for each in answer.headers.getall("Set-Cookie") if each.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    hello = (await client.page_with(None)).hello
    assert hello["person"]["way"] == "provider"
    again = await client.ask("GET", "/signin")
    assert (again.status, again.headers["Location"]) == (303, "/chat")
    assert (await client.ask("GET", "/signin?from=chat")).status == 200, "no circle"


@pytest.mark.full
async def test_away_from_this_machine_both_cookies_are_bound_to_the_host(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    public = {"Host": "heia.example.no", "Origin": ""}
    begun = await client.ask("GET", "/signin/lillevik", headers=public)
    cookie = begun.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-{SIGN_IN_COOKIE}=browser-")
    for said in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=900"):
        assert said in cookie


async def test_a_refused_answer_shows_why_without_the_code_in_the_address(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    refused: list[str] = []
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)), refused=refused.append)
    with capture_logs() as logged:
        answer = await there_and_back(client, liar, iss="https://evil.example")
    assert answer.headers["Location"] == "/signin?fault=invalid&provider=lillevik"
    assert "Set-Cookie" not in answer.headers
    assert [(each["reason"], each["detail"]) for each in logged if each["event"] == "signin_failed"] == [
        ("invalid", "iss")
    ]
    assert refused == ["signin_invalid"]
    page = await (await client.ask("GET", answer.headers["Location"])).text()
    assert 'role="alert"' in page
    assert COOKIE not in cookies(client)


async def test_a_leaver_and_a_stranger_read_whom_to_ask(set_up: SetUp, doors: Doors, liar: LyingProvider) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    for reason in ("left", "unknown", "not_allowed", "provider", "weak"):
        page = await (await client.ask("GET", f"/signin?fault={reason}&provider=lillevik")).text()
        assert "kontakt@lillevik.example" in page
    for query in ("fault=expired&provider=lillevik", "fault=left&provider=nowhere", "fault=<script>&provider=lillevik"):
        page = await (await client.ask("GET", f"/signin?{query}")).text()
        assert "kontakt@lillevik.example" not in page
        assert "<script" not in page


@pytest.mark.full
async def test_the_page_names_the_operator_the_privacy_notice_and_guests_only_if_allowed(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    providers = doors(lillevik(liar.issuer), storvik())
    _, client = await set_up(dev=False, providers=providers)
    page = await (await client.ask("GET", "/signin?lang=en")).text()
    assert '<html lang="en">' in page
    assert 'href="/privacy?lang=en"' in page
    assert "/signin/guest" not in page
    assert "Sign in with Lillevik" in page
    assert "Storvik &quot;&lt;b&gt;&quot; kommune" in page
    assert (await client.ask("POST", "/signin/guest")).status == 405
    _, open_client = await set_up(dev=False, allow_guests=True, providers=providers)
    assert 'action="/signin/guest"' in await (await open_client.ask("GET", "/signin")).text()
    answer = await open_client.ask("POST", "/signin/guest")
    assert (answer.status, answer.headers["Location"]) == (303, "/chat")
    assert (await open_client.page_with(None)).hello["person"]["way"] == "guest"
    assert (await open_client.ask("GET", "/signin")).status == 200, "a guest may sign in"


async def test_the_page_speaks_the_browsers_language_or_the_chosen_one(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    for lang, accept, language in (("", "nn", "nn"), ("en", "nb", "en"), ("xx", "en-GB,nb;q=0.5", "en")):
        answer = await client.ask("GET", f"/signin?lang={lang}", headers={"Accept-Language": accept})
        assert f'<html lang="{language}">' in await answer.text()


async def test_the_other_language_says_the_same(set_up: SetUp, doors: Doors, liar: LyingProvider) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    page = await (await client.ask("GET", "/signin?fault=stale&provider=lillevik&fresh=1")).text()
    assert 'href="/signin?lang=nn&amp;fault=stale&amp;provider=lillevik&amp;fresh=1"' in page
    assert 'href="/signin?lang=en"' in await (await client.ask("GET", "/signin")).text()


async def test_a_fresh_sign_in_is_asked_for_from_every_button(set_up: SetUp, doors: Doors, liar: LyingProvider) -> None:
    """The way on from Teams, where nobody has a session on the web, and from one whose sign-in is too old."""
    providers = doors(lillevik(liar.issuer), storvik())
    _, client = await set_up(dev=False, allow_guests=True, providers=providers)
    page = await (await client.ask("GET", "/signin?fresh=1&lang=en")).text()
    assert re.findall(r'href="(/signin/[a-z?=1]+)"', page) == ["/signin/lillevik?fresh=1", "/signin/storvik?fresh=1"]
    assert "sign in again" in page
    assert "/signin/guest" not in page, "a guest cannot do it"
    chosen = {"email": "kari@lillevik.example", "fresh": "1"}
    page = await (await client.ask("POST", "/signin/choose", data=chosen)).text()
    assert re.findall(r'href="(/signin/[a-z?=1]+)"', page) == ["/signin/lillevik?fresh=1"]
    await there_and_back(client, liar)
    assert (await client.ask("GET", "/signin?fresh=1")).status == 200, "signed in, and to do it again"
    begun = await client.ask("GET", "/signin/lillevik?fresh=1")
    liar.claims = {"auth_time": 1}
    answer = "&".join(f"{name}={value}" for name, value in liar.authorise(begun.headers["Location"]).items())
    refused = await client.ask("GET", f"/signin/lillevik/callback?{answer}")
    assert refused.headers["Location"] == "/signin?fault=stale&provider=lillevik&fresh=1"


@pytest.mark.parametrize(("domains", "asked"), [(["lillevik.example"], True), ([], False)])
async def test_an_address_is_asked_for_where_one_of_several_providers_has_a_domain(
    set_up: SetUp, doors: Doors, liar: LyingProvider, domains: list[str], asked: bool
) -> None:
    without = storvik().model_copy(update={"email_domains": ()})
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer, email_domains=domains), without))
    assert ('class="by-email"' in await (await client.ask("GET", "/signin")).text()) is asked


async def test_an_address_finds_its_provider_by_its_domain_and_is_repeated_nowhere(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer), storvik()))

    async def buttons(email: str) -> list[str]:
        answer = await client.ask("POST", "/signin/choose", data={"email": email})
        page = await answer.text()
        assert answer.status == 200
        assert email not in page
        return re.findall(r'href="/signin/([a-z]+)"', page)

    assert await buttons(" Kari@Lillevik.example ") == ["lillevik"]
    assert await buttons("ola@storvik.example") == ["storvik"]
    assert await buttons("ola@elsewhere.example") == ["lillevik", "storvik"]
    assert await buttons("lillevik.example.evil.example") == ["lillevik", "storvik"]
    assert (await client.ask("POST", "/signin/choose", json={})).status == 415
    assert (
        await client.ask("POST", "/signin/choose", data={"email": "a"}, headers={"Origin": "https://x"})
    ).status == 403


async def test_a_parameter_that_comes_twice_is_refused(set_up: SetUp, doors: Doors, liar: LyingProvider) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    begun = await client.ask("GET", "/signin/lillevik")
    answer = liar.authorise(begun.headers["Location"])
    query = f"code={answer['code']}&code=other&state={answer['state']}&iss={answer['iss']}"
    refused = await client.ask("GET", f"/signin/lillevik/callback?{query}")
    assert "fault=invalid" in refused.headers["Location"]


@pytest.mark.full
async def test_signing_in_again_ends_the_session_the_browser_had(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    stage, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    await there_and_back(client, liar)
    before = cookies(client)[COOKIE]
    page = await client.page_with(None)
    await there_and_back(client, liar)
    assert cookies(client)[COOKIE] != before
    assert await page.ended() is not None
    assert await stage.sessions.valid_session(before, now=stage.clock.now()) is None


@pytest.mark.full
async def test_a_provider_that_is_down_says_so_and_leaves_guests_and_links_alone(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    liar.answers = {"/.well-known/openid-configuration": (200, "text/html", b"<html>Vedlikehold</html>")}
    stage, client = await set_up(dev=False, allow_guests=True, providers=doors(lillevik(liar.issuer)))
    answer = await client.ask("GET", "/signin/lillevik")
    assert answer.headers["Location"] == "/signin?fault=provider&provider=lillevik"
    assert (await client.ask("GET", "/signin")).status == 200
    token = (await stage.link(ME)).partition("token=")[2]
    assert (await client.ask("POST", "/chat/enter", data={"token": token})).status == 303
    assert await stage.store.find(SignInTransaction.KIND, "person:x") == []


@pytest.mark.full
async def test_signing_out_leads_to_the_providers_sign_out_and_keeps_no_token_for_it(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    await there_and_back(client, liar)
    answer = await (await client.ask("POST", "/chat/leave")).json()
    assert answer["next"] == (
        f"{liar.issuer}/logout?client_id=heia&post_logout_redirect_uri=https%3A%2F%2Fheia.example.no%2Fsignin"
    )
    assert COOKIE not in cookies(client)
    _, quiet = await set_up(dev=False, providers=doors(lillevik(liar.issuer, end_session=False)))
    await there_and_back(quiet, liar)
    assert await (await quiet.ask("POST", "/chat/leave")).json() == {}


@pytest.mark.parametrize("path", ["/signin", "/signin/lillevik", "/signin/lillevik/callback", "/signin/choose"])
async def test_every_answer_of_the_entrance_carries_the_guards(
    set_up: SetUp, doors: Doors, liar: LyingProvider, path: str
) -> None:
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer)))
    headers = (await client.ask("GET", path)).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


async def test_the_page_that_was_wanted_is_shown_after_the_sign_in(
    set_up: SetUp, doors: Doors, liar: LyingProvider
) -> None:
    """Also by way of an e-mail address and in the other language; an address outside Heia is none."""
    _, client = await set_up(dev=False, providers=doors(lillevik(liar.issuer), storvik()))
    page = await (await client.ask("GET", "/signin?next=/desk/people")).text()
    assert 'href="/signin/lillevik?next=%2Fdesk%2Fpeople"' in page
    assert 'href="/signin?lang=nn&amp;next=%2Fdesk%2Fpeople"' in page
    assert '<input type="hidden" name="next" value="/desk/people">' in page
    chosen = {"email": "kari@lillevik.example", "next": "/desk/people"}
    page = await (await client.ask("POST", "/signin/choose", data=chosen)).text()
    assert 'href="/signin/lillevik?next=%2Fdesk%2Fpeople"' in page
    assert "example.com" not in await (await client.ask("GET", "/signin?next=//example.com")).text()
    await there_and_back(client, liar)
    for wanted, shown in (("/desk/people", "/desk/people"), ("https://example.com/", "/chat")):
        signed_in = await client.ask("GET", "/signin", params={"next": wanted})
        assert signed_in.headers["Location"] == shown
