"""What is gathered is written soon after the first came, at once when there is enough, and each time anew."""

import asyncio

import pytest

from bot.delivery.outcome_writer import Batcher

LONG = 3600.0


async def test_it_is_time_at_once_when_there_is_enough() -> None:
    gathering = Batcher(seconds=LONG, size=2)
    gathering.notify(1)
    waiting = asyncio.create_task(gathering.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    gathering.notify(2)
    async with asyncio.timeout(10):
        await waiting


async def test_one_alone_waits_no_longer_than_it_must() -> None:
    gathering = Batcher(seconds=0.001, size=2)
    gathering.notify(1)
    async with asyncio.timeout(10):
        await gathering.wait()


async def test_what_was_gathered_before_does_not_count_the_next_time() -> None:
    gathering = Batcher(seconds=0.001, size=1)
    gathering.notify(1)
    await gathering.wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await gathering.wait()


async def test_that_there_was_enough_before_does_not_hurry_the_next_time() -> None:
    gathering = Batcher(seconds=LONG, size=2)
    gathering.notify(2)
    await gathering.wait()
    gathering.notify(1)
    waiting = asyncio.create_task(gathering.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    gathering.notify(3)
    async with asyncio.timeout(10):
        await waiting
