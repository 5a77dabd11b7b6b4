"""The running bot: its parts put together, started in order and stopped in the reverse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.bootstrap import make_images, web_key
from bot.channels.teams.connector import open_session
from bot.channels.teams.picture import Pictures
from bot.channels.teams.setup import TeamsChannel, make_teams
from bot.channels.web.channel import WebChannel
from bot.channels.web.chat import WebChat
from bot.channels.web.entrance import SamplePerson
from bot.channels.web.link import Links
from bot.channels.web.seal import Seal
from bot.codec import decode
from bot.delivery.setup import Delivering, make_delivering
from bot.identity import Directory
from bot.images.intake import Intake
from bot.images.keeping import Keeping
from bot.library import Library
from bot.ports import Chance, Channel, Clock, Store
from bot.report.door import Reports
from bot.runtime import Runtime
from bot.settings import Settings
from bot.upkeep import Upkeep
from bot.web.health import edge, health_routes
from bot.web.metrics import Metrics
from dialogs.event import ChannelName
from dialogs.person import Person
from dialogs.router import route
from dialogs.texts import Texts
from dialogs.world import World
from knowledge.article import Language
from knowledge.masking import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The parts of a bot that run. ``chat`` makes sign-in links; ``app`` serves every surface."""

    app: web.Application
    store: Store
    runtime: Runtime
    delivering: Delivering
    chat: WebChat
    metrics: Metrics


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    dev: bool,
    store: Store,
    library: Library,
    clock: Clock,
    chance: Chance,
    log: FilteringBoundLogger,
) -> AsyncIterator[Bot]:
    """Run a bot on an opened store until the block ends; then drain, give leases back and close."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(connections=settings.send_concurrency * 2))
        metrics = Metrics()
        directory = Directory(store=store, any_tenant=dev)
        images = make_images(settings, store)
        intake = Intake(images=images, store=store, clock=clock, chance=chance, log=log)
        reports = Reports(
            store=store, find_person=directory.get, world=lambda: library.knowledge.world, clock=clock, chance=chance
        )
        web_channel = WebChannel(clock=clock, key=web_key(settings))
        teams = make_teams(
            settings,
            dev=dev,
            session=session,
            intake=intake,
            who=directory.id_of,
            pictures=_pictures(
                settings,
                store=store,
                directory=directory,
                library=library,
                intake=intake,
                reports=reports,
                clock=clock,
                chance=chance,
            ),
            clock=clock,
            log=log,
        )
        stack.push_async_callback(teams.close)
        channels: dict[ChannelName, Channel] = {ChannelName.WEB: web_channel}
        if teams.open:
            channels[ChannelName.TEAMS] = teams.adapter
        delivering = make_delivering(
            settings,
            store=store,
            channels=channels,
            opens_teams=teams.can_open,
            clock=clock,
            chance=chance,
            seen=lambda settled: metrics.settled(settled.status),
            log=log,
        )
        upkeep = Upkeep(store=store, clock=clock, images=Keeping(images=images, store=store, clock=clock))
        await upkeep.begin()
        runtime = Runtime(
            store=store,
            directory=directory,
            understanding=library,
            route=route,
            world=lambda: library.knowledge.world,
            sender=delivering.sender,
            chores=upkeep.chores,
            clock=clock,
            chance=chance,
            stages=metrics,
            log=log,
        )
        chat = _chat(
            settings,
            dev=dev,
            store=store,
            runtime=runtime,
            directory=directory,
            library=library,
            channel=web_channel,
            intake=intake,
            reports=reports,
            clock=clock,
            chance=chance,
        )
        app = _app(store=store, metrics=metrics, chat=chat, teams=teams, runtime=runtime, log=log)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        timers = delivering.timers(store=store, ring=runtime.ring, clock=clock, log=log)
        tasks.create_task(delivering.courier.run())
        tasks.create_task(timers.run())
        tasks.create_task(library.run())
        try:
            yield Bot(app=app, store=store, runtime=runtime, delivering=delivering, chat=chat, metrics=metrics)
        finally:
            await library.stop()
            await timers.stop()
            await delivering.courier.stop()


def _app(
    *,
    store: Store,
    metrics: Metrics,
    chat: WebChat,
    teams: TeamsChannel,
    runtime: Runtime,
    log: FilteringBoundLogger,
) -> web.Application:
    def log_fault(where: str, fault: BaseException) -> None:
        log.error("request_failed", route=where, exc_info=fault)

    async def front(request: web.Request) -> web.Response:
        raise web.HTTPFound("/chat")

    app = web.Application(middlewares=[edge(metrics, log_fault)], client_max_size=2**20)
    app.add_routes([web.get("/", front), *health_routes(store=store, metrics=metrics), *chat.routes()])
    app.router.add_post("/api/messages", teams.endpoint(runtime))
    app.on_shutdown.append(chat.stop)
    return app


def _pictures(
    settings: Settings,
    *,
    store: Store,
    directory: Directory,
    library: Library,
    intake: Intake,
    reports: Reports,
    clock: Clock,
    chance: Chance,
) -> Pictures:
    links = Links(seal=Seal(web_key(settings)), store=store, chance=chance, valid_for=timedelta(days=1))

    async def texts_of(person_id: str) -> Texts:
        person = await directory.get(person_id)
        return library.knowledge.world.texts[person.language if person else Language.NB]

    def link(person_id: str) -> str:
        return f"{settings.public_url}/chat/enter?token={links.make(person_id, at=clock.now())}"

    return Pictures(intake=intake, texts_of=texts_of, reports=reports, link=link if settings.public_url else None)


def _chat(
    settings: Settings,
    *,
    dev: bool,
    store: Store,
    runtime: Runtime,
    directory: Directory,
    library: Library,
    channel: WebChannel,
    intake: Intake,
    reports: Reports,
    clock: Clock,
    chance: Chance,
) -> WebChat:
    async def sample_people() -> Sequence[SamplePerson]:
        stored = await store.find(Person.KIND, "registered")
        return tuple(_sample(decode(Person, each), library.knowledge.world) for each in stored)

    return WebChat(
        store=store,
        inbox=runtime,
        clock=clock,
        chance=chance,
        channel=channel,
        key=web_key(settings),
        mask=lambda text: mask(text).text,
        texts=library.knowledge.world.texts,
        find_person=directory.get,
        intake=intake,
        reports=reports,
        people=sample_people if dev else None,
        allow_guests=settings.web_guests,
        session_for=timedelta(hours=settings.web_session_hours),
        origins=frozenset({settings.public_url.rstrip("/")} - {""}),
        frame_ancestors=settings.web_frame_ancestors,
        refresh_seconds=2.0 if settings.database_url else None,
    )


def _sample(person: Person, world: World) -> SamplePerson:
    unit = world.organisation.find(person.unit_id or "")
    municipality = world.organisation.municipalities.get(person.municipality_id or "")
    places = (place.names.text(Language.NB) for place in (unit, municipality) if place)
    return SamplePerson(id=person.id, name=person.name, detail=", ".join(places), roles=tuple(sorted(person.roles)))
