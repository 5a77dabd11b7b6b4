"""Links are tried on listed hosts only: no redirect leads off the list, and no name into a private network."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import hdrs, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.content import link_check
from bot.content.link_check import KEPT_FOR, LinkChecker, LinkFinding, LinkState, PublicResolver, is_public
from tests.unit.web.conftest import HeldClock

HOSTS = frozenset({"www.nes.example", "*.eidsvoll.example"})


class Names(AbstractResolver):
    """Resolves every name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


@dataclass
class Site:
    """A server for all listed names, and a checker that resolves them to it."""

    server: TestServer
    checker: LinkChecker
    clock: HeldClock
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def states(self, *paths: str, host: str = "www.nes.example") -> list[LinkState]:
        return [each.state for each in await self.findings(f"http://{host}:{self.server.port}{path}" for path in paths)]

    async def findings(self, urls: Iterable[str]) -> list[LinkFinding]:
        return list(await self.checker.check(urls))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    asked: list[tuple[str, str, str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append((request.method, request.host.partition(":")[0], request.path))
        match request.path.strip("/").split("/"):
            case ["status", number]:
                return web.Response(status=int(number))
            case ["get", "only"]:
                return web.Response(status=200 if request.method == hdrs.METH_GET else 405)
            case ["to", host]:
                raise web.HTTPFound(f"http://{host}:{request.url.port}/status/200")
            case ["loop"]:
                raise web.HTTPFound("/loop")
            case ["odd"]:
                return web.Response(status=302, headers={hdrs.LOCATION: "http://["})
            case ["slow"]:
                await asyncio.Event().wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        connector = aiohttp.TCPConnector(resolver=Names("127.0.0.1"), force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            clock = HeldClock()
            checker = LinkChecker(hosts=HOSTS, session=session, clock=clock, ports=frozenset({server.port}))
            yield Site(server=server, checker=checker, clock=clock, asked=asked)


async def test_a_page_that_answers_is_told_from_one_that_is_gone(site: Site) -> None:
    found = await site.states("/status/200", "/status/404", "/status/410", "/status/500", "/status/401", "/get/only")
    assert found == [
        LinkState.FINE,
        LinkState.GONE,
        LinkState.GONE,
        LinkState.SILENT,
        LinkState.FINE,
        LinkState.FINE,
    ]


async def test_redirects_are_followed_on_the_list_only(site: Site) -> None:
    assert await site.states("/to/www.nes.example", "/to/skole.eidsvoll.example") == [LinkState.FINE, LinkState.FINE]
    site.asked.clear()
    [away] = await site.findings([f"http://www.nes.example:{site.server.port}/to/other.example"])
    assert (away.state, away.detail) == (LinkState.ELSEWHERE, "other.example")
    assert {host for _, host, _ in site.asked} == {"www.nes.example"}
    assert await site.states("/loop", "/odd") == [LinkState.GONE, LinkState.SILENT]


async def test_what_is_not_listed_is_never_asked(site: Site) -> None:
    port = site.server.port
    urls = [
        f"http://nes.example:{port}/",
        f"http://eidsvoll.example:{port}/",
        f"http://www.nes.example.evil.example:{port}/",
        f"http://127.0.0.1:{port}/",
        f"http://localhost:{port}/",
        "http://www.nes.example:22/",
        "http://www.nes.example:99999/",
        f"http://www.nes.example@evil.example:{port}/",
        f"http://name@www.nes.example:{port}/",
        f"ftp://www.nes.example:{port}/",
        "http://[",
    ]
    assert {each.state for each in await site.findings(urls)} == {LinkState.UNLISTED}
    assert site.asked == []
    assert await site.states("/", host="WWW.NES.example.") == [LinkState.FINE]


async def test_a_check_ends_in_time_and_a_finding_is_kept_for_a_while(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_check, "CHECK_SECONDS", 0.2)
    assert await site.states("/slow", "/status/404") == [LinkState.SILENT, LinkState.GONE]
    site.asked.clear()
    await site.states("/status/404")
    assert site.asked == []
    site.clock.at += KEPT_FOR
    await site.states("/status/404")
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "2002:0a00:0001::1", "no address",
    ],
)  # fmt: skip
async def test_a_name_that_leads_into_a_private_network_is_refused(site: Site, address: str) -> None:
    assert not is_public(address)
    connector = aiohttp.TCPConnector(resolver=PublicResolver(Names("93.184.215.14", address)), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        checker = LinkChecker(hosts=HOSTS, session=session, clock=site.clock)
        [found] = await checker.check(["https://www.nes.example/"])
    assert found.state is LinkState.PRIVATE


def test_addresses_of_the_open_internet_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
