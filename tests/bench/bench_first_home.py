"""The program as the first home runs it: 22,000 people and 50,000 past deliveries on the tiny store.

Prints the time from the start of the process to its first answer, its resident memory, and turns against those of an
empty bot in the same run. The matcher's cache is there, as at every start but the first.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

import aiohttp

from bot.ports import Key, RecordWrite
from bot.records.codec import encode
from bot.stores.tiny.store import TinyStore
from dialogs.core.person import Person
from tests.bench import bench_store
from tests.bench.bench_turn import measure
from tests.bench.load import message
from tests.e2e.program import Program, program
from tests.fakes.connector import Connector, ConnectorProcess, Limits

STARTS = 3


def person(number: int) -> RecordWrite:
    """Return one of the 22,000, as the registry writes them."""
    who = Person(
        id=f"person-{number:05}",
        name=f"Medarbeider Eksempel {number}",
        municipality_id="nes",
        unit_id="nes-helse-hjemme-nord",
        object_id=f"00000000-0000-4000-8000-{number:012}",
        tenant_id="11111111-1111-4111-8111-111111111111",
        email=f"medarbeider.{number}@nes.example",
        registered=True,
        created_at=bench_store.NOON,
    )
    return RecordWrite(key=Key(kind=Person.KIND, id=who.id), body=encode(who), terms=frozenset(who.terms()))


async def first_answer(heia: Program, connector: Connector) -> float:
    """Return seconds from starting the process to the first answer that reached the connector."""
    await connector.reset(Limits(), keep_bodies=False)
    begun = time.perf_counter()
    await heia.start()
    asked = message(service_url=connector.service_url(), user=1, turn=int(begun * 1000), text="når kommer office 365?")
    async with aiohttp.ClientSession() as session, session.post(heia.messages, json=asked) as answer:
        assert answer.status == 200
    assert (await connector.tally()).landed == 1
    return time.perf_counter() - begun


def resident_megabytes(heia: Program) -> float:
    """Return what the process holds in memory now."""
    for line in Path(f"/proc/{heia.pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process has no memory")


async def compare() -> None:
    """Measure the full and the empty bot."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        async with ConnectorProcess() as connector, program(root / "empty") as empty:
            full = Program(root / "full")
            shutil.copytree(root / "empty" / "data" / "cache", root / "full" / "data" / "cache")
            store = TinyStore(directory=full.folder / "data")
            await store.open()
            await bench_store.fill(store, make=person)
            await store.close()
            starts = []
            for _ in range(STARTS):
                starts.append(await first_answer(full, connector))
                await full.stop()
            await full.start()
            print(f"start to first answer: {min(starts):.1f} to {max(starts):.1f} s; wanted: under 3 s")
            print(f"resident memory, just started: {resident_megabytes(full):.0f} MB; wanted: under 250 MB")
            small = await measure(connector, empty, 0)
            large = await measure(connector, full, 0)
            print(
                f"turns: {large.per_second:.0f} a second full, {small.per_second:.0f} empty "
                f"({large.per_second / small.per_second:.2f}×)"
            )
            print(f"resident memory after {large.turns} turns: {resident_megabytes(full):.0f} MB")
            await full.kill()


def main() -> None:
    """Print the numbers."""
    asyncio.run(compare())


if __name__ == "__main__":
    main()
