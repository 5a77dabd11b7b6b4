"""The bot's registrations in Entra: identity, tenants and municipalities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """A client secret. It is never printed."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A PEM or PKCS#12 file with the private key, and its password if it has one."""

    path: Path
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    """Managed identity of the Azure machine the bot runs on; ``client_id`` of a user-assigned one."""

    client_id: str | None = None


Credential = ClientSecret | Certificate | ManagedIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One Azure bot registration.

    ``tenant_id`` is its home tenant, which it serves; ``more_tenant_ids`` are other tenants it serves (a multi-tenant
    bot made before 2025-07-31). Users of any other tenant are refused. ``municipalities``: those it is for; empty: all.
    """

    app_id: str
    tenant_id: str
    credential: Credential
    municipalities: tuple[str, ...] = ()
    more_tenant_ids: frozenset[str] = frozenset()

    def serves(self, tenant_id: str) -> bool:
        """Return whether people of this tenant may use this registration."""
        return tenant_id.lower() in {t.lower() for t in (self.tenant_id, *self.more_tenant_ids)}


class Registrations:
    """All registrations, found by app id or by tenant. Ids compare without regard to case."""

    def __init__(self, registrations: Iterable[Registration] = ()) -> None:
        self._all = tuple(registrations)
        self._by_app = {r.app_id.lower(): r for r in self._all}
        if len(self._by_app) < len(self._all):
            raise ValueError("two registrations share an app id")

    def __bool__(self) -> bool:
        return bool(self._all)

    def __iter__(self) -> Iterator[Registration]:
        return iter(self._all)

    def get(self, app_id: str) -> Registration | None:
        return self._by_app.get(app_id.lower())

    def get_for_tenant(self, tenant_id: str) -> Registration | None:
        """Return the first registration that serves this tenant, or None."""
        return next((r for r in self._all if r.serves(tenant_id)), None)


# Allowed hosts for outbound calls. A serviceUrl comes from outside and is never trusted by itself.

# Microsoft, "Send proactive messages": global service URLs, public, GCC, GCC High and DoD clouds. Not the whole of
# trafficmanager.net: any Azure subscriber can register a name there.
MICROSOFT_HOSTS = (
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
)
PUBLIC_SERVICE_URL = "https://smba.trafficmanager.net/teams/"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class AllowedHosts:
    """Hosts for outbound calls: over https on its default port, or this machine if ``loopback``.

    A name may start with ``*.`` for every host below it. Only developer mode sets ``loopback``.
    """

    def __init__(self, names: Iterable[str] = MICROSOFT_HOSTS, *, loopback: bool = False) -> None:
        lowered = [name.strip().lower() for name in names]
        self._exact = frozenset(name for name in lowered if not name.startswith("*."))
        self._below = tuple(name[1:] for name in lowered if name.startswith("*."))
        self._loopback = loopback

    def allows(self, service_url: str) -> bool:
        """Return whether this URL may be called. Anything but a plain URL is refused."""
        try:
            parts = urlsplit(service_url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if not service_url.isascii() or "@" in parts.netloc or parts.query or parts.fragment or "\\" in service_url:
            return False
        if self._loopback and host in _LOOPBACK:
            return parts.scheme in {"http", "https"}
        named = host in self._exact or any(host.endswith(suffix) for suffix in self._below)
        return parts.scheme == "https" and port in {None, 443} and named
