"""``heia registry link``: sign-in links for people without another proof of identity."""

import asyncio
from typing import Annotated

import typer

from bot.app.commands.opening import opened, refuse
from bot.app.wiring import make_links, make_sessions
from bot.settings.model import Settings, load_settings
from bot.signin.links import NobodyToSignIn


def link(person: Annotated[str, typer.Argument(help="Id, e-mail address or Entra object id.")]) -> None:
    """Print a sign-in link for the web chat. It works once, within 24 hours; any holder is signed in as that person.

    The link ends when the person leaves, loses a role or deletes their data.

    Example: heia registry link p002
    """
    typer.echo(asyncio.run(_link(load_settings(), person)))


async def _link(settings: Settings, name: str) -> str:
    async with opened(settings) as here:
        person = await here.person(name)
        sessions = make_sessions(settings, store=here.store, dev=False, rng=here.rng)
        links = make_links(settings, store=here.store, sessions=sessions, rng=here.rng)
        try:
            return await links.make(person.id, at=here.now, by=here.by)
        except NobodyToSignIn:
            raise refuse(f"{name} has left the registry and cannot sign in. Import them again first.") from None
