"""The overview of a year of 22,000 people on the tiny store, against the page of an empty store in the same run."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import aiohttp

from tests.e2e.program import Program, program

# An administrator of the provider, who sees all municipalities, and a leader of one.
PROVIDER, LEADER = "p292", "p156"
LOOKS = 15


async def opened(session: aiohttp.ClientSession, address: str) -> float:
    """Return the median of the seconds that a page takes."""
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        async with session.get(address) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()
        times.append(time.perf_counter() - begun)
    return median(times)


async def look(full: Program, empty: Program, who: str) -> None:
    """Print what the page costs one reader."""
    last = datetime.now(UTC).date() - timedelta(weeks=1)
    year = f"first={last - timedelta(weeks=51)}&last={last}"
    # A jar each: cookies know no ports.
    one = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    other = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    async with one, other:
        await opened(one, f"{empty.url}/desk?as={who}")
        nothing = await opened(one, f"{empty.url}/desk/overview?{year}")
        start = await opened(one, f"{empty.url}/desk")
        await opened(other, f"{full.url}/desk?as={who}")
        for what, query in (("a year", year), ("twelve weeks", ""), ("a year as CSV", f"{year}&format=csv")):
            took = await opened(other, f"{full.url}/desk/overview?{query}")
            print(
                f"  {who}, {what}: {1000 * took:.0f} ms, {took / nothing:.1f} times the page of an empty store"
                f"   (limit 10), {took / start:.0f} times the start page"
            )


async def compare() -> None:
    """Write the year and look at it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "full").mkdir()
        begun = time.perf_counter()
        command = [str(Path(sys.executable).with_name("heia")), "demo", "year"]
        environment = {**os.environ, "HEIA_DATA_DIR": f"{folder}/full/data"}
        await asyncio.to_thread(subprocess.run, command, cwd=folder, env=environment, check=True)
        print(f"  heia demo year: {time.perf_counter() - begun:.0f} s   (limit 60)")
        async with program(root / "full") as full, program(root / "empty") as empty:
            for who in (PROVIDER, LEADER):
                await look(full, empty, who)


def main() -> None:
    """Measure."""
    asyncio.run(compare())


if __name__ == "__main__":
    main()
