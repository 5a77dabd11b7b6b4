"""``heia db``: the PostgreSQL database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as Shown

from bot.app.commands.opening import refuse
from bot.images.files import FileImages, copy_images
from bot.ports import StoreRefused
from bot.settings.model import Settings, load_settings
from bot.stores.memory.state import Table
from bot.stores.tiny.store import TinyStore

db = typer.Typer(no_args_is_help=True, help="The PostgreSQL database of HEIA_DATABASE_URL.\n\nExample: heia db upgrade")


@db.command()
def status() -> None:
    """Print which steps of the schema the database has, and which it lacks (exit code 1).

    Example: heia db status
    """
    from bot.stores.postgres.connection import migration_status  # noqa: PLC0415 - the driver is an extra

    status = asyncio.run(migration_status(_url(load_settings())))
    for name in status.applied:
        typer.echo(f"has    {name}")
    for name in status.pending:
        typer.echo(f"lacks  {name}")
    if status.pending:
        raise refuse("Run: heia db upgrade")
    typer.echo("The database is up to date.")


@db.command()
def upgrade() -> None:
    """Bring the database up to this program. Stop the bots first; doing it again changes nothing.

    Example: heia db upgrade
    """
    from bot.stores.postgres.connection import migrate  # noqa: PLC0415 - the driver is an extra

    for name in asyncio.run(migrate(_url(load_settings()))):
        typer.echo(f"applied {name}")
    typer.echo("The database is up to date.")


@db.command("copy")
def copy_(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Data folder to copy from; without it, HEIA_DATA_DIR.", file_okay=False),
    ] = None,
) -> None:
    """Copy everything from the data folder into the database, and check that both hold the same.

    Stop the bot first. A copy that was stopped goes on when it is started again. The data folder is left as it is.

    Example: heia db copy --from /var/lib/heia
    """
    settings = load_settings()
    folder = source or settings.data_dir
    if not any(folder.glob("store-*")):
        raise StoreRefused(f"{folder} holds no store to copy. Nothing was changed.")
    asyncio.run(_copy(folder, _url(settings)))


async def _copy(folder: Path, url: str) -> None:
    from bot.stores.copy import copy  # noqa: PLC0415
    from bot.stores.postgres.store import PostgresStore  # noqa: PLC0415 - the driver is an extra

    tiny, postgres = TinyStore(directory=folder), PostgresStore(url=url)
    await postgres.open()
    try:
        await tiny.open()
        try:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            ) as bar:
                tasks: dict[Table, TaskID] = {}

                def print_progress(table: Table, done: int, total: int) -> None:
                    task = tasks.setdefault(table, bar.add_task(table)) if table not in tasks else tasks[table]
                    bar.update(task, completed=done, total=total)

                copied = await copy(tiny, postgres, progress=print_progress)
                images = await copy_images(FileImages(folder / "images"), postgres.images)
        finally:
            await tiny.close()
    finally:
        await postgres.close()
    table = Shown("table", "rows", "checksum in both", box=None)
    for copied_table in copied:
        table.add_row(copied_table.table, f"{copied_table.rows:,}", copied_table.digest[:16])
    table.add_row("images", f"{images:,}", "compared")
    Console().print(table)
    typer.echo("Everything is in the database. Set HEIA_WEB_KEY to the contents of web.key to keep people signed in.")


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        raise refuse("HEIA_DATABASE_URL is not set: the data lies in HEIA_DATA_DIR and needs no upgrade.", code=2)
    return settings.database_url.get_secret_value()
