"""Dump and restore of a database by PostgreSQL's own programs."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.ports import StoreRefused, StoreUnavailable

_SAY: Final = "Install PostgreSQL's client programs (apt install postgresql-client) of the server's version, or run: "


async def dump(url: str, path: Path) -> None:
    """Write the database as of one instant into a file, in pg_dump's custom format.

    Raises StoreRefused: pg_dump is missing or failed; the text has the command to run.
    """
    await _run("pg_dump", ["--format=custom", "--no-owner", f"--file={path}"], url, f"pg_dump -Fc -f {path.name} <url>")


async def restore_dump(url: str, path: Path) -> None:
    """Restore a dump into an empty database, completely or not at all.

    Raises StoreRefused: it is not empty, pg_restore is missing or failed; StoreUnavailable.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public'"
            )
            row = await cursor.fetchone()
    except psycopg.OperationalError as fault:
        raise StoreUnavailable(f"the database cannot be reached: {fault}") from fault
    if row is None or row[0]:
        raise StoreRefused(
            "The database of HEIA_DATABASE_URL is not empty, and a backup never replaces what is there. Make a new one "
            "with createdb. Nothing was changed."
        )
    options = ["--exit-on-error", "--single-transaction", "--no-owner"]
    await _run("pg_restore", options, url, "pg_restore -1 --no-owner -d <url> database.dump", str(path))


async def delete_records(url: str, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    """Delete records of a database that nothing else uses; return their ids and bodies. Raises StoreUnavailable."""
    return await _changed(url, "DELETE FROM record WHERE kind = ANY(%s) RETURNING id, body", kinds)


async def read_records(url: str, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return ids and bodies of records. Raises StoreUnavailable."""
    return await _changed(url, "SELECT id, body FROM record WHERE kind = ANY(%s)", kinds)


async def _changed(url: str, statement: LiteralString, kinds: Sequence[str]) -> Sequence[tuple[str, dict[str, Any]]]:
    try:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await (await connection.execute(statement, [list(kinds)])).fetchall()
    except psycopg.OperationalError as fault:
        raise StoreUnavailable(f"the database cannot be reached: {fault}") from fault


async def _run(program: str, options: list[str], url: str, command: str, *files: str) -> None:
    """Run a program on a database. The password goes by the environment, which other users cannot read."""
    path = shutil.which(program)
    if path is None:
        raise StoreRefused(f"{program} is not installed. {_SAY}{command}. Nothing was changed.")
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    target = make_conninfo(**{name: str(value) for name, value in parts.items() if value is not None})
    environment = {**os.environ, **({} if password is None else {"PGPASSWORD": str(password)})}
    process = await asyncio.create_subprocess_exec(
        path,
        *options,
        f"--dbname={target}",
        *files,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        reason = said.decode("utf-8", "replace").strip()
        raise StoreRefused(f"{program} failed: {reason}. {_SAY}{command}. Nothing was changed.")
