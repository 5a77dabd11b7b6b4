"""Middlewares before every handler: the requested host, and the budget of the source address."""

import ipaddress
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from structlog.typing import FilteringBoundLogger

from bot.budget import Rate, TokenBuckets
from bot.edge.source import SOURCE, RequestSource, SourceRule, read_address
from bot.ports import Clock

HEALTH: Final = frozenset({"/healthz", "/readyz", "/metrics"})
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

GUESTS: Final = Rate(burst=120, per_minute=30)
SOCKETS: Final = Rate(burst=120, per_minute=60)
LINKS: Final = Rate(burst=60, per_minute=30)
TOKENS: Final = Rate(burst=60, per_minute=30)
SIGN_INS: Final = Rate(burst=120, per_minute=60)
REQUESTS: Final = Rate(burst=3000, per_minute=1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRates:
    """Budgets of one address for requests without a sign-in; multiplied for a shared address.

    Attributes:
        guests: new guests. Allows a whole information meeting at once.
        sockets: pages opened.
        links: invalid sign-in links.
        sign_ins: ways to an identity provider begun, and as many answers of one.
        tokens: calls of the Teams endpoint with an invalid token.
        requests: everything else. A page needs about 20.
        open_sockets: guest pages open at once.
    """

    guests: Rate = GUESTS
    sockets: Rate = SOCKETS
    links: Rate = LINKS
    tokens: Rate = TOKENS
    sign_ins: Rate = SIGN_INS
    requests: Rate = REQUESTS
    open_sockets: int = 200


class AddressGate:
    """Refuses requests beyond an address's budget.

    Signed-in people have a budget each, independent of their address.

    Args:
        signed_in: returns the person id of a request's session; None for guests and without a session.
        explain: returns the sentence of a refusal in the caller's language.
        refused: counts refusals by reason.
        hidden: counts requests without a source address from the proxy in front.
    """

    def __init__(
        self,
        *,
        rule: SourceRule,
        rates: AddressRates,
        clock: Clock,
        signed_in: Callable[[web.Request], Awaitable[str | None]],
        explain: Callable[[web.Request], str],
        refused: Callable[[str], None],
        hidden: Callable[[], None],
        log: FilteringBoundLogger,
    ) -> None:
        self._rule = rule
        self._rates = rates
        self._signed_in = signed_in
        self._explain = explain
        self._refused = refused
        self._hidden = hidden
        self._log = log
        self._guests = TokenBuckets(rates.guests, clock=clock)
        self._sockets = TokenBuckets(rates.sockets, clock=clock)
        self._links = TokenBuckets(rates.links, clock=clock)
        self._tokens = TokenBuckets(rates.tokens, clock=clock)
        self._sign_ins = TokenBuckets(rates.sign_ins, clock=clock)
        self._answers = TokenBuckets(rates.sign_ins, clock=clock)
        self._requests = TokenBuckets(rates.requests, clock=clock)
        self._requests_of_people = TokenBuckets(rates.requests, clock=clock)
        self._open: Counter[str] = Counter()
        self._warned = False

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def within_budget(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._pass(request, handler)

        return within_budget

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        source = self._rule.source_of(request.remote, request.headers.getall("X-Forwarded-For", ()))
        request[SOURCE] = source
        route = route_of(request)
        if not source.limited or (source.hidden and route in HEALTH):
            return await handler(request)
        if source.hidden:
            self._note_hidden()
        match request.method, route:
            case _, "/api/messages" | "/scim/v2/{tail}":
                return await self._with_token(request, handler, source)
            case "GET" | "HEAD", "/chat/socket":
                return await self._page(request, handler, source)
            case _, "/chat/enter":
                return await self._with_link(request, handler, source)
            case "GET" | "HEAD", "/signin/{provider}":
                wait = self._sign_ins.take(source.key, factor=source.factor)
                return self._too_many(request, wait, "sign_ins") if wait else await handler(request)
            case _, "/signin/{provider}/callback":
                wait = self._answers.take(source.key, factor=source.factor)
                return self._too_many(request, wait, "sign_ins") if wait else await handler(request)
            case "POST", "/chat/guest" | "/signin/guest":
                wait = self._guests.take(source.key, factor=source.factor)
                return self._too_many(request, wait, "guests") if wait else await handler(request)
            case _:
                wait = self._requests.take(source.key, factor=source.factor)
                # Asked only after the address is over its budget, because it costs a read of the store.
                if wait and (person_id := await self._signed_in(request)) is not None:
                    wait = self._requests_of_people.take(person_id)
                return self._too_many(request, wait, "requests") if wait else await handler(request)

    async def _page(self, request: web.Request, handler: Handler, source: RequestSource) -> web.StreamResponse:
        """Open a page; the number of pages without a sign-in is limited per address."""
        if await self._signed_in(request) is not None:
            return await handler(request)
        if wait := self._sockets.take(source.key, factor=source.factor):
            return self._too_many(request, wait, "sockets")
        if self._open[source.key] >= self._rates.open_sockets * source.factor:
            return self._too_many(request, 60.0, "open_sockets")
        self._open[source.key] += 1
        try:
            return await handler(request)
        finally:
            self._open[source.key] -= 1
            if not self._open[source.key]:
                del self._open[source.key]

    async def _with_link(self, request: web.Request, handler: Handler, source: RequestSource) -> web.StreamResponse:
        """Count invalid sign-in links. A valid one always opens: it proves the caller's identity."""
        answer = await handler(request)
        of_no_use = answer.status == web.HTTPForbidden.status_code
        wait = self._links.take(source.key, factor=source.factor) if of_no_use else 0.0
        return self._too_many(request, wait, "links") if wait else answer

    async def _with_token(self, request: web.Request, handler: Handler, source: RequestSource) -> web.StreamResponse:
        """Count invalid tokens. A valid one costs its address nothing."""
        # Behind a proxy that hides addresses all callers look the same, Microsoft too: every token is checked.
        if not source.hidden and (wait := self._tokens.wait(source.key, factor=source.factor)):
            return self._too_many(request, wait, "tokens")
        answer = await handler(request)
        if answer.status == web.HTTPUnauthorized.status_code:
            self._tokens.take(source.key, factor=source.factor)
        return answer

    def _too_many(self, request: web.Request, wait: float, reason: str) -> web.Response:
        self._refused(reason)
        return web.json_response(
            {"error": self._explain(request)}, status=429, headers={hdrs.RETRY_AFTER: str(math.ceil(wait))}
        )

    def _note_hidden(self) -> None:
        self._hidden()
        if not self._warned:
            self._warned = True
            self._log.warning(
                "proxy_hides_addresses",
                advice="All its callers share a budget. Let it send X-Forwarded-For; name it in HEIA_TRUSTED_PROXIES.",
            )


def only_host(public_url: str) -> Middleware:
    """Return the middleware that refuses requests for another host with 421.

    Health and metrics requests from this machine may use any host name.
    """
    parts = urlsplit(public_url)
    name, port = (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS[parts.scheme]
    shown = f"[{name}]" if ":" in name else name
    allowed = {f"{shown}:{port}"} | ({shown} if port == DEFAULT_PORTS[parts.scheme] else set())

    @web.middleware
    async def of_this_host(request: web.Request, handler: Handler) -> web.StreamResponse:
        local = route_of(request) in HEALTH and _is_loopback(request.remote)
        if request.host.lower() not in allowed and not local:
            return web.json_response({"error": "Heia is not reached by this name"}, status=421)
        return await handler(request)

    return of_this_host


def route_of(request: web.Request) -> str:
    """Return the pattern of a request's route; ``none`` if no route matches."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


def _is_loopback(peer: str | None) -> bool:
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = read_address(peer or "")
    return address is not None and address.is_loopback
