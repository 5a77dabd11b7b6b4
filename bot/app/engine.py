"""The parts shared by every process of Heia: turns and delivery, without HTTP routes."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.app.credentials import ExpiryNotices, all_credential_ends
from bot.app.doctor.apart import ExaminationApart
from bot.app.maintenance import Maintenance
from bot.app.ops.health import Metrics
from bot.app.program_reminders import ProgramReminders
from bot.app.wiring import (
    PLUGINS,
    audit_heads,
    audit_key,
    audit_statements,
    declared,
    former_marks,
    make_images,
    make_links,
    make_sessions,
)
from bot.audit.retention import AuditRetention
from bot.audit.signer import HeadSigner, Outside
from bot.audit.statements import receipt_signer
from bot.audit.verification import audit_verdict
from bot.channels.base import ChannelParts, ChannelPlugin, OpenChannel
from bot.channels.teams.credentials import credential_ends
from bot.content.loading import content_folder
from bot.content.modules import published_picture
from bot.content.rehearsals import Rehearsals
from bot.content.service import KnowledgeService
from bot.delivery.setup import Delivering, make_delivering
from bot.delivery.timers import REST_SHARE, Timers
from bot.edge.setup import make_turn_budget
from bot.export.bundle import Downloads
from bot.graph.loop import GraphLoop, graph_loop
from bot.images.intake import ImageRetention, Intake
from bot.ports import Clock, Images, RandomSource, Store
from bot.records.audit_access import AuditVerification
from bot.report.closing import StatisticsClosing
from bot.report.files import Reports
from bot.scim.config import ScimConfig, load_config
from bot.scim.jobs import DirectoryJobs
from bot.settings.model import Settings
from bot.signin.former import FormerMarks
from bot.support.dependencies import Dependencies
from bot.support.outbound import open_session
from bot.support.supervision import Supervisor
from bot.turn.identity import Directory
from bot.turn.job import Job
from bot.turn.repeated_acts import RepeatCounter, RepeatWriter
from bot.turn.runtime import Runtime
from bot.turn.viewing import Viewing
from dialogs.core.channel import Channels
from dialogs.core.content import Content
from dialogs.core.event import ChannelName
from dialogs.router import route


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The parts of every process. ``supervisor`` runs its loops: ``timers`` and those of ``delivering``."""

    store: Store
    knowledge: KnowledgeService
    channels: Mapping[ChannelName, OpenChannel]
    delivering: Delivering
    runtime: Runtime
    timers: Timers
    repeats: RepeatWriter
    heads: HeadSigner
    directories: GraphLoop
    supervisor: Supervisor
    metrics: Metrics
    clock: Clock
    log: FilteringBoundLogger

    @property
    def open_channels(self) -> Sequence[ChannelName]:
        """The names of the channels that send, sorted."""
        return sorted(name for name, channel in self.channels.items() if channel.channel is not None)


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
    plugins: Sequence[ChannelPlugin] = PLUGINS,
) -> AsyncIterator[Engine]:
    """Assemble the parts on an opened store, and close their resources when the block ends.

    ``people_ask``: this process serves users, so that timers pause between steps of long jobs. ``plugins``: the table
    of channels.
    """
    metrics = Metrics()
    dependencies.changed, knowledge.counted = metrics.dependency, metrics.question
    store.decided_again = metrics.decided_again
    audit_key(settings)  # a bad key fails at the start, not in a minute
    former = former_marks(settings)
    await former.check(store, at=clock.now())
    repeats = RepeatCounter(seen=metrics.refused)
    async with open_session(connections=settings.send_concurrency * 2) as session:
        parts = _channel_parts(
            settings,
            dev=dev,
            session=session,
            store=store,
            directory=Directory(store=store, former=former, any_tenant=dev),
            former=former,
            repeats=repeats,
            knowledge=knowledge,
            metrics=metrics,
            dependencies=dependencies,
            clock=clock,
            rng=rng,
            log=log,
        )
        async with _opened(parts, plugins) as channels:
            maintenance = _maintenance(parts, channels, knowledge)
            await maintenance.schedule()
            await maintenance.schedule_origins()
            yield _assembled(
                parts,
                channels,
                specs=declared(settings, dev=dev, plugins=plugins),
                knowledge=knowledge,
                jobs=maintenance.jobs,
                former=former,
                repeats=repeats,
                metrics=metrics,
                rest_share=REST_SHARE if people_ask else 0.0,
            )


def _channel_parts(
    settings: Settings,
    *,
    dev: bool,
    session: aiohttp.ClientSession,
    store: Store,
    directory: Directory,
    former: FormerMarks,
    repeats: RepeatCounter,
    knowledge: KnowledgeService,
    metrics: Metrics,
    dependencies: Dependencies,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
) -> ChannelParts:
    def content() -> Content:
        return knowledge.state.content

    sessions = make_sessions(settings, store=store, dev=dev, rng=rng)
    images, find = make_images(settings, store), directory.get
    return ChannelParts(
        settings=settings,
        dev=dev,
        session=session,
        store=store,
        directory=directory,
        sessions=sessions,
        links=make_links(settings, store=store, sessions=sessions, rng=rng),
        former=former,
        intake=_intake(settings, images, store=store, clock=clock, rng=rng, log=log, repeats=repeats),
        reports=Reports(store=store, find_person=find, content=content, clock=clock, rng=rng),
        downloads=Downloads(
            store=store, images=images, find_person=find, content=content, clock=clock, rng=rng, repeats=repeats
        ),
        turns=make_turn_budget(settings, dev=dev, clock=clock, refused=metrics.refused),
        views=Viewing(
            store=store,
            understanding=knowledge,
            content=content,
            clock=clock,
            rng=rng,
            repeats=repeats,
            verify_audit=_audit_verification(settings, store),
        ),
        examine=ExaminationApart(clock=clock),
        rehearsals=Rehearsals(rehearse=knowledge.rehearse, store=store, clock=clock, log=log),
        content=content,
        refused=metrics.refused,
        turn_failed=metrics.turn_failed,
        dependencies=dependencies,
        clock=clock,
        rng=rng,
        log=log,
    )


