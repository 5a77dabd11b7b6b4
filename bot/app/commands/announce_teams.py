"""``heia announce teams`` and ``place``: the teams the bot is in, and their municipalities."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.commands.tables import print_whole
from bot.directory.current import every
from bot.ports import Commit, Key
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.teams_membership.learning import owners, placed
from dialogs.teams_membership.model import Team


def teams() -> None:
    """Print the teams in Microsoft Teams that the bot is in, and their municipalities.

    Example: heia announce teams
    """

    async def print_teams(context: CommandContext) -> None:
        table = Table("id", "name", "municipality", "tenant", "channels", box=None)
        async for team in every(context.store, Team, "all"):
            names = ", ".join(channel.name or "General" for channel in team.channels)
            table.add_row(team.id, escape(team.name), team.municipality_id or "–", team.tenant_id, escape(names))
        print_whole(table)

    with_store(print_teams)


def place(
    team_id: Annotated[str, typer.Argument(help="Id of the team, as teams shows it.")],
    municipality: Annotated[str, typer.Argument(help="Id of the municipality; - for none.")],
) -> None:
    """Say which municipality a team belongs to; only announcements to it may stand there.

    Example: heia announce place 19:abc@thread.tacv2 eidsvoll
    """

    async def assign_municipality(context: CommandContext) -> None:
        key = Key(kind=Team.KIND, id=team_id)
        stored = (await context.store.get([key])).get(key)
        if stored is None:
            raise refuse(f"There is no team {team_id}; heia announce teams shows them.")
        team = decode(Team, stored)
        if municipality not in {"-", *owners(team.tenant_id, context.content)}:
            raise refuse(f"The team's tenant serves no municipality {municipality}.", code=2)
        now = context.now
        changed = replace(team, municipality_id=None if municipality == "-" else municipality, changed_at=now)
        entry = AuditEntry.from_act(placed(changed, by=context.by), id=context.rng.new_id("audit"), at=now)
        writes = (write_of(Put(record=changed), {key: stored.version}), write_of(Put(record=entry), {}))
        await context.store.commit(Commit(at=now, records=writes))

    with_store(assign_municipality)
