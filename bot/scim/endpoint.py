"""HTTP of the SCIM server: tokens, budgets, routes, versions and errors."""

import asyncio
import json
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from aiohttp import hdrs, web
from pydantic import ValidationError
from scim2_models import Context, Error, SCIMException, ScimProvider
from structlog.typing import FilteringBoundLogger

from bot.budget import Rate, TokenBuckets
from bot.ports import Clock, Conflict, RandomSource, Store, StoreUnavailable
from bot.records.conflict import retry_on_conflict
from bot.scim.accounts import Accounts
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.fault import PupilRefused, ScimFault
from bot.scim.groups import Groups
from bot.scim.reading import LIST_RESPONSE, Listing, Read, ScimReader
from bot.scim.removals import with_refusal
from bot.scim.resources import provider
from bot.scim.tokens import DirectoryTokens
from bot.scim.turn import CommitTurn
from bot.signin.former import FormerMarks
from dialogs.core.content import Content
from dialogs.provisioning.model import ScimGroup, ScimUser

PREFIX: Final = "/scim/v2"
MEDIA: Final = "application/scim+json"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
# Entra sends about 25 a second at its fastest.
REQUESTS: Final = Rate(burst=600, per_minute=3000)
# A change of a group with more members is answered with 204, which RFC 7644 (3.5.2) allows: a body would hold all of
# them, at each page of a group of 50,000.
MOST_ANSWERED: Final = 200
_BODIES: Final = frozenset({"application/scim+json", "application/json"})


