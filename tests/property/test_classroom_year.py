"""In any weeks of courses no seat is given twice or out of order, and a process that dies loses nothing."""

import random
from collections import Counter

import pytest

from bot.stores.memory.store import MemoryStore
from tests.bench.classes.life import CourseLife
from tests.bench.classes.promises import Memory, Promises
from tests.bench.classes.script import script_of
from tests.bench.classes.town import town_of
from tests.sampling import examples

TOWN = town_of(240)
SEEDS = range(1, examples(12) + 1)


async def lived(seed: int, *, deaths: int) -> Promises:
    """Live a few sessions; at each death the last step is sent again, as after a lost acknowledgement."""
    steps = script_of(TOWN, sessions=12, days=40, seed=seed, leavers=0.2)
    draw = random.Random(seed)
    stops = sorted(draw.randrange(1, len(steps)) for _ in range(deaths))
    store, since, memory = MemoryStore(), 0, Memory()
    broken, seen = Counter[str](), Counter[str]()
    await store.open()
    for until in [*stops, len(steps)]:
        life = CourseLife(store, TOWN, seed=seed, memory=memory)
        await life.begin()
        await life.live(steps[:until], since=since, ends=until == len(steps))
        broken += life.promises.broken
        seen += life.promises.seen
        since = max(0, until - 1)
    return Promises(memory=memory, broken=broken, seen=seen)


@pytest.mark.parametrize("seed", SEEDS)
async def test_weeks_with_deaths_keep_every_promise(seed: int) -> None:
    found = await lived(seed, deaths=3)
    assert found.broken == {}
    assert found.seen["booked"] > 40
    assert found.seen["offered"] > 3
    assert found.seen["attended"] > 15
    assert len(found.memory.reminders) > 15
