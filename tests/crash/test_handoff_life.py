"""Whatever people do, in whatever order and at once, while the clock runs and the process dies: no question goes cold.

1,000 runs on the store in memory and 1,000 on the tiny store, whose files are read again after each death. A run is a
handful of moves, many of them several turns side by side that are cut between any two of their steps. What is promised
stands in ``handoff_life/promise.py``. A run is named by its seed and made again with it; many are made on two cores:

    HEIA_TEST_SEED=4711 HEIA_TEST_RUNS=1 pytest tests/crash/test_handoff_life.py
    HEIA_TEST_RUNS=100000 pytest -n 2 tests/crash/test_handoff_life.py
"""

import gc
import logging
import os
from collections.abc import Iterator, Sequence

import pytest
import structlog

from bot.ports import Commit, TimerWrite
from tests.crash.handoff_life.life import Life
from tests.crash.handoff_life.run import run_many
from tests.crash.handoff_life.town import BEGIN

RUNS = int(os.environ.get("HEIA_TEST_RUNS", "1000"))
FIRST = int(os.environ.get("HEIA_TEST_SEED", "1"))
LAST = FIRST + RUNS
PORTION = 500
PORTIONS = [range(start, min(start + PORTION, LAST)) for start in range(FIRST, LAST, PORTION)]


@pytest.fixture
def quick() -> Iterator[None]:
    """Log faults alone, and take what was imported for no garbage: looking through it costs a tenth of the time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    structlog.reset_defaults()


@pytest.mark.soak(2)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seeds", PORTIONS, ids=lambda seeds: f"from-{seeds.start}")
@pytest.mark.parametrize("durable", [False, True], ids=["memory", "tiny"])
async def test_no_question_goes_cold(seeds: Sequence[int], durable: bool) -> None:
    broken = await run_many(seeds, durable=durable)
    assert broken is None, str(broken)


async def test_a_timer_set_again_for_the_instant_it_rang_at_does_not_ring_without_end() -> None:
    life = Life(None)
    await life.begin()
    timer = TimerWrite(key="handoff/lost/ana", at=BEGIN, verb="handoff.lost", data={"person_id": "ana"})
    for _ in range(2):
        await life.store.commit(Commit(at=BEGIN, timers=(timer,)))
        for due in (await life.timers()).values():
            await life.runtime.ring(due)
    assert not await life.timers()
