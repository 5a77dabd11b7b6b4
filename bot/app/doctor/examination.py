"""All checks in order. A running server's state is read through its HTTP routes and files."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version

from bot.app.doctor.content import content_findings, encoder_findings
from bot.app.doctor.directory import (
    directory_findings,
    directory_store_findings,
    graph_findings,
    graph_store_findings,
    import_findings,
    mapping_findings,
)
from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.app.doctor.machine import clock_findings, disk_findings, settings_findings, telemetry_findings
from bot.app.doctor.running import running_findings
from bot.app.doctor.signin import provider_findings, signin_findings
from bot.app.doctor.stored import (
    audit_findings,
    audit_store_findings,
    file_findings,
    leaver_findings,
    nightly_findings,
    registry_findings,
    store_findings,
    work_findings,
)
from bot.app.doctor.surface import mail_findings, teams_findings, web_findings
from bot.app.local import command_store
from bot.app.wiring import encoder_lack
from bot.content.catalogue import load_catalogue
from bot.content.encoder import load_encoder
from bot.content.index_builder import norwegian_holidays, published_content
from bot.content.loading import content_folder, load_content
from bot.ports import StoreInUse, StoreRefused, StoreUnavailable
from bot.records.codec import UnknownSchema
from bot.settings.model import Settings
from dialogs.core.content import Content
from knowledge.matching.policy import Policy


async def examine(settings: Settings, *, environment: Mapping[str, str], now: datetime) -> AsyncIterator[Finding]:
    """Yield the findings. Nothing is changed; contacted are this machine's server, identity providers, mail server."""
    loaded = load_content(
        content_folder(settings.content_dir), holidays=norwegian_holidays(range(now.year, now.year + 3))
    )
    content = published_content(loaded, texts=load_catalogue(), policy=Policy(right_share=settings.right_share))
    for finding in _findings_without_store(settings, content, environment=environment, now=now):
        yield finding
    for finding in content_findings(loaded, today=now.date()):
        yield finding
    for finding in encoder_findings(settings, load_encoder, encoder_lack(settings)):
        yield finding
    async for finding in provider_findings(settings, environment=environment):
        yield finding
    async for finding in mail_findings(settings):
        yield finding
    async for finding in running_findings(settings):
        yield finding
    async for finding in _store_findings(settings, content, now=now):
        yield finding


def _findings_without_store(
    settings: Settings, content: Content, *, environment: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    yield ok("version", f"Heia {version('heia')}")
    yield from settings_findings(settings, environment)
    yield from clock_findings(settings, now)
    yield from disk_findings(settings)
    yield from telemetry_findings(environment)
    yield from teams_findings(settings, content.organisation, now)
    yield from web_findings(settings)
    yield from directory_findings(settings, content.organisation)
    yield from mapping_findings(settings, content.organisation)
    yield from signin_findings(settings, content.organisation, environment=environment, now=now)
    yield from graph_findings(settings, content.organisation, now)
    yield from audit_findings(settings)
    if settings.database_url is None and settings.data_dir.is_dir():
        yield from file_findings(settings.data_dir)


async def _store_findings(settings: Settings, content: Content, *, now: datetime) -> AsyncIterator[Finding]:
    if settings.database_url is None and not any(settings.data_dir.glob("store-*")):
        yield warn("registry", "it is empty", "heia registry import people.csv --dry-run").explained("registry_empty")
        return
    try:
        store = await command_store(settings)
    except StoreInUse as use:
        yield warn("store", str(use), "Registry and deliveries were not looked at.")
        return
    except StoreRefused as refusal:
        yield fail("store", str(refusal), "Nothing else can be looked at before that.")
        return
    except StoreUnavailable as fault:
        yield fail("store", str(fault), "Is the database running, and HEIA_DATABASE_URL right?")
        return
    except ModuleNotFoundError:
        yield fail("store", "the PostgreSQL driver is not installed", "pip install 'heia[postgres]'")
        return
    try:
        for findings in (
            store_findings(store, database=settings.database_url is not None),
            leaver_findings(store, settings),
            audit_store_findings(store, settings),
            nightly_findings(store, now=now),
            work_findings(store),
            registry_findings(store, content, now=now),
            directory_store_findings(store, settings, content.organisation, now=now),
            graph_store_findings(store, settings, content.organisation, now=now),
            import_findings(store, now=now),
        ):
            async for finding in findings:
                yield finding
    except UnknownSchema as fault:
        yield fail("store", str(fault), "Start the program version that wrote it.")
    finally:
        await store.close()
