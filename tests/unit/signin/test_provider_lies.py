"""A provider, a user or a thief who lies gets no session."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.ports import Key, Stored
from bot.signin.oidc import fetch
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.flow import VALID_FOR
from dialogs.core.person import Person
from dialogs.signin.model import SignInTransaction, WebSession
from knowledge.article.article import Language
from tests.fakes.provider import CLIENT_SECRET, LyingProvider, new_key, stamp
from tests.unit.signin.conftest import Door, provider_at
from tests.unit.web.conftest import NOON, HeldClock

KARI = Person(id="sub-1", name="Kari", municipality_id="nes", registered=True, created_at=NOON)


async def refusal(door: Door, liar: LyingProvider, **changed: str | None) -> SignInFault:
    """Return why the sign-in is refused; nobody is signed in."""
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    with pytest.raises(SignInFault) as refused:
        await door.enter(sign_in, liar, **changed)
    assert await door.store.find(WebSession.KIND, "person:sub-1") == []
    return refused.value


async def test_an_honest_provider_signs_in(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"sid": "there", "auth_time": stamp(NOON) - 60}
    finished = await door.enter(door.sign_in_at(provider_at(liar.issuer)), liar)
    session = finished.started.session
    assert (session.person_id, session.way, session.provider) == ("sub-1", "provider", "nes")
    assert session.authenticated_at == NOON - timedelta(seconds=60)
    assert session.provider_session
    assert "there" not in repr(session)
    assert finished.next_path == "/chat"


async def test_the_secret_goes_in_the_header_and_pkce_binds_the_code(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    await door.enter(door.sign_in_at(provider_at(liar.issuer)), liar)
    [form] = liar.forms
    assert len(form["code_verifier"]) == 43
    assert set(form) == {"grant_type", "code", "redirect_uri", "code_verifier"}


@pytest.mark.full
async def test_a_resource_is_named_only_where_one_is_configured(door: Door, liar: LyingProvider) -> None:
    for given, asked in ((None, None), ("https://heia.example.no/", "https://heia.example.no/")):
        sign_in = door.sign_in_at(provider_at(liar.issuer, **({"resource": given} if given else {})))
        client = sign_in.client_of("nes")
        assert client is not None
        begun = await sign_in.begin(client, browser_secret=None)
        assert dict(parse_qsl(urlsplit(begun.address).query)).get("resource") == asked


async def test_what_is_kept_of_a_begun_sign_in_lets_nobody_finish_it(door: Door, liar: LyingProvider) -> None:
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)
    [kept] = await door.store.find(SignInTransaction.KIND, f"expires:{NOON:%Y-%m-%d}")
    text = repr(kept)
    assert not [each for each in (begun.browser_secret, answer["state"], answer["code"]) if each in text]
    query = dict(each.split("=") for each in begun.address.partition("?")[2].split("&"))
    assert query["nonce"] not in text
    assert query["code_challenge"] not in text
    assert begun.browser_secret not in begun.address


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"state": "state-" + "0" * 32}, "unknown_state"),
        ({"state": "x"}, "state"),
        ({"state": None}, "state"),
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": None}, "no_iss"),
        ({"code": None}, "code"),
        ({"code": "c" * 5000}, "code"),
        ({"code": "made-up"}, "invalid_grant"),
    ],
)
async def test_a_tampered_answer_is_refused(
    door: Door, liar: LyingProvider, changed: dict[str, str | None], detail: str
) -> None:
    assert (await refusal(door, liar, **changed)).detail == detail


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"nonce": "other"}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"nonce": None}, "missing_nonce"),
        ({"aud": "another-app"}, "audience"),
        ({"aud": None}, "missing_aud"),
        ({"aud": ["heia", "another-app"]}, "no_azp"),
        ({"aud": ["heia", "another-app"], "azp": "another-app"}, "azp"),
        ({"azp": "another-app"}, "azp"),
        ({"iss": "https://other.example"}, "issuer"),
        ({"iss": None}, "missing_iss"),
        ({"sub": None}, "missing_sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 300}, "sub"),
        ({"sub": "a\u0000b"}, "sub"),
        ({"exp": None}, "missing_exp"),
        ({"exp": "soon"}, "clock_expired"),
        ({"exp": 10**400}, "clock_expired"),
        ({"iat": None}, "missing_iat"),
        ({"iat": True}, "iat"),
        ({"groups": ["g"] * 6000, "sub": "sub-1"}, "too_many_values"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    door: Door, liar: LyingProvider, claims: dict[str, Any], detail: str
) -> None:
    liar.claims = claims
    assert (await refusal(door, liar)).detail == detail


async def test_one_of_several_audiences_is_us_when_the_token_was_made_for_us(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"aud": ["heia", "another-app"], "azp": "heia"}
    assert await door.enter(door.sign_in_at(provider_at(liar.issuer)), liar)


@pytest.mark.parametrize(
    ("minutes", "detail"), [(-4, ""), (4, ""), (6, "clock_from_future"), (-11, "clock_expired"), (-21, "clock_too_old")]
)
async def test_clocks_may_differ_by_five_minutes(door: Door, liar: LyingProvider, minutes: int, detail: str) -> None:
    liar.clock = HeldClock(NOON + timedelta(minutes=minutes))
    if detail:
        assert (await refusal(door, liar)).detail == detail
    else:
        await door.put(KARI)
        assert await door.enter(door.sign_in_at(provider_at(liar.issuer)), liar)


def _segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _hs256(claims: Any, secret: bytes) -> str:
    text = f"{_segment({'alg': 'HS256', 'kid': 'one'})}.{_segment(claims)}"
    mark = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


@pytest.mark.parametrize("kind", ["none", "HS256 with the public key", "HS256 with the secret", "foreign key", "crit"])
async def test_a_token_the_provider_did_not_sign_is_refused(door: Door, liar: LyingProvider, kind: str) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)
    nonce = dict(each.split("=") for each in begun.address.partition("?")[2].split("&"))["nonce"]
    honest = liar.id_token(nonce)
    claims = jwt.decode(honest, options={"verify_signature": False})
    body = honest.split(".")[1]
    match kind:
        case "none":
            liar.token = f"{_segment({'alg': 'none', 'kid': 'one'})}.{body}."
        case "HS256 with the public key":
            public = liar.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            liar.token = _hs256(claims, public)
        case "HS256 with the secret":
            liar.token = _hs256(claims, CLIENT_SECRET.encode())
        case "foreign key":
            liar.token = jwt.encode(claims, new_key(), "RS256", headers={"kid": "one"})
        case "crit":
            liar.token = jwt.encode(claims, liar.keys["one"], "RS256", headers={"kid": "one", "crit": ["x"], "x": 1})
    with pytest.raises(SignInFault) as refused:
        await sign_in.finish(client, answer, browser_secret=begun.browser_secret, language=Language.NB, replaced=None)
    assert refused.value.reason is FaultReason.INVALID
    assert refused.value.detail in {"algorithm", "signature", "crit", "token_form"}


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "e30.e30.", "x" * 200_000, "æ.ø.å", "." * 50])
async def test_garbage_is_no_token(door: Door, liar: LyingProvider, token: str) -> None:
    liar.token = token
    assert (await refusal(door, liar)).reason is FaultReason.INVALID


async def test_a_code_and_its_answer_are_used_once(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)

    async def once() -> object:
        return await sign_in.finish(
            client, answer, browser_secret=begun.browser_secret, language=Language.NB, replaced=None
        )

    outcomes = await asyncio.gather(once(), once(), once(), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, SignInFault)]
    assert [each.reason for each in refused] == [FaultReason.EXPIRED] * 2
    assert len(liar.forms) == 1
    with pytest.raises(SignInFault, match="unknown_state"):
        await once()


async def test_of_two_answers_at_the_same_instant_one_is_used(
    door: Door, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find the transaction before either uses it up, as on two replicas."""
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)
    both, get = asyncio.Barrier(2), door.store.get

    async def together(keys: Sequence[Key]) -> Mapping[Key, Stored]:
        found = await get(keys)
        if keys[0].kind == SignInTransaction.KIND:
            await both.wait()
        return found

    monkeypatch.setattr(door.store, "get", together)
    tried = [
        sign_in.finish(client, answer, browser_secret=begun.browser_secret, language=Language.NB, replaced=None)
        for _ in range(2)
    ]
    outcomes = await asyncio.gather(*tried, return_exceptions=True)
    assert [each.detail for each in outcomes if isinstance(each, SignInFault)] == ["used_state"]
    assert len(liar.forms) == 1


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://id.example/keys", True),
        ("https://ID.example:8443/keys?x=1", True),
        ("http://id.example/keys", False),
        ("http://localhost/keys", True),
        ("https://id.example.evil/keys", False),
        ("https://id.example@evil.example/keys", False),
        ("https://id.example/keys#part", False),
        ("https://id.example/ke ys", False),
        ("https://id.example/kéys", False),
        ("https://id.example/" + "k" * 2000, False),
        ("ftp://id.example/keys", False),
        ("", False),
    ],
)
def test_an_endpoint_is_https_at_a_named_host(address: str, good: bool) -> None:
    assert fetch.is_endpoint(address, frozenset({"id.example", "localhost"})) is good


