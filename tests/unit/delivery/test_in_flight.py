"""Nothing is sent that was not noted as under way, and the worker hears whom it shares a rate with."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import structlog

from bot.delivery.in_flight import InFlight
from bot.delivery.limiter import Limiter, Rates
from bot.ports import NO_REPLIES, LeaseLost, Share, Store, StoreUnavailable
from tests.unit.delivery.rates import per_second
from tests.unit.delivery.scene import NOON, Dice, HeldClock

LANE = "tenant-1"


@dataclass
class Roll:
    """A store's memory of who sends what. ``trouble`` is what the next notes meet, ``leaving`` what who leaves does."""

    others: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    trouble: list[Exception] = field(default_factory=list)
    leaving: list[Exception] = field(default_factory=list)
    under_way: dict[str, set[str]] = field(default_factory=dict)
    notes: int = 0

    async def register_worker(self, worker: str) -> None:
        self.under_way[worker] = set()

    async def heartbeat(
        self,
        worker: str,
        *,
        in_flight: Collection[str],
        lanes: Collection[str] = (),
        replies: Mapping[str, int] = NO_REPLIES,
    ) -> Mapping[str, Share]:
        await asyncio.sleep(0.001)
        if self.trouble:
            raise self.trouble.pop(0)
        self.notes += 1
        self.under_way[worker] = set(in_flight)
        self.answered = dict(replies)
        return {lane: Share(rank=self.others, of=self.others + 1) for lane in lanes}

    async def unregister_worker(self, worker: str) -> None:
        if self.leaving:
            raise self.leaving.pop(0)
        del self.under_way[worker]


@dataclass
class Stand:
    """InFlight over a roll."""

    roll: Roll = field(default_factory=Roll)
    limiter: Limiter = field(default_factory=lambda: Limiter(Rates()))

    def __post_init__(self) -> None:
        self.departures = InFlight(
            store=cast(Store, self.roll),
            limiter=self.limiter,
            clock=HeldClock(),
            rng=Dice(),
            log=structlog.get_logger(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        token = await self.departures.new_token()
        running = asyncio.create_task(self.departures.run())
        yield token
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_departs_is_under_way_until_it_arrived() -> None:
    stand = Stand()
    async with stand.running() as token:
        worker = token.partition("/")[0]
        assert (
            await asyncio.gather(*(stand.departures.record_start(f"d{n}", LANE, token=token) for n in range(40)))
            == [True] * 40
        )
        assert stand.roll.under_way[worker] == {f"d{n}" for n in range(40)}
        assert stand.roll.notes <= 2, "those that depart together are noted together"
        for n in range(39):
            stand.departures.record_end(f"d{n}")
        assert await stand.departures.record_start("next", LANE, token=token)
        assert stand.roll.under_way[worker] == {"d39", "next"}


async def test_each_claim_has_a_token_of_its_own_and_all_name_the_worker() -> None:
    stand = Stand()
    tokens = [await stand.departures.new_token() for _ in range(3)]
    assert len(set(tokens)) == 3
    assert {token.partition("/")[0] for token in tokens} == set(stand.roll.under_way)


async def test_a_worker_that_was_given_up_sends_nothing_more_and_goes_on_under_another_name() -> None:
    stand = Stand(roll=Roll(trouble=[LeaseLost(())]))
    async with stand.running() as token:
        assert not await stand.departures.record_start("a", LANE, token=token)
        assert not await stand.departures.record_start("b", LANE, token=token)
        other = await stand.departures.new_token()
        assert other.partition("/")[0] != token.partition("/")[0]
        assert await stand.departures.record_start("c", LANE, token=other)
        assert not await stand.departures.record_start("d", LANE, token=token), "it was claimed under the name given up"
        assert stand.roll.under_way[other.partition("/")[0]] == {"c"}


async def test_without_the_store_nothing_departs() -> None:
    stand = Stand(roll=Roll(trouble=[StoreUnavailable()]))
    async with stand.running() as token:
        assert not await stand.departures.record_start("a", LANE, token=token)
        assert await stand.departures.record_start("b", LANE, token=token)
        assert stand.roll.under_way[token.partition("/")[0]] == {"b"}


async def test_a_share_slows_the_lane_and_who_comes_second_waits() -> None:
    stand = Stand(roll=Roll(others=1))
    async with stand.running() as token:
        await stand.departures.record_start("a", LANE, token=token)
        assert stand.limiter.paused_until(LANE, now=NOON) is not None
        assert per_second(stand.limiter, LANE) < 25
        stand.roll.others = 0
        await stand.departures.record_start("b", LANE, token=token)
        assert per_second(stand.limiter, LANE) > 25


async def test_what_is_answered_in_lanes_that_are_not_shared_is_told() -> None:
    stand = Stand()
    for lane in (LANE, "tenant-2", "tenant-2"):
        stand.limiter.count_reply(lane, "c", now=NOON)
    async with stand.running() as token:
        await stand.departures.record_start("a", LANE, token=token)
        assert stand.roll.answered == {"tenant-2": 1}


async def test_a_courier_that_ends_is_forgotten() -> None:
    stand = Stand()
    async with stand.running():
        await stand.departures.unregister()
        assert stand.roll.under_way == {}
        await stand.departures.unregister()
