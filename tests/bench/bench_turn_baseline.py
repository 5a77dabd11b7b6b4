"""Turns a second of botbuilder's own echo bot, 50 people at once, against a connector in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.load import Load, drive, message
from tests.fakes.connector import Connector, ConnectorProcess, Limits

SECONDS = 5.0


@asynccontextmanager
async def echo_bot() -> AsyncIterator[str]:
    """Run the echo bot as a process and give the URL that takes its activities."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "tests.bench.echo_bot", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}/api/messages"
    finally:
        process.kill()
        await process.wait()


async def measure(connector: Connector, seconds: float) -> Load:
    """Drive the echo bot and return what came of it. The connector's counts start anew."""
    await connector.reset(Limits(), keep_bodies=False)
    service_url = connector.service_url()
    async with echo_bot() as url:
        load = await drive(
            url,
            make=lambda user, turn: message(service_url=service_url, user=user, turn=turn, text="Hei på deg"),
            seconds=seconds,
        )
    landed = (await connector.tally()).landed
    assert landed >= load.turns, f"{load.turns} turns, but only {landed} replies"
    return load


async def baseline(connector: Connector, seconds: float) -> float:
    """Return the echo bot's turns a second."""
    return (await measure(connector, seconds)).per_second


def main() -> None:
    """Print the echo bot's speed."""

    async def run() -> Load:
        async with ConnectorProcess() as connector:
            return await measure(connector, SECONDS)

    load = asyncio.run(run())
    print(
        f"botbuilder echo bot, 50 people: {load.per_second:.0f} turns/s, p50 {load.p50_ms:.0f} ms, "
        f"p99 {load.p99_ms:.0f} ms, {load.failed} failed"
    )


if __name__ == "__main__":
    main()
