"""Assemble the programs: start their parts in order and stop them in reverse.

``running`` serves users in every channel. Deliveries and timers run in the same process, or in separate
``working`` processes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.app.credentials import GRAPH, all_credential_ends
from bot.app.engine import Engine, make_engine
from bot.app.maintenance import completed_tasks
from bot.app.ops.health import FAULT_PAGE, Readiness, edge, health_routes, pending_seconds
from bot.app.wiring import PLUGINS, former_marks
from bot.channels.base import ChannelPlugin, ChannelService, Visitors
from bot.channels.teams.credentials import credential_ends
from bot.content.service import KnowledgeService
from bot.directory.last_run import last_imports
from bot.edge.setup import gate, guard
from bot.graph.sync import last_readings
from bot.ports import Clock, RandomSource, Store
from bot.scim.jobs import pending_people
from bot.scim.setup import configured_routes
from bot.settings.model import Settings
from bot.support.dependencies import Dependencies
from bot.support.supervision import Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A running process. ``app`` serves all its HTTP routes."""

    app: web.Application
    engine: Engine


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    dev: bool,
    store: Store,
    knowledge: KnowledgeService,
    dependencies: Dependencies,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
    plugins: Sequence[ChannelPlugin] = PLUGINS,
) -> AsyncIterator[Bot]:
    """Run a bot on an opened store until the block ends.

    Then drain, release leases and close. ``plugins``: the table of channels.
    """
    async with make_engine(
        settings,
        dev=dev,
        people_ask=True,
        store=store,
        knowledge=knowledge,
        dependencies=dependencies,
        clock=clock,
        rng=rng,
        log=log,
        plugins=plugins,
    ) as engine:
        services = [channel.serve(engine.runtime) for channel in engine.channels.values()]
        app = _app(settings, engine, dev=dev)
        _receive(app, settings, services, engine, dev=dev)
        app.add_routes(
            configured_routes(
                settings,
                store=store,
                rng=rng,
                former=former_marks(settings),
                content=lambda: knowledge.state.content,
                clock=clock,
                refused=engine.metrics.refused,
                log=log,
            )
        )
        loops: dict[str, Loop] = {
            "timers": engine.timers,
            "courier": engine.delivering.courier,
            "directories": engine.directories,
        }
        if settings.work_apart:
            loops = {"presence": engine.delivering.presence}
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(
                engine.supervisor.running(knowledge=knowledge, repeats=engine.repeats, heads=engine.heads, **loops)
            )
            for service in services:
                await stack.enter_async_context(service.running())
            yield Bot(app=app, engine=engine)


@asynccontextmanager
async def working(
    settings: Settings,
    *,
    dev: bool,
    store: Store,
    knowledge: KnowledgeService,
    dependencies: Dependencies,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
) -> AsyncIterator[Bot]:
    """Send deliveries and ring timers until the block ends. The application serves health and metrics."""
    async with make_engine(
        settings,
        dev=dev,
        people_ask=False,
        store=store,
        knowledge=knowledge,
        dependencies=dependencies,
        clock=clock,
        rng=rng,
        log=log,
    ) as engine:
        app = _app(settings, engine, dev=dev)
        async with engine.supervisor.running(
            knowledge=knowledge,
            repeats=engine.repeats,
            heads=engine.heads,
            timers=engine.timers,
            courier=engine.delivering.courier,
            directories=engine.directories,
        ):
            yield Bot(app=app, engine=engine)


def _app(settings: Settings, engine: Engine, *, dev: bool) -> web.Application:
    def log_fault(where: str, fault: BaseException) -> None:
        engine.log.error("request_failed", route=where, exc_info=fault)

    app = web.Application(middlewares=[edge(engine.metrics, log_fault)], client_max_size=2**20)
    guard(app, settings, dev=dev, refused=engine.metrics.refused, log_fault=log_fault)
    readiness = Readiness(store=engine.store)
    app.add_routes(
        health_routes(
            readiness=readiness,
            metrics=engine.metrics,
            runs=partial(completed_tasks, engine.store),
            pending=lambda: pending_people(engine.store, engine.knowledge.state.content.organisation.municipalities),
            readings=partial(directory_runs, engine.store),
            oldest=lambda: pending_seconds(engine.store, engine.clock.now()),
            credentials=lambda: all_credential_ends(
                settings, engine.store, engine.knowledge.state.content.organisation, of_channels=credential_ends
            ),
        )
    )

    async def end_readiness(_: web.Application) -> None:
        await readiness.close()

    app.on_cleanup.append(end_readiness)
    return app


async def directory_runs(store: Store) -> Mapping[str, datetime]:
    """Return when each directory, or its mapped file, was last read. Raises StoreUnavailable."""
    read = {f"{GRAPH}/{id_}": done_at for id_, done_at in (await last_readings(store)).items()}
    return read | {f"file/{id_}": ran_at for id_, ran_at in (await last_imports(store)).items()}


def _receive(
    app: web.Application, settings: Settings, services: Sequence[ChannelService], engine: Engine, *, dev: bool
) -> None:
    """Add the HTTP routes of the channels, behind the gate."""
    # The first channel that recognises visitors is the one with pages.
    visitors = next((service.visitors for service in services if service.visitors is not None), Visitors())
    gate(
        app,
        settings,
        dev=dev,
        clock=engine.clock,
        signed_in=visitors.signed_in,
        explain=visitors.explain,
        refused=engine.metrics.refused,
        hidden=engine.metrics.hidden,
        log=engine.log,
    )
    app[FAULT_PAGE] = visitors.fault_page
    counts = [service.open_pages for service in services if service.open_pages is not None]
    engine.metrics.show_pages(lambda: sum(count() for count in counts))
    app.add_routes([web.get("/", _front), *(route for service in services for route in service.routes)])
    app.on_shutdown.extend(service.stop for service in services if service.stop is not None)


async def _front(request: web.Request) -> web.Response:
    raise web.HTTPFound("/chat")
