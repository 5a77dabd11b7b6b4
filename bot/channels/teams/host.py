"""Allowed hosts for outbound calls. A serviceUrl comes from outside and is never trusted by itself."""

from collections.abc import Iterable
from urllib.parse import urlsplit

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
