"""Fresh stores of each kind, opened: ``store`` over all of them, ``durable`` over those that outlive a process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.ports import Store
from bot.stores.memory import MemoryStore
from bot.stores.tiny import TinyStore

DURABLE = ("tiny",)
KINDS = ("memory", *DURABLE)

Make = Callable[[], Store]
Reopen = Callable[[], Awaitable[Store]]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes an unopened store of the kind over the same data each time."""

    def made() -> Store:
        match request.param:
            case "memory":
                return MemoryStore()
            case "tiny":
                return TinyStore(directory=tmp_path / "data")
            case other:
                raise AssertionError(other)

    return made


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
