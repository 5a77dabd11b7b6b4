"""Addresses that editors write, tried on the hosts that the operator lists. Nothing else is fetched."""

import asyncio
import socket
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.ports import Clock

# Links of one check; more are few in any article.
MAX_LINKS: Final = 40
MAX_REDIRECTS: Final = 5
AT_ONCE: Final = 4
# Seconds: of one request, and of a whole check.
REQUEST_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 15.0
KEPT_FOR: Final = timedelta(minutes=10)
MAX_KEPT: Final = 500
PORTS: Final = frozenset({None, 80, 443})
# A page is there, but not for everyone.
_CLOSED: Final = frozenset({401, 403, 407, 429})


class LinkState(StrEnum):
    """What became of an address. Each has a catalogue text, ``link.state.…``."""

    FINE = "fine"
    GONE = "gone"
    SILENT = "silent"
    ELSEWHERE = "elsewhere"
    PRIVATE = "private"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFinding:
    """One address. ``detail``: the status of the answer, or the host that is not listed."""

    url: str
    state: LinkState
    detail: str = ""


class PrivateAddress(OSError):
    """A host has an address in a private network."""


class PublicResolver(AbstractResolver):
    """Resolves names; one that leads into a private network is refused, also by one of several addresses."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner if inner is not None else aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses. Raises PrivateAddress, OSError."""
        addresses = await self._inner.resolve(host, port, family)
        if not all(is_public(address["host"]) for address in addresses):
            raise PrivateAddress(host)
        return addresses

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Return whether an address is one of the open internet."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    return parsed.is_global and not parsed.is_multicast


def open_link_session() -> aiohttp.ClientSession:
    """Return the session of a checker: without cookies, proxies or names that were resolved before."""
    connector = aiohttp.TCPConnector(resolver=PublicResolver(), limit=AT_ONCE, use_dns_cache=False, force_close=True)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@dataclass(slots=True, kw_only=True)
class LinkChecker:
    """Tries addresses on ``hosts``: names, or ``*.name`` for all below one. Findings are kept for a while."""

    hosts: Collection[str]
    session: aiohttp.ClientSession
    clock: Clock
    ports: Collection[int | None] = PORTS
    _kept: dict[str, tuple[datetime, LinkFinding]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def check(self, urls: Iterable[str]) -> Sequence[LinkFinding]:
        """Return a finding for each address, in order, within ``CHECK_SECONDS``."""
        wanted = list(dict.fromkeys(urls))[:MAX_LINKS]
        tries = [asyncio.create_task(self._checked(url)) for url in wanted]
        if tries:
            await asyncio.wait(tries, timeout=CHECK_SECONDS)
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
        silent = (LinkFinding(url=url, state=LinkState.SILENT) for url in wanted)
        return [late if task.cancelled() else task.result() for task, late in zip(tries, silent, strict=True)]

    async def _checked(self, url: str) -> LinkFinding:
        now = self.clock.now()
        kept = self._kept.get(url)
        if kept is not None and now - kept[0] < KEPT_FOR:
            return kept[1]
        async with self._slots:
            finding = await self._follow(url)
        while len(self._kept) >= MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[url] = (now, finding)
        return finding

    async def _follow(self, url: str) -> LinkFinding:
        """Return the finding at the end of the redirects, none of which leads off the list."""
        address, away = url, LinkState.UNLISTED
        for _ in range(MAX_REDIRECTS + 1):
            host = self._listed_host(address)
            if host is None:
                return LinkFinding(url=url, state=away, detail=_host_of(address))
            try:
                status, location = await self._ask(address)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
                private = isinstance(getattr(fault, "os_error", fault), PrivateAddress)
                return LinkFinding(url=url, state=LinkState.PRIVATE if private else LinkState.SILENT)
            if not location:
                return LinkFinding(url=url, state=_state_of(status), detail=str(status))
            address, away = location, LinkState.ELSEWHERE
        return LinkFinding(url=url, state=LinkState.GONE, detail=str(status))

    async def _ask(self, address: str) -> tuple[int, str]:
        """Return the status at an address, and the one it leads on to. Raises ValueError, ClientError, OSError.

        Some servers answer only a GET rightly.
        """
        status, location = 0, ""
        for method in (hdrs.METH_HEAD, hdrs.METH_GET):
            async with self.session.request(
                method,
                address,
                headers={hdrs.USER_AGENT: "Heia", hdrs.RANGE: "bytes=0-0"},
                timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
                allow_redirects=False,
            ) as answer:
                status = answer.status
                location = answer.headers.get(hdrs.LOCATION, "") if 300 <= status < 400 else ""
                location = location and urljoin(address, location)
            if status < 400:
                break
        return status, location

    def _listed_host(self, address: str) -> str | None:
        """Return the host of an address that may be fetched."""
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return None
        host = (parts.hostname or "").rstrip(".").lower()
        if parts.scheme not in {"http", "https"} or port not in self.ports or "@" in parts.netloc:
            return None
        listed = host in self.hosts or any(
            host.endswith(pattern[1:]) for pattern in self.hosts if pattern.startswith("*.")
        )
        return host if listed else None


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _state_of(status: int) -> LinkState:
    if status < 400 or status in _CLOSED:
        return LinkState.FINE
    return LinkState.GONE if status < 500 else LinkState.SILENT