async def test_another_browser_cannot_finish_and_does_not_spoil_it(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    victim = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)
    for secret, detail in ((victim.browser_secret, "other_browser"), (None, "no_cookie"), ("x", "no_cookie")):
        with pytest.raises(SignInFault, match=detail):
            await sign_in.finish(client, answer, browser_secret=secret, language=Language.NB, replaced=None)
    assert liar.forms == []
    assert await sign_in.finish(
        client, answer, browser_secret=begun.browser_secret, language=Language.NB, replaced=None
    )


@pytest.mark.full
async def test_two_tabs_of_one_browser_sign_in_side_by_side(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    first = await sign_in.begin(client, browser_secret=None)
    second = await sign_in.begin(client, browser_secret=first.browser_secret)
    assert second.browser_secret == first.browser_secret
    for begun in (second, first):
        assert await sign_in.finish(
            client,
            liar.authorise(begun.address),
            browser_secret=first.browser_secret,
            language=Language.NB,
            replaced=None,
        )


@pytest.mark.full
async def test_a_sign_in_that_took_too_long_is_refused(door: Door, liar: LyingProvider, clock: HeldClock) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    clock.at += VALID_FOR
    with pytest.raises(SignInFault, match="old_state"):
        await sign_in.finish(
            client,
            liar.authorise(begun.address),
            browser_secret=begun.browser_secret,
            language=Language.NB,
            replaced=None,
        )


@pytest.mark.parametrize(
    "next_path", ["//evil.example", "https://evil.example", "/chat/../..", "/\\evil", "/api", "/chat\n"]
)
async def test_no_address_from_outside_is_a_target(door: Door, liar: LyingProvider, next_path: str) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None, next_path=next_path)
    finished = await sign_in.finish(
        client, liar.authorise(begun.address), browser_secret=begun.browser_secret, language=Language.NB, replaced=None
    )
    assert finished.next_path == "/chat"


