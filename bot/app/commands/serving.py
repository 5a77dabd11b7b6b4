"""``heia serve``: the bot."""

import asyncio
import gc
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Final

import typer
from structlog.typing import FilteringBoundLogger

from bot.app.application import running
from bot.app.channels import declared
from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.commands.listening import (
    allow_files,
    is_loopback,
    listening,
    log_started,
    open_socket,
    preparing,
    stop_requested,
)
from bot.app.demo.applications import load_applications
from bot.app.demo.classes import load_classes
from bot.app.local import local_socket
from bot.app.wiring import configure_log, make_knowledge_service, make_log, make_store
from bot.directory import load_sample
from bot.settings.model import BadSettings, Settings, load_settings
from bot.stores.tiny.store import TinyStore
from bot.support.dependencies import Dependencies

# How long a matching thread may hold the GIL while the event loop waits. The usual 5 ms would be added to every step
# of every turn.
SWITCH_SECONDS: Final = 0.001


def serve(
    dev: Annotated[
        bool,
        typer.Option("--dev", help="Without authentication, on this machine only; be anyone of the sample people."),
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on (HEIA_HOST).")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on (HEIA_PORT); 0 picks a free one.")] = -1,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for what the bot remembers (HEIA_DATA_DIR).")] = None,
) -> None:
    """Run the bot: Teams at /api/messages, the web chat at /chat.

    Example: heia serve --dev
    """
    given: dict[str, object] = {}
    if host:
        given["host"] = host
    if port >= 0:
        given["port"] = port
    if data_dir:
        given["data_dir"] = data_dir
    settings = load_settings(**given)
    if dev and not is_loopback(settings.host):
        raise BadSettings(
            (f"HEIA_HOST: --dev has no authentication and listens on this machine only, not {settings.host}",)
        )
    if not dev and not settings.public_url:
        raise BadSettings(
            ("HEIA_PUBLIC_URL: missing; give the address people reach Heia at, such as https://heia.kommune.example",)
        )
    allow_files(settings.max_connections)
    configure_log(settings.log_level, settings.log_format)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()  # no collection during start: objects loaded now stay
    asyncio.run(_serve(settings, dev=dev, log=make_log()))


async def _serve(settings: Settings, *, dev: bool, log: FilteringBoundLogger) -> None:
    clock = SystemClock()
    dependencies = Dependencies(clock=clock, log=log)
    store = make_store(settings, dependencies=dependencies)
    await store.open()
    async with AsyncExitStack() as stack, AsyncExitStack() as waiting:
        stack.push_async_callback(store.close)
        # Who asks meanwhile is told to come back, instead of finding nobody.
        listener = open_socket(settings.host, settings.port)
        await waiting.enter_async_context(preparing(listener))
        log.info("preparing", port=listener.getsockname()[1], reason="reads the articles, and what was learned of them")
        if isinstance(store, TinyStore):
            await store.give_up_leases()
        await stack.enter_async_context(local_socket(settings, store=store, log=log))
        knowledge = make_knowledge_service(
            settings,
            store=store,
            clock=clock,
            log=log,
            dependencies=dependencies,
            channels=declared(settings, dev=dev),
        )
        await knowledge.open()
        if dev:
            content = knowledge.state.loaded
            published, now = knowledge.state.content, clock.now()
            places = published.channels.waiting_places()
            loaded = await load_sample(store, content.organisation, topics=content.topics(), addresses=places, at=now)
            if loaded:
                await load_applications(store, published, at=now)
                await load_classes(store, published, at=now)
        async with running(
            settings,
            dev=dev,
            store=store,
            knowledge=knowledge,
            dependencies=dependencies,
            clock=clock,
            rng=SystemRandomSource(),
            log=log,
        ) as bot:
            stop = stop_requested()
            async with listening(bot.app, listener) as port:
                await waiting.aclose()
                sys.stdout.write(f"Heia is at http://{settings.host}:{port}/chat{' (demo)' if dev else ''}\n")
                sys.stdout.flush()
                gc.freeze()  # later collections skip the hundreds of thousands of loaded rows
                gc.enable()
                log_started(log, settings, command="serve", dev=dev, channels=bot.engine.open_channels)
                await stop.wait()
                log.info("stopping", command="serve")
    log.info("stopped", command="serve")
