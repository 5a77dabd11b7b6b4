"""An announcement on its way: at Microsoft's limit, and as fast as couriers can when there is none.

The paced runs are against a connector that enforces the documented limits. ``HEIA_BENCH_RECIPIENTS`` sets how many get
the paced announcement (1,500 unless said; 22,000 is the first home and takes 7.5 minutes a run). The others are against
one that only answers, at once or after 30 ms as from a data centre; for them the processor time of everybody involved
is shown, since couriers, database and connector share this machine: more cannot be sent than its cores have time for.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.ports import DeliveryStatus
from tests.bench.processor import cpu_seconds_of_server
from tests.bench.swift_connector import SwiftConnector
from tests.contract.postgres_server import Server, wheel_server
from tests.crash.courier_child import GROUP, open_store, owe
from tests.fakes.connector import DOCUMENTED, ConnectorProcess

PACED = int(os.environ.get("HEIA_BENCH_RECIPIENTS", "1500"))
FREE = int(os.environ.get("HEIA_BENCH_FREE_RECIPIENTS", "8000"))
LIMIT = 50.0
FAR_SECONDS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one sending came to. ``seconds`` from the first to the last that landed; processor time in seconds.

    ``refused_after`` are the seconds from the first to each that was refused as too many.
    """

    seconds: float
    landed: int
    twice: int
    lost: int
    refused_after: tuple[float, ...] = ()
    couriers_cpu: float = 0.0
    database_cpu: float = 0.0
    connector_cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Landings a second between the first and the last."""
        return (self.landed - 1) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor time a delivery takes in all, in milliseconds."""
        return (self.couriers_cpu + self.database_cpu + self.connector_cpu) * 1000 / self.landed


async def prepare(where: str, *, people: int, service_url: str) -> None:
    """Owe ``people`` a message in the store at ``where``."""
    store = open_store(where)
    await store.open()
    await owe(store, people=people, service_url=service_url, at=datetime.now(UTC))
    await store.close()


async def run_couriers(where: str, arguments: Sequence[str], couriers: int) -> float:
    """Let couriers deliver everything and return the processor seconds they used for it."""
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.courier_child", where, *arguments, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(couriers)
    ]
    printed = [(await child.communicate())[0].decode() for child in children]
    return sum(float(lines.rsplit("done", 1)[1]) for lines in printed)


async def check(where: str, people: int) -> None:
    """Exit when the store does not say that everybody got it."""
    store = open_store(where)
    await store.open()
    sent = (await store.tally(GROUP)).get(DeliveryStatus.SENT, 0)
    await store.close()
    if sent != people:
        sys.exit(f"{sent} of {people} settled as sent")


async def paced(where: str, *, couriers: int = 1) -> Run:
    """Send to a service that enforces the documented limits."""
    async with ConnectorProcess() as connector:
        await prepare(where, people=PACED, service_url=connector.service_url())
        await connector.reset(DOCUMENTED)
        cpu = await run_couriers(where, ("--per-second", str(LIMIT)), couriers)
        calls = await connector.calls()
    await check(where, PACED)
    good = [call for call in calls if 200 <= call.status < 300]
    got = Counter(call.conversation for call in good)
    first = min(call.at for call in good)
    return Run(
        seconds=max(call.at for call in good) - first,
        landed=len(good),
        twice=len(good) - len(got),
        lost=PACED - len(got),
        refused_after=tuple(call.at - first for call in calls if call.status == 429),
        couriers_cpu=cpu,
    )


async def free(where: str, *, server: Server | None = None, couriers: int = 1, latency: float = 0.0) -> Run:
    """Send to a service without limits. ``server`` is the one whose processor time is to be counted."""
    async with SwiftConnector(latency=latency) as connector:
        await prepare(where, people=FREE, service_url=connector.service_url())
        began = (await connector.report()).cpu_seconds
        database = cpu_seconds_of_server(server.data) if server else 0.0
        cpu = await run_couriers(where, (), couriers)
        database = cpu_seconds_of_server(server.data) - database if server else 0.0
        report = await connector.report()
    await check(where, FREE)
    landed = sum(report.landed.values())
    return Run(
        seconds=report.last_at - report.first_at,
        landed=landed,
        twice=landed - len(report.landed),
        lost=FREE - len(report.landed),
        couriers_cpu=cpu,
        database_cpu=database,
        connector_cpu=report.cpu_seconds - began,
    )


def show(name: str, run: Run, against: float | None = None, what: str = "") -> None:
    """Print one line."""
    ratio = f"  {run.per_second / against:5.2f}× {what}" if against else ""
    refused = ", ".join(f"{seconds:.1f}" for seconds in run.refused_after[:10])
    throttled = f"  refused {len(run.refused_after)}, after {refused} s" if run.refused_after else ""
    print(
        f"{name:34} {run.landed:6} in {run.seconds:6.1f} s = {run.per_second:7.1f}/s"
        f"   lost {run.lost}  twice {run.twice}{throttled}{ratio}",
        flush=True,
    )


def profile(run: Run) -> None:
    """Print whose processor time a delivery takes, and what the machine's cores allow at most."""
    cores = os.cpu_count() or 1
    parts = {"couriers": run.couriers_cpu, "PostgreSQL": run.database_cpu, "connector": run.connector_cpu}
    told = ", ".join(f"{name} {seconds * 1000 / run.landed:.2f}" for name, seconds in parts.items())
    most = cores * 1000 / run.cpu_ms
    print(
        f"{'':34} ms of processor a delivery: {told}; {cores} cores allow {most:.0f}/s, "
        f"of which {run.per_second / most:.0%} were reached",
        flush=True,
    )


async def bench(folder: Path, server: Server, databases: Sequence[str]) -> None:
    """Run and print."""
    began = time.monotonic()
    show("tiny, at 50/s", await paced(str(folder / "paced")), LIMIT, "of what is permitted")
    shared = await paced(databases[4], couriers=2)
    show("PostgreSQL, at 50/s, 2 couriers", shared, LIMIT, "of what is permitted")
    show("tiny, no limit", await free(str(folder / "free")), LIMIT, "the limit")
    for name, latency, (first, second) in (
        ("at once", 0.0, databases[:2]),
        (f"after {FAR_SECONDS * 1000:.0f} ms", FAR_SECONDS, databases[2:4]),
    ):
        one = await free(first, server=server, latency=latency)
        show(f"PostgreSQL, answers {name}, 1 courier", one, LIMIT, "the limit")
        profile(one)
        two = await free(second, server=server, latency=latency, couriers=2)
        show(f"PostgreSQL, answers {name}, 2 couriers", two, one.per_second, "one courier")
        profile(two)
    print(f"{time.monotonic() - began:.0f} s in all", flush=True)


def main() -> None:
    """Run the benchmark."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(wheel_server(durable=True))
        databases = [stack.enter_context(server.database()) for _ in range(5)]
        asyncio.run(bench(folder, server, databases))


if __name__ == "__main__":
    main()
