"""Requests from commands to the running bot.

Only the running bot may open the store in the data folder.

They use a Unix socket in a folder that only the bot's own user can enter.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from bot.app.system_user import checked_operator
from bot.directory.current import NotOne, person_named
from bot.ports import Clock, Store, StoreUnavailable
from bot.signin.links import Links, NobodyToSignIn

FOLDER: Final = "local"
SOCKET: Final = "heia.sock"
TIMEOUT_SECONDS: Final = 30


class NotRunning(Exception):
    """No bot is running on this data folder."""


class Unfulfilled(Exception):
    """The running bot refused the request; the text gives the reason."""


@asynccontextmanager
async def local_socket(data_dir: Path, *, store: Store, links: Links, clock: Clock) -> AsyncIterator[None]:
    """Answer commands until the block ends."""

    async def post_link(request: web.Request) -> web.Response:
        asked = await request.json()
        name, by = str(asked["person"]), checked_operator(asked.get("by"))
        try:
            person = await person_named(store, name)
            address = await links.make(person.id, at=clock.now(), by=by)
        except NotOne as fault:
            return web.json_response({"fault": str(fault)}, status=404)
        except NobodyToSignIn:
            return web.json_response({"fault": has_left(name)}, status=404)
        except StoreUnavailable:
            return web.json_response({"fault": "The store does not answer. Try again."}, status=503)
        return web.json_response({"address": address})

    app = web.Application()
    app.router.add_post("/link", post_link)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        with _within(data_dir / FOLDER) as folder:
            with suppress(FileNotFoundError):
                os.unlink(
                    folder / SOCKET
                )  # left by a bot that was killed; only one process at a time has the data folder open
            await web.UnixSite(runner, folder / SOCKET).start()
            yield
    finally:
        await runner.cleanup()


async def ask_for_link(data_dir: Path, person: str, *, by: str) -> str:
    """Return a new sign-in link from the running bot, made by the operator ``by``. Raises NotRunning, Unfulfilled."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    with _within(data_dir / FOLDER) as folder:
        connector = aiohttp.UnixConnector(str(folder / SOCKET))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.post("http://heia/link", json={"person": person, "by": by}) as answer,
            ):
                reply: dict[str, str] = await answer.json()
        except (aiohttp.ClientConnectionError, TimeoutError) as fault:
            raise NotRunning(str(data_dir)) from fault
    if "address" not in reply:
        raise Unfulfilled(reply["fault"])
    return reply["address"]


def has_left(name: str) -> str:
    """Return the reason why a former member gets no link."""
    return f"{name} has left the registry and cannot sign in. Import them again first."


@contextmanager
def _within(folder: Path) -> Iterator[Path]:
    """Yield a short path to the folder: a socket address may have 107 bytes only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        short = Path(f"/proc/self/fd/{descriptor}")
        yield short if short.exists() else folder
    finally:
        os.close(descriptor)
