"""``heia backup`` and ``heia restore``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.app.backup import back_up, restore_backup
from bot.app.commands.opening import CommandContext, with_store
from bot.app.commands.signing import sign_head
from bot.app.erasure import write_audit_entry
from bot.settings.model import Settings, load_settings
from dialogs.core.decision import Audit

# Secrets that a setting holds instead of a file in the data folder.
SECRETS = ("web_key", "leaver_key", "audit_key")


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, such as heia.tar.gz. One that exists is left alone.")],
) -> None:
    """Write everything that is stored into one file, also while the bot runs.

    It holds all data of all people and the secret keys: keep it as carefully as the data folder. It is as of one
    instant, without what was deleted before. Settings and content are no part of it.

    Example: heia backup /backup/heia-2026-11-26.tar.gz
    """

    async def write(context: CommandContext) -> None:
        act = Audit(act="store.backed_up", subject="store", by=context.by)
        await write_audit_entry(context.store, act, rng=context.rng, at=context.now)
        await sign_head(context.store, context.settings)  # the copied heads then cover the copied log
        made = await back_up(context.settings, context.store, file, at=context.now)
        typer.echo(f"{file}: {len(made.files):,} files, {made.size_bytes / 1e6:,.1f} MB before compression")
        _say_left_out(context.settings)

    with_store(write)


def _say_left_out(settings: Settings) -> None:
    given = [f"HEIA_{name.upper()}" for name in SECRETS if getattr(settings, name) is not None]
    others = [str(settings.audit_heads_file)] if settings.audit_heads_file is not None else []
    missing = ", ".join(["heia.toml", "the content folder", *given, *others])
    typer.echo(f"Not in it: {missing}. Keep these, too.", err=True)


def restore_file(
    file: Annotated[Path, typer.Argument(help="File that heia backup wrote.", exists=True, dir_okay=False)],
) -> None:
    """Bring back what a backup holds, into an empty data folder or database.

    Every file is compared with its checksum first. Nothing that exists is ever replaced.

    Example: heia restore /backup/heia-2026-11-26.tar.gz
    """
    settings = load_settings()
    contents = asyncio.run(restore_backup(settings, file))
    typer.echo(f"Restored {len(contents.files):,} files of {contents.made_at[:19]}, made by Heia {contents.program}.")
    typer.echo("Next: heia doctor, heia audit verify, and an import of the newest file of people; then start the bot.")


# The command line finds a command by its name.
restore = restore_file
