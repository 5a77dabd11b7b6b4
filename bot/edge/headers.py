"""Security headers of every response."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

HSTS_SECONDS: Final = 365 * 24 * 3600


def security_headers(*, public_url: str = "", frame_ancestors: tuple[str, ...] = ()) -> Mapping[str, str]:
    """Return the headers of every response.

    The card renderer sets styles through the object model, which the policy allows; its markup has none.

    Args:
        public_url: the address of Heia; with https, browsers are ordered to use only https (HSTS).
        frame_ancestors: origins that may embed the pages; empty means none.
    """
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {' '.join(frame_ancestors) or chr(39) + 'none' + chr(39)}",
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    if not frame_ancestors:
        headers["X-Frame-Options"] = "DENY"
    if urlsplit(public_url).scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
    return headers


def add_missing_headers(response: web.StreamResponse, headers: Mapping[str, str]) -> None:
    """Add missing headers to a response, and remove ``Server``."""
    # ``Server`` would reveal program and version.
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers.pop(hdrs.SERVER, None)


def add_security_headers(headers: Mapping[str, str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the handler for ``app.on_response_prepare``. ``bot.edge.http`` covers responses outside any handler."""

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        add_missing_headers(response, headers)

    return prepare