def _intake(
    settings: Settings,
    images: Images,
    *,
    store: Store,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
    repeats: RepeatCounter,
) -> Intake:
    published = partial(published_picture, content_folder(settings.content_dir))
    return Intake(images=images, store=store, clock=clock, rng=rng, log=log, repeats=repeats, published=published)


@asynccontextmanager
async def _opened(
    parts: ChannelParts, plugins: Sequence[ChannelPlugin]
) -> AsyncIterator[Mapping[ChannelName, OpenChannel]]:
    async with AsyncExitStack() as stack:
        specs = declared(parts.settings, dev=parts.dev, plugins=plugins)
        yield {
            spec.name: await stack.enter_async_context(plugin.open(parts))
            for spec, plugin in zip(specs, plugins, strict=True)
        }


def _maintenance(parts: ChannelParts, channels: Iterable[ChannelName], knowledge: KnowledgeService) -> Maintenance:
    store, clock, settings = parts.store, parts.clock, parts.settings
    return Maintenance(
        store=store,
        clock=clock,
        images=ImageRetention(images=make_images(settings, store), store=store, clock=clock),
        audit=AuditRetention(
            store=store,
            file=audit_heads(settings),
            key=lambda: audit_key(settings),
            clock=clock,
            rng=parts.rng,
        ),
        expiries=ExpiryNotices(
            store=store,
            clock=clock,
            content=parts.content,
            credentials=lambda: all_credential_ends(
                settings, store, parts.content().organisation, of_channels=credential_ends
            ),
        ),
        channels=channels,
        directories=_directory_jobs(parts),
        statistics=StatisticsClosing(store=store, clock=clock, content=parts.content, reading=knowledge),
        programs=ProgramReminders(store=store, clock=clock, content=parts.content),
        content=parts.content,
    )


def _directory_jobs(parts: ChannelParts) -> DirectoryJobs:
    file = parts.settings.scim_file
    return DirectoryJobs(
        config=ScimConfig() if file is None else load_config(file, parts.content().organisation),
        store=parts.store,
        rng=parts.rng,
        former=parts.former,
        content=parts.content,
        clock=parts.clock,
    )


def _assembled(
    parts: ChannelParts,
    channels: Mapping[ChannelName, OpenChannel],
    *,
    specs: Channels,
    knowledge: KnowledgeService,
    jobs: Mapping[str, Job],
    former: FormerMarks,
    repeats: RepeatCounter,
    metrics: Metrics,
    rest_share: float,
) -> Engine:
    store, clock, log = parts.store, parts.clock, parts.log
    supervisor = Supervisor(clock=clock, log=log, failed=metrics.loop_failed)
    delivering = make_delivering(
        parts.settings,
        store=store,
        channels={name: channel.channel for name, channel in channels.items() if channel.channel is not None},
        specs=specs,
        texts_of=parts.texts_of,
        clock=clock,
        rng=parts.rng,
        on_settled=lambda settled: metrics.count_outcome(settled.status),
        log=log,
        supervisor=supervisor,
    )
    runtime = Runtime(
        store=store,
        directory=parts.directory,
        understanding=knowledge,
        route=route,
        content=parts.content,
        sender=delivering.sender,
        jobs=jobs,
        former=former,
        clock=clock,
        rng=parts.rng,
        stages=metrics,
        asked=metrics.question_outcome,
        log=log,
        repeats=repeats,
        verify_audit=_audit_verification(parts.settings, store),
        sign_receipt=receipt_signer(lambda: audit_key(parts.settings)),
    )
    return Engine(
        store=store,
        knowledge=knowledge,
        channels=channels,
        delivering=delivering,
        runtime=runtime,
        timers=_timers(parts, runtime, metrics, rest_share),
        repeats=RepeatWriter(repeats, store=store, clock=clock, rng=parts.rng, log=log),
        heads=_heads(parts, metrics),
        directories=_directories(parts, former, metrics, rest_share),
        supervisor=supervisor,
        metrics=metrics,
        clock=clock,
        log=log,
    )


def _audit_verification(settings: Settings, store: Store) -> AuditVerification:
    return partial(audit_verdict, store, partial(audit_statements, settings))


def _timers(parts: ChannelParts, runtime: Runtime, metrics: Metrics, rest_share: float) -> Timers:
    return Timers(
        store=parts.store,
        ring=runtime.ring,
        clock=parts.clock,
        log=parts.log,
        rest_share=rest_share,
        turn_failed=metrics.turn_failed,
    )


def _directories(parts: ChannelParts, former: FormerMarks, metrics: Metrics, rest_share: float) -> GraphLoop:
    return graph_loop(
        parts.settings,
        store=parts.store,
        content=parts.content,
        former=former,
        session=parts.session,
        clock=parts.clock,
        rng=parts.rng,
        dependencies=parts.dependencies,
        refused=metrics.refused,
        rest_share=rest_share,
        log=parts.log,
    )


def _heads(parts: ChannelParts, metrics: Metrics) -> HeadSigner:
    settings = parts.settings
    url = settings.audit_heads_url
    return HeadSigner(
        store=parts.store,
        file=audit_heads(settings),
        key=lambda: audit_key(settings),
        outside=None if url is None else Outside(url=url.get_secret_value(), session=parts.session),
        clock=parts.clock,
        dependencies=parts.dependencies,
        seen=metrics.audit_head,
        log=parts.log,
    )
