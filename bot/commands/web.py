"""``heia registry link``: a way into the web chat for somebody who has no other proof of who they are."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.bootstrap import web_key
from bot.channels.web.link import PURPOSE
from bot.channels.web.seal import Seal
from bot.clock import SystemChance
from bot.commands.opening import BY, opened
from bot.erasing import note
from bot.ports import StoreRefused
from bot.settings import Settings, load_settings
from dialogs.decision import Audit


def link(person: Annotated[str, typer.Argument(help="Id, e-mail address or Entra object id.")]) -> None:
    """Print a sign-in link for the web chat. It works once, within 24 hours; whoever has it is that person.

    While the server runs on the store in the data folder, give the person's id: it cannot be looked up then.

    Example: heia registry link p002
    """
    asyncio.run(_link(load_settings(), person))


async def _link(settings: Settings, name: str) -> None:
    person_id = name
    try:
        async with opened(settings) as here:
            person_id = (await here.person(name)).id
            await note(here.store, Audit(act="web.linked", subject=person_id, by=BY), chance=here.chance, at=here.at)
    except StoreRefused as refusal:
        if "in use" not in str(refusal):
            raise
        typer.echo(
            "The server holds the store, so nobody looked up whether there is such a person, and the audit log has the "
            "link only when it is used.",
            err=True,
        )
    typer.echo(address(settings, person_id, at=datetime.now(UTC)))


def address(settings: Settings, person_id: str, *, at: datetime) -> str:
    """Return a new one-time link. Nothing is kept of it until it is used."""
    token = Seal(web_key(settings)).close(PURPOSE, {"person": person_id, "id": SystemChance().id("link")}, at=at)
    return f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/chat/enter?token={token}"