@pytest.mark.full
async def test_an_answer_of_one_provider_is_not_taken_for_anothers(door: Door, liar: LyingProvider) -> None:
    """A mix-up: the browser began at the honest provider and comes back from the attacker's."""
    await door.put(KARI)
    attacker = LyingProvider(clock=door.clock)
    async with attacker.server:
        sign_in = door.sign_in_at(
            provider_at(liar.issuer), provider_at(attacker.issuer, id="eidsvoll", municipalities=["eidsvoll"])
        )
        honest, foreign = sign_in.client_of("nes"), sign_in.client_of("eidsvoll")
        assert honest is not None
        assert foreign is not None
        begun = await sign_in.begin(honest, browser_secret=None)
        answer = liar.authorise(begun.address)
        for client, changed, detail in (
            (foreign, {}, "other_provider"),
            (foreign, {"iss": attacker.issuer}, "other_provider"),
            (honest, {"iss": attacker.issuer}, "iss"),
        ):
            with pytest.raises(SignInFault, match=detail):
                await sign_in.finish(
                    client,
                    {**answer, **changed},
                    browser_secret=begun.browser_secret,
                    language=Language.NB,
                    replaced=None,
                )
        assert attacker.forms == [], "the code never reached the attacker"
        assert liar.forms == []


@pytest.mark.full
async def test_a_key_rotated_in_mid_flight_is_fetched(door: Door, liar: LyingProvider, clock: HeldClock) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    liar.keys = {"two": new_key()}
    liar.signs_with = "two"
    clock.at += timedelta(minutes=2)
    assert await door.enter(sign_in, liar)
    assert liar.asked.count("/keys") == 2


@pytest.mark.full
async def test_invented_key_ids_cause_no_flood_of_requests(door: Door, liar: LyingProvider, clock: HeldClock) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    clock.at += timedelta(minutes=2)
    liar.keys["hidden"] = new_key()
    stolen = {name: key for name, key in liar.keys.items() if name == "hidden"}
    for _ in range(5):
        liar.keys, liar.signs_with = {"one": liar.keys["one"], **stolen}, "hidden"
        token_key = liar.keys.pop("hidden")
        liar.token = jwt.encode({"sub": "sub-1"}, token_key, "RS256", headers={"kid": "hidden"})
        with pytest.raises(SignInFault, match="unknown_key"):
            await door.enter(sign_in, liar)
    assert liar.asked.count("/keys") == 2


