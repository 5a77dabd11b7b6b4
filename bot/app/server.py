"""``heia serve`` behind its open port: all parts of the program, imported while ``preparing`` answers."""

import gc
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from structlog.typing import FilteringBoundLogger

from bot.app.application import running
from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.demo.applications import load_applications
from bot.app.demo.classes import load_classes
from bot.app.listening import listening, log_started, stop_requested
from bot.app.local import local_socket
from bot.app.wiring import declared, make_knowledge_service, make_store
from bot.directory import load_sample
from bot.settings.model import Settings
from bot.stores.tiny.store import TinyStore
from bot.support.dependencies import Dependencies


async def serve_on(
    listener: socket.socket,
    settings: Settings,
    *,
    dev: bool,
    opened: Callable[[], Awaitable[None]],
    log: FilteringBoundLogger,
) -> None:
    """Run the bot on a listening socket until it is asked to stop.

    ``opened`` is called once it answers there. Raises StoreRefused, StoreUnavailable, BadSettings.
    """
    clock = SystemClock()
    dependencies = Dependencies(clock=clock, log=log)
    store = make_store(settings, dependencies=dependencies)
    await store.open()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
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
                await opened()
                sys.stdout.write(f"Heia is at http://{settings.host}:{port}/chat{' (demo)' if dev else ''}\n")
                sys.stdout.flush()
                gc.freeze()  # later collections skip the hundreds of thousands of loaded rows
                gc.enable()
                log_started(log, settings, command="serve", dev=dev, channels=bot.engine.open_channels)
                await stop.wait()
                log.info("stopping", command="serve")
    log.info("stopped", command="serve")
