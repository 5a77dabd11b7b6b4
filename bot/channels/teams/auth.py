"""Authentication of inbound activities: the protocol, the closed and the developer-mode implementation."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from botbuilder.schema import Activity

from bot.channels.teams.host import AllowedHosts
from bot.channels.web.signin.origin import OriginRule, is_loopback


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
