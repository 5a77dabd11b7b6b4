"""Verify that Microsoft's Bot Connector sends an activity of a served tenant, by its published keys.

Source: Microsoft, "Authentication with the Bot Connector API", section "Connector to bot": every check it lists is
made, and ``exp`` and ``serviceurl`` are required where Microsoft's own library accepts tokens without them.
"""

import asyncio
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp
import jwt
from aiohttp import web
from botbuilder.schema import Activity
from structlog.typing import FilteringBoundLogger
from yarl import URL

from bot.channels.teams.registration import AllowedHosts, Registration, Registrations
from bot.channels.web.signin.signer import OriginRule, is_loopback
from bot.ports import Clock
from bot.support.dependencies import TEAMS_KEYS, Dependencies

# Authentication of inbound activities: the protocol, the closed and the developer-mode implementation.


class CallerRefused(Exception):
    """The request is refused: ``status`` 401 (unknown caller) or 403 (not allowed). ``reason`` is a code for logs."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The authenticated caller. ``admit`` raises CallerRefused for an activity the caller may not send."""

    app_id: str | None
    admit: Callable[[Activity], None]


class Authenticator(Protocol):
    """Authenticates the caller before any other part of a request is trusted."""

    async def verify(self, request: web.Request) -> Caller:
        """Return the caller. Raises CallerRefused."""
        ...


class ClosedAuthenticator:
    """Refuses every caller, for a bot without registration."""

    async def verify(self, request: web.Request) -> Caller:
        """Raise CallerRefused, always."""
        raise CallerRefused(403, "closed")


class DevAuthenticator:
    """Accepts any caller on this machine, with the identity in the activity. For ``--dev`` only."""

    def __init__(self, *, hosts: AllowedHosts) -> None:
        self._hosts = hosts

    async def verify(self, request: web.Request) -> Caller:
        """Accept a caller on this machine. Raises CallerRefused for any other."""
        try:
            local = ipaddress.ip_address(request.remote or "").is_loopback
        except ValueError:
            local = False
        # A page under a foreign name that resolves to this machine calls from it, but with that name in the Host
        # header.
        if not local or not is_loopback(request) or OriginRule().is_foreign(request):
            raise CallerRefused(403, "not_on_this_machine")
        return Caller(app_id=None, admit=self._admit)

    def _admit(self, activity: Activity) -> None:
        if not self._hosts.allows(activity.service_url):
            raise CallerRefused(403, "service_host_not_allowed")


def tenant_of(activity: Activity) -> str:
    """Return the tenant of the conversation in lower case, empty if not named.

    Raises CallerRefused: the activity names two.
    """
    named = (activity.conversation.tenant_id, (activity.channel_data.get("tenant") or {}).get("id"))
    tenants = {tenant.lower() for tenant in named if tenant}
    if len(tenants) > 1:
        raise CallerRefused(403, "two_tenants")
    return tenants.pop() if tenants else ""


# Microsoft's signing keys for calls to bots, cached and refreshed without delaying requests.

METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
FRESH_FOR = timedelta(hours=24)
USABLE_FOR = timedelta(days=5)
PAUSE_BETWEEN_FETCHES = timedelta(minutes=1)
MAX_DOCUMENT_BYTES = 1_048_576
FETCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """A public RSA key and the channels it may sign for."""

    key: Any
    endorsements: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    keys: Mapping[str, PublishedKey]
    at: datetime


class KeysUnreadable(Exception):
    """The published keys could not be read; the text names the kind of fault."""


