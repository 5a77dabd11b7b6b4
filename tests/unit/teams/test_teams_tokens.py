"""One token from Entra serves until shortly before it runs out, and faults of Entra's stay outside."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.channels.teams.connector import TokenUnavailable
from bot.channels.teams.registration import Certificate, ClientSecret, ManagedIdentity, Registration, Registrations
from bot.channels.teams.tokens import EntraTokens, credential_for
from tests.unit.teams.conftest import APP, NOON, TENANT, HeldClock

REGISTRATION = Registration(app_id=APP, tenant_id=TENANT, credential=ClientSecret(value="hemmelig"))


class Entra:
    """A credential that counts what it is asked."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.made = self.asked = self.closed = 0
        self.fault: Exception | None = None

    def make(self, _: Registration) -> Any:
        self.made += 1
        return self

    async def get_token(self, scope: str) -> AccessToken:
        assert scope == "https://api.botframework.com/.default"
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault
        return AccessToken(f"token-{number}", int((self.clock.now() + timedelta(hours=1)).timestamp()))

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def entra(clock: HeldClock) -> Entra:
    return Entra(clock)


@pytest.fixture
def tokens(clock: HeldClock, entra: Entra) -> EntraTokens:
    return EntraTokens(registrations=Registrations([REGISTRATION]), clock=clock, make_credential=entra.make)


async def test_many_at_once_cause_one_request(tokens: EntraTokens, entra: Entra) -> None:
    got = await asyncio.gather(*(tokens.get(APP) for _ in range(50)))
    assert (set(got), entra.asked) == ({"token-1"}, 1)


async def test_a_token_is_renewed_five_minutes_before_it_runs_out(
    tokens: EntraTokens, entra: Entra, clock: HeldClock
) -> None:
    await tokens.get(APP)
    clock.time += timedelta(minutes=54)
    assert await tokens.get(APP) == "token-1"
    clock.time += timedelta(minutes=1)
    assert await tokens.get(APP) == "token-2"


async def test_while_entra_is_away_the_old_token_serves_until_it_expires(
    tokens: EntraTokens, entra: Entra, clock: HeldClock
) -> None:
    await tokens.get(APP)
    entra.fault = ClientAuthenticationError("AADSTS7000222: the secret of Kommunen has expired")
    clock.time += timedelta(minutes=57)
    assert await tokens.get(APP) == "token-1"
    clock.time += timedelta(minutes=3)
    with pytest.raises(TokenUnavailable) as caught:
        await tokens.get(APP)
    assert str(caught.value) == "ClientAuthenticationError"
    entra.fault = None
    assert await tokens.get(APP) == "token-4"


@pytest.mark.parametrize("fault", [ClientAuthenticationError("x"), ValueError("bad certificate"), TimeoutError()])
async def test_every_fault_of_a_credential_is_one_kind(tokens: EntraTokens, entra: Entra, fault: Exception) -> None:
    entra.fault = fault
    with pytest.raises(TokenUnavailable):
        await tokens.get(APP)


async def test_a_refused_token_is_replaced_by_a_credential_that_remembers_nothing(
    tokens: EntraTokens, entra: Entra, clock: HeldClock
) -> None:
    await tokens.get(APP)
    tokens.discard(APP)
    assert await tokens.get(APP) == "token-1", "a token of this minute is not worth replacing"
    clock.time += timedelta(minutes=1)
    tokens.discard(APP)
    assert await tokens.get(APP) == "token-2"
    assert (entra.made, entra.closed) == (2, 1)


async def test_an_unknown_app_has_no_token(tokens: EntraTokens) -> None:
    tokens.discard("unknown")
    with pytest.raises(TokenUnavailable):
        await tokens.get("unknown")


async def test_closing_lets_go_of_entra(tokens: EntraTokens, entra: Entra) -> None:
    await tokens.get(APP)
    await tokens.close()
    await tokens.close()
    assert entra.closed == 1


@pytest.mark.parametrize(
    ("credential", "kind"),
    [(ClientSecret(value="x"), ClientSecretCredential), (ManagedIdentity(client_id="id"), ManagedIdentityCredential)],
)
async def test_a_registration_names_its_credential(credential: Any, kind: type) -> None:
    async with credential_for(Registration(app_id=APP, tenant_id=TENANT, credential=credential)) as made:
        assert isinstance(made, kind)


@pytest.mark.full
async def test_a_certificate_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(_self_signed())
    credential = Certificate(path=path)
    async with credential_for(Registration(app_id=APP, tenant_id=TENANT, credential=credential)) as made:
        assert isinstance(made, CertificateCredential)
    tokens = EntraTokens(
        registrations=Registrations(
            [Registration(app_id=APP, tenant_id=TENANT, credential=Certificate(path=tmp_path / "none.pem"))]
        ),
        clock=HeldClock(),
    )
    with pytest.raises(TokenUnavailable):
        await tokens.get(APP)


class Redirected(AioHttpTransport):  # type: ignore[misc]  # azure-core hides its type
    """Sends what is meant for Microsoft to a server on this machine."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        super().__init__(session=session, session_owner=False)
        self._base = base

    async def send(self, request: Any, **config: Any) -> Any:
        self.asked_host = urlsplit(request.url).netloc
        request.url = self._base + urlsplit(request.url).path
        return await super().send(request, **config)


async def test_azures_own_credential_asks_the_tenants_entra(session: aiohttp.ClientSession) -> None:
    asked: list[Any] = []

    async def token(request: web.Request) -> web.Response:
        asked.append((request.path, dict(await request.post()), request.headers))
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": "from-entra"})

    async def metadata(request: web.Request) -> web.Response:
        base = f"https://login.microsoftonline.com/{TENANT}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "tenant_discovery_endpoint": f"{base}/v2.0/.well-known/openid-configuration",
            }
        )

    app = web.Application()
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_get("/{path:.*}", metadata)
    async with TestServer(app) as server:
        transport = Redirected(session, str(server.make_url("")).rstrip("/"))
        tokens = EntraTokens(
            registrations=Registrations([REGISTRATION]),
            clock=HeldClock(),
            make_credential=lambda registration: credential_for(registration, transport=transport),
        )
        assert await tokens.get(APP) == "from-entra"
        assert transport.asked_host.startswith("login.microsoftonline.com")
        await tokens.close()
    [(path, form, headers)] = asked
    assert path == f"/{TENANT}/oauth2/v2.0/token"
    assert (form["client_id"], form["client_secret"]) == (APP, "hemmelig")
    assert "https://api.botframework.com/.default" in form["scope"]
    assert "x-ms-client-request-id" not in headers, "azure-core makes it from the machine's hardware address"


def test_secrets_are_not_printed() -> None:
    assert "hemmelig" not in repr(REGISTRATION)
    assert "hemmelig" not in repr(Certificate(path=Path("x"), password="hemmelig"))


def _self_signed() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "heia")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON)
        .not_valid_after(NOON + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem + certificate.public_bytes(serialization.Encoding.PEM)
