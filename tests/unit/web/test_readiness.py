"""``/readyz`` answers in time whatever the store does, and names the cause."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app.maintenance import completed_runs
from bot.app.ops.health import Metrics, Readiness, health_routes, pending_seconds
from bot.ports import Commit, PostWrite, StoreUnavailable
from bot.stores.memory.store import MemoryStore
from bot.stores.slot import LANES, LAST_LANE
from dialogs.core.message import Message

Ping = Callable[[], Awaitable[None]]


class Pinged(MemoryStore):
    """A store that answers as told."""

    def __init__(self, answer: Ping) -> None:
        super().__init__()
        self.answer = answer
        self.asked = 0

    async def ping(self) -> None:
        self.asked += 1
        await self.answer()


async def works() -> None:
    return


async def full() -> None:
    raise StoreUnavailable("/var/lib/heia cannot be written", cause="disk_full")


async def faulty() -> None:
    raise ZeroDivisionError


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("answer", "status", "cause"),
    [
        (works, 200, None),
        (full, 503, "disk_full"),
        (faulty, 503, "internal"),
        (hangs, 503, "no_answer"),
    ],
)
async def test_it_tells_whether_the_store_answers_and_why_not(answer: Ping, status: int, cause: str | None) -> None:
    metrics, readiness = Metrics(), Readiness(store=Pinged(answer), most_seconds=0.01)
    app = web.Application()
    app.add_routes(health_routes(readiness=readiness, metrics=metrics, runs=partial(completed_runs, MemoryStore())))
    async with asyncio.timeout(10), TestClient(TestServer(app)) as client:
        response = await client.get("/readyz")
        assert response.status == status
        body = await response.json()
        assert body.get("cause") == cause
        assert "/var/lib" not in str(body)
        assert f"heia_ready {float(status == 200)}" in metrics.page().decode()
    await readiness.close()


async def test_a_store_that_hangs_is_asked_once_until_it_answers() -> None:
    back = asyncio.Event()

    async def until_back() -> None:
        await back.wait()

    store = Pinged(until_back)
    readiness = Readiness(store=store, most_seconds=0.01)
    for _ in range(5):
        assert await readiness.cause() == "no_answer"
    assert store.asked == 1
    back.set()
    assert await readiness.cause() == ""
    assert await readiness.cause() == ""
    assert store.asked == 2


async def test_the_oldest_pending_delivery_is_told_in_seconds_by_lane_and_what_is_for_later_as_none() -> None:
    store, at = MemoryStore(), datetime(2026, 12, 1, 12, tzinfo=UTC)
    write = PostWrite(recipient="ana", slot="a", message=Message(text="Hei"), due_at=at)
    later = replace(write, recipient="bo", group="g", due_at=at + timedelta(minutes=5))
    await store.commit(Commit(at=at, posts=(write, later)))
    assert await pending_seconds(store, at + timedelta(seconds=90)) == {
        "critical": 0.0,
        "personal": 90.0,
        "group": 0.0,
    }
    assert len(LANES) == LAST_LANE + 1


async def test_metrics_are_told_as_not_ready_while_the_store_says_nothing() -> None:
    back, asked = asyncio.Event(), 0

    async def until_back() -> None:
        await back.wait()

    async def runs() -> Mapping[str, datetime]:
        nonlocal asked
        asked += 1
        await until_back()
        return {"retention": datetime(2026, 12, 1, tzinfo=UTC)}

    metrics, readiness = Metrics(), Readiness(store=Pinged(until_back))
    metrics.up.set(1)
    app = web.Application()
    app.add_routes(health_routes(readiness=readiness, metrics=metrics, runs=runs))
    async with asyncio.timeout(10), TestClient(TestServer(app)) as client:
        for _ in range(2):
            away = await (await client.get("/metrics")).text()
            assert "heia_ready 0.0" in away
            assert "process_resident_memory_bytes" in away
        assert asked == 1
        back.set()
        told = await (await client.get("/metrics")).text()
        assert "heia_ready 1.0" in told
        assert 'heia_nightly_run_timestamp_seconds{task="retention"}' in told
    await readiness.close()
