"""Settling goes on after whatever goes wrong in it, and no outcome is lost by that."""

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from bot.ports import Settled
from bot.support.supervision import MAX_FAILURES, LoopGivenUp
from tests.draining import drain
from tests.unit.delivery.scene import in_teams
from tests.unit.delivery.test_courier import Stand


@pytest.fixture
async def stand() -> Stand:
    stand = Stand()
    await stand.know(*(in_teams(f"p{n}") for n in range(5)))
    return stand


def fail_to_settle(stand: Stand, times: int) -> None:
    settle, left = stand.store.settle, times

    async def failing(outcomes: Sequence[Settled]) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ZeroDivisionError
        await settle(outcomes)

    stand.store.settle = failing  # type: ignore[method-assign]


async def test_a_fault_that_is_not_the_stores_absence_does_not_end_settling(stand: Stand) -> None:
    fail_to_settle(stand, 2)
    await stand.post(*(f"p{n}" for n in range(5)))
    with capture_logs() as lines:
        async with asyncio.timeout(10):
            await drain(stand.courier)
    assert await stand.states() == {"sent": 5}
    assert len(stand.teams.done) == 5, "none was sent a second time"
    assert [line["loop"] for line in lines if line["event"] == "loop_failed"] == ["outcome_writer", "outcome_writer"]


async def test_a_counter_that_fails_holds_up_no_outcome(stand: Stand) -> None:
    def seen(_: Settled) -> None:
        raise ZeroDivisionError

    stand.courier._outcome_writer._on_settled = seen
    await stand.post("p1")
    with capture_logs():
        async with asyncio.timeout(10):
            await drain(stand.courier)
    assert await stand.states() == {"sent": 1}


@pytest.mark.full
async def test_settling_that_keeps_failing_ends_the_courier_which_says_so(stand: Stand) -> None:
    fail_to_settle(stand, 99)
    await stand.post("p1")
    with capture_logs() as lines, pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(10):
            await stand.courier.run()
    assert ended.value.subgroup(LoopGivenUp) is not None
    assert [line["event"] for line in lines].count("loop_given_up") == 1
    assert len([line for line in lines if line["event"] == "loop_failed"]) == MAX_FAILURES - 1


@pytest.mark.full
async def test_a_courier_that_failed_delivers_again_when_it_is_started_again(stand: Stand) -> None:
    fail_to_settle(stand, MAX_FAILURES)
    await stand.post("p1", "p2")
    with capture_logs(), pytest.raises(ExceptionGroup):
        await stand.courier.run()
    await stand.post("p3")
    running = asyncio.create_task(stand.courier.run())
    async with asyncio.timeout(10):
        while (await stand.states()).get("sent") != 3:  # noqa: ASYNC110 - the courier runs in a task of its own
            await asyncio.sleep(0.01)
    await stand.courier.stop()
    await running
    again = [await stand.delivery(f"p{n}") for n in (1, 2)]
    assert all(each.possibly_twice for each in again), "what had been sent is marked"
