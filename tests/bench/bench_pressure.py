"""Questions at a set pace, whether they are answered or not: latency with the encoder, under pressure, and by words."""

import asyncio
import json
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import aiohttp

from tests.bench.load import message
from tests.e2e.program import Program, program
from tests.fakes.connector import Connector, ConnectorProcess, Limits

QUESTIONS: Final = Path(__file__).parents[1] / "questions" / "facts.json"
RATES: Final = (10, 25, 50, 75, 100, 200)
SECONDS: Final = 10.0
PEOPLE: Final = 400
CONNECTIONS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """Latencies of the questions of one pace, and what they were matched by."""

    milliseconds: list[float]
    failed: int
    by: dict[str, int]

    def __str__(self) -> str:
        cuts = quantiles(self.milliseconds, n=100)
        by = ", ".join(f"{number} {name}" for name, number in sorted(self.by.items()) if number)
        return f"p50 {cuts[49]:7.0f} ms   p99 {cuts[98]:7.0f} ms   failed {self.failed}   ({by})"


async def counts(session: aiohttp.ClientSession, heia: Program) -> dict[str, int]:
    """Return how many questions were matched by what since the start."""
    async with session.get(f"{heia.url}/metrics") as answer:
        page = await answer.text()
    return {name: int(float(n)) for name, n in re.findall(r'heia_questions_total\{by="(\w+)"\} (\S+)', page)}


async def paced(connector: Connector, heia: Program, *, rate: int, first: int) -> Paced:
    """Ask ``rate`` questions a second for a while, each from the next of many people."""
    await connector.reset(Limits(), keep_bodies=False)
    service_url = connector.service_url()
    texts = [query["text"] for query in json.loads(QUESTIONS.read_text("utf-8"))["queries"]]
    taken: list[float] = []
    failed = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:

        async def ask(number: int) -> None:
            nonlocal failed
            # No two alike, so that nothing is answered from memory.
            text = f"{texts[number % len(texts)]} ({number})"
            body = message(service_url=service_url, user=number % PEOPLE, turn=first + number, text=text)
            began = time.perf_counter()
            async with session.post(heia.messages, json=body) as answer:
                failed += answer.status != 200
            taken.append((time.perf_counter() - began) * 1000)

        before, start = await counts(session, heia), time.perf_counter()
        async with asyncio.TaskGroup() as asked:
            for number in range(int(rate * SECONDS)):
                await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
                asked.create_task(ask(number))
        after = await counts(session, heia)
    return Paced(milliseconds=taken, failed=failed, by={name: after[name] - before[name] for name in after})


async def is_semantic(heia: Program) -> None:
    """Return when the encoder takes part."""
    async with asyncio.timeout(120):
        while '"semantic": true' not in heia.log:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.2)


def memory_mb(heia: Program) -> float:
    """Return the memory the program holds now."""
    [line] = [each for each in Path(f"/proc/{heia.pid}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


async def measure(semantic: str) -> None:
    """Print one line a pace."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"HEIA_SEMANTIC": semantic, "HEIA_LOG_FORMAT": "json"}
        async with ConnectorProcess() as connector, program(Path(folder), **settings) as heia:
            if semantic == "auto":
                await is_semantic(heia)
            await paced(connector, heia, rate=PEOPLE // 10, first=9_000_000)  # everybody has been greeted
            print(f"HEIA_SEMANTIC={semantic}: {memory_mb(heia):.0f} MB before")
            for number, rate in enumerate(RATES):
                asked = await paced(connector, heia, rate=rate, first=number * 100_000)
                print(f"  {rate:>4} questions a second   {asked}", flush=True)
            print(f"  {memory_mb(heia):.0f} MB after")


def main() -> None:
    """Measure with the encoder and without."""
    for semantic in ("auto", "off"):
        asyncio.run(measure(semantic))
