"""As it runs for real: only Microsoft's tokens come in, secrets stay in, and the page belongs to this server alone."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e import forked
from tests.e2e.caller import PageCaller
from tests.e2e.program import Program, program

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP, OTHER_APP = "33333333-cccc-4ccc-8ccc-333333333333", "44444444-dddd-4ddd-8ddd-444444444444"
TENANT, OTHER_TENANT = "11111111-aaaa-4aaa-8aaa-111111111111", "55555555-eeee-4eee-8eee-555555555555"
PUBLIC: Final = "heia.kommune.example"
SECRET, WEB_KEY = "hemmelig-nok-til-alt", "n" * 40
SERVICE: Final = "https://smba.trafficmanager.net/emea/"
KEYS: Final = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("one", "strange")}


async def keys(_: web.Request) -> web.Response:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS["one"].public_key()))
    return web.json_response({"keys": [{**public, "kid": "one", "use": "sig", "endorsements": ["msteams"]}]})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def metadata() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/keys", keys)

    async def describe(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

    app.router.add_get("/openid", describe)
    async with TestServer(app) as server:
        yield str(server.make_url("/openid"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory, metadata: str) -> AsyncIterator[Program]:
    """The program with a registration and without guests, on a fresh folder."""
    settings = {
        "HEIA_APP_ID": APP,
        "HEIA_APP_TENANT_ID": TENANT,
        "HEIA_APP_SECRET": SECRET,
        "HEIA_WEB_KEY": WEB_KEY,
        "HEIA_WEB_GUESTS": "false",
        "HEIA_OPENID_METADATA_URL": metadata,
        "HEIA_LOG_LEVEL": "debug",
    }
    async with program(Path(tmp_path_factory.mktemp("heia")), dev=False, **settings) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """The program without any registration, with guests."""
    async with forked.program(Path(tmp_path_factory.mktemp("closed")), dev=False, HEIA_WEB_GUESTS="true") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxied(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """The program as it runs behind a proxy with https, which the tests are."""
    settings = {"HEIA_PUBLIC_URL": f"https://{PUBLIC}", "HEIA_TRUSTED_PROXIES": "127.0.0.1"}
    async with forked.program(Path(tmp_path_factory.mktemp("proxied")), dev=False, **settings) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def activity(**changes: Any) -> dict[str, Any]:
    value = {"action": {"type": "Action.Execute", "verb": "nothing.at_all", "data": {}}}
    return {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "value": value,
        "id": "f:1",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": "29:ansatt", "name": "Ansatt", "aadObjectId": "22222222-bbbb-4bbb-8bbb-222222222222"},
        "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": TENANT},
        "recipient": {"id": f"28:{APP}", "name": "Heia"},
        "channelData": {"tenant": {"id": TENANT}},
        **changes,
    }


def token(*, key: str = "one", kid: str | None = "one", without: str = "", **changes: Any) -> str:
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "exp": int(time.time()) + 600,
        "nbf": int(time.time()) - 600,
        "serviceurl": SERVICE,
        **changes,
    }
    claims.pop(without, None)
    return jwt.encode(claims, KEYS[key], algorithm="RS256", headers={"kid": kid} if kid else {})


async def hand_in(
    http: aiohttp.ClientSession, heia: Program, authorization: str | None, body: Mapping[str, Any] | None = None
) -> tuple[int, str]:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with http.post(heia.messages, json=body or activity(), headers=headers) as answer:
        return answer.status, await answer.text()


async def test_what_microsoft_signed_comes_in(http: aiohttp.ClientSession, heia: Program) -> None:
    status, body = await hand_in(http, heia, f"Bearer {token()}")
    assert status == 200
    assert json.loads(body)["statusCode"] == 200


async def test_every_other_token_is_turned_away(http: aiohttp.ClientSession, heia: Program) -> None:
    now = int(time.time())
    unsigned = jwt.encode({"aud": APP}, "", algorithm="none")
    by_secret = jwt.encode({"aud": APP, "exp": now + 600}, "x" * 64, algorithm="HS256", headers={"kid": "one"})
    bad = [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer a.b.c",
        f"Bearer {'a' * 7000}",
        f"Bearer {unsigned}",
        f"Bearer {by_secret}",
        f"Bearer {token()[:-4]}AAAA",
        f"Bearer {token(key='strange')}",
        f"Bearer {token(kid='two')}",
        f"Bearer {token(kid=None)}",
        f"Bearer {token(aud=OTHER_APP)}",
        f"Bearer {token(aud=[APP])}",
        f"Bearer {token(iss='https://sts.windows.net/x/')}",
        f"Bearer {token(exp=now - 4000)}",
        f"Bearer {token(exp='soon')}",
        f"Bearer {token(nbf=now + 4000)}",
        *(f"Bearer {token(without=name)}" for name in ("iss", "aud", "exp", "serviceurl")),
    ]
    for authorization in bad:
        status, _ = await hand_in(http, heia, authorization)
        assert status == 401, authorization


async def test_a_good_token_does_not_carry_another_activity(http: aiohttp.ClientSession, heia: Program) -> None:
    good = f"Bearer {token()}"
    elsewhere = "https://evil.example/"
    assert (await hand_in(http, heia, f"Bearer {token(serviceurl=elsewhere)}", activity(serviceUrl=elsewhere)))[
        0
    ] == 403
    strangers = {"id": "a:1", "conversationType": "personal", "tenantId": OTHER_TENANT}
    guest = {**activity()["from"], "tenantId": OTHER_TENANT}
    for body in (
        activity(serviceUrl="https://smba.trafficmanager.net/amer/"),
        activity(channelId="webchat"),
        activity(conversation=strangers, channelData={}),
        activity(conversation=strangers),
        activity(conversation={"id": "a:1", "conversationType": "personal"}, channelData={}),
        activity(**{"from": guest}),
        activity(**{"from": {"id": "29:ansatt", "name": "Uten id"}}),
    ):
        assert (await hand_in(http, heia, good, body))[0] == 403, body


async def test_without_a_registration_nobody_comes_in(http: aiohttp.ClientSession, closed: Program) -> None:
    forged = activity(serviceUrl="http://127.0.0.1:1/")
    for authorization in (None, f"Bearer {token()}"):
        assert (await hand_in(http, closed, authorization, forged))[0] == 403


async def test_nobody_can_choose_who_to_be(http: aiohttp.ClientSession, heia: Program, closed: Program) -> None:
    for running in (heia, closed):
        async with http.get(f"{running.url}/chat/people") as answer:
            assert answer.status == 404
        async with http.post(f"{running.url}/chat/session", json={"as": "p020"}) as answer:
            assert answer.status == 404


async def test_guests_come_in_only_where_they_may(http: aiohttp.ClientSession, heia: Program, closed: Program) -> None:
    async with http.post(f"{heia.url}/chat/guest", headers={"Origin": heia.url}) as answer:
        assert answer.status == 404
    guest = await PageCaller.guest(closed.url)
    await guest.say("hei")
    await guest.hears("Hei! Hva lurer du på?")
    await guest.close()
    for token_ in ("", "a.b", token()):
        socket = await http.ws_connect(f"{closed.url}/chat/socket", headers={"Origin": closed.url})
        await socket.send_json({"type": "open", "token": token_})
        assert (await socket.receive(timeout=5)).data == 4401
        await socket.close()


async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    http: aiohttp.ClientSession, closed: Program, proxied: Program
) -> None:
    async with http.post(f"{closed.url}/chat/guest", headers={"Origin": closed.url}) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    named = {"Host": PUBLIC, "Origin": f"https://{PUBLIC}"}
    async with http.post(f"{proxied.url}/chat/guest", headers=named) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-heia-chat=")
    assert "Secure" in cookie
    assert "Path=/;" in cookie or cookie.endswith("Path=/")
    assert "Domain" not in cookie


async def test_a_page_of_another_site_gets_nothing(http: aiohttp.ClientSession, heia: Program, closed: Program) -> None:
    for origin in ("https://evil.example", "null", closed.url.replace("127.0.0.1", "localhost"), "http://127.0.0.1"):
        for path in ("/chat/guest", "/chat/leave", "/chat/enter"):
            async with http.post(f"{closed.url}{path}", headers={"Origin": origin}) as answer:
                assert answer.status == 403, (origin, path)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{closed.url}/chat/socket", headers={"Origin": origin})
        assert refused.value.status == 403
    for path in ("/chat/guest", "/chat/leave", "/chat/enter"):
        async with http.post(f"{closed.url}{path}") as answer:
            assert answer.status == 403, path
    async with http.options(heia.messages, headers={"Origin": "https://evil.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_every_page_forbids_what_it_does_not_need(http: aiohttp.ClientSession, closed: Program) -> None:
    for path in ("/chat", "/chat/enter?token=x", "/chat/static/main.js", "/chat/static/nothing", "/chat/images/x"):
        async with http.get(closed.url + path) as answer:
            policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
            body = await answer.text()
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        if answer.content_type == "text/html":
            assert "http://" not in body
            assert "https://" not in body
            assert " style=" not in body
            assert "<script>" not in body


async def test_every_answer_carries_the_security_headers(http: aiohttp.ClientSession, proxied: Program) -> None:
    asked = [
        *(("GET", path) for path in ("/", "/chat", "/chat/enter?token=x", "/chat/static/main.js", "/chat/images/x")),
        *(("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/nothing", "/api/messages", "/chat/socket")),
        *(("POST", path) for path in ("/api/messages", "/chat/guest", "/healthz", "/chat", "/nothing")),
        *((method, "/chat") for method in ("HEAD", "OPTIONS", "TRACE", "FOO")),
    ]
    for host in (PUBLIC, "evil.example"):
        for method, path in asked:
            headers = {"Host": host, "X-Forwarded-For": "203.0.113.77"}
            async with http.request(method, proxied.url + path, headers=headers, allow_redirects=False) as answer:
                where = (host, method, path, answer.status)
                assert answer.headers["X-Content-Type-Options"] == "nosniff", where
                assert answer.headers["Referrer-Policy"] == "same-origin", where
                assert answer.headers["X-Frame-Options"] == "DENY", where
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], where
                seconds = int(answer.headers["Strict-Transport-Security"].removeprefix("max-age="))
                assert seconds >= 365 * 24 * 3600, where
                assert "Cache-Control" in answer.headers, where
                assert "Server" not in answer.headers, where


async def test_only_over_https_browsers_are_told_to_stay_there(http: aiohttp.ClientSession, closed: Program) -> None:
    async with http.get(f"{closed.url}/chat") as answer:
        assert "Strict-Transport-Security" not in answer.headers


async def test_no_other_host_is_answered(http: aiohttp.ClientSession, proxied: Program) -> None:
    for host in ("evil.example", "127.0.0.1", f"{PUBLIC}:8080", f"{PUBLIC}.evil.example", "localhost"):
        for method, path in (("GET", "/chat"), ("POST", "/chat/guest"), ("POST", "/api/messages"), ("GET", "/")):
            headers = {"Host": host, "Origin": f"https://{host}"}
            async with http.request(method, proxied.url + path, headers=headers, allow_redirects=False) as answer:
                assert answer.status == 421, (host, path)
                assert host not in await answer.text()
        async with http.get(f"{proxied.url}/healthz", headers={"Host": host}) as answer:
            assert answer.status == 200


async def test_an_address_that_floods_keeps_only_itself_out(http: aiohttp.ClientSession, proxied: Program) -> None:
    named = {"Host": PUBLIC, "Origin": f"https://{PUBLIC}"}

    async def guests(address: str, times: int) -> list[int]:
        statuses = []
        for number in range(times):
            forwarded = {**named, "X-Forwarded-For": f"10.0.{number % 250}.1, {address}"}
            async with http.post(f"{proxied.url}/chat/guest", headers=forwarded) as answer:
                statuses.append(answer.status)
        return statuses

    flooded = await guests("203.0.113.5", 200)
    assert flooded[:100] == [200] * 100
    assert flooded[-20:].count(429) >= 18
    assert await guests("198.51.100.9", 5) == [200] * 5
    assert await guests("2001:db8:1:2::3", 5) == [200] * 5


async def test_without_its_public_address_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="did not start"):
        async with program(tmp_path, dev=False, HEIA_PUBLIC_URL=""):
            pass
    assert "HEIA_PUBLIC_URL: missing" in (tmp_path / "log").read_text("utf-8")
    assert not (tmp_path / "data").exists()


async def test_no_path_leads_out_of_the_pages_own_files(closed: Program) -> None:
    leading = ("../page.py", "%2e%2e/page.py", "..%2fpage.py", "..%5cpage.py", "/etc/passwd", "%00", "....//page.py")
    hidden = (".git/HEAD", "../../../../../.git/HEAD", "..%2f..%2f..%2f..%2f.git%2fHEAD")
    for path in (*(f"/chat/static/{each}" for each in (*leading, *hidden)), "/.git/HEAD", "/chat/.git/HEAD"):
        reader, writer = await asyncio.open_connection("127.0.0.1", closed.port)
        host = f"127.0.0.1:{closed.port}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.0 400", b"HTTP/1.1 400")), path
        assert b"import" not in answer
        assert b"ref:" not in answer


async def test_secrets_are_in_no_output_and_no_readable_file(
    http: aiohttp.ClientSession, heia: Program, closed: Program
) -> None:
    async with http.get(f"{heia.url}/metrics") as answer:
        told = heia.log + await answer.text()
    assert SECRET not in told
    assert WEB_KEY not in told
    assert "eyJ" not in told
    key = closed.folder / "data" / "web.key"
    assert key.stat().st_mode & 0o077 == 0
    for file in (heia.folder / "data").rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
        assert not file.is_file() or "cache" in file.parts or file.stat().st_mode & 0o077 == 0, file.name


async def test_the_developer_mode_keeps_to_this_machine(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "heia.kommune.example"):  # noqa: S104 - refused
        with pytest.raises(AssertionError, match="did not start"):
            async with program(tmp_path, HEIA_HOST=host):
                pass
    assert "HEIA_HOST" in (tmp_path / "log").read_text("utf-8")
    assert not (tmp_path / "data").exists()


async def test_a_page_that_calls_itself_otherwise_is_nobody_in_the_developer_mode(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with forked.program(tmp_path) as heia:
        local = activity(serviceUrl="http://127.0.0.1:1/")
        for headers in (
            {"Host": "evil.example"},
            {"Host": f"evil.example:{heia.port}", "Origin": f"http://evil.example:{heia.port}"},
            {"Origin": "https://evil.example"},
        ):
            async with http.post(heia.messages, json=local, headers=headers) as answer:
                assert answer.status == 403, headers
            async with http.post(f"{heia.url}/chat/session", json={"as": "p020"}, headers=headers) as answer:
                assert answer.status == 403, headers
        async with http.get(f"{heia.url}/chat/people", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        async with http.post(heia.messages, json=local) as answer:
            assert answer.status == 200
