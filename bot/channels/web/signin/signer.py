"""Signed claims, cookies and the check of a request's origin: what a browser proves."""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

# Check whether a browser's request comes from our own page.

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(request: web.Request) -> bool:
    """Return whether the address bar names this machine."""
    # This rules out a foreign name resolved to it.
    parts = _split(f"//{request.host}")
    name = (parts.hostname if parts else None) or ""
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRule:
    """``allowed`` are origins such as ``https://heia.example.no``; empty means the request's own host."""

    allowed: frozenset[str] = frozenset()

    def is_ours(self, request: web.Request) -> bool:
        """Return whether the request's Origin header is one of our origins."""
        origin = request.headers.get("Origin", "")
        if self.allowed:
            return origin in self.allowed
        parts = _split(origin)
        return parts is not None and parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()

    def is_foreign(self, request: web.Request) -> bool:
        """Return whether the request has another site's Origin. Only clients that are no browsers send none."""
        return "Origin" in request.headers and not self.is_ours(request)

    def is_secure(self, request: web.Request) -> bool:
        """Return whether the browser uses TLS, as required from anywhere but this machine."""
        if self.allowed:
            return all(origin.startswith("https://") for origin in self.allowed)
        return not is_loopback(request)


def _split(text: str) -> SplitResult | None:
    """Return the parts of an address in a header, or None when it is none."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


SHORTEST_KEY_BYTES: Final = 32
CLOCK_SKEW: Final = timedelta(minutes=1)
_BROWSER_KEY: Final = "browser"
_BROWSER_KEY_LENGTH: Final = 22


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs claims with ``key`` (at least 32 bytes, secret, the same on every replica).

    A token signed for one purpose is invalid for another. ``others`` are further keys of valid tokens, while the key is
    replaced.
    """

    key: bytes
    others: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if any(len(key) < SHORTEST_KEY_BYTES for key in (self.key, *self.others)):
            raise ValueError(f"the key must have at least {SHORTEST_KEY_BYTES} bytes")

    def sign(self, purpose: str, claims: Mapping[str, Any], *, at: datetime) -> str:
        """Return a token of ``claims``, issued ``at``: URL-safe, readable by anyone, tamper-proof."""
        body = _encode(json.dumps({**claims, "at": int(at.timestamp())}, separators=(",", ":")).encode())
        return f"{body}.{self.signature(purpose, body)}"

    def verify(self, purpose: str, token: str, *, now: datetime, valid_for: timedelta) -> Mapping[str, Any] | None:
        """Return the claims of a valid token, else None.

        Invalid: not ours, altered, for another purpose, too old or from the future.
        """
        body, _, mark = token.partition(".")
        if not self.is_signature(purpose, body, mark):
            return None
        try:
            claims = json.loads(_decode(body))
        except (ValueError, binascii.Error):
            return None
        if not isinstance(claims, dict) or not isinstance(claims.get("at"), int):
            return None
        age = now - datetime.fromtimestamp(claims["at"], UTC)
        return claims if -CLOCK_SKEW <= age < valid_for else None

    def signature(self, purpose: str, text: str) -> str:
        return _signature(self.key, purpose, text)

    def browser_key(self, person_id: str) -> str:
        """Return the name of the person's unsent texts in a browser's storage. It tells nothing of the person."""
        return self.signature(_BROWSER_KEY, person_id)[:_BROWSER_KEY_LENGTH]

    def is_signature(self, purpose: str, text: str, mark: str) -> bool:
        return any(
            hmac.compare_digest(_bytes(_signature(key, purpose, text)), _bytes(mark))
            for key in (self.key, *self.others)
        )


def _signature(key: bytes, purpose: str, text: str) -> str:
    return _encode(hmac.new(key, _bytes(f"{purpose}\n{text}"), hashlib.sha256).digest())


def _bytes(text: str) -> bytes:
    """Return the text's bytes. A header that is not UTF-8 arrives with lone surrogates, which are encoded too."""
    return text.encode("utf-8", "surrogatepass")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# The cookies of a browser: its session, and its secret while it signs in at a provider.

COOKIE: Final = "heia-chat"
SIGN_IN_COOKIE: Final = "heia-signin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie of Heia alone: not for scripts, and over TLS bound to the host."""

    name: str
    origin: OriginRule
    valid_for: timedelta

    def value_of(self, request: web.Request) -> str | None:
        """Return the browser's value, unverified."""
        return request.cookies.get(self._name(request))

    def set(self, request: web.Request, answer: web.Response, value: str) -> None:
        answer.set_cookie(
            self._name(request),
            value,
            max_age=int(self.valid_for.total_seconds()),
            path="/",
            httponly=True,
            # A provider's answer comes by a link of its site, which brings along Lax cookies and no Strict ones.
            samesite="Lax",
            secure=self.origin.is_secure(request),
        )

    def drop(self, request: web.Request, answer: web.Response) -> None:
        """Let the browser forget the cookie."""
        answer.del_cookie(self._name(request), path="/", secure=self.origin.is_secure(request))

    def _name(self, request: web.Request) -> str:
        return f"__Host-{self.name}" if self.origin.is_secure(request) else self.name
