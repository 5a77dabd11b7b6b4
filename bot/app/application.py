"""Assemble the programs: start their parts in order and stop them in reverse.

``running`` serves users in Teams and the web chat. Deliveries and timers run in the same process, or in separate
``working`` processes.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.app.engine import Engine, make_engine
from bot.app.local import local_socket
from bot.app.maintenance import completed_runs
from bot.app.ops.health import edge, health_routes
from bot.app.ops.readiness import Readiness
from bot.app.wiring import web_key
from bot.channels.web.chat.endpoint import WebChat
from bot.channels.web.signin.login import SamplePerson
from bot.content.service import KnowledgeService
from bot.edge.setup import gate, guard
from bot.ports import Clock, RandomSource, Store
from bot.records.codec import decode
from bot.settings.model import Settings
from bot.support.dependencies import Dependencies
from bot.support.supervision import Loop
from dialogs.core.content import Content
from dialogs.core.person import Person
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A running bot. ``app`` serves all HTTP routes."""

    app: web.Application
    chat: WebChat
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
) -> AsyncIterator[Bot]:
    """Run a bot on an opened store until the block ends.

    Then drain, release leases and close.
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
    ) as engine:
        chat = _chat(settings, engine, dev=dev)
        app = _app(settings, engine, dev=dev)
        gate(
            app,
            settings,
            dev=dev,
            clock=clock,
            signed_in=chat.signed_in,
            explain=chat.explain_refusal,
            refused=engine.metrics.refused,
            hidden=engine.metrics.hidden,
            log=log,
        )
        app.add_routes([web.get("/", _front), *chat.routes()])
        app.router.add_post("/api/messages", engine.teams.endpoint(engine.runtime))
        app.on_shutdown.append(chat.disconnect_pages)
        store.on_news(engine.web_channel.connections.wake)
        delivering = engine.delivering
        loops: dict[str, Loop] = {"timers": engine.timers, "courier": delivering.courier}
        if settings.work_apart:
            loops = {"presence": delivering.presence}
        async with AsyncExitStack() as stack:
            if settings.database_url is None:  # with a database, commands open the store themselves
                await stack.enter_async_context(
                    local_socket(settings.data_dir, store=store, links=engine.links, clock=clock)
                )
            await stack.enter_async_context(
                engine.supervisor.running(knowledge=knowledge, repeats=engine.repeats, heads=engine.heads, **loops)
            )
            yield Bot(app=app, chat=chat, engine=engine)


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
) -> AsyncIterator[web.Application]:
    """Send deliveries and ring timers until the block ends. The yielded application serves health and metrics."""
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
        ):
            yield app


def _app(settings: Settings, engine: Engine, *, dev: bool) -> web.Application:
    def log_fault(where: str, fault: BaseException) -> None:
        engine.log.error("request_failed", route=where, exc_info=fault)

    app = web.Application(middlewares=[edge(engine.metrics, log_fault)], client_max_size=2**20)
    guard(app, settings, dev=dev, refused=engine.metrics.refused, log_fault=log_fault)
    readiness = Readiness(store=engine.store)
    app.add_routes(
        health_routes(readiness=readiness, metrics=engine.metrics, runs=partial(completed_runs, engine.store))
    )

    async def end_readiness(_: web.Application) -> None:
        await readiness.close()

    app.on_cleanup.append(end_readiness)
    return app


async def _front(request: web.Request) -> web.Response:
    raise web.HTTPFound("/chat")


def _chat(settings: Settings, engine: Engine, *, dev: bool) -> WebChat:
    async def sample_people() -> Sequence[SamplePerson]:
        stored = await engine.store.find(Person.KIND, "registered")
        return tuple(_sample(decode(Person, each), engine.knowledge.state.content) for each in stored)

    return WebChat(
        store=engine.store,
        inbox=engine.runtime,
        clock=engine.clock,
        rng=engine.rng,
        channel=engine.web_channel,
        sessions=engine.sessions,
        links=engine.links,
        key=web_key(settings),
        texts=engine.knowledge.state.content.texts,
        find_person=engine.directory.get,
        organisation=lambda: engine.knowledge.state.content.organisation,
        intake=engine.intake,
        reports=engine.reports,
        people=sample_people if dev else None,
        allow_guests=settings.web_guests,
        origins=frozenset({settings.public_url.rstrip("/")} - {""}),
        turns=engine.turns,
        failed=engine.metrics.turn_failed,
    )


def _sample(person: Person, content: Content) -> SamplePerson:
    unit = content.organisation.find_unit(person.unit_id or "")
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    places = (place.names.text(Language.NB) for place in (unit, municipality) if place)
    return SamplePerson(id=person.id, name=person.name, detail=", ".join(places), roles=tuple(sorted(person.roles)))
