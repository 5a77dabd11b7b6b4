"""Whatever people do, in whatever order and at once, while the clock runs and the process dies: no question goes cold.

10,000 runs on the store in memory and 10,000 on the tiny store, whose files are read again after each death. A run is a
handful of moves, many of them several turns side by side that are cut between any two of their steps. What is promised
stands in ``handoff_life/promise.py``. A run is named by its seed and made again with it:

    HEIA_TEST_SEED=4711 HEIA_TEST_RUNS=1 pytest tests/crash/test_handoff_life.py
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import pytest

from bot.ports import Commit, TimerWrite
from tests.crash.handoff_life.life import Life
from tests.crash.handoff_life.run import run_many
from tests.crash.handoff_life.town import BEGIN

RUNS = int(os.environ.get("HEIA_TEST_RUNS", "10000"))
FIRST = int(os.environ.get("HEIA_TEST_SEED", "1"))
PORTION = 250


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("durable", [False, True], ids=["memory", "tiny"])
def test_no_question_goes_cold(processes: ProcessPoolExecutor, durable: bool) -> None:
    last = FIRST + RUNS
    portions = [range(start, min(start + PORTION, last)) for start in range(FIRST, last, PORTION)]
    for broken in processes.map(partial(run_many, durable=durable), portions):
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
