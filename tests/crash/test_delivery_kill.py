"""Couriers killed at any instant lose nobody, send twice no more than was under way, and name everybody concerned."""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.ports import Delivery, DeliveryStatus
from tests.contract.postgres_server import Server, wheel_server
from tests.crash.courier_child import GROUP, open_store, owe
from tests.fakes.connector import ConnectorProcess

KILLS = int(os.environ.get("HEIA_CRASH_KILLS", "8"))
PEOPLE = 120 * KILLS
CONCURRENCY = 16
LEASE_SECONDS = 1.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with wheel_server() as running:
        yield running


@pytest.fixture(params=["tiny", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return where a store is that outlives its processes."""
    if request.param == "tiny":
        yield str(tmp_path / "data")
    else:
        with request.getfixturevalue("server").database() as url:
            yield url


def draw() -> random.Random:
    """Return repeatable chance, and say how to repeat it."""
    seed = int(os.environ.get("HEIA_CRASH_SEED", time.time_ns()))
    print(f"HEIA_CRASH_SEED={seed}")
    return random.Random(seed)


async def start(where: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start a courier and return when it delivers."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.courier_child", where,
        "--concurrency", str(CONCURRENCY), "--lease", str(LEASE_SECONDS), *arguments,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    return child


async def kill(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


async def landings(connector: ConnectorProcess) -> Counter[str]:
    """Return how many new messages landed in each conversation."""
    return Counter(
        call.conversation for call in await connector.calls() if call.method == "POST" and 200 <= call.status < 300
    )


async def owe_everybody(where: str, connector: ConnectorProcess, people: int, text: str = "Gammel") -> None:
    store = open_store(where)
    await store.open()
    await owe(store, people=people, service_url=connector.service_url(), text=text, at=datetime.now(UTC))
    await store.close()


async def settled(where: str) -> list[Delivery]:
    """Return every delivery of the announcement."""
    store = open_store(where)
    await store.open()
    found: list[Delivery] = []
    while page := await store.deliveries(group=GROUP, after=found[-1].recipient if found else ""):
        found += page
    await store.close()
    return found


async def test_no_kill_of_a_courier_loses_anybody(where: str) -> None:
    chance = draw()
    async with ConnectorProcess() as connector:
        await owe_everybody(where, connector, PEOPLE)
        # Slow enough that every kill comes while much is still to be done.
        pace = ("--per-second", "400")
        kills = 0
        while kills < KILLS:
            child = await start(where, *pace)
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            if child.returncode is None:
                kills += 1
            await kill(child)
        last = await start(where)
        assert await last.wait() == 0
        got = await landings(connector)
        deliveries = await settled(where)
    assert {delivery.status for delivery in deliveries} == {DeliveryStatus.SENT}
    assert len(deliveries) == len(got) == PEOPLE, "somebody was lost"
    twice = {conversation for conversation, number in got.items() if number > 1}
    named = {f"c{delivery.recipient[1:]}" for delivery in deliveries if delivery.possibly_twice}
    print(f"{kills} kills, {len(twice)} twice, {len(named)} named")
    assert sum(got.values()) - PEOPLE <= kills * CONCURRENCY
    assert twice <= named, "the report must name everybody who may have it twice"


async def test_two_couriers_racing_send_nothing_twice(server: Server) -> None:
    with server.database() as where:
        async with ConnectorProcess() as connector:
            await owe_everybody(where, connector, 600)
            children = await asyncio.gather(*(start(where, "--lease", "60") for _ in range(2)))
            assert [await child.wait() for child in children] == [0, 0]
            got = await landings(connector)
    assert len(got) == sum(got.values()) == 600


@pytest.mark.parametrize("stopped_for", [0.0, 1.0])
async def test_a_database_that_stops_in_the_middle_loses_nobody(server: Server, stopped_for: float) -> None:
    with server.database() as where:
        async with ConnectorProcess() as connector:
            await owe_everybody(where, connector, 600)
            child = await start(where, "--per-second", "300")
            await asyncio.sleep(0.7)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(stopped_for)
            await asyncio.to_thread(server.start)
            await child.wait()
            if child.returncode:
                await (await start(where)).wait()
            got = await landings(connector)
            deliveries = await settled(where)
    assert {delivery.status for delivery in deliveries} == {DeliveryStatus.SENT}
    assert len(got) == 600
    assert sum(got.values()) - 600 <= CONCURRENCY


async def test_a_connector_that_dies_and_comes_back_loses_nobody(where: str, tmp_path: Path) -> None:
    async with ConnectorProcess(journal=tmp_path / "landed") as connector:
        await owe_everybody(where, connector, 400)
        child = await start(where, "--per-second", "200")
        await asyncio.sleep(0.8)
        await connector.kill()
        await connector.start()
        await child.wait()
        messages = await connector.messages()
        deliveries = await settled(where)
    assert {delivery.status for delivery in deliveries} == {DeliveryStatus.SENT}
    assert len(messages) == 400
    twice = {conversation for conversation, found in messages.items() if len(found) > 1}
    assert twice <= {f"c{delivery.recipient[1:]}" for delivery in deliveries if delivery.possibly_twice}


async def test_a_correction_of_a_half_sent_announcement_leaves_nobody_with_the_old_text(where: str) -> None:
    chance = draw()
    async with ConnectorProcess() as connector:
        await owe_everybody(where, connector, 600)
        child = await start(where, "--per-second", "300")
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        await kill(child)
        await owe_everybody_again(where, connector, 600)
        assert await (await start(where)).wait() == 0
        messages = await connector.messages()
        named = {f"c{d.recipient[1:]}" for d in await settled(where) if d.possibly_twice}
    texts = {place: sorted(_texts(found.values())) for place, found in messages.items()}
    assert len(texts) == 600
    # Whoever's first copy was under way when the courier died may keep it; the report names them.
    assert {place for place, found in texts.items() if found != ["Ny"]} <= named


async def owe_everybody_again(where: str, connector: ConnectorProcess, people: int) -> None:
    store = open_store(where)
    await store.open()
    at = datetime.now(UTC)
    await owe(store, people=people, service_url=connector.service_url(), text="Ny", at=at, known=True)
    await store.close()


def _texts(activities: Iterable[Any]) -> list[str]:
    return [str(activity["attachments"][0]["content"]["fallbackText"]) for activity in activities]
