"""The parts shared by every process of Heia: turns and delivery, without HTTP routes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.app.maintenance import Maintenance
from bot.app.ops.metrics import Metrics
from bot.app.wiring import audit_heads, audit_key, former_marks, make_images, make_links, make_sessions, web_key
from bot.audit.outside import Outside
from bot.audit.retention import AuditRetention
from bot.audit.signer import HeadSigner
from bot.budget import TurnBudget
from bot.channels.teams.apology import Apology
from bot.channels.teams.connector import open_session
from bot.channels.teams.limits import TeamsLimits
from bot.channels.teams.picture import TeamsImages
from bot.channels.teams.setup import TeamsChannel, make_teams
from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.locale import preferred
from bot.content.service import KnowledgeService
from bot.delivery.setup import Delivering, make_delivering
from bot.delivery.timers import REST_SHARE, Timers
from bot.edge.setup import make_turn_budget
from bot.images.intake import Intake
from bot.images.keeping import ImageRetention
from bot.ports import Channel, Clock, RandomSource, Sender, Store
from bot.report.files import Reports
from bot.settings.model import Settings
from bot.signin.former import FormerMarks
from bot.signin.links import Links, NobodyToSignIn
from bot.signin.sessions import Sessions
from bot.support.dependencies import Dependencies
from bot.support.supervision import Supervisor
from bot.turn.identity import Directory
from bot.turn.repeated_acts import RepeatCounter, RepeatWriter
from bot.turn.runtime import Runtime
from dialogs.core.event import ChannelName
from dialogs.core.texts import Texts
from dialogs.router import route
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The parts of every process. ``supervisor`` runs its loops: ``timers`` and those of ``delivering``."""

    store: Store
    knowledge: KnowledgeService
    directory: Directory
    intake: Intake
    reports: Reports
    former: FormerMarks
    sessions: Sessions
    links: Links
    web_channel: WebChannel
    teams: TeamsChannel
    delivering: Delivering
    runtime: Runtime
    timers: Timers
    repeats: RepeatWriter
    heads: HeadSigner
    supervisor: Supervisor
    channels: Sequence[str]
    dependencies: Dependencies
    metrics: Metrics
    turns: TurnBudget | None
    clock: Clock
    rng: RandomSource
    log: FilteringBoundLogger


@asynccontextmanager
async def make_engine(
    settings: Settings,
    *,
    dev: bool,
    people_ask: bool,
    store: Store,
    knowledge: KnowledgeService,
    dependencies: Dependencies,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
) -> AsyncIterator[Engine]:
    """Assemble the parts on an opened store, and close their resources when the block ends.

    ``people_ask``: this process serves users, so that timers pause between steps of long jobs.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(connections=settings.send_concurrency * 2))
        metrics = Metrics()
        audit_key(settings)  # a bad key is told at the start, not in a minute
        former = former_marks(settings)
        await former.check(store, at=clock.now())
        sessions = make_sessions(settings, store=store, dev=dev, rng=rng)
        links = make_links(settings, store=store, sessions=sessions, rng=rng)
        directory = Directory(store=store, former=former, any_tenant=dev)
        dependencies.changed = metrics.dependency
        knowledge.counted = metrics.question
        supervisor = Supervisor(clock=clock, log=log, failed=metrics.loop_failed)
        images = make_images(settings, store)
        repeats = RepeatCounter(seen=metrics.refused)
        intake = Intake(images=images, store=store, clock=clock, rng=rng, log=log, repeats=repeats)
        reports = Reports(
            store=store, find_person=directory.get, content=lambda: knowledge.state.content, clock=clock, rng=rng
        )
        web_channel = WebChannel(clock=clock, key=web_key(settings))
        turns = make_turn_budget(settings, dev=dev, clock=clock, refused=metrics.refused)
        teams = make_teams(
            settings,
            dev=dev,
            session=session,
            intake=intake,
            who=directory.id_of,
            pictures=_pictures(
                settings,
                links=links,
                directory=directory,
                knowledge=knowledge,
                intake=intake,
                reports=reports,
                clock=clock,
            ),
            dependencies=dependencies,
            apology=Apology(
                texts=lambda locale: knowledge.state.content.texts[preferred(locale)], failed=metrics.turn_failed
            ),
            limits=TeamsLimits(
                turns=turns, texts_of=_texts_of_senders(directory, knowledge), clock=clock, refused=metrics.refused
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
            rng=rng,
            seen=lambda settled: metrics.count_outcome(settled.status),
            log=log,
            supervisor=supervisor,
        )
        maintenance = Maintenance(
            store=store,
            clock=clock,
            images=ImageRetention(images=images, store=store, clock=clock),
            audit=AuditRetention(
                store=store,
                file=audit_heads(settings),
                key=lambda: audit_key(settings),
                clock=clock,
                rng=rng,
            ),
        )
        await maintenance.schedule()
        runtime = Runtime(
            store=store,
            directory=directory,
            understanding=knowledge,
            route=route,
            content=lambda: knowledge.state.content,
            sender=delivering.sender,
            jobs=maintenance.jobs,
            former=former,
            clock=clock,
            rng=rng,
            stages=metrics,
            log=log,
            repeats=repeats,
        )
        timers = Timers(
            store=store,
            ring=runtime.ring,
            clock=clock,
            log=log,
            rest_share=REST_SHARE if people_ask else 0.0,
            turn_failed=metrics.turn_failed,
        )
        yield Engine(
            store=store,
            knowledge=knowledge,
            directory=directory,
            intake=intake,
            reports=reports,
            former=former,
            sessions=sessions,
            links=links,
            web_channel=web_channel,
            teams=teams,
            delivering=delivering,
            runtime=runtime,
            timers=timers,
            repeats=RepeatWriter(repeats, store=store, clock=clock, rng=rng, log=log),
            heads=HeadSigner(
                store=store,
                file=audit_heads(settings),
                key=lambda: audit_key(settings),
                outside=_outside(settings, session),
                clock=clock,
                dependencies=dependencies,
                seen=metrics.audit_head,
                log=log,
            ),
            supervisor=supervisor,
            channels=sorted(channels),
            dependencies=dependencies,
            metrics=metrics,
            turns=turns,
            clock=clock,
            rng=rng,
            log=log,
        )


def _outside(settings: Settings, session: aiohttp.ClientSession) -> Outside | None:
    url = settings.audit_heads_url
    return None if url is None else Outside(url=url.get_secret_value(), session=session)


def _texts_of_senders(directory: Directory, knowledge: KnowledgeService) -> Callable[[Sender, str], Awaitable[Texts]]:
    async def texts_of(sender: Sender, locale: str) -> Texts:
        person = await directory.get(await directory.id_of(sender))
        return knowledge.state.content.texts[person.language if person else preferred(locale)]

    return texts_of


def _pictures(
    settings: Settings,
    *,
    links: Links,
    directory: Directory,
    knowledge: KnowledgeService,
    intake: Intake,
    reports: Reports,
    clock: Clock,
) -> TeamsImages:
    async def texts_of(person_id: str) -> Texts:
        person = await directory.get(person_id)
        return knowledge.state.content.texts[person.language if person else Language.NB]

    async def link(person_id: str) -> str | None:
        try:
            return await links.make(person_id, at=clock.now())
        except NobodyToSignIn:
            return None

    return TeamsImages(intake=intake, texts_of=texts_of, reports=reports, link=link if settings.public_url else None)
