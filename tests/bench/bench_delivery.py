"""An announcement on its way: at Microsoft's limit, and as fast as the courier can when there is none.

The connector is a process of its own that enforces the documented limits. ``HEIA_BENCH_RECIPIENTS`` sets how many get
the paced announcement (1,500 unless said; 22,000 is the first home and takes 7.5 minutes).
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
from tests.contract.postgres_server import wheel_server
from tests.crash.courier_child import GROUP, open_store, owe
from tests.fakes.connector import DOCUMENTED, ConnectorProcess, Limits

PACED = int(os.environ.get("HEIA_BENCH_RECIPIENTS", "1500"))
FREE = 5_000
LIMIT = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one sending came to. ``seconds`` from the first to the last that landed, ``times`` each landing."""

    seconds: float
    landed: int
    twice: int
    lost: int
    throttled: int

    @property
    def per_second(self) -> float:
        """Landings a second between the first and the last."""
        return (self.landed - 1) / self.seconds


async def send(
    connector: ConnectorProcess,
    where: str,
    *,
    people: int,
    limits: Limits,
    arguments: Sequence[str] = (),
    couriers: int = 1,
) -> Run:
    """Owe ``people`` a message in the store at ``where`` and let couriers deliver it."""
    store = open_store(where)
    await store.open()
    await owe(store, people=people, service_url=connector.service_url(), at=datetime.now(UTC))
    await store.close()
    await connector.reset(limits)
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.courier_child", where, *arguments, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(couriers)
    ]
    for child in children:
        await child.wait()
    tally = await connector.tally()
    times, got = [], Counter[str]()
    for call in await connector.calls():
        if 200 <= call.status < 300:
            times.append(call.at)
            got[call.conversation] += 1
    store = open_store(where)
    await store.open()
    sent = (await store.tally(GROUP)).get(DeliveryStatus.SENT, 0)
    await store.close()
    assert sent == people, f"{sent} of {people} settled as sent"
    return Run(
        seconds=max(times) - min(times),
        landed=len(times),
        twice=sum(number - 1 for number in got.values()),
        lost=people - len(got),
        throttled=tally.throttled,
    )


def show(name: str, run: Run, against: float | None = None, what: str = "") -> None:
    """Print one line."""
    ratio = f"  {run.per_second / against:5.2f}× {what}" if against else ""
    print(
        f"{name:34} {run.landed:6} in {run.seconds:6.1f} s = {run.per_second:7.1f}/s"
        f"   lost {run.lost}  twice {run.twice}  throttled {run.throttled}{ratio}",
        flush=True,
    )


async def bench(folder: Path, one_database: str, other_database: str) -> None:
    """Run and print."""
    async with ConnectorProcess() as connector:
        began = time.monotonic()
        pace = ("--per-second", str(LIMIT))
        paced = await send(connector, str(folder / "paced"), people=PACED, limits=DOCUMENTED, arguments=pace)
        show("tiny, at 50/s", paced, LIMIT, "of what is permitted")
        tiny = await send(connector, str(folder / "free"), people=FREE, limits=Limits())
        show("tiny, no limit", tiny, LIMIT, "the limit")
        one = await send(connector, one_database, people=FREE, limits=Limits())
        show("PostgreSQL, no limit, 1 courier", one, LIMIT, "the limit")
        two = await send(connector, other_database, people=FREE, limits=Limits(), couriers=2)
        show("PostgreSQL, no limit, 2 couriers", two, one.per_second, "one courier")
        print(f"{time.monotonic() - began:.0f} s in all", flush=True)


def main() -> None:
    """Run the benchmark."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(wheel_server(durable=True))
        databases = [stack.enter_context(server.database()) for _ in range(2)]
        asyncio.run(bench(folder, *databases))


if __name__ == "__main__":
    main()
