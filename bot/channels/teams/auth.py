"""Who may hand in activities: the protocol, the closed door, and the developer mode's open one."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from botbuilder.schema import Activity

from bot.channels.teams.host import AllowedHosts
from bot.channels.web.signin.origin import OriginRule, is_loopback


class CallerRefused(Exception):
    """The request is turned away with ``status`` 401 (who are you?) or 403 (not you). ``reason`` is a code for logs."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who the request is proven to come from. ``admit`` raises CallerRefused for an activity they may not hand in."""

    app_id: str | None
    admit: Callable[[Activity], None]


class Authenticator(Protocol):
    """Decides, before anything else of a request is believed, whom it comes from."""

    async def verify(self, request: web.Request) -> Caller:
        """Return the caller. Raises CallerRefused."""
        ...


class ClosedAuthenticator:
    """Nobody: no registration is configured."""

    async def verify(self, request: web.Request) -> Caller:
        """Raise CallerRefused, always."""
        raise CallerRefused(403, "closed")


class DevAuthenticator:
    """Anybody on this machine, who then is whoever the activity says. Only ever for ``--dev``."""

    def __init__(self, *, hosts: AllowedHosts) -> None:
        self._hosts = hosts

    async def verify(self, request: web.Request) -> Caller:
        """Believe a caller on this machine. Raises CallerRefused for any other."""
        try:
            local = ipaddress.ip_address(request.remote or "").is_loopback
        except ValueError:
            local = False
        # A page whose name was made to resolve to this machine calls from it, but under that name.
        if not local or not is_loopback(request) or OriginRule().is_foreign(request):
            raise CallerRefused(403, "not_on_this_machine")
        return Caller(app_id=None, admit=self._admit)

    def _admit(self, activity: Activity) -> None:
        if not self._hosts.allows(activity.service_url):
            raise CallerRefused(403, "service_host_not_allowed")


def tenant_of(activity: Activity) -> str:
    """Return the tenant the conversation is in, in lower case; empty when it names none.

    Raises CallerRefused: the activity names two.
    """
    named = (activity.conversation.tenant_id, (activity.channel_data.get("tenant") or {}).get("id"))
    tenants = {tenant.lower() for tenant in named if tenant}
    if len(tenants) > 1:
        raise CallerRefused(403, "two_tenants")
    return tenants.pop() if tenants else ""
