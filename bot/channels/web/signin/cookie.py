"""The cookies of a browser: its session, and its secret while it signs in at a provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from bot.channels.web.signin.origin import OriginRule

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