class _Resources(Protocol):
    """Accounts or groups in one request."""

    async def create(self, body: Mapping[str, Any]) -> str: ...
    async def replace(self, read: Read, body: Mapping[str, Any], /) -> None: ...
    async def patch(self, read: Read, body: Mapping[str, Any], /) -> None: ...
    async def delete(self, read: Read, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    """The directory that sent a request."""

    source: ScimSource
    reader: ScimReader
    listing: Listing


@dataclass(slots=True, kw_only=True)
class ScimServer:
    """Answers every request below ``PREFIX``.

    Attributes:
        content: returns the content in force.
        origin: address of Heia, without a path.
        refused: counts refusals by reason.
    """

    config: ScimConfig
    store: Store
    rng: RandomSource
    former: FormerMarks
    content: Callable[[], Content]
    clock: Clock
    origin: str
    refused: Callable[[str], None]
    log: FilteringBoundLogger
    _buckets: TokenBuckets = field(init=False)
    _locks: defaultdict[tuple[str, str], asyncio.Lock] = field(init=False)
    _turns: defaultdict[str, asyncio.Lock] = field(init=False)
    _provider: ScimProvider = field(init=False)

    def __post_init__(self) -> None:
        self._buckets = TokenBuckets(REQUESTS, clock=self.clock)
        self._locks = defaultdict(asyncio.Lock)
        self._turns = defaultdict(asyncio.Lock)
        self._provider = provider()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request; every refusal is a SCIM error."""
        try:
            return await self._answer(request)
        except ScimFault as fault:
            return _error(fault.status, fault.detail, fault.kind)
        except SCIMException as fault:
            return _error(fault.status, fault.detail, fault.scim_type)
        except ValidationError as fault:
            first = Error.from_validation_errors(fault)[0]
            return _error(first.status or 400, first.detail or "", first.scim_type or "")
        except (Conflict, StoreUnavailable):
            return _error(503, "Try again later", headers={hdrs.RETRY_AFTER: "10"})

    async def _answer(self, request: web.Request) -> web.Response:
        municipality_id = await self._municipality_of(request)
        if municipality_id is None:
            return _error(401, "A valid bearer token is required", headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        if wait := self._buckets.take(municipality_id):
            self.refused("scim")
            return _error(429, "Too many requests", headers={hdrs.RETRY_AFTER: str(math.ceil(wait))})
        source = self.config.of(municipality_id)
        if source is None:
            raise ScimFault(403, "This municipality has no directory configured")
        reader = ScimReader(store=self.store, municipality_id=municipality_id, base_url=self._base(request))
        caller = _Caller(
            source=source, reader=reader, listing=Listing(reader=reader, turn=self._turns[municipality_id])
        )
        match [part for part in request.match_info["tail"].split("/") if part]:
            case ["ServiceProviderConfig" | "ResourceTypes" | "Schemas" as name, *rest] if len(rest) <= 1:
                _only(request, "GET")
                return self._described(name, rest, request)
            case ["Users" | "Groups" as endpoint]:
                _only(request, "GET", "POST")
                return await self._collection(request, caller, endpoint)
            case [".search"]:
                _only(request, "POST")
                return _json(await caller.listing.everything(_query_in(await _body(request))))
            case ["Users" | "Groups" as endpoint, ".search"]:
                _only(request, "POST")
                return await self._search(request, caller, endpoint)
            case ["Users" | "Groups" as endpoint, id_]:
                _only(request, "GET", "PUT", "PATCH", "DELETE")
                return await self._single(request, caller, endpoint, id_)
            case _:
                raise ScimFault(404, "There is no such endpoint")

    async def _municipality_of(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return await DirectoryTokens(store=self.store, rng=self.rng).municipality_of(
            token.strip(), now=self.clock.now()
        )

    def _base(self, request: web.Request) -> str:
        return f"{self.origin or request.url.origin()}{PREFIX}"

    def _described(self, name: str, rest: Sequence[str], request: web.Request) -> web.Response:
        """Answer the endpoints that describe the server."""
        if "filter" in request.query:
            raise ScimFault(403, "Descriptions cannot be filtered")
        described: dict[str, Sequence[Any]] = {
            "ServiceProviderConfig": [self._provider.config],
            "ResourceTypes": self._provider.resource_types,
            "Schemas": self._provider.schemas,
        }
        shown = []
        for resource in described[name]:
            dumped = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
            path = f"{self._base(request)}/{name}"
            location = path if name == "ServiceProviderConfig" else f"{path}/{dumped['id']}"
            shown.append({**dumped, "meta": {"resourceType": type(resource).__name__, "location": location}})
        if name == "ServiceProviderConfig":
            if rest:
                raise ScimFault(404, "There is no such endpoint")
            return _json(shown[0])
        if rest:
            chosen = next((description for description in shown if description["id"] == rest[0]), None)
            if chosen is None:
                raise ScimFault(404, f"There is no {rest[0]}")
            return _json(chosen)
        total = len(shown)
        return _json(
            {
                "schemas": [LIST_RESPONSE],
                "totalResults": total,
                "startIndex": 1,
                "itemsPerPage": total,
                "Resources": shown,
            }
        )

    async def _collection(self, request: web.Request, caller: _Caller, endpoint: str) -> web.Response:
        if request.method == "POST":
            body = await _body(request)

            async def create(resources: _Resources) -> str:
                return await resources.create(body)

            id_ = await self._change(caller, endpoint, create)
            shown, read = await self._shown(caller, endpoint, id_, request.query)
            location = f"{caller.reader.base_url}/{endpoint}/{id_}"
            return _json(shown, status=201, headers={hdrs.LOCATION: location, hdrs.ETAG: read.etag})
        find = caller.listing.users if endpoint == "Users" else caller.listing.groups
        return _json(await find(request.query))

    async def _search(self, request: web.Request, caller: _Caller, endpoint: str) -> web.Response:
        find = caller.listing.users if endpoint == "Users" else caller.listing.groups
        return _json(await find(_query_in(await _body(request))))

    async def _single(self, request: web.Request, caller: _Caller, endpoint: str, id_: str) -> web.Response:
        if request.method != "GET":
            body = {} if request.method == "DELETE" else await _body(request)
            expected = request.headers.get(hdrs.IF_MATCH)

            async def change(resources: _Resources) -> str:
                read = await self._one(caller, endpoint, id_)
                if expected is not None and not _matches(expected, read):
                    raise ScimFault(412, "It was changed meanwhile")
                match request.method:
                    case "PUT":
                        await resources.replace(read, body)
                    case "PATCH":
                        await resources.patch(read, body)
                    case _:
                        await resources.delete(read)
                return id_

            await self._change(caller, endpoint, change)
            if request.method == "DELETE":
                return web.Response(status=204)
            if endpoint == "Groups" and await caller.reader.size_of(id_) > MOST_ANSWERED:
                return web.Response(status=204, headers={hdrs.ETAG: (await self._one(caller, endpoint, id_)).etag})
        shown, read = await self._shown(caller, endpoint, id_, request.query)
        known = request.headers.get(hdrs.IF_NONE_MATCH)
        if request.method == "GET" and known is not None and _matches(known, read):
            return web.Response(status=304, headers={hdrs.ETAG: read.etag})
        return _json(shown, headers={hdrs.ETAG: read.etag})

    async def _change(self, caller: _Caller, endpoint: str, work: Callable[[_Resources], Awaitable[str]]) -> str:
        """Carry out a change, one of a municipality at a time; a group in portions, with others' changes between."""
        here = caller.source.municipality
        turn = CommitTurn(self._locks[here, "Users"])
        async with turn.taken() if endpoint == "Users" else self._locks[here, "Groups"]:
            return await self._tried(caller, endpoint, work, turn)

    async def _tried(
        self, caller: _Caller, endpoint: str, work: Callable[[_Resources], Awaitable[str]], turn: CommitTurn
    ) -> str:
        """Carry out a change, again if other writes came between."""
        source, reader = caller.source, caller.reader

        async def try_change() -> str:
            at = self.clock.now()
            parts = Parts(store=self.store, rng=self.rng, former=self.former, content=self.content())
            resources: _Resources = (
                Accounts(parts=parts, source=source, reader=reader, at=at)
                if endpoint == "Users"
                else Groups(parts=parts, source=source, reader=reader, at=at, turn=turn)
            )
            try:
                return await work(resources)
            except PupilRefused as fault:
                async with turn.taken():
                    await self._note_pupil(parts, source, fault)
                raise

        return await retry_on_conflict(self.store, try_change, reason="the accounts are written too often")

    async def _note_pupil(self, parts: Parts, source: ScimSource, fault: PupilRefused) -> None:
        """Report a refused pupil: a log line and a count each time, an audit entry once an hour."""
        self.refused("pupil")
        self.log.warning("scim_pupil_refused", municipality=source.municipality, marked_by=fault.reason)
        at = self.clock.now()
        change = await ScimChange.begin(parts, source, at=at)
        change.counts, first = with_refusal(change.counts, at)
        if first:
            change.note("scim.pupil_refused", source.municipality, ("marked_by", fault.reason))
        await change.commit()

    async def _one(self, caller: _Caller, endpoint: str, id_: str) -> Read:
        return await (caller.reader.one(ScimUser, id_) if endpoint == "Users" else caller.reader.one(ScimGroup, id_))

    async def _shown(
        self, caller: _Caller, endpoint: str, id_: str, query: Mapping[str, str]
    ) -> tuple[dict[str, Any], Read]:
        read = await self._one(caller, endpoint, id_)
        show = caller.listing.user if endpoint == "Users" else caller.listing.one_group
        return await show(read, query), read


def scim_routes(server: ScimServer) -> Sequence[web.RouteDef]:
    """Return the routes of the server."""
    return (web.route("*", f"{PREFIX}/{{tail:.*}}", server.handle),)


async def _body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises ScimFault."""
    if request.content_type not in _BODIES:
        raise ScimFault(415, "Send application/scim+json")
    try:
        body = json.loads(await request.read())
        text = json.dumps(body, ensure_ascii=False)
        text.encode()
    except web.HTTPRequestEntityTooLarge:
        raise ScimFault(413, "The request is larger than a megabyte") from None
    except (ValueError, RecursionError):
        raise ScimFault(400, "The request is not JSON", "invalidSyntax") from None
    if not isinstance(body, dict) or "\\u0000" in text:
        raise ScimFault(400, "The request is not a JSON object of texts", "invalidSyntax")
    return body


def _query_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a search; a list of attributes is one text in a query, too."""
    listed = {"attributes", "excludedAttributes"}
    return {
        name: ",".join(map(str, value)) if name in listed and isinstance(value, list) else value
        for name, value in body.items()
    }


def _only(request: web.Request, *methods: str) -> None:
    if request.method not in methods:
        raise ScimFault(405, f"Only {', '.join(methods)} is possible here")


def _matches(given: str, read: Read) -> bool:
    return given.strip() == "*" or read.etag in {etag.strip() for etag in given.split(",")}


def _error(status: int, detail: str, kind: str = "", *, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail} | ({"scimType": kind} if kind else {})
    return _json(body, status=status, headers=headers)


def _json(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        text=json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA, headers=dict(headers or {})
    )
