"""PostgreSQL connections: a pool, retries after a lost connection, the schema's steps, storable text."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, TypeVar

import psycopg
import structlog
from psycopg.rows import DictRow, TupleRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic_core import from_json

from bot.ports import StoreRefused, StoreUnavailable
from bot.stores.document import to_json
from bot.stores.postgres import sql
from bot.support.dependencies import STORE, Dependencies

# The database schema in numbered steps, each applied once and in order.

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


# Replacement of characters that PostgreSQL text cannot store.

# PostgreSQL's text type has no NUL and no lone surrogates; its json type keeps both, as escapes. An id with one of
# them becomes another id, always the same one, so a lookup either finds the record or finds nothing.
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")


def holdable(text: str) -> str:
    """Return ``text`` with unsupported characters replaced."""
    return text if text.isascii() and "\0" not in text else _UNHOLDABLE.sub("\ufffd", text)


class HoldableText(StrDumperUnknown):
    """Passes text parameters through ``holdable``."""

    def dump(self, obj: str) -> bytes:
        """Return the parameter."""
        return holdable(obj).encode()


def columns_text(rows: list[dict[str, Any]]) -> str:
    """Return rows as JSON with strings that PostgreSQL can convert to columns."""
    text = to_json(rows).decode("ascii")
    return to_json(_holdable(rows)).decode("ascii") if "\\u0000" in text or "\\ud" in text else text


def texts_text(texts: Iterable[str]) -> str:
    """Return texts as JSON that PostgreSQL can expand: takes a tenth of the time of an array parameter."""
    return to_json([holdable(text) for text in texts]).decode("ascii")


def _holdable(value: Any) -> Any:
    if isinstance(value, str):
        return holdable(value)
    if isinstance(value, list):
        return [_holdable(item) for item in value]
    if isinstance(value, dict):
        return {holdable(key): _holdable(item) for key, item in value.items()}
    return value


T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]
Work = Callable[[Connection], Awaitable[T]]

_TRIES = 4
_YIELD_EVERY = 100
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 15.0

# A machine that vanished sends nothing. With system defaults, the listening connection would count as alive for two
# hours, and a statement as under way for a quarter of an hour.
_ALIVE: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}

# Two commits collided in a way that only a retry resolves; nothing was changed.
_MET = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation)


class Again(Exception):
    """Another transaction committed in between: the work must start again."""


class Database:
    """Access to one database.

    ``posted`` is set whenever a delivery may have been added; ``news`` is called with the id of each person with news,
    or with an empty id when a notification may have been missed.
    """

    def __init__(
        self,
        url: str,
        *,
        posted: asyncio.Event,
        connections: int,
        timeout_seconds: float,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._dependencies = dependencies
        self.news: Callable[[str], None] = _ignore_news
        self._url = url
        self._posted = posted
        self._connections = connections
        self._timeout_seconds = timeout_seconds
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect. Raises StoreUnavailable; StoreRefused: the schema is not this program's."""
        if self._pool is not None:
            return
        settings: dict[str, Any] = {
            **_ALIVE,
            "autocommit": True,
            "row_factory": dict_row,
            # Plan for the actual values; also, a pooler in between may provide another connection each time.
            "prepare_threshold": None,
            # Every query has an index; with outdated statistics the planner must not prefer a full scan.
            "options": "-c TimeZone=UTC -c enable_seqscan=off",
        }
        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self._url,
            kwargs=settings,
            min_size=min(2, self._connections),
            max_size=self._connections,
            timeout=self._timeout_seconds,
            # Short rounds, so that the pause between attempts stays short after a long outage.
            reconnect_timeout=5,
            configure=_configure,
            open=False,
        )
        try:
            await check_migrated(self._url)
            await pool.open(wait=True, timeout=self._timeout_seconds)
        except psycopg.OperationalError as error:
            await pool.close()
            raise _unavailable(error) from error
        self._pool = pool
        self._listening = asyncio.create_task(self._listen(), name="postgres-listen")

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
        if pool is not None:
            await pool.close()

    async def read(self, work: Work[T]) -> T:
        """Return the result of ``work`` on a connection; retried when the connection breaks."""
        return await self._try(lambda connection, _: work(connection), tries=_TRIES)

    async def snapshot(self, work: Work[T]) -> T:
        """Return the result of ``work``; all its statements see the same state."""

        async def transaction(connection: Connection, _: asyncio.Event) -> T:
            async with connection.transaction():
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                return await work(connection)

        return await self._try(transaction, tries=_TRIES)

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a transaction that is durable on return.

        Statements are pipelined: a row count is known only after the statement's rows were fetched, or after the end of
        a ``connection.pipeline()`` inside the work.

        The work starts again after a collision, or if the connection broke before its end. Raises StoreUnavailable:
        nothing was changed; or the connection broke during the commit and the outcome is unknown.
        """

        async def transaction(connection: Connection, ending: asyncio.Event) -> T:
            # BEGIN and COMMIT are sent together with the work's statements, which saves two round trips.
            async with connection.pipeline(), connection.transaction():
                result = await work(connection)
                ending.set()
            return result

        return await self._try(transaction, tries=_TRIES)

    async def ping(self) -> None:
        """Return when the database answers. Raises StoreUnavailable without a retry."""

        async def select(connection: Connection, _: asyncio.Event) -> None:
            await connection.execute("SELECT 1")

        await self._try(select, tries=1)

    async def _try(self, work: Callable[[Connection, asyncio.Event], Awaitable[T]], *, tries: int) -> T:
        pause = _FIRST_PAUSE_SECONDS
        for left in reversed(range(tries)):
            ending = asyncio.Event()
            if self._pool is None:
                raise StoreUnavailable("the store is closed")
            try:
                async with self._pool.connection() as connection:
                    result = await work(connection, ending)
                if self._dependencies is not None:
                    self._dependencies.healed(STORE)
                return result
            except (Again, *_MET) as error:
                if not left:
                    raise StoreUnavailable(f"too many others at once: {error}", cause="conflicts") from error
                pause = _FIRST_PAUSE_SECONDS / 10
            except PoolTimeout as error:  # it has already waited for the full timeout
                raise self._away(error) from error
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if ending.is_set() or not left:
                    raise self._away(error) from error
                # Idle connections may be broken for the same reason and would use up the remaining attempts.
                if self._pool is not None:
                    await self._pool.check()
            await asyncio.sleep(pause)
            pause *= 3
        raise AssertionError("the last try returns or raises")

    def _away(self, error: Exception) -> StoreUnavailable:
        unavailable = _unavailable(error)
        if self._dependencies is not None:
            self._dependencies.failed(STORE, unavailable.cause)
        return unavailable

    async def _listen(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True, **_ALIVE) as connection:
                    await connection.execute(sql.LISTEN)
                    pause = _FIRST_PAUSE_SECONDS
                    self._posted.set()  # posts may have been missed while disconnected
                    self.news("")
                    async for notification in connection.notifies():
                        if notification.channel == sql.NEWS_CHANNEL:
                            self.news(notification.payload)
                        else:
                            self._posted.set()
            except psycopg.Error as error:
                structlog.get_logger().debug("store_listen_lost", exc_info=error)
            except Exception:
                structlog.get_logger().exception("loop_failed", loop="listen")
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _ignore_news(person_id: str) -> None:
    """Do nothing: this process has no pages."""


async def fetch(cursor: psycopg.AsyncCursor[DictRow]) -> Sequence[DictRow]:
    """Return the rows of a statement.

    They are decoded in chunks, so that other tasks can run in between.
    """
    rows: list[DictRow] = []
    while some := await cursor.fetchmany(_YIELD_EVERY):
        rows += some
        if len(some) == _YIELD_EVERY:
            await asyncio.sleep(0)
    return rows


async def _configure(connection: Connection) -> None:
    connection.adapters.register_dumper(str, HoldableText)
    set_json_loads(_loads, connection)


def _loads(document: str | bytes) -> Any:
    """Return decoded JSON: twice as fast as ``json.loads``, which is still needed for lone surrogates."""
    try:
        return from_json(document)
    except ValueError:
        return json.loads(document)


def _unavailable(error: Exception) -> StoreUnavailable:
    cause = "no_connection" if isinstance(error, PoolTimeout) else "database_away"
    if isinstance(error, psycopg.errors.DiskFull):
        cause = "disk_full"
    return StoreUnavailable(f"the database cannot be reached: {error}", cause=cause)
