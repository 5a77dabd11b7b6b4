"""Health, readiness and metrics: their routes, and the outermost middleware."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from importlib.metadata import version
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from bot.edge.http import BodyTooSlow
from bot.ports import Store, StoreUnavailable
from bot.scim.jobs import ScimPending
from bot.stores.slot import LANES
from knowledge.matching.policy import OutcomeKind

# Counts and durations for the operator. Labels are fixed names, never a person, an utterance or an address.

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Contents of ``/metrics``. Each bot has its own registry, so that tests can run several."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=self._registry), partial(Gauge, registry=self._registry)
        # Memory, open descriptors and processor time, as Prometheus names them: ``process_…``.
        ProcessCollector(registry=self._registry)
        Info("heia_build", "The running program", registry=self._registry).info({"version": version("heia")})
        self._stages = Histogram(
            "heia_turn_stage_seconds",
            "Duration of a turn's stages",
            ["stage"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._requests = counter("heia_requests", "HTTP requests by route and status class", ["route", "status"])
        self._settled = counter("heia_deliveries_settled", "Outcomes of sends by state", ["status"])
        self._hidden = counter("heia_requests_without_address", "Requests through a proxy that forwards no address")
        self._refused = counter("heia_refused", "Requests, connections and turns refused, by reason", ["reason"])
        self.up = gauge("heia_ready", "1 while the store answers")
        self._turns_failed = counter("heia_turns_failed", "Turns that came to no end, by cause", ["cause"])
        self._decided_again = counter("heia_decided_again", "Decisions made again, by kind of record", ["kind"])
        self._dependencies = gauge(
            "heia_dependency_up", "1 while it works; present from its first failure on", ["dependency"]
        )
        self._loops_failed = counter("heia_loops_failed", "Failures of loops, which are started again", ["loop"])
        self._questions = counter(
            "heia_questions", "Utterances matched, by what was asked: the encoder, words, or neither", ["by"]
        )
        # Looked up once: a label costs more than what is counted under it.
        self._stage, self._question = cache(self._stages.labels), cache(self._questions.labels)
        for by in ("encoder", "words", "words_pressed", "refused"):
            self._question(by)
        self._outcomes = counter("heia_question_outcomes", "Questions stored, by outcome", ["outcome"])
        for outcome in OutcomeKind:
            self._outcomes.labels(outcome)
        self._pages = gauge("heia_open_pages", "Open pages of the web chat in this process")
        self._oldest = gauge(
            "heia_oldest_pending_seconds", "How long the oldest pending delivery has been due, by lane", ["lane"]
        )
        # No label ``job`` or ``instance``: Prometheus overwrites these.
        self._nightly = gauge(
            "heia_nightly_run_timestamp_seconds", "Last completed run of a nightly job, or backup", ["task"]
        )
        self._credentials = gauge("heia_credential_expiry_timestamp_seconds", "When a credential ends", ["credential"])
        self._removals = gauge(
            "heia_waiting_removals", "People whose removal waits for an administrator", ["municipality"]
        )
        self._unplaced = gauge("heia_unplaced_people", "People from a directory without a unit", ["municipality"])
        self._readings = gauge(
            "heia_directory_run_timestamp_seconds", "Last run that read a directory or its file", ["directory"]
        )
        self._matcher_wait = gauge("heia_matcher_wait_seconds", "How long the next question would wait for the encoder")
        self._audit = gauge(
            "heia_audit_head", "Number of the newest audit entry: in the log, signed in the file, taken outside",
            ["place"],
        )  # fmt: skip

    def observe(self, stage: str, seconds: float) -> None:
        """Count one duration of a stage."""
        self._stage(stage).observe(seconds)

    def request(self, route: str, status: int) -> None:
        """Count one answered request."""
        self._requests.labels(route, f"{status // 100}xx").inc()

    def count_outcome(self, status: str) -> None:
        self._settled.labels(status).inc()

    def hidden(self) -> None:
        """Count one request from a proxy that forwards no source address."""
        self._hidden.inc()

    def refused(self, reason: str) -> None:
        """Count one refusal by a budget, a cap or a deadline."""
        self._refused.labels(reason).inc()

    def turn_failed(self, cause: str) -> None:
        self._turns_failed.labels(cause).inc()

    def decided_again(self, kind: str) -> None:
        self._decided_again.labels(kind).inc()

    def dependency(self, name: str, works: bool) -> None:
        self._dependencies.labels(name).set(works)

    def audit_head(self, place: str, number: int) -> None:
        """Set the number of the newest audit entry known at a place."""
        self._audit.labels(place).set(number)

    def loop_failed(self, name: str) -> None:
        """Count one failure of a loop."""
        self._loops_failed.labels(name).inc()

    def question(self, by: str, wait_seconds: float) -> None:
        """Count one matched utterance, and set the wait of the next one."""
        self._question(by).inc()
        self._matcher_wait.set(wait_seconds)

    def question_outcome(self, outcome: OutcomeKind) -> None:
        """Count one stored question."""
        self._outcomes.labels(outcome).inc()

    def show_pages(self, number: Callable[[], int]) -> None:
        """Let ``number`` return the open pages at each scrape."""
        self._pages.set_function(number)

    def oldest_pending(self, lane: str, seconds: float) -> None:
        """Set how long a lane's oldest pending delivery has been due."""
        self._oldest.labels(lane).set(seconds)

    def nightly_run(self, job: str, done_at: datetime) -> None:
        """Set the time of a nightly job's last completed run."""
        self._nightly.labels(job).set(done_at.timestamp())

    def credential(self, name: str, ends: datetime) -> None:
        """Set when a credential ends."""
        self._credentials.labels(name).set(ends.timestamp())

    def pending_people(self, municipality_id: str, *, waiting: int, unplaced: int) -> None:
        """Set how many of a municipality's people wait for removal, and how many have no unit."""
        self._removals.labels(municipality_id).set(waiting)
        self._unplaced.labels(municipality_id).set(unplaced)

    def directory_read(self, name: str, done_at: datetime) -> None:
        """Set when a directory, such as ``graph/nes`` or ``file/nes``, was last read."""
        self._readings.labels(name).set(done_at.timestamp())

    def page(self) -> bytes:
        """Return the Prometheus text format."""
        return bytes(generate_latest(self._registry))


