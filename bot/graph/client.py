"""Requests to Microsoft Graph: one host, bounded size, throttling obeyed."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

from bot.graph.config import GraphFault, ResyncNeeded, is_at
from bot.graph.token import GraphToken
from bot.ports import Clock

MOST_BYTES: Final = 33_554_432
TIMEOUT: Final = aiohttp.ClientTimeout(total=120.0, connect=10.0, sock_read=30.0)
# Attempts of one request, and how long all waits of it may take.
MOST_TRIES: Final = 6
LONGEST_WAIT: Final = timedelta(minutes=5)
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
_RESYNC: Final = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid"})


class _TryAgain(Exception):
    """The request may succeed later. ``after``: as Graph asks, else None."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphClient:
    """Calls Graph for one registration.

    Attributes:
        origin: where Graph is; an address elsewhere is never called.
        going_on: called before each request; raises to stop.
    """

    session: aiohttp.ClientSession
    origin: str
    token: GraphToken
    clock: Clock
    going_on: Callable[[], Awaitable[None]]

    async def get(self, address: str) -> Mapping[str, Any]:
        """Return the JSON object at an address, a path or a link of an earlier answer.

        Raises:
            ResyncNeeded: the state of a delta query is gone.
            GraphFault: refused, unreachable, or no JSON.
        """
        return await self._call("GET", address)

    async def post(self, address: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post JSON and return the answer. Raises as ``get``."""
        return await self._call("POST", address, body)

    async def _call(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        url = f"{self.origin}/v1.0{address}" if address.startswith("/") else address
        if not is_at(url, self.origin):
            raise GraphFault("foreign_host")
        waited, renewed = timedelta(), False
        for attempt in range(1, MOST_TRIES + 1):
            await self.going_on()
            try:
                return await self._once(method, url, body)
            except _TryAgain as fault:
                pause = timedelta(seconds=2**attempt) if fault.after is None else fault.after
                if attempt == MOST_TRIES or waited + pause > LONGEST_WAIT:
                    raise GraphFault(fault.reason, retry_after=fault.after) from None
                waited += pause
                await self.clock.sleep(pause.total_seconds())
            except GraphFault as fault:
                if fault.reason != "http_401" or renewed or attempt == MOST_TRIES:
                    raise
                renewed = True
                await self.token.get(again=True)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {await self.token.get()}", "Accept": "application/json"}
        try:
            async with self.session.request(
                method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                status, after = answer.status, self._retry_after(answer.headers.get("Retry-After"))
                raw = bytearray()
                async for chunk in answer.content.iter_any():
                    raw += chunk
                    if len(raw) > MOST_BYTES:
                        raise GraphFault("too_large")
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise _TryAgain(f"unreachable_{type(fault).__name__}") from None
        if status in _TRANSIENT:
            raise _TryAgain("throttled" if status == 429 or after is not None else f"http_{status}", after)
        document = _object(raw)
        if status == 200:
            if document is None:
                raise _TryAgain("no_json")
            return document
        if status == 410 or (status < 500 and _error_code(document) in _RESYNC):
            raise ResyncNeeded
        raise GraphFault(f"http_{status}", _error_code(document))

    def _retry_after(self, header: str | None) -> timedelta | None:
        """Return the wait that a header asks for, in seconds or as a date."""
        if header is None:
            return None
        try:
            return timedelta(seconds=max(0, min(int(header), 86_400)))
        except ValueError:
            pass
        try:
            return max(timedelta(), parsedate_to_datetime(header) - self.clock.now())
        except (ValueError, TypeError):
            return None


def _object(raw: bytes | bytearray) -> Mapping[str, Any] | None:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _error_code(document: Mapping[str, Any] | None) -> str:
    """Return Graph's own code of an error in lower case, such as ``authorization_requestdenied``."""
    error = document.get("error") if document is not None else None
    code = error.get("code") if isinstance(error, dict) else None
    return code.lower()[:60] if isinstance(code, str) and code.isascii() and code.isprintable() else ""
