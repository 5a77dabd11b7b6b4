"""Health, readiness and metrics routes, and the outermost middleware."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.app.ops.metrics import Metrics
from bot.app.ops.readiness import Readiness
from bot.edge.http import BodyTooSlow
from bot.ports import StoreUnavailable
from bot.scim.waiting import ScimPending

# Status for requests that the client abandoned; the number that nginx uses.
GONE: Final = 499


async def nothing_pending() -> Mapping[str, ScimPending]:
    return {}


def health_routes(
    *,
    readiness: Readiness,
    metrics: Metrics,
    runs: Callable[[], Awaitable[Mapping[str, datetime]]],
    credentials: Callable[[], Awaitable[Iterable[tuple[str, datetime]]]] | None = None,
    pending: Callable[[], Awaitable[Mapping[str, ScimPending]]] = nothing_pending,
    readings: Callable[[], Awaitable[Mapping[str, datetime]]] | None = None,
) -> list[web.RouteDef]:
    """Return ``/healthz`` (the process answers), ``/readyz`` (the store answers too) and ``/metrics``.

    ``runs`` returns the last completed run of each nightly job. ``credentials`` returns when each credential ends,
    ``readings`` when each directory was last read, ``pending`` the numbers of people to see to by municipality.
    """

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(request: web.Request) -> web.Response:
        cause = await readiness.cause()
        metrics.up.set(not cause)
        if cause:
            return web.json_response({"status": "the store does not answer", "cause": cause}, status=503)
        return web.json_response({"status": "ready"})

    async def show_metrics(request: web.Request) -> web.Response:
        with suppress(StoreUnavailable):  # the last known times stay
            for job, done_at in (await runs()).items():
                metrics.nightly_run(job, done_at)
            for municipality_id, people in (await pending()).items():
                metrics.pending_people(municipality_id, waiting=people.waiting, unplaced=people.unplaced)
            for id_, done_at in (await readings() if readings is not None else {}).items():
                metrics.directory_read(id_, done_at)
            for name, ends in await credentials() if credentials is not None else ():
                metrics.credential(name, ends)
        return web.Response(body=metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show_metrics)]


def is_gone(request: web.Request) -> bool:
    """Return whether the client has closed or reset the connection."""
    transport = request.transport
    return transport is None or transport.is_closing()


def edge(metrics: Metrics, log_fault: Callable[[str, BaseException], None]) -> Middleware:
    """Return the outermost middleware: it counts requests, and answers and logs program errors."""

    @web.middleware
    async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            metrics.request(route, refused.status)
            if refused.status >= 400 and refused.content_type == "text/plain":
                refused.text = refused.reason  # aiohttp's own texts quote headers
            raise
        except web.RequestPayloadError as fault:
            status = 408 if isinstance(fault, BodyTooSlow) else 400
            metrics.request(route, status)
            return web.json_response({"error": "the body does not arrive as its headers say"}, status=status)
        except StoreUnavailable:
            metrics.request(route, 503)
            return web.json_response(
                {"error": "Heia cannot reach its store now"}, status=503, headers={"Retry-After": "5"}
            )
        except ConnectionError as fault:
            if is_gone(request):  # the client hung up, so the fault is not ours and no answer is possible
                metrics.request(route, GONE)
                return web.Response(status=400)
            log_fault(route, fault)
            metrics.request(route, 500)
            return web.json_response({"error": "Heia failed; the fault is logged"}, status=500)
        except Exception as fault:  # outermost handler: after any program error, the caller gets an answer
            log_fault(route, fault)
            metrics.request(route, 500)
            return web.json_response({"error": "Heia failed; the fault is logged"}, status=500)
        metrics.request(route, response.status)
        return response

    return outermost
