"""Check whether a browser's request comes from our own page."""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

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