# Readiness of the store, checked within a fixed time even if the store hangs.

# Load balancers and probes expect an answer within a second.
MAX_SECONDS: Final = 0.8
# Time that a scrape waits for what the store knows. Without it the last known numbers are told.
SCRAPE_SECONDS: Final = 0.4


class AskedOnce:
    """A call to the store that is made once at a time, and for which callers wait a limited time.

    A call without an answer continues in the background, since cancelling one to an unreachable machine itself takes
    seconds. Until it ends, all callers wait for it.
    """

    def __init__(self, call: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> None:
        self._call, self._name = call, name
        self._asking: asyncio.Task[None] | None = None

    async def finished(self, most_seconds: float) -> asyncio.Task[None] | None:
        """Return the finished call, which may have failed; None if it takes longer."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._call(), name=self._name)
        asking = self._asking
        await asyncio.wait({asking}, timeout=most_seconds)
        if not asking.done():
            return None
        self._asking = None if self._asking is asking else self._asking
        return asking

    async def close(self) -> None:
        """Cancel a running call."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


class Readiness:
    """Pings the store, and waits at most ``most_seconds``."""

    def __init__(self, *, store: Store, most_seconds: float = MAX_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._ping = AskedOnce(store.ping, name="readiness")
        self._beside: list[AskedOnce] = []

    async def cause(self, most_seconds: float = MAX_SECONDS) -> str:
        """Return why the store is unavailable, as one word; empty when it works."""
        asked = await self._ping.finished(min(most_seconds, self._most_seconds))
        if asked is None:
            return "no_answer"
        if asked.cancelled():
            return "closed"
        fault = asked.exception()
        if isinstance(fault, StoreUnavailable):
            return fault.cause
        return "" if fault is None else "internal"

    def beside(self, call: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> AskedOnce:
        """Return another call to the store, which ends with this."""
        self._beside.append(AskedOnce(call, name=name))
        return self._beside[-1]

    async def close(self) -> None:
        """Cancel what runs."""
        for call in (self._ping, *self._beside):
            await call.close()


# Status for requests that the client abandoned; the number that nginx uses.
GONE: Final = 499


async def nothing_pending() -> Mapping[str, ScimPending]:
    return {}


async def pending_seconds(store: Store, now: datetime) -> Mapping[str, float]:
    """Return for every lane how long its oldest pending delivery has been due; 0 without one. Raises StoreUnavailable.

    A message posted for later counts from its time on.
    """
    oldest = await store.oldest_pending()
    return {lane: max(0.0, (now - oldest.get(lane, now)).total_seconds()) for lane in LANES}


def health_routes(
    *,
    readiness: Readiness,
    metrics: Metrics,
    runs: Callable[[], Awaitable[Mapping[str, datetime]]],
    credentials: Callable[[], Awaitable[Iterable[tuple[str, datetime]]]] | None = None,
    pending: Callable[[], Awaitable[Mapping[str, ScimPending]]] = nothing_pending,
    readings: Callable[[], Awaitable[Mapping[str, datetime]]] | None = None,
    oldest: Callable[[], Awaitable[Mapping[str, float]]] | None = None,
) -> list[web.RouteDef]:
    """Return ``/healthz`` (the process answers), ``/readyz`` (the store answers too) and ``/metrics``.

    ``runs`` returns the last completed run of each nightly job. ``credentials`` returns when each credential ends,
    ``readings`` when each directory was last read, ``pending`` the numbers of people to see to by municipality,
    ``oldest`` the seconds of the oldest pending delivery by lane.
    """

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(request: web.Request) -> web.Response:
        cause = await readiness.cause()
        metrics.up.set(not cause)
        if cause:
            return web.json_response({"status": "the store does not answer", "cause": cause}, status=503)
        return web.json_response({"status": "ready"})

    async def read_figures() -> None:
        for job, done_at in (await runs()).items():
            metrics.nightly_run(job, done_at)
        for municipality_id, people in (await pending()).items():
            metrics.pending_people(municipality_id, waiting=people.waiting, unplaced=people.unplaced)
        for id_, done_at in (await readings() if readings is not None else {}).items():
            metrics.directory_read(id_, done_at)
        for lane, seconds in (await oldest() if oldest is not None else {}).items():
            metrics.oldest_pending(lane, seconds)
        for name, ends in await credentials() if credentials is not None else ():
            metrics.credential(name, ends)

    figures = readiness.beside(read_figures, name="metrics")

    async def show_metrics(request: web.Request) -> web.Response:
        cause, read = await asyncio.gather(readiness.cause(SCRAPE_SECONDS), figures.finished(SCRAPE_SECONDS))
        metrics.up.set(not cause)
        if read is not None:
            with suppress(StoreUnavailable):  # the last known times stay
                read.result()
        return web.Response(body=metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show_metrics)]


def is_gone(request: web.Request) -> bool:
    """Return whether the client has closed or reset the connection."""
    transport = request.transport
    return transport is None or transport.is_closing()


# Returns the page of a fault, for requests that want one.
FAULT_PAGE: Final[web.AppKey[Callable[[web.Request, int], web.Response | None]]] = web.AppKey("heia.fault_page")


def _page_of(request: web.Request, status: int) -> web.Response | None:
    return request.app[FAULT_PAGE](request, status) if FAULT_PAGE in request.app else None


def _answer_to_fault(request: web.Request, status: int, sentence: str, **headers: str) -> web.Response:
    """Return the answer to a fault: a page to people, JSON to others."""
    answer = _page_of(request, status) or web.json_response({"error": sentence}, status=status)
    answer.headers.update(headers)
    return answer


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
                if (page := _page_of(request, refused.status)) is not None:
                    return page
            raise
        except web.RequestPayloadError as fault:
            status = 408 if isinstance(fault, BodyTooSlow) else 400
            metrics.request(route, status)
            return web.json_response({"error": "the body does not arrive as its headers say"}, status=status)
        except StoreUnavailable:
            metrics.request(route, 503)
            return _answer_to_fault(request, 503, "Heia cannot reach its store now", **{hdrs.RETRY_AFTER: "5"})
        except ConnectionError as fault:
            if is_gone(request):  # the client hung up, so the fault is not ours and no answer is possible
                metrics.request(route, GONE)
                return web.Response(status=400)
            log_fault(route, fault)
            metrics.request(route, 500)
            return _answer_to_fault(request, 500, "Heia failed; the fault is logged")
        except Exception as fault:  # outermost handler: after any program error, the caller gets an answer
            log_fault(route, fault)
            metrics.request(route, 500)
            return _answer_to_fault(request, 500, "Heia failed; the fault is logged")
        metrics.request(route, response.status)
        return response

    return outermost
