"""Signed heads of the audit log for commands without a running server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from bot.app.clock import SystemClock
from bot.app.log import make_log
from bot.app.wiring import audit_heads, audit_key
from bot.audit.outside import Outside
from bot.audit.signer import HeadSigner
from bot.ports import Store
from bot.settings.model import Settings
from bot.stores.remote.store import RemoteStore
from bot.support.dependencies import Dependencies
from bot.support.outbound import open_session


@asynccontextmanager
async def signed_at_end(store: Store, settings: Settings) -> AsyncIterator[None]:
    """Sign a head when entries were added in the block, and post it if an address is set.

    A fault is a warning: the command has done its work. Through the running bot's socket nothing is done here, because
    the bot signs within a minute.
    """
    before = await store.audit_head()
    try:
        yield
    finally:
        if not isinstance(store, RemoteStore) and await store.audit_head() != before:
            await sign_head(store, settings)


async def sign_head(store: Store, settings: Settings) -> None:
    """Sign the end of the log now, and post it if an address is set; warn when that fails."""
    seen: dict[str, int] = {}
    clock, log, url = SystemClock(), make_log(), settings.audit_heads_url
    async with open_session(connections=1) as session:
        await HeadSigner(
            store=store,
            file=audit_heads(settings),
            key=lambda: audit_key(settings),
            outside=None if url is None else Outside(url=url.get_secret_value(), session=session),
            clock=clock,
            dependencies=Dependencies(clock=clock, log=log),
            seen=seen.__setitem__,
            log=log,
        ).sign()
    last = seen.get("log", 0)
    if seen.get("file") != last:
        typer.echo("Warning: the end of the audit log could not be signed; heia doctor names the reason.", err=True)
    if url is not None and seen.get("outside") != last:
        typer.echo("Warning: the address outside did not take the signed head of the audit log.", err=True)
