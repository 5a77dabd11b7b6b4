"""Whether Heia can serve is answered at once when PostgreSQL is stopped, or when its machine says nothing any more."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemClock
from bot.app.ops.health import Readiness
from bot.stores.postgres.store import PostgresStore
from bot.support.dependencies import Dependencies
from tests.contract.postgres_server import Server, wheel_server


class Wire:
    """The network between a store and its server: ``cut`` lets everything sent vanish, on either side."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._flows = asyncio.Event()
        self._flows.set()
        self._carriers: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        self._flows.clear()

    def mend(self) -> None:
        self._flows.set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket_path)
        for source, sink in ((reader, server_writer), (server_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._carriers.add(task)
            task.add_done_callback(self._carriers.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await self._flows.wait()
                sink.write(data)
        except ConnectionError:
            return
        finally:
            sink.close()

    async def close(self) -> None:
        for task in list(self._carriers):
            task.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """Yield a wire to the server and the address at its near end."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query)["host"][0]
    wire = Wire(f"{folder}/.s.PGSQL.{parts.port or 5432}")
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield wire, f"postgresql://{quote(parts.username or '')}@127.0.0.1:{port}{parts.path}"
    finally:
        wire.mend()
        server.close()
        await wire.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this file's own, which may be stopped."""
    with wheel_server() as running:
        yield running


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with server.database() as address:
        yield address


@pytest.fixture
async def dependencies() -> Dependencies:
    return Dependencies(clock=SystemClock(), log=structlog.get_logger())


async def heals(readiness: Readiness) -> None:
    async with asyncio.timeout(60):
        while await readiness.cause():  # noqa: ASYNC110 - the database comes back by itself
            await asyncio.sleep(0.1)


@pytest.mark.full
async def test_a_database_that_says_nothing_is_noticed_at_once_and_so_is_its_return(
    url: str, dependencies: Dependencies
) -> None:
    async with wired(url) as (wire, near):
        store = PostgresStore(url=near, dependencies=dependencies)
        await store.open()
        readiness = Readiness(store=store)
        assert await readiness.cause() == ""
        wire.cut()
        async with asyncio.timeout(15):  # the statement itself ends when the network does
            assert await readiness.cause() == "no_answer"
            assert await readiness.cause() == "no_answer"
        wire.mend()
        await heals(readiness)
        await readiness.close()
        await store.close()


@pytest.mark.full
async def test_a_database_that_is_stopped_is_noticed_told_once_and_so_is_its_return(
    server: Server, url: str, dependencies: Dependencies
) -> None:
    store = PostgresStore(url=url, dependencies=dependencies)
    await store.open()
    readiness = Readiness(store=store)
    assert await readiness.cause() == ""
    works: dict[str, bool] = {}
    dependencies.changed = works.__setitem__
    server.stop()
    with capture_logs() as lines:
        async with asyncio.timeout(30):
            while works.get("store", True):
                assert await readiness.cause() in {"no_answer", "database_away", "no_connection"}
        assert await readiness.cause()
        server.start()
        await heals(readiness)
    told = [line["event"] for line in lines if "dependency" in line]
    assert told == ["dependency_failed", "dependency_healed"]
    await readiness.close()
    await store.close()
