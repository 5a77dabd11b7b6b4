"""What an honest guest waits for an answer while one other address floods, as a ratio to the time without a flood."""

import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp

from tests.e2e.program import Program, program

ASKED: Final = 40
WORKERS: Final = 8
FLOOD: Final = "203.0.113.5"
HONEST: Final = "198.51.100.9"
LONG: Final = "1 " * 4_999


@asynccontextmanager
async def guest(heia: Program, address: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a page as a new guest of an address."""
    named = {"Origin": heia.url, "X-Forwarded-For": address}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=named) as http:
        async with http.post(f"{heia.url}/chat/guest") as answer:
            answer.raise_for_status()
        async with http.ws_connect(f"{heia.url}/chat/socket") as page:
            await page.send_json({"type": "open", "token": None})
            await page.receive()
            yield page


async def say(page: aiohttp.ClientWebSocketResponse, text: str) -> str:
    """Say something and return the type of what it is answered with."""
    frame = {"type": "say", "id": str(uuid.uuid4()), "text": text}
    await page.send_json(frame)
    while True:
        message = await page.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionResetError
        answer = json.loads(message.data)
        if answer.get("id") == frame["id"] and answer["type"] in {"ack", "fault"}:
            return str(answer["type"])


async def honest(heia: Program) -> list[float]:
    """Ask as a guest of another address; return the seconds each answer took."""
    times = []
    async with guest(heia, HONEST) as page:
        for number in range(ASKED):
            begun = time.perf_counter()
            assert await say(page, f"hvordan bytter jeg passord {number}") == "ack"
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(0.05)
    return times


async def new_guests(heia: Program, done: Counter[str]) -> None:
    named = {"Origin": heia.url, "X-Forwarded-For": FLOOD}
    async with aiohttp.ClientSession(headers=named) as http:
        while True:
            async with http.post(f"{heia.url}/chat/guest") as answer:
                done[str(answer.status)] += 1


async def pages(heia: Program, done: Counter[str]) -> None:
    async with aiohttp.ClientSession(headers={"X-Forwarded-For": FLOOD}) as http:
        while True:
            async with http.get(f"{heia.url}/chat") as answer:
                await answer.read()
                done[str(answer.status)] += 1


async def long_texts(heia: Program, done: Counter[str]) -> None:
    async with guest(heia, FLOOD) as page:
        while True:
            done[await say(page, LONG)] += 1


Attack = Callable[[Program, Counter[str]], Awaitable[None]]
ATTACKS: Final[dict[str, Attack]] = {"new guests": new_guests, "pages": pages, "long texts of guests": long_texts}


async def under(heia: Program, attack: Attack) -> tuple[list[float], Counter[str]]:
    """Measure while ``WORKERS`` of an attack run."""
    done: Counter[str] = Counter()

    async def again() -> None:
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                await attack(heia, done)
            await asyncio.sleep(0.05)

    workers = [asyncio.create_task(again()) for _ in range(WORKERS)]
    await asyncio.sleep(1)
    times = await honest(heia)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return times, done


def told(name: str, times: list[float], calm: list[float]) -> str:
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    ratio = p95 / statistics.quantiles(calm, n=20)[-1]
    return f"{name:<24} p50 {p50 * 1000:6.1f} ms   p95 {p95 * 1000:6.1f} ms   p95 / calm {ratio:5.1f}"


async def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, attack in ATTACKS.items():
            place = Path(folder) / name.replace(" ", "-")
            async with program(place, dev=False, HEIA_TRUSTED_PROXIES="127.0.0.1", HEIA_LOG_LEVEL="error") as heia:
                await honest(heia)
                calm = await honest(heia)
                times, done = await under(heia, attack)
                print(told("calm", calm, calm))
                print(told(name, times, calm), dict(done), flush=True)


def main() -> None:
    """Print the table."""
    asyncio.run(run())
