"""One fixture: a fresh store of each kind, opened."""

from collections.abc import AsyncIterator

import pytest

from bot.ports import Store
from bot.stores.memory import MemoryStore

KINDS = ("memory",)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    made: Store = MemoryStore()
    await made.open()
    yield made
    await made.close()