@pytest.mark.full
async def test_a_withdrawn_key_ends_with_the_cache(door: Door, liar: LyingProvider, clock: HeldClock) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    stolen = liar.keys["one"]
    liar.keys = {"two": new_key()}
    liar.signs_with = "two"
    clock.at += timedelta(hours=1)
    liar.token = jwt.encode({"sub": "sub-1"}, stolen, "RS256", headers={"kid": "one"})
    with pytest.raises(SignInFault, match="unknown_key"):
        await door.enter(sign_in, liar)


@pytest.mark.parametrize(
    ("path", "answer", "detail"),
    [
        ("/.well-known/openid-configuration", (200, "text/html", b"<html>Logg inn</html>"), "no_json"),
        ("/.well-known/openid-configuration", (200, "application/json", b"[]"), "no_json_object"),
        ("/.well-known/openid-configuration", (200, "application/json", b"[" * 100_000), "no_json"),
        ("/.well-known/openid-configuration", (200, "application/json", b" " * 300_000 + b"{}"), "too_large"),
        ("/.well-known/openid-configuration", (500, "text/plain", b"down"), "http_500"),
        ("/.well-known/openid-configuration", (302, "text/plain", b""), "http_302"),
        ("/keys", (200, "text/html", b"<html>"), "no_json"),
        ("/keys", (200, "application/json", b'{"keys": {}}'), "keys_unreadable"),
        (
            "/keys",
            (200, "application/json", b'{"keys": [7, {"kty": "RSA"}, {"kty": "oct", "k": "AA"}]}'),
            "unknown_key",
        ),
        ("/token", (200, "text/html", b"<html>"), "no_json"),
        ("/token", (500, "application/json", b"{}"), "http_500"),
        ("/token", (200, "application/json", b"{}"), "no_token"),
        ("/token", (401, "application/json", b'{"error": "invalid_client"}'), "invalid_client"),
        (
            "/token",
            (401, "application/json", b'{"error": "invalid_client", "error_description": "AADSTS7000222: ..."}'),
            "client_secret_expired",
        ),
        ("/token", (400, "application/json", b'{"error": {"x": 1}}'), "token_error"),
        ("/token", (400, "application/json", b'{"error": "kari@nes.example"}'), "token_error"),
    ],
)
async def test_a_provider_that_is_down_or_talks_nonsense_is_reported(
    door: Door, liar: LyingProvider, path: str, answer: tuple[int, str, bytes], detail: str
) -> None:
    liar.answers = {path: answer}
    assert (await refusal(door, liar)).detail == detail


@pytest.mark.full
@pytest.mark.parametrize("down", [["/keys"], ["/keys", "/.well-known/openid-configuration"]])
async def test_while_keys_cannot_be_fetched_the_last_ones_hold_for_a_day(
    door: Door, liar: LyingProvider, clock: HeldClock, down: list[str]
) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    honest, liar.answers = liar.answers, dict.fromkeys(down, (503, "text/html", b"<html>"))
    for hours in (2, 12, 23):
        clock.at = NOON + timedelta(hours=hours)
        assert await door.enter(sign_in, liar), hours
    clock.at = NOON + timedelta(hours=24)
    with pytest.raises(SignInFault, match="http_503"):
        await door.enter(sign_in, liar)
    liar.answers = honest
    clock.at += timedelta(seconds=10)
    assert await door.enter(sign_in, liar), "back again"


async def test_an_unknown_key_is_refused_as_a_fault_of_the_provider_while_its_keys_are_down(
    door: Door, liar: LyingProvider, clock: HeldClock
) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    liar.answers = {"/keys": (503, "text/html", b"<html>")}
    liar.keys["two"] = new_key()
    liar.signs_with = "two"
    clock.at += timedelta(minutes=2)
    for _ in range(3):
        with pytest.raises(SignInFault) as refused:
            await door.enter(sign_in, liar)
        assert (refused.value.reason, refused.value.detail) == (FaultReason.PROVIDER, "http_503")
    liar.signs_with = "one"
    assert await door.enter(sign_in, liar), "who comes with the known key gets in"


