"""Access tokens for Microsoft Graph, by the client credentials flow.

azure-identity is not used: it also asks other hosts about the tenant.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.graph.config import GraphFault, GraphSource
from bot.ports import Clock, RandomSource

RENEW_BEFORE: Final = timedelta(minutes=5)
MOST_BYTES: Final = 262_144
TIMEOUT: Final = aiohttp.ClientTimeout(total=30.0, connect=10.0)
_ASSERTION_VALID: Final = timedelta(minutes=5)


class GraphToken:
    """The access token of one registration, requested again shortly before it ends."""

    def __init__(self, *, session: aiohttp.ClientSession, source: GraphSource, clock: Clock, rng: RandomSource) -> None:
        self._session = session
        self._source = source
        self._clock = clock
        self._rng = rng
        self._token = ""
        self._until: datetime | None = None

    async def get(self, *, again: bool = False) -> str:
        """Return a valid token. ``again``: Graph refused the last one. Raises GraphFault."""
        now = self._clock.now()
        if again or self._until is None or self._until - now < RENEW_BEFORE:
            answer = await self._request(now)
            token, seconds = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(seconds, int | float | str):
                raise GraphFault("no_token")
            try:
                self._token, self._until = token, now + timedelta(seconds=min(float(seconds), 86_400))
            except ValueError:
                raise GraphFault("no_token") from None
        return self._token

    async def _request(self, now: datetime) -> Mapping[str, Any]:
        source = self._source
        address = f"{source.endpoints.login}/{source.tenant_id}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": source.client_id,
            "scope": f"{source.endpoints.graph}/.default",
            **self._proof(address, now),
        }
        try:
            async with self._session.post(address, data=form, timeout=TIMEOUT, allow_redirects=False) as answer:
                status, raw = answer.status, await answer.content.read(MOST_BYTES)
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise GraphFault("login_unreachable", type(fault).__name__) from None
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            raise GraphFault("no_json", f"http_{status}") from None
        if not isinstance(document, dict):
            raise GraphFault("no_json", f"http_{status}")
        if status != 200:
            raise GraphFault(_code(document) or f"login_http_{status}")
        return document

    def _proof(self, address: str, now: datetime) -> Mapping[str, str]:
        """Return the form fields with the proof of identity."""
        try:
            if self._source.certificate is None:
                return {"client_secret": self._source.read_secret(os.environ)}
            assertion = _assertion(
                self._source.certificate, self._source.client_id, address, now=now, id_=self._rng.new_id("graph")
            )
        except (OSError, ValueError, jwt.PyJWTError) as fault:
            # The text of the fault may quote the file.
            raise GraphFault("no_credential", type(fault).__name__) from None
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }


def _assertion(file: Path, client_id: str, address: str, *, now: datetime, id_: str) -> str:
    """Return a signed statement of the client.

    Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials, 2026-11-26.
    """
    pem = file.read_bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    key = pem[pem.index(b"-----BEGIN", pem.index(b"PRIVATE KEY-----") - 30) :]
    claims = {
        "aud": address,
        "iss": client_id,
        "sub": client_id,
        "jti": id_,
        "nbf": int(now.timestamp()),
        "exp": int((now + _ASSERTION_VALID).timestamp()),
    }
    return jwt.encode(claims, key, algorithm="PS256", headers={"x5t#S256": thumbprint})


def _code(document: Mapping[str, Any]) -> str:
    """Return Entra's own code of an error, such as ``AADSTS7000222``."""
    codes = document.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return f"AADSTS{codes[0]}"
    error = document.get("error")
    return error if isinstance(error, str) and error.isascii() and error.isidentifier() else ""
