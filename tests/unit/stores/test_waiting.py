import asyncio

from bot.stores.memory.store import MemoryStore
from tests.contract.test_store import claim, outcome, owe, post


async def test_the_outcome_of_the_last_delivery_wakes_no_courier() -> None:
    store = MemoryStore()
    await store.open()
    await owe(store, post())
    [delivery] = await claim(store)
    await store.wait_for_post(0)
    waiting = asyncio.create_task(store.wait_for_post(20))
    await store.settle([outcome(delivery)])
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    waiting.cancel()
