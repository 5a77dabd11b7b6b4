"""The bot's own tokens from Entra, cached until shortly before they expire.

botbuilder requests a new token in every turn, on the event loop; here one request serves an hour.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential

from bot.channels.teams.connector import TokenUnavailable
from bot.channels.teams.registration import Certificate, ClientSecret, ManagedIdentity, Registration, Registrations
from bot.ports import Clock

SCOPE = "https://api.botframework.com/.default"
RENEW_BEFORE = timedelta(minutes=5)
REFUSED_AGE = timedelta(minutes=1)
ASK_SECONDS = 15.0

# azure-core would otherwise wait five minutes for a connection and try ten times, and make request ids from the
# machine's hardware address.
_OPTIONS: Mapping[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 5,
    "retry_total": 1,
    "auto_request_id": False,
}


def credential_for(registration: Registration, **options: Any) -> AsyncTokenCredential:
    """Return the Azure credential for a registration. ``options`` are azure-core's, such as ``transport``.

    Raises ValueError, OSError: a certificate that cannot be read.
    """
    tenant_id, app_id, options = registration.tenant_id, registration.app_id, {**_OPTIONS, **options}
    match registration.credential:
        case ClientSecret(value=secret):
            return ClientSecretCredential(tenant_id, app_id, secret, **options)
        case Certificate(path=path, password=password):
            return CertificateCredential(tenant_id, app_id, str(path), password=password, **options)
        case ManagedIdentity(client_id=client_id):
            return ManagedIdentityCredential(client_id=client_id, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CachedToken:
    token: AccessToken
    since: datetime

    def outlives(self, at: datetime) -> bool:
        return datetime.fromtimestamp(self.token.expires_on, UTC) > at


class EntraTokens:
    """Implements ``Tokens``: one credential, one token and one request at a time per registration.

    While Entra cannot be reached, the old token is used until it expires.
    """

    def __init__(
        self,
        *,
        registrations: Registrations,
        clock: Clock,
        make_credential: Callable[[Registration], AsyncTokenCredential] = credential_for,
    ) -> None:
        self._registrations = registrations
        self._clock = clock
        self._make_credential = make_credential
        self._credentials: dict[str, AsyncTokenCredential] = {}
        self._cached: dict[str, _CachedToken] = {}
        self._refused: set[str] = set()
        self._asking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, app_id: str) -> str:
        """Return a valid token.

        It is valid for five minutes or more while Entra can be reached.

        Raises TokenUnavailable.
        """
        registration = self._registrations.get(app_id)
        if registration is None:
            raise TokenUnavailable("no_such_registration")
        if (cached := self._fresh(registration)) is None:
            async with self._asking[registration.app_id]:
                cached = self._fresh(registration) or await self._renew(registration)
        return cached.token.token

    def discard(self, app_id: str) -> None:
        """Request a new token next time."""
        # A token less than a minute old is kept, since another would be refused too.
        registration = self._registrations.get(app_id)
        cached = self._cached.get(registration.app_id) if registration else None
        if registration and cached and self._clock.now() - cached.since >= REFUSED_AGE:
            self._refused.add(registration.app_id)

    async def close(self) -> None:
        """Close the connections to Entra. Closing twice is a no-op."""
        while self._credentials:
            _, credential = self._credentials.popitem()
            await credential.close()

    def _fresh(self, registration: Registration) -> _CachedToken | None:
        cached = self._cached.get(registration.app_id)
        if cached is None or registration.app_id in self._refused:
            return None
        return cached if cached.outlives(self._clock.now() + RENEW_BEFORE) else None

    async def _renew(self, registration: Registration) -> _CachedToken:
        app_id = registration.app_id
        if app_id in self._refused and app_id in self._credentials:
            # The credential caches tokens itself; only a new credential contacts Entra.
            await self._credentials.pop(app_id).close()
        try:
            if app_id not in self._credentials:
                self._credentials[app_id] = self._make_credential(registration)
            async with asyncio.timeout(ASK_SECONDS):
                token = await self._credentials[app_id].get_token(SCOPE)
        except (AzureError, ValueError, OSError) as fault:
            cached = self._cached.get(app_id)
            if cached is not None and app_id not in self._refused and cached.outlives(self._clock.now()):
                return cached
            raise TokenUnavailable(type(fault).__name__) from fault
        self._refused.discard(app_id)
        self._cached[app_id] = _CachedToken(token=token, since=self._clock.now())
        return self._cached[app_id]
