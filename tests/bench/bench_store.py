"""The stores at the size of the first home: 22,000 people and 50,000 past deliveries.

Prints start-up, resident memory and commit times of the tiny store, each measured in a process of its own, and how
many deliveries a second each store claims and settles, as ratios within the same run.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from bot.channels.teams.target import TEAMS
from bot.ports import Commit, DeliveryStatus, Key, PostWrite, RecordWrite, Settled, Store
from bot.stores.memory.store import MemoryStore
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message
from tests.contract.postgres_server import wheel_server

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = 22_000
PAST = 50_000
PAGE = 500
CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Nytt om utrullingen " * 20}]}


def person(number: int, *, turns: int = 0, expected: int | None = None) -> RecordWrite:
    """Return a person as large as a real one."""
    municipality, unit = f"municipality-{number % 6}", f"unit-{number % 400}"
    body = {
        "id": f"person-{number:05}",
        "name": f"Medarbeider Eksempel {number}",
        "municipality_id": municipality,
        "unit_id": unit,
        "roles": ["employee"],
        "language": "nb",
        "language_chosen": False,
        "object_id": f"00000000-0000-4000-8000-{number:012}",
        "tenant_id": "11111111-1111-4111-8111-111111111111",
        "email": f"medarbeider.{number}@example.no",
        "addresses": {
            "teams": {
                "channel": "teams",
                "data": {
                    "conversation_id": f"a:{number:064}",
                    "service_url": "https://smba.trafficmanager.net/emea/11111111-1111-4111-8111-111111111111/",
                },
                "reachable": True,
            }
        },
        "turns": turns,
        "registered": True,
        "created_at": NOON.isoformat(),
    }
    terms = {
        "all",
        f"entra:{body['tenant_id']}/{body['object_id']}",
        f"municipality:{municipality}",
        f"unit:{unit}",
        "role:employee",
        f"role:employee@{municipality}",
    }
    key = Key(kind="person", id=f"person-{number:05}")
    return RecordWrite(key=key, body=body, terms=frozenset(terms), expected=expected)


def posts(group: str, recipients: Sequence[int], message: Message) -> Iterator[Commit]:
    """Return the commits that owe ``message`` to many, a page each."""
    for start in range(0, len(recipients), PAGE):
        page = recipients[start : start + PAGE]
        yield Commit(
            at=NOON,
            posts=tuple(
                PostWrite(recipient=f"person-{number:05}", slot=group, group=group, message=message, due_at=NOON)
                for number in page
            ),
        )


async def drain(store: Store, *, batch: int = 50) -> int:
    """Claim and settle everything owed, ``batch`` at a time, and return how many."""
    number = 0
    while leased := await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=batch, token="bench"):
        await store.settle(
            [
                Settled(
                    delivery_id=delivery.id,
                    lease_token="bench",
                    version=delivery.version,
                    status=DeliveryStatus.SENT,
                    at=NOON,
                    channel=TEAMS,
                    reference={
                        "activity_id": f"17{delivery.sequence:011}",
                        "conversation_id": f"a:{delivery.sequence:064}",
                        "service_url": "https://smba.trafficmanager.net/emea/11111111-1111-4111-8111-111111111111/",
                    },
                )
                for delivery in leased
            ]
        )
        number += len(leased)
    return number


async def fill(store: Store, *, make: Callable[[int], RecordWrite] = person) -> None:
    """Bring people, each made by ``make``, and past deliveries into an empty store."""
    for start in range(0, PEOPLE, PAGE):
        stop = min(start + PAGE, PEOPLE)
        await store.commit(Commit(at=NOON, records=tuple(make(number) for number in range(start, stop))))
    left = PAST
    for number in range(1 + PAST // PEOPLE):
        recipients = range(min(left, PEOPLE))
        left -= len(recipients)
        for commit in posts(f"announcement-{number}", recipients, Message(text=f"Melding {number}", card=CARD)):
            await store.commit(commit)
        await drain(store, batch=PAGE)


async def turns(store: Store, number: int, *, at_once: int) -> list[float]:
    """Commit like a turn does, ``at_once`` people at a time, and return the seconds each commit took."""
    seconds: list[float] = []

    async def one(worker: int) -> None:
        for n in range(number // at_once):
            who = (worker * 1009 + n * 31) % PEOPLE
            commit = Commit(
                at=NOON,
                event_id=f"event-{at_once}-{worker}-{n}",
                records=(person(who, turns=n),),
                posts=(
                    PostWrite(
                        recipient=f"person-{who:05}",
                        slot=f"reply-{at_once}-{worker}-{n}",
                        message=Message(text=f"Svar {worker} {n}", card=CARD),
                        due_at=NOON,
                        lease_token="turn",
                        lease_until=NOON + timedelta(minutes=1),
                    ),
                ),
            )
            start = time.perf_counter()
            [delivery] = await store.commit(commit)
            seconds.append(time.perf_counter() - start)
            sent = Settled(
                delivery_id=delivery.id,
                lease_token="turn",
                version=1,
                status=DeliveryStatus.SENT,
                at=NOON,
                reference={"activity_id": str(n)},
            )
            await store.settle([sent])

    await asyncio.gather(*(one(worker) for worker in range(at_once)))
    return seconds


def times(seconds: Sequence[float]) -> str:
    """Return median and 99th percentile for people."""
    cuts = quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms, max {max(seconds) * 1000:.1f} ms"


def resident_bytes() -> int:
    """Return this process's resident memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def tiny_at_size(directory: Path) -> None:
    """Open a filled tiny store and measure it; to be run in a process of its own."""
    empty = resident_bytes()
    start = time.perf_counter()
    store = TinyStore(directory=directory)
    await store.open()
    opened = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"tiny: {PEOPLE:,} people and {PAST:,} past deliveries ready in {opened:.2f} s")
    print(f"tiny: resident {resident_bytes() / 1e6:.0f} MB (peak {peak / 1e6:.0f}, empty process {empty / 1e6:.0f})")
    print(f"tiny: commit alone         {times(await turns(store, 400, at_once=1))}")
    print(f"tiny: commit 50 at once    {times(await turns(store, 4000, at_once=50))}")
    start = time.perf_counter()
    seen = 0
    last = ""
    while page := await store.find("person", "all", after=last, limit=PAGE):
        seen += len(page)
        last = page[-1].key.id
    print(f"tiny: all {seen:,} people read in {time.perf_counter() - start:.2f} s")
    print(f"tiny: resident after that {resident_bytes() / 1e6:.0f} MB")
    await store.close()


