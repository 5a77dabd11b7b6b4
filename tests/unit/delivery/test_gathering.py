"""What is gathered is written soon after the first came, at once when there is enough, and each time anew."""

import asyncio

import pytest

from bot.delivery.batcher import Batcher

LONG = 3600.0


async def test_it_is_time_at_once_when_there_is_enough() -> None:
    gathering = Batcher(seconds=LONG, enough=2)
    gathering.came(1)
    waiting = asyncio.create_task(gathering.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    gathering.came(2)
    async with asyncio.timeout(10):
        await waiting


async def test_one_alone_waits_no_longer_than_it_must() -> None:
    gathering = Batcher(seconds=0.001, enough=2)
    gathering.came(1)
    async with asyncio.timeout(10):
        await gathering.wait()


async def test_what_was_gathered_before_does_not_count_the_next_time() -> None:
    gathering = Batcher(seconds=0.001, enough=1)
    gathering.came(1)
    await gathering.wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await gathering.wait()


async def test_that_there_was_enough_before_does_not_hurry_the_next_time() -> None:
    gathering = Batcher(seconds=LONG, enough=2)
    gathering.came(2)
    await gathering.wait()
    gathering.came(1)
    waiting = asyncio.create_task(gathering.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    gathering.came(3)
    async with asyncio.timeout(10):
        await waiting