class KeyRing:
    """Published keys by id.

    They are fetched at first use, after 24 hours, and for an unknown id; at most once a minute, so that invented ids
    cause no flood of requests. While fetching fails, the old keys stay valid for up to five days.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        log: FilteringBoundLogger,
        metadata_url: str = METADATA_URL,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._dependencies = dependencies or Dependencies(clock=clock, log=log)
        self._session = session
        self._clock = clock
        self._log = log
        self._metadata_url = URL(metadata_url)
        self._published: _Published | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def get(self, key_id: str) -> PublishedKey | None:
        """Return the key with this id, or None if it is not available."""
        # A request with a known key, even an old one, does not wait for another request's fetch.
        waits = key_id not in self._usable() or not self._fetching.locked()
        if waits and not self._has(key_id) and self._may_fetch():
            async with self._fetching:
                if not self._has(key_id) and self._may_fetch():
                    await self._refresh()
        return self._usable().get(key_id)

    def _has(self, key_id: str) -> bool:
        published, now = self._published, self._clock.now()
        return published is not None and key_id in published.keys and now - published.at < FRESH_FOR

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._clock.now() - self._tried_at >= PAUSE_BETWEEN_FETCHES

    def _usable(self) -> Mapping[str, PublishedKey]:
        if self._published is None or self._clock.now() - self._published.at >= USABLE_FOR:
            return {}
        return self._published.keys

    async def _refresh(self) -> None:
        self._tried_at = self._clock.now()
        try:
            keys = await self._fetch_keys()
        except KeysUnreadable as fault:
            self._dependencies.failed(TEAMS_KEYS, str(fault))
            self._log.debug("teams_keys_not_fetched", keys_kept=len(self._usable()))
            return
        self._dependencies.healed(TEAMS_KEYS)
        self._published = _Published(keys=keys, at=self._clock.now())
        self._log.info("teams_keys_fetched", keys=len(keys))

    async def _fetch_keys(self) -> Mapping[str, PublishedKey]:
        keys_url = (await self._fetch(self._metadata_url)).get("jwks_uri")
        if not isinstance(keys_url, str) or not _same_origin(keys_url, self._metadata_url):
            raise KeysUnreadable("jwks_uri points elsewhere")
        published = (await self._fetch(URL(keys_url))).get("keys")
        if not isinstance(published, list):
            raise KeysUnreadable("keys is no list")
        keys = {key["kid"]: read for key in published if (read := _read_key(key)) is not None}
        if not keys:
            raise KeysUnreadable("no usable key among them")
        return keys

    async def _fetch(self, url: URL) -> Mapping[str, Any]:
        try:
            async with self._session.get(
                url, timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise KeysUnreadable(f"http_{response.status}")
                raw = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    raw += chunk
                    if len(raw) > MAX_DOCUMENT_BYTES:
                        raise KeysUnreadable("too large")
                document = json.loads(raw)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, RecursionError) as fault:
            raise KeysUnreadable(type(fault).__name__) from fault
        if not isinstance(document, dict):
            raise KeysUnreadable("no JSON object")
        return document


def _same_origin(text: str, origin: URL) -> bool:
    try:
        return URL(text).origin() == origin.origin()
    except ValueError:
        return False


def _read_key(published: Any) -> PublishedKey | None:
    """Return a published RSA signing key, or None for anything else."""
    # One odd key does not affect the others.
    if not isinstance(published, dict) or published.get("kty") != "RSA" or not isinstance(published.get("kid"), str):
        return None
    if published.get("use", "sig") != "sig":
        return None
    endorsements = published.get("endorsements", [])
    if not isinstance(endorsements, list):
        return None
    try:
        key = jwt.PyJWK.from_dict(published, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return PublishedKey(key=key, endorsements=frozenset(e for e in endorsements if isinstance(e, str)))


ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
SKEW_SECONDS = 300
MAX_TOKEN_LENGTH = 8_192

# Exceptions from decoding untrusted bytes: each of them means a bad token and nothing else.
_BAD_TOKEN = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """Contents of a checked token."""

    registration: Registration
    service_url: str
    endorsements: frozenset[str]


class TokenAuthenticator:
    """Accepts requests with a token that Microsoft signed for one of our registrations."""

    def __init__(self, *, registrations: Registrations, keys: KeyRing, hosts: AllowedHosts, clock: Clock) -> None:
        self._registrations = registrations
        self._keys = keys
        self._hosts = hosts
        self._clock = clock

    async def verify(self, request: web.Request) -> Caller:
        """Return the caller proven by the token. Raises CallerRefused, 401."""
        proof = await self._check(_bearer(request.headers.get("Authorization", "")))

        def admit(activity: Activity) -> None:
            self._admit(activity, proof)

        return Caller(app_id=proof.registration.app_id, admit=admit)

    async def _check(self, token: str) -> _Proof:
        try:
            header = jwt.get_unverified_header(token)
        except _BAD_TOKEN as bad:
            raise CallerRefused(401, "token_unreadable") from bad
        key_id = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(key_id, str):
            raise CallerRefused(401, "token_header")
        key = await self._keys.get(key_id)
        if key is None:
            raise CallerRefused(401, "token_key_unknown")
        return self._proof_of(_claims(token, key), key)

    def _proof_of(self, claims: Mapping[str, Any], key: PublishedKey) -> _Proof:
        if claims.get("iss") != ISSUER:
            raise CallerRefused(401, "token_issuer")
        audience = claims.get("aud")
        registration = self._registrations.get(audience) if isinstance(audience, str) else None
        if registration is None:
            raise CallerRefused(401, "token_audience")
        now = self._clock.now().timestamp()
        if not _is_time(claims.get("exp")) or not claims["exp"] > now - SKEW_SECONDS:
            raise CallerRefused(401, "token_expired")
        if "nbf" in claims and not (_is_time(claims["nbf"]) and claims["nbf"] <= now + SKEW_SECONDS):
            raise CallerRefused(401, "token_not_yet_valid")
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise CallerRefused(401, "token_without_service_url")
        return _Proof(registration=registration, service_url=service_url, endorsements=key.endorsements)

    def _admit(self, activity: Activity, proof: _Proof) -> None:
        if activity.service_url != proof.service_url:
            raise CallerRefused(403, "service_url_differs")
        if not self._hosts.allows(activity.service_url):
            raise CallerRefused(403, "service_host_not_allowed")
        if activity.channel_id != CHANNEL or CHANNEL not in proof.endorsements:
            raise CallerRefused(403, "channel_not_endorsed")
        senders_tenant = activity.from_property.additional_properties["tenantId"]
        for tenant in {tenant_of(activity), senders_tenant or tenant_of(activity)}:
            if not proof.registration.serves(tenant):
                raise CallerRefused(403, "tenant_not_served")


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise CallerRefused(401, "token_missing")
    return token.strip()


def _claims(token: str, key: PublishedKey) -> Mapping[str, Any]:
    """Return the claims of a token signed with this key. Our code checks their meaning, against our own clock."""
    try:
        claims = json.loads(jwt.PyJWS().decode(token, key.key, algorithms=["RS256"]))
    except _BAD_TOKEN as bad:
        raise CallerRefused(401, "token_signature") from bad
    if not isinstance(claims, dict):
        raise CallerRefused(401, "token_unreadable")
    return claims


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
