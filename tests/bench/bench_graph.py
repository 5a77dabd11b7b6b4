"""A directory of 22,000 people in a stand-in for Microsoft Graph, beside the plain import of the same people.

Prints ratios to the plain import of an empty registry, measured in the same run, on the tiny store and on PostgreSQL:
the first run, a run without changes and one with twenty changes. The stand-in runs in the same process and is part of
the time. Then the work the event loop does at a stretch meanwhile, while others wait, and the memory.
"""

import asyncio
import logging
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles

import aiohttp
import structlog

from bot.app.clock import SystemClock, SystemRandomSource
from bot.content.catalogue import load_catalogue
from bot.content.loading import content_folder, load_content
from bot.delivery.timers import REST_SHARE
from bot.directory.apply_import import apply_import
from bot.directory.current import read_known
from bot.directory.plan import RegistryPlan, plan_import
from bot.graph.config import GraphSource
from bot.graph.sync import GraphSync
from bot.ports import Store
from bot.scim.change import Parts
from bot.signin.former import FormerMarks
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.content import Content
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from tests.contract.postgres_server import wheel_server
from tests.fakes.graph import CLIENT, SECRET, TENANT, FakeGraph, object_id, served_graph

PEOPLE = 22_000
CHANGED = 20
PAGE = 200
HERE = "nes"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FORMER = FormerMarks(b"b" * 32)
LOOK_SECONDS = 0.005

Opening = Callable[[], Awaitable[Store]]


class Bench:
    """The tenant, and the organisation."""

    def __init__(self, folder: Path) -> None:
        loaded = load_content(content_folder(None))
        self.topics = loaded.topics()
        self.content = Content(
            articles=ArticleBook(), organisation=loaded.organisation, texts=load_catalogue(), policy=Policy()
        )
        units = [each.id for each in loaded.organisation.units(HERE) if each.parent_id is not None]
        self.graph = FakeGraph(page=PAGE)
        group = self.graph.group(990_901, "Heia kunngjørere")
        rows = ["person_id,name,municipality,unit,roles,language,object_id,tenant_id,email"]
        for number in range(PEOPLE):
            unit = units[number % len(units)]
            self.graph.put(number, department=unit)
            mail = f"ansatt{number}@nes.example"
            rows.append(f"p{number:05},Ansatt {number},{HERE},{unit},,nb,{object_id(number)},{TENANT},{mail}")
        for number in range(100):
            self.graph.join(group, object_id(number))
        self.file = folder / "people.csv"
        self.file.write_text("\n".join(rows) + "\n", "utf-8")

    async def import_plain(self, store: Store) -> None:
        organisation = self.content.organisation
        known = await read_known(store, organisation)
        planned = plan_import(self.file, None, known=known, organisation=organisation, topics=self.topics)
        assert isinstance(planned, RegistryPlan), planned
        await apply_import(
            store, planned, at=NOON, rng=SystemRandomSource(), former=FORMER, content=self.content, by="operator"
        )

    async def run(self, store: Store, http: aiohttp.ClientSession) -> int:
        """Run once, as the running bot does, and return how many accounts changed."""

        async def rest(took: timedelta) -> None:
            await asyncio.sleep(took.total_seconds() * REST_SHARE)

        sync = GraphSync(
            parts=Parts(store=store, rng=SystemRandomSource(), former=FORMER, content=self.content),
            source=GraphSource.model_validate(
                {
                    "municipality": HERE, "tenant_id": TENANT, "client_id": CLIENT, "secret": SECRET,
                    "stand_in": self.graph.origin, "roles": {"Heia kunngjørere": "announcer"},
                }
            ),
            session=http, clock=SystemClock(), log=structlog.get_logger(), name="bench", rest=rest,
        )  # fmt: skip
        await sync.begin()
        planned = await sync.prepare()
        await sync.apply_run(planned)
        return len(planned.plan.steps)


async def timed(work: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    begun = time.perf_counter()
    done = await work()
    return time.perf_counter() - begun, done


@asynccontextmanager
async def watched(waits: list[float]) -> AsyncIterator[None]:
    """Collect the seconds of work between two looks at the event loop; a machine that is busy otherwise counts not."""

    async def look() -> None:
        while True:
            begun = time.thread_time()
            await asyncio.sleep(LOOK_SECONDS)
            waits.append(time.thread_time() - begun)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def milliseconds(waits: Sequence[float]) -> str:
    cuts = quantiles(waits, n=100)
    return f"p50 {cuts[49] * 1e3:.1f} ms, p99 {cuts[98] * 1e3:.1f} ms, longest {max(waits) * 1e3:.0f} ms"


def megabytes() -> float:
    """Return the most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(bench: Bench, name: str, opened: Opening) -> None:
    store = await opened()
    plain, _ = await timed(lambda: bench.import_plain(store))
    await store.close()
    store = await opened()
    waits: list[float] = []
    async with served_graph(bench.graph), aiohttp.ClientSession() as http:
        before = megabytes()
        async with watched(waits):
            first, changed = await timed(lambda: bench.run(store, http))
        assert changed == PEOPLE, changed
        memory = megabytes() - before
        none, changed = await timed(lambda: bench.run(store, http))
        assert changed == 0, changed
        for number in range(CHANGED):
            bench.graph.put(number, displayName=f"Nytt Navn {number}")
        some, changed = await timed(lambda: bench.run(store, http))
        assert changed == CHANGED, changed
        for number in range(CHANGED):
            bench.graph.put(number, displayName=f"Ansatt {number}")
    await store.close()
    print(f"{name}: plain import {plain:.1f} s = 1")
    print(f"  first run               {first / plain:6.2f}  ({first:.1f} s)")
    print(f"  without changes         {none / plain:6.3f}  ({none / first:.1%} of the first run)")
    print(f"  {CHANGED} changes              {some / plain:6.3f}  ({some / first:.1%} of the first run)")
    print(f"  event loop at a stretch {milliseconds(waits)}")
    print(f"  more memory, first run  {memory:6.0f} MB")


async def all_stores(folder: Path, urls: Iterator[str]) -> None:
    bench = Bench(folder)
    numbers = count()

    async def tiny() -> Store:
        place = folder / f"tiny-{next(numbers)}"
        place.mkdir()
        store = TinyStore(directory=place)
        await store.open()
        return store

    async def postgres() -> Store:
        store = PostgresStore(url=next(urls))
        await store.open()
        return store

    await measure(bench, "tiny", tiny)
    await measure(bench, "PostgreSQL", postgres)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("HEIA_BENCH_DIR")) as directory,
        wheel_server(durable=True) as server,
        server.database() as one,
        server.database() as other,
    ):
        asyncio.run(all_stores(Path(directory), iter((one, other))))


if __name__ == "__main__":
    main()