async def throughput(name: str, store: Store, number: int) -> float:
    """Print and return how many deliveries a second are claimed and settled, 50 at a time."""
    start = time.perf_counter()
    for commit in posts("bench", range(number), Message(text="Hei", card=CARD)):
        await store.commit(commit)
    posted = time.perf_counter()
    assert await drain(store) == number
    done = time.perf_counter()
    rate = number / (done - posted)
    print(f"{name}: {number / (posted - start):,.0f} posts/s, {rate:,.0f} claimed and settled/s")
    await store.close()
    return rate


async def two_couriers(url: str, number: int) -> float:
    """Print and return the rate of two stores that share the work, as two replicas would."""
    stores = [PostgresStore(url=url) for _ in range(2)]
    for store in stores:
        await store.open()
    for commit in posts("bench-2", range(number), Message(text="Hei", card=CARD)):
        await stores[0].commit(commit)
    start = time.perf_counter()
    shares = await asyncio.gather(*(drain(store) for store in stores))
    rate = number / (time.perf_counter() - start)
    assert sum(shares) == number
    print(f"postgres, 2 couriers in one process: {rate:,.0f} claimed and settled/s, shares {shares}")
    for store in stores:
        await store.close()
    return rate


async def measure(directory: Path, url: str) -> None:
    """Fill a tiny store, measure it in a fresh process, then compare the stores."""
    full = TinyStore(directory=directory / "full")
    await full.open()
    await fill(full)
    await full.close()
    program = "import asyncio, sys, pathlib; from tests.bench.bench_store import tiny_at_size as t; "
    program += "asyncio.run(t(pathlib.Path(sys.argv[1])))"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, str(directory / "full")], check=True)
    rates: dict[str, float] = {}
    memory = MemoryStore()
    rates["memory"] = await throughput("memory", memory, 5000)
    tiny = TinyStore(directory=directory / "tiny")
    await tiny.open()
    rates["tiny"] = await throughput("tiny", tiny, 5000)
    postgres = PostgresStore(url=url)
    await postgres.open()
    rates["postgres"] = await throughput("postgres", postgres, 5000)
    rates["postgres, 2 couriers"] = await two_couriers(url, 5000)
    print("claim and settle, memory = 1: " + ", ".join(f"{k} {v / rates['memory']:.2f}" for k, v in rates.items()))


def main() -> None:
    """Run everything in a directory and a database that are removed afterwards."""
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("HEIA_BENCH_DIR")) as directory,
        wheel_server(durable=True) as server,
        server.database() as url,
    ):
        asyncio.run(measure(Path(directory), url))
