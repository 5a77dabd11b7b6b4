"""Fresh stores of each kind, opened: ``store`` over all of them, ``reopen`` over those that outlive a process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from bot.stores.memory.store import MemoryStore
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from tests.contract import postgres_server
from tests.contract.remote import RemoteOverTiny

DURABLE = ("tiny", "remote", *postgres_server.KINDS)
KINDS = ("memory", *DURABLE)

Make = Callable[[], Store]
Reopen = Callable[[], Awaitable[Store]]
Servers = Callable[[str], postgres_server.Server]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Return what starts the PostgreSQL server of a kind when a test first needs it."""
    with ExitStack() as stack:
        running: dict[str, postgres_server.Server] = {}

        def server(kind: str) -> postgres_server.Server:
            if kind not in running:
                running[kind] = stack.enter_context(postgres_server.server_of(kind))
            return running[kind]

        yield server


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[Make]:
    """Return what makes an unopened store of the kind over the same data each time."""
    match request.param:
        case "memory":
            yield MemoryStore
        case "tiny":
            yield lambda: TinyStore(directory=tmp_path / "data")
        case "remote":
            yield lambda: RemoteOverTiny(tmp_path / "data")
        case kind:
            with servers(kind).used_database() as url:
                yield lambda: PostgresStore(url=url)


@pytest.fixture
async def store(make: Make) -> AsyncIterator[Store]:
    opened = make()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def reopen(make: Make) -> AsyncIterator[Reopen]:
    """Return what closes the store, when one is open, and opens its data again."""
    opened: list[Store] = []

    async def again() -> Store:
        if opened:
            await opened[-1].close()
        opened.append(make())
        await opened[-1].open()
        return opened[-1]

    yield again
    await opened[-1].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reopen" in metafunc.fixturenames:
        metafunc.parametrize("make", DURABLE, indirect=True)
    elif "make" in metafunc.fixturenames:
        metafunc.parametrize("make", KINDS, indirect=True)
