"""``heia work``: deliveries and timers in a process that serves no users."""

import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack
from typing import Annotated, Final

import typer
from structlog.typing import FilteringBoundLogger

from bot.app.application import working
from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.listening import is_loopback, listening, log_started, open_socket, stop_requested
from bot.app.log import configure_log, make_log
from bot.app.wiring import declared, make_knowledge_service, make_store
from bot.settings.model import BadSettings, Settings, load_settings
from bot.support.dependencies import Dependencies

# Added to the process's niceness, so that processes serving users on the same machine come first.
POLITENESS: Final = 5


def work(
    dev: Annotated[
        bool,
        typer.Option("--dev", help="Without authentication, to this machine only; beside heia serve --dev."),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            max=65535, help="Port for /healthz, /readyz and /metrics; 0 picks a free one, without it there are none."
        ),
    ] = -1,
) -> None:
    """Send pending messages and run due timers, beside heia serve.

    Both need HEIA_WORK_APART. Several of each may run, on one machine or on several.

    Example: HEIA_WORK_APART=true heia work --port 3979
    """
    settings = load_settings()
    if not settings.work_apart:
        raise BadSettings(("HEIA_WORK_APART: set it, or heia serve does this work itself",))
    if dev and not is_loopback(settings.host):
        raise BadSettings((f"HEIA_HOST: --dev is for this machine only, not {settings.host}",))
    configure_log(settings.log_level, settings.log_format)
    gc.disable()  # no collection during start: objects loaded now stay
    os.nice(POLITENESS)
    asyncio.run(_work(settings, dev=dev, port=port, log=make_log()))


async def _work(settings: Settings, *, dev: bool, port: int, log: FilteringBoundLogger) -> None:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        dependencies = Dependencies(clock=clock, log=log)
        store = make_store(settings, dependencies=dependencies)
        await store.open()
        stack.push_async_callback(store.close)
        nobody_asks = settings.model_copy(update={"semantic": "off"})
        knowledge = make_knowledge_service(
            nobody_asks,
            store=store,
            clock=clock,
            log=log,
            dependencies=dependencies,
            channels=declared(settings, dev=dev),
        )
        await knowledge.open()
        bot = await stack.enter_async_context(
            working(
                settings,
                dev=dev,
                store=store,
                knowledge=knowledge,
                dependencies=dependencies,
                clock=clock,
                rng=SystemRandomSource(),
                log=log,
            )
        )
        stop = stop_requested()
        where = ""
        if port >= 0:
            listens_at = await stack.enter_async_context(listening(bot.app, open_socket(settings.host, port)))
            where = f", metrics at http://{settings.host}:{listens_at}/metrics"
        gc.freeze()  # later collections skip the hundreds of thousands of loaded rows
        gc.enable()
        sys.stdout.write(f"Heia is at work{where}\n")
        sys.stdout.flush()
        log_started(log, settings, command="work", dev=dev, channels=bot.engine.open_channels)
        await stop.wait()
        log.info("stopping", command="work")
    log.info("stopped", command="work")
