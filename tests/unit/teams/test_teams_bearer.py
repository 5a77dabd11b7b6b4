"""Only what Microsoft signed for us, now, for this service URL and tenant, comes in; all else is 401 or 403."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import jwt
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.app.clock import SystemClock
from bot.channels.teams.bearer import Authenticator, ClosedAuthenticator, KeyRing, TokenAuthenticator
from bot.channels.teams.registration import AllowedHosts, ClientSecret, Registration, Registrations
from tests.unit.teams.conftest import ACTIVITY, APP, NOON, TENANT, HeldClock, Teams

OTHER_APP = "44444444-dddd-4ddd-8ddd-444444444444"
OTHER_TENANT = "55555555-eeee-4eee-8eee-555555555555"
KEYS = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("one", "two", "web")}
NOW = int(NOON.timestamp())


@dataclass
class KeyServer:
    """Publishes what it is told to and counts how often it is asked."""

    kids: list[str] = field(default_factory=lambda: ["one", "web"])
    odd: list[Any] = field(default_factory=list)
    status: int = 200
    raw: bytes | None = None
    asked: int = 0
    url: str = ""
    jwks_uri: str | None = None

    async def metadata(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({"jwks_uri": self.jwks_uri or f"{self.url}/keys"}, status=self.status)

    async def keys(self, _: web.Request) -> web.Response:
        if self.raw is not None:
            return web.Response(body=self.raw)
        return web.json_response({"keys": [*self.odd, *(published(kid) for kid in self.kids)]})


def published(kid: str) -> dict[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS[kid].public_key()))
    return {**key, "kid": kid, "use": "sig", "endorsements": ["webchat"] if kid == "web" else ["msteams"]}


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    server = KeyServer()
    app = web.Application()
    app.router.add_get("/openid", server.metadata)
    app.router.add_get("/keys", server.keys)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server


@pytest.fixture
def keys(session: aiohttp.ClientSession, clock: HeldClock, key_server: KeyServer) -> KeyRing:
    return KeyRing(session=session, clock=clock, log=structlog.get_logger(), metadata_url=f"{key_server.url}/openid")


@pytest.fixture
def authenticator(keys: KeyRing, clock: HeldClock) -> Authenticator:
    registrations = Registrations(
        [
            Registration(app_id=APP, tenant_id=TENANT, credential=ClientSecret(value="x")),
            Registration(app_id=OTHER_APP, tenant_id=OTHER_TENANT, credential=ClientSecret(value="y")),
        ]
    )
    return TokenAuthenticator(registrations=registrations, keys=keys, hosts=AllowedHosts(loopback=True), clock=clock)


Post = Callable[..., Awaitable[tuple[int, Any]]]


def signed(claims: dict[str, Any], *, kid: Any = "one", key: str = "one", headers: dict[str, Any] | None = None) -> str:
    extra = {} if kid is None else {"kid": kid}
    payload = json.dumps(claims).encode()
    return jwt.PyJWS().encode(payload, KEYS[key], algorithm="RS256", headers={**extra, **(headers or {})})


def claims_for(teams: Teams, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "exp": NOW + 3600,
        "nbf": NOW - 60,
        "serviceurl": teams.service_url,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


async def post(teams: Teams, token: str, **changes: Any) -> tuple[int, Any]:
    return await teams.post(teams.activity(**changes), Authorization=f"Bearer {token}")


async def test_a_proper_token_comes_in_and_picks_its_registration(teams: Teams) -> None:
    assert await post(teams, signed(claims_for(teams))) == (200, None)
    other = {
        "conversation": {**ACTIVITY["conversation"], "tenantId": OTHER_TENANT},
        "channelData": {"tenant": {"id": OTHER_TENANT}},
    }
    assert await post(teams, signed(claims_for(teams, aud=OTHER_APP.upper())), **other) == (200, None)
    assert [i.address.data["app_id"] for i in teams.inbox.received] == [APP, OTHER_APP]


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://sts.windows.net/x/"},
    "no issuer": {"iss": None},
    "issuer of another type": {"iss": ["https://api.botframework.com"]},
    "wrong audience": {"aud": "somebody-else"},
    "no audience": {"aud": None},
    "several audiences": {"aud": [APP]},
    "expired": {"exp": NOW - 301},
    "no expiry": {"exp": None},
    "expiry of another type": {"exp": "tomorrow"},
    "expiry true": {"exp": True},
    "expiry not a number": {"exp": float("nan")},
    "not yet valid": {"nbf": NOW + 301},
    "nbf of another type": {"nbf": "now"},
    "no service url": {"serviceurl": None},
    "empty service url": {"serviceurl": ""},
    "service url of another type": {"serviceurl": 7},
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
async def test_a_token_with_bad_claims_is_401(teams: Teams, name: str) -> None:
    assert (await post(teams, signed(claims_for(teams, **BAD_CLAIMS[name]))))[0] == 401
    assert teams.inbox.received == []


@pytest.mark.parametrize("changes", [{"exp": NOW - 299}, {"nbf": NOW + 299}, {"nbf": None}, {"iat": NOW + 10_000}])
async def test_five_minutes_of_skew_are_forgiven(teams: Teams, changes: dict[str, Any]) -> None:
    assert (await post(teams, signed(claims_for(teams, **changes))))[0] == 200


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})


def confused(claims: dict[str, Any]) -> str:
    """Sign with HMAC, the public key as secret, as if the verifier let the token choose."""
    public = KEYS["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    body = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(claims)
    mac = base64.urlsafe_b64encode(hmac.new(public, body, hashlib.sha256).digest()).rstrip(b"=")
    return (body + b"." + mac).decode()


def elliptic(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": "one"})


def stronger_than_agreed(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, KEYS["one"], algorithm="RS512", headers={"kid": "one"})


def embedded_key(claims: dict[str, Any]) -> str:
    return signed(claims, key="two", headers={"jwk": published("two")})


def tampered(claims: dict[str, Any]) -> str:
    header, _, signature = signed({**claims, "aud": "x"}).split(".")
    return ".".join([header, signed(claims).split(".")[1], signature])


FORGERIES: list[Callable[[dict[str, Any]], str]] = [
    unsigned,
    confused,
    elliptic,
    stronger_than_agreed,
    embedded_key,
    tampered,
    lambda claims: signed(claims, key="two"),
    lambda claims: signed(claims, kid="unknown"),
    lambda claims: signed(claims, kid=None),
    lambda claims: signed(claims).rsplit(".", 1)[0] + ".",
    lambda claims: signed(claims).rsplit(".", 1)[0],
    lambda claims: signed(claims) + "x" * 7_000,
    lambda _: jwt.PyJWS().encode(b"[1]", KEYS["one"], algorithm="RS256", headers={"kid": "one"}),
    lambda _: jwt.PyJWS().encode(b"\xff", KEYS["one"], algorithm="RS256", headers={"kid": "one"}),
    lambda _: jwt.PyJWS().encode(b"[" * 5_000, KEYS["one"], algorithm="RS256", headers={"kid": "one"}),
]


@pytest.mark.parametrize("forge", FORGERIES, ids=[str(n) for n in range(len(FORGERIES))])
async def test_a_forged_token_is_401(teams: Teams, forge: Callable[[dict[str, Any]], str]) -> None:
    assert (await post(teams, forge(claims_for(teams))))[0] == 401
    assert teams.inbox.received == []


def header_part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() + ".e30.AAAA"


GARBAGE = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer ...",
    "Bearer a.b.c",
    "Basic YTpi",
    "Bearer " + header_part(b"[]"),
    "Bearer " + header_part(b"null"),
    "Bearer " + header_part(b'{"alg": null}'),
    "Bearer " + header_part(b'{"alg": "RS256", "kid": ["one"]}'),
    "Bearer " + header_part(b'{"alg": "RS256", "kid": {"a": 1}}'),
    "Bearer " + header_part(b'{"alg": "RS256", "kid": "one", "crit": ["x"]}'),
    "Bearer " + header_part(b'{"alg": "RS256", "kid": "one", "b64": false}'),
    "Bearer " + header_part(b"[" * 5_900),
    "Bearer æøå.æøå.æøå",
    "Bearer " + "x" * 7_000,
]


@pytest.mark.parametrize("header", GARBAGE, ids=[str(n) for n in range(len(GARBAGE))])
async def test_garbage_is_401(teams: Teams, header: str) -> None:
    assert (await teams.post(teams.activity(), Authorization=header))[0] in {400, 401}
    assert (await teams.post(teams.activity()))[0] == 401
    assert teams.inbox.received == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"serviceUrl": "http://127.0.0.1:1/"}, "service_url_differs"),
        ({"channelId": "webchat"}, "channel_not_endorsed"),
        ({"channelId": "emulator"}, "channel_not_endorsed"),
        ({"conversation": {"id": "a:1", "tenantId": OTHER_TENANT}, "channelData": {}}, "tenant_not_served"),
        ({"conversation": {"id": "a:1"}, "channelData": {}}, "tenant_not_served"),
        ({"from": {**ACTIVITY["from"], "tenantId": OTHER_TENANT}}, "tenant_not_served"),
        ({"channelData": {"tenant": {"id": OTHER_TENANT}}}, "two_tenants"),
    ],
)
async def test_an_activity_the_token_does_not_cover_is_403(teams: Teams, changes: dict[str, Any], reason: str) -> None:
    assert await post(teams, signed(claims_for(teams)), **changes) == (403, {"error": reason})
    assert teams.inbox.received == []


async def test_a_key_that_is_not_endorsed_for_teams_is_403(teams: Teams) -> None:
    status, body = await post(teams, signed(claims_for(teams), kid="web", key="web"))
    assert (status, body) == (403, {"error": "channel_not_endorsed"})


async def test_a_signed_service_url_outside_the_allowed_hosts_is_403(teams: Teams) -> None:
    evil = "https://evil.example/"
    status, body = await post(teams, signed(claims_for(teams, serviceurl=evil)), serviceUrl=evil)
    assert (status, body) == (403, {"error": "service_host_not_allowed"})


async def test_a_stranger_learns_nothing_about_what_a_body_should_be(teams: Teams) -> None:
    assert (await teams.post(b"{"))[0] == 401


# Keys


async def test_keys_are_fetched_once_for_many(teams: Teams, key_server: KeyServer) -> None:
    for _ in range(3):
        assert (await post(teams, signed(claims_for(teams))))[0] == 200
    assert key_server.asked == 1


async def test_a_new_key_is_accepted_a_minute_after_the_last_fetch(
    teams: Teams, key_server: KeyServer, clock: HeldClock
) -> None:
    assert (await post(teams, signed(claims_for(teams))))[0] == 200
    key_server.kids = ["two"]
    new = signed(claims_for(teams), kid="two", key="two")
    assert (await post(teams, new))[0] == 401
    clock.time += timedelta(minutes=1)
    assert (await post(teams, new))[0] == 200
    assert (await post(teams, signed(claims_for(teams))))[0] == 401, "a key no longer published is no longer good"


async def test_made_up_key_ids_cause_one_fetch_a_minute(teams: Teams, key_server: KeyServer, clock: HeldClock) -> None:
    for number in range(20):
        assert (await post(teams, signed(claims_for(teams), kid=f"made-up-{number}")))[0] == 401
    assert key_server.asked == 1
    clock.time += timedelta(minutes=1)
    await post(teams, signed(claims_for(teams), kid="made-up"))
    assert key_server.asked == 2


async def test_keys_are_fetched_again_after_a_day(teams: Teams, key_server: KeyServer, clock: HeldClock) -> None:
    token = signed(claims_for(teams, exp=NOW + 10 * 86_400))
    await post(teams, token)
    clock.time += timedelta(hours=23)
    await post(teams, token)
    assert key_server.asked == 1
    clock.time += timedelta(hours=1)
    await post(teams, token)
    assert key_server.asked == 2


async def test_while_keys_cannot_be_fetched_the_old_ones_serve_for_days(
    teams: Teams, key_server: KeyServer, clock: HeldClock
) -> None:
    token = signed(claims_for(teams, exp=NOW + 10 * 86_400))
    assert (await post(teams, token))[0] == 200
    key_server.status = 500
    clock.time += timedelta(days=4)
    assert (await post(teams, token))[0] == 200
    clock.time += timedelta(days=1)
    assert (await post(teams, token))[0] == 401
    key_server.status = 200
    clock.time += timedelta(minutes=1)
    assert (await post(teams, token))[0] == 200


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": []}', b"[" * 100_000, b"x" * 2_000_000])
async def test_a_key_document_that_is_none_is_never_a_crash(teams: Teams, key_server: KeyServer, raw: bytes) -> None:
    key_server.raw = raw
    assert (await post(teams, signed(claims_for(teams))))[0] == 401


async def test_one_odd_key_spoils_no_other(teams: Teams, key_server: KeyServer) -> None:
    key_server.odd = [7, {}, {"kty": "RSA", "kid": "bad", "n": "!", "e": "AQAB"}, {"kty": "EC", "kid": "one"}]
    key_server.odd.append({**published("two"), "use": "enc"})
    assert (await post(teams, signed(claims_for(teams))))[0] == 200
    assert (await post(teams, signed(claims_for(teams), kid="two", key="two")))[0] == 401


async def test_keys_are_not_fetched_from_elsewhere(teams: Teams, key_server: KeyServer) -> None:
    elsewhere = web.Application()
    elsewhere.router.add_get("/keys", key_server.keys)
    async with TestServer(elsewhere) as running:
        key_server.jwks_uri = str(running.make_url("/keys"))
        assert (await post(teams, signed(claims_for(teams))))[0] == 401


async def test_a_key_document_without_end_is_not_read(teams: Teams, key_server: KeyServer) -> None:
    key_server.raw = json.dumps({"keys": [published("one")], "padding": "x" * 1_048_576}).encode()
    assert (await post(teams, signed(claims_for(teams))))[0] == 401


async def test_publishing_nothing_takes_no_key_away(teams: Teams, key_server: KeyServer, clock: HeldClock) -> None:
    token = signed(claims_for(teams, exp=NOW + 10 * 86_400))
    assert (await post(teams, token))[0] == 200
    key_server.kids = []
    clock.time += timedelta(days=1)
    assert (await post(teams, token))[0] == 200


@pytest.mark.parametrize("away", ["http://127.0.0.1:9/openid", "http://127.0.0.1:9"])
async def test_no_key_server_is_no_crash(session: aiohttp.ClientSession, away: str) -> None:
    ring = KeyRing(session=session, clock=SystemClock(), log=structlog.get_logger(), metadata_url=away)
    assert await ring.get("one") is None


class TestClosed:
    """No registration, and not the developer mode: the door is shut."""

    @pytest.fixture
    def authenticator(self) -> Authenticator:
        return ClosedAuthenticator()

    async def test_everything_is_403(self, teams: Teams) -> None:
        assert await teams.post(teams.activity()) == (403, {"error": "closed"})
        assert (await post(teams, signed(claims_for(teams)))) == (403, {"error": "closed"})
        assert (await teams.post(b"{"))[0] == 403
        assert teams.inbox.received == []
