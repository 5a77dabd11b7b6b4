"""Couriers killed at any instant lose nobody, send twice no more than was under way, and name everybody concerned."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from bot.ports import Delivery, DeliveryStatus
from tests.contract.postgres_server import Server, wheel_server
from tests.crash.courier_child import GROUP, open_store, owe
from tests.fakes.connector import ConnectorProcess

KILLS = int(os.environ.get("HEIA_CRASH_KILLS", "40"))
POSTGRES_KILLS = int(os.environ.get("HEIA_CRASH_KILLS", "60"))
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


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    with server.database() as url:
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
    while page := await store.deliveries_of_group(GROUP, after=found[-1].recipient if found else ""):
        found += page
    await store.close()
    return found


class Nursery:
    """Couriers that are ready at once: processes that branch off one in which everything is loaded."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.courier_child", "--nursery",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    async def start(self, *arguments: str) -> int:
        """Start a courier with these arguments and return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(arguments).encode() + b"\n")
        return int(await self._process.stdout.readline())


def kill_at_once(process: int) -> bool:
    """Kill a process; return whether it was still running."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def judge(got: Counter[str], deliveries: list[Delivery], *, people: int, kills: int) -> None:
    """Nobody is lost; what came twice was under way at a kill; everybody concerned is named, and few others."""
    assert {delivery.status for delivery in deliveries} == {DeliveryStatus.SENT}
    assert len(deliveries) == len(got) == people, "somebody was lost"
    twice = {conversation for conversation, number in got.items() if number > 1}
    named = {f"c{delivery.recipient[1:]}" for delivery in deliveries if delivery.possibly_twice}
    print(f"{kills} kills, {sum(got.values()) - people} too many, {len(twice)} twice, {len(named)} named")
    assert sum(got.values()) - people <= kills * CONCURRENCY
    assert twice <= named, "the report must name everybody who may have it twice"
    assert len(named) <= kills * CONCURRENCY, "only what was under way may have come twice"


async def test_no_kill_of_a_courier_loses_anybody(tmp_path: Path) -> None:
    """The tiny store: one courier at a time, which finds what its dead predecessor had begun."""
    rng, where = draw(), str(tmp_path / "data")
    people = 60 * KILLS
    async with ConnectorProcess() as connector, Nursery() as nursery:
        await owe_everybody(where, connector, people)
        kills = 0
        while kills < KILLS:
            # Slow enough that every kill comes while much is still to be done.
            child = await nursery.start(where, "--concurrency", str(CONCURRENCY), "--per-second", "300")
            await asyncio.sleep(rng.uniform(0.05, 0.25))
            kills += kill_at_once(child)
        assert await (await start(where)).wait() == 0
        judge(await landings(connector), await settled(where), people=people, kills=kills)


async def test_no_kill_of_a_courier_or_of_postgresql_loses_anybody(server: Server, database: str) -> None:
    """Two couriers over one database; any of the three dies at any instant, and the others go on."""
    rng = draw()
    people = 50 * POSTGRES_KILLS
    arguments = ("--concurrency", str(CONCURRENCY), "--per-second", "400", "--life", "0.3")
    where = database
    async with ConnectorProcess() as connector, Nursery() as nursery:
        await owe_everybody(where, connector, people)
        couriers = [await nursery.start(where, *arguments) for _ in range(2)]
        kills = 0
        while kills < POSTGRES_KILLS:
            await asyncio.sleep(rng.uniform(0.0, 0.4))
            victim = rng.randrange(6)
            if victim == 0:
                kills += await asyncio.to_thread(server.crash, rng)
            else:
                kills += kill_at_once(couriers[victim % 2])
                couriers[victim % 2] = await nursery.start(where, *arguments)
        for courier in couriers:
            kills += kill_at_once(courier)
        assert await (await start(where, "--life", "0.3", "--lease", "120")).wait() == 0
        judge(await landings(connector), await settled(where), people=people, kills=kills)


async def test_two_couriers_racing_send_nothing_twice(database: str) -> None:
    where = database
    async with ConnectorProcess() as connector:
        await owe_everybody(where, connector, 600)
        children = await asyncio.gather(*(start(where, "--lease", "60") for _ in range(2)))
        assert [await child.wait() for child in children] == [0, 0]
        got = await landings(connector)

    assert len(got) == sum(got.values()) == 600


@pytest.mark.parametrize("stopped_for", [0.0, 1.0])
async def test_a_database_that_stops_in_the_middle_loses_nobody(
    server: Server, database: str, stopped_for: float
) -> None:
    where = database
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
    rng = draw()
    async with ConnectorProcess() as connector:
        await owe_everybody(where, connector, 600)
        child = await start(where, "--per-second", "300")
        await asyncio.sleep(rng.uniform(0.3, 1.2))
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
