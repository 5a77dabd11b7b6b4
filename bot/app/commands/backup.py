"""``heia backup`` and ``heia restore``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.app.backup import RestoredRights, back_up, restore_backup
from bot.app.clock import SystemClock
from bot.app.commands.opening import CommandContext, sign_head, with_store
from bot.app.erasure import write_audit_entry
from bot.app.maintenance import keep_backup
from bot.scim.tokens import SHORT_ID
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
        await keep_backup(context.store, at=context.now)
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
    keep_tokens: Annotated[
        bool, typer.Option("--keep-tokens", help="Leave tokens of directories valid, as in the backup.")
    ] = False,
) -> None:
    """Bring back what a backup holds, into an empty data folder or database.

    Every file is compared with its checksum first. Nothing that exists is ever replaced. Web sign-ins and tokens of
    directories (SCIM) in it are ended: some may have been ended or withdrawn since.

    Example: heia restore /backup/heia-2026-11-26.tar.gz
    """
    settings = load_settings()
    restoring = restore_backup(settings, file, keep_tokens=keep_tokens, at=SystemClock().now())
    contents, rights = asyncio.run(restoring)
    typer.echo(f"Restored {len(contents.files):,} files of {contents.made_at[:19]}, made by Heia {contents.program}.")
    _say_rights(rights)
    typer.echo(
        "Next: heia doctor, heia audit verify, an import of the newest file of people, and the erasures since; then "
        "start the bot."
    )


def _say_rights(rights: RestoredRights) -> None:
    typer.echo(f"Ended {rights.sign_ins:,} web sign-ins and sign-in links; everyone signs in again.")
    for id_, municipality in rights.tokens:
        short = id_[:SHORT_ID]
        if rights.kept:
            said = f"Kept {short} of {municipality}. If it was withdrawn since: heia scim token withdraw"
            typer.echo(f"{said} {municipality} {short}")
        else:
            said = f"Withdrew {short} of {municipality}. Give its directory a new one: heia scim token new"
            typer.echo(f"{said} {municipality}")


# The command line finds a command by its name.
restore = restore_file
