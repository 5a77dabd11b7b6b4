"""``heia serve``: the bot.

Imports only what opens the port; the rest of the program is loaded while the port already answers.
"""

import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final

import typer
from structlog.typing import FilteringBoundLogger

from bot.app.listening import allow_files, is_loopback, open_socket, preparing
from bot.app.log import configure_log, make_log
from bot.settings.model import BadSettings, Settings, load_settings
from bot.support.memory import available_memory, map_large_allocations

# How long a matching thread may hold the GIL while the event loop waits. The usual 5 ms would be added to every step
# of every turn.
SWITCH_SECONDS: Final = 0.001
# Memory for answers by words, in addition to the memory in use when the port opens. Measured: 230 MB.
PROGRAM_BYTES: Final = 250_000_000


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
    # numpy's threads wait for each other: on busy cores a start with them takes three times the processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    map_large_allocations()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()  # no collection during start: objects loaded now stay
    asyncio.run(_serve(settings, dev=dev, log=make_log()))


async def _serve(settings: Settings, *, dev: bool, log: FilteringBoundLogger) -> None:
    listener = open_socket(settings.host, settings.port)
    async with AsyncExitStack() as waiting:
        # Users asking meanwhile get a notice to come back, instead of no reply.
        await waiting.enter_async_context(preparing(listener))
        left = available_memory()
        if left is not None and left < PROGRAM_BYTES:
            reason = f"{left // 1_000_000} MB of memory are free, and the program needs {PROGRAM_BYTES // 1_000_000}"
            log.error("memory_short", reason=reason, consequence="the system may end it")
        log.info("preparing", port=listener.getsockname()[1], reason="reads the articles, and what was learned of them")
        await asyncio.to_thread(import_module, "bot.app.server")
        from bot.app.server import serve_on  # noqa: PLC0415 - loaded by the thread, which takes a second or two

        await serve_on(listener, settings, dev=dev, opened=waiting.aclose, log=log)
