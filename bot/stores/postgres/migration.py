"""The database schema in numbered steps, each applied once and in order.

Since 0014 a step is marked in its name: ``0014_expand_…`` only adds what the program before can ignore, so that both
can serve at the same time; ``0015_contract_…`` removes or changes something it needs.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from bot.ports import StoreRefused, StoreUnavailable

EXPAND: Final = re.compile(r"[0-9]{4}_expand_[a-z0-9_]+")
# An arbitrary number, the same in every program, so that only one of them migrates a database at a time.
_LOCK = 0x48454941


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStatus:
    """Applied and pending migrations of a database."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]


def migrations() -> Sequence[Migration]:
    """Return the migrations of this program in order."""
    known = []
    for file in files("bot.stores.postgres").joinpath("migrations").iterdir():
        if match := re.fullmatch(r"([0-9]{4})_[a-z0-9_]+\.sql", file.name):
            name = file.name.removesuffix(".sql")
            known.append(Migration(number=int(match[1]), name=name, sql=file.read_text("utf-8")))
    return sorted(known, key=lambda migration: migration.number)


async def migrate(url: str) -> Sequence[str]:
    """Apply the pending migrations and return their names.

    Programs that migrate at the same time wait for each other. Raises StoreRefused: the database is newer than this
    program, or was migrated with other files; StoreUnavailable: it cannot be reached.
    """
    async with await _connect(url) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL,"
            " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        status = await _status(connection)
        pending = [migration for migration in migrations() if migration.name in status.pending]
        for migration in pending:
            async with connection.transaction():
                await connection.execute(migration.sql.encode())
                await connection.execute(
                    "INSERT INTO migration (number, name, checksum) VALUES (%s, %s, %s)",
                    [migration.number, migration.name, migration.checksum],
                )
        return [migration.name for migration in pending]


async def migration_status(url: str) -> MigrationStatus:
    """Return applied and pending migrations. Raises StoreRefused, StoreUnavailable as ``migrate`` does."""
    async with await _connect(url) as connection:
        return await _status(connection)


async def check_migrated(url: str) -> None:
    """Raise StoreRefused if the schema is not one that this program can use; StoreUnavailable."""
    status = await migration_status(url)
    if status.pending:
        raise StoreRefused(f"the database lacks {', '.join(status.pending)}: run `heia db upgrade`")


async def _connect(url: str) -> psycopg.AsyncConnection[TupleRow]:
    try:
        return await psycopg.AsyncConnection.connect(url, autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"the database cannot be reached: {error}") from error


async def _status(connection: psycopg.AsyncConnection[TupleRow]) -> MigrationStatus:
    applied: dict[str, str] = {}
    cursor = await connection.execute("SELECT to_regclass('migration') IS NOT NULL")
    if await cursor.fetchone() == (True,):
        rows = await connection.execute("SELECT name, checksum FROM migration ORDER BY number")
        applied = dict(await rows.fetchall())
    known = {migration.name: migration.checksum for migration in migrations()}
    unknown = [name for name in applied if name not in known and not EXPAND.fullmatch(name)]
    if unknown:
        raise StoreRefused(f"the database was upgraded by a newer program ({', '.join(unknown)}): use that one")
    changed = [name for name, checksum in applied.items() if known.get(name, checksum) != checksum]
    if changed:
        raise StoreRefused(f"the database was upgraded with other files than these: {', '.join(changed)}")
    return MigrationStatus(applied=tuple(applied), pending=tuple(name for name in known if name not in applied))
