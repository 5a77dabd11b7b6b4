import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from bot.delivery.timers import Timers
from bot.ports import Commit, StoreUnavailable, Timer, TimerWrite
from bot.stores.memory.store import MemoryStore
from tests.unit.delivery.scene import NOON, HeldClock


class Bells:
    """Timers over a store in memory; ringing one takes it away, unless it is to fail."""

    def __init__(self, *failing: str) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock()
        self.rang: list[str] = []
        self.failing = set(failing)
        self.timers = Timers(store=self.store, ring=self.ring, clock=self.clock, log=structlog.get_logger())

    async def ring(self, timer: Timer) -> None:
        self.rang.append(timer.key)
        if timer.key in self.failing:
            raise ZeroDivisionError
        await self.store.commit(Commit(at=self.clock.at, event_id=f"{timer.key}{timer.at}", timer_rang=timer))

    async def set(self, key: str, seconds: float) -> None:
        write = TimerWrite(key=key, at=NOON + timedelta(seconds=seconds), verb="v")
        await self.store.commit(Commit(at=self.clock.at, timers=(write,)))


@pytest.mark.parametrize(("seconds", "rang"), [(0, ["a"]), (4.9, ["a"]), (5, ["a", "b"])])
async def test_what_is_due_rings_once(seconds: float, rang: list[str]) -> None:
    bells = Bells()
    await bells.set("a", 0)
    await bells.set("b", 5)
    bells.clock.at += timedelta(seconds=seconds)
    while await bells.timers.tick():
        pass
    assert bells.rang == rang


@pytest.mark.full
async def test_a_timer_that_fails_is_tried_again_later_and_delays_no_other() -> None:
    bells = Bells("bad")
    await bells.set("bad", 0)
    await bells.set("good", 0)
    for _ in range(3):
        await bells.timers.tick()
    assert bells.rang == ["bad", "good"]
    bells.clock.at += timedelta(seconds=2)
    await bells.timers.tick()
    assert bells.rang == ["bad", "good", "bad"]
    bells.failing.clear()
    bells.clock.at += timedelta(seconds=4)
    await bells.timers.tick()
    assert bells.rang.count("bad") == 3
    assert await bells.store.next_timer_at() is None


async def test_it_rings_until_stopped() -> None:
    bells = Bells()
    running = asyncio.create_task(bells.timers.run())
    await bells.set("a", 0.5)
    async with asyncio.timeout(5):
        while not bells.rang:  # noqa: ASYNC110 - the timers run in a task of their own
            await asyncio.sleep(0)
    await bells.timers.stop()
    await running


async def test_what_is_due_again_at_once_rests_for_a_share_of_the_time_it_took() -> None:
    bells = Bells()

    async def long_work(timer: Timer) -> None:
        bells.clock.at += timedelta(seconds=4)
        await bells.ring(timer)
        await bells.set("long", (bells.clock.at - NOON).total_seconds())

    timers = Timers(store=bells.store, ring=long_work, clock=bells.clock, log=structlog.get_logger())
    await bells.set("long", 0)
    assert await timers.tick()
    assert not await timers.tick()
    bells.clock.at += timedelta(seconds=1)
    assert await timers.tick()
    assert bells.rang == ["long", "long"]


async def test_nothing_rests_where_nobody_asks() -> None:
    bells = Bells()

    async def long_work(timer: Timer) -> None:
        bells.clock.at += timedelta(seconds=4)
        await bells.ring(timer)
        await bells.set("long", (bells.clock.at - NOON).total_seconds())

    timers = Timers(store=bells.store, ring=long_work, clock=bells.clock, log=structlog.get_logger(), rest_share=0.0)
    await bells.set("long", 0)
    assert await timers.tick()
    assert await timers.tick()


async def test_the_store_is_not_asked_without_pause_while_a_timer_that_failed_waits() -> None:
    bells = Bells("bad")
    await bells.set("bad", 0)
    running = asyncio.create_task(bells.timers.run())
    began = bells.clock.at
    asked = 0
    take = bells.store.take_timers

    async def counted(**asking: Any) -> Sequence[Timer]:
        nonlocal asked
        asked += 1
        return await take(**asking)

    bells.store.take_timers = counted  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        while bells.clock.at < began + timedelta(seconds=2):  # noqa: ASYNC110 - the timers run in a task of their own
            await asyncio.sleep(0)
    await bells.timers.stop()
    await running
    assert asked < 50


async def test_a_timer_whose_turn_failed_is_let_go_of_at_once_and_counted() -> None:
    bells = Bells("bad")
    released: list[tuple[str, float]] = []
    failed: list[str] = []

    async def release(timer: Timer, *, at: datetime) -> None:
        released.append((timer.key, (at - NOON).total_seconds()))

    bells.store.release_timer = release  # type: ignore[method-assign]
    log = structlog.get_logger()
    timers = Timers(store=bells.store, ring=bells.ring, clock=bells.clock, log=log, turn_failed=failed.append)
    await bells.set("bad", 0)
    await bells.set("good", 0)
    await timers.tick()
    assert released == [("bad", 2.0)]
    assert failed == ["internal"]


async def test_a_store_that_is_away_when_a_timer_is_let_go_of_ends_nothing() -> None:
    bells = Bells()

    async def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable(cause="database_away")

    bells.store.release_timer = away  # type: ignore[method-assign]
    failed: list[str] = []
    timers = Timers(
        store=bells.store, ring=away, clock=bells.clock, log=structlog.get_logger(), turn_failed=failed.append
    )
    await bells.set("a", 0)
    assert await timers.tick()
    assert failed == ["store_database_away"]
    bells.clock.at += timedelta(seconds=1)
    assert await timers.tick()