@pytest.mark.full
async def test_a_key_that_was_withdrawn_holds_no_longer_than_its_list_can_be_had(
    door: Door, liar: LyingProvider, clock: HeldClock
) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    await door.enter(sign_in, liar)
    liar.answers = {"/keys": (503, "text/html", b"")}
    clock.at += timedelta(hours=2)
    await door.enter(sign_in, liar)
    old = liar.keys["one"]
    liar.answers, liar.keys, liar.signs_with = {}, {"two": new_key()}, "two"
    clock.at += timedelta(seconds=10)
    liar.token = jwt.encode({"sub": "sub-1"}, old, "RS256", headers={"kid": "one"})
    with pytest.raises(SignInFault, match="unknown_key"):
        await door.enter(sign_in, liar)


async def test_a_provider_that_is_down_is_not_asked_by_everybody(
    door: Door, liar: LyingProvider, clock: HeldClock
) -> None:
    liar.answers = {"/.well-known/openid-configuration": (503, "text/plain", b"")}
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    for _ in range(20):
        with pytest.raises(SignInFault, match="http_503"):
            await door.enter(sign_in, liar)
    assert len(liar.asked) == 1
    liar.answers = {}
    clock.at += timedelta(seconds=10)
    await door.put(KARI)
    assert await door.enter(sign_in, liar)


@pytest.mark.full
async def test_a_slow_provider_is_given_up(door: Door, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    liar.delay_seconds = 5
    fault = await refusal(door, liar)
    assert (fault.reason, fault.detail) == (FaultReason.PROVIDER, "TimeoutError")


@pytest.mark.parametrize(
    ("discovery", "detail"),
    [
        ({"issuer": "https://login.example"}, "other_issuer"),
        ({"token_endpoint": "https://evil.example/token"}, "foreign_token_endpoint"),
        ({"token_endpoint": "http://nes.example/token"}, "foreign_token_endpoint"),
        ({"token_endpoint": None}, "foreign_token_endpoint"),
        ({"token_endpoint": 7}, "foreign_token_endpoint"),
        ({"token_endpoint": "https://["}, "foreign_token_endpoint"),
        ({"token_endpoint": "https://127.0.0.1:99999999/"}, "foreign_token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "foreign_jwks_uri"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "foreign_authorization_endpoint"),
        ({"authorization_endpoint": "https://127.0.0.1@evil.example/"}, "foreign_authorization_endpoint"),
        ({"code_challenge_methods_supported": ["plain"]}, "no_pkce"),
    ],
)
async def test_a_discovery_document_that_leads_elsewhere_is_refused(
    door: Door, liar: LyingProvider, discovery: dict[str, Any], detail: str
) -> None:
    liar.discovery = discovery
    assert (await refusal(door, liar)).detail == detail


async def test_a_cancelled_sign_in_says_so_and_repeats_nothing_of_the_provider(door: Door, liar: LyingProvider) -> None:
    fault = await refusal(door, liar, code=None, error="access_denied", error_description="<b>ring 22 22 22 22</b>")
    assert (fault.reason, fault.detail) == (FaultReason.CANCELLED, "answer_error")
    fault = await refusal(door, liar, code=None, error="server_error")
    assert fault.reason is FaultReason.PROVIDER


async def test_a_fresh_sign_in_needs_a_fresh_proof(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    for auth_time, fresh in ((None, False), (stamp(NOON) - 3600, False), ("now", False), (stamp(NOON) + 1, True)):
        begun = await sign_in.begin(client, browser_secret=None, fresh=True)
        assert "prompt=login" in begun.address
        assert "max_age=0" in begun.address
        liar.claims = {"auth_time": auth_time}
        entering = sign_in.finish(
            client,
            liar.authorise(begun.address),
            browser_secret=begun.browser_secret,
            language=Language.NB,
            replaced=None,
        )
        if fresh:
            assert await entering
        else:
            with pytest.raises(SignInFault, match="auth_time"):
                await entering


async def test_no_token_code_state_or_secret_is_logged(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"sid": "secret-sid", "email": "kari@nes.example"}
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None)
    answer = liar.authorise(begun.address)
    finished = await sign_in.finish(
        client, answer, browser_secret=begun.browser_secret, language=Language.NB, replaced=None
    )
    logged = repr(door.logged)
    secrets = [*answer.values(), begun.browser_secret, finished.started.token, CLIENT_SECRET, "secret-sid", "kari@"]
    assert [each for each in secrets if each in logged and each != liar.issuer] == []
