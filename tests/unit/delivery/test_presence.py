"""Who answers and does not deliver is known to those who do, and again after a loss."""

import asyncio

import pytest
import structlog

from bot.delivery.in_flight import Presence
from bot.ports import LeaseLost, StoreUnavailable
from tests.unit.delivery.scene import HeldClock
from tests.unit.delivery.test_in_flight import LANE, NOON, Roll, Stand


async def known(roll: Roll, number: int) -> None:
    """Wait until so many notes were made."""
    async with asyncio.timeout(10):
        while roll.notes < number:  # noqa: ASYNC110 - the loop runs in a task of its own
            await asyncio.sleep(0.001)


@pytest.mark.full
async def test_it_tells_what_is_answered_until_it_is_stopped() -> None:
    stand = Stand()
    presence = Presence(in_flight=stand.departures, clock=HeldClock(), log=structlog.get_logger())
    stand.limiter.count_reply(LANE, "c", now=NOON)
    running = asyncio.create_task(presence.run())
    await known(stand.roll, 1)
    assert stand.roll.answered == {LANE: 1}
    await presence.stop()
    await running
    assert stand.roll.under_way == {}


@pytest.mark.full
async def test_taken_for_dead_it_makes_itself_known_again() -> None:
    stand = Stand(roll=Roll(trouble=[LeaseLost(())]))
    presence = Presence(in_flight=stand.departures, clock=HeldClock(), log=structlog.get_logger())
    stand.limiter.count_reply(LANE, "c", now=NOON)
    running = asyncio.create_task(presence.run())
    await known(stand.roll, 1)
    assert stand.roll.answered == {LANE: 1}
    assert len(stand.roll.under_way) == 2
    await presence.stop()
    await running


async def test_it_ends_also_when_the_store_is_away() -> None:
    stand = Stand(roll=Roll(leaving=[StoreUnavailable()]))
    presence = Presence(in_flight=stand.departures, clock=HeldClock(), log=structlog.get_logger())
    stand.limiter.count_reply(LANE, "c", now=NOON)
    running = asyncio.create_task(presence.run())
    await known(stand.roll, 1)
    await presence.stop()
    await running
    assert stand.roll.under_way, "it is forgotten when it stays silent"
