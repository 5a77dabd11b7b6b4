"""Verify that Microsoft's Bot Connector sends an activity of a served tenant.

Source: Microsoft, "Authentication with the Bot Connector API", section "Connector to bot": every check it lists is
made, and ``exp`` and ``serviceurl`` are required where Microsoft's own library accepts tokens without them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import web
from botbuilder.schema import Activity

from bot.channels.teams.auth import Caller, CallerRefused, tenant_of
from bot.channels.teams.host import AllowedHosts
from bot.channels.teams.keys import KeyRing, PublishedKey
from bot.channels.teams.registration import Registration, Registrations
from bot.ports import Clock

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
