"""A municipality's directory sends 22,000 people as Entra does, while people ask: requests a second, p99, memory.

One request at a time: every account is looked for and then created, groups get their members in pages, everything is
sent again without a change, and one account is deactivated. The budget of requests is off, and then kept to. The
directory works for some seconds and rests for some, in turn: the p99 of turns begun while it works is a ratio to that
of turns begun while it rests, so that other load of the machine is in both. On a busy machine look at the second
ratio: of the processor time that the bot's event loop used between a question and its answer.

``python -m tests.bench scim`` takes a quarter of an hour; ``HEIA_BENCH_PEOPLE=3000`` less, ``HEIA_BENCH_STORE=tiny``
half.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from bot.scim.endpoint import REQUESTS
from dialogs.core.person import account_person_id
from tests.bench.bench_first_home import resident_megabytes
from tests.bench.load import message
from tests.contract.postgres_server import wheel_server
from tests.e2e.caller import PageCaller
from tests.e2e.program import Program
from tests.e2e.test_commands_beside import heia as command
from tests.fakes.connector import Connector, ConnectorProcess, Limits

PEOPLE: Final = int(os.environ.get("HEIA_BENCH_PEOPLE", "22000"))
PAGE: Final = 100
SENT_AGAIN: Final = int(os.environ.get("HEIA_BENCH_AGAIN", str(PEOPLE)))
PACED: Final = 600
WORK_SECONDS: Final = 3.0
REST_SECONDS: Final = 1.5
RATE: Final = 25
ASKERS: Final = 200
DEPARTMENTS: Final = ("Kornmoen skole", "Ukjent avdeling", "Helse", "")
TENANT: Final = "99999999-9999-4999-8999-999999999999"
USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
WORK: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILE: Final = f"""
[[source]]
municipality = "nes"
tenant_id = "{TENANT}"
roles = {{"Heia kunngjørere" = "announcer"}}
"""
UNTHROTTLED: Final = (sys.executable, str(Path(__file__).with_name("unthrottled.py")))


def account(number: int) -> dict[str, Any]:
    """Return an account as Entra sends it."""
    return {
        "schemas": [USER, WORK],
        "externalId": f"00000000-0000-4000-8000-{number:012}",
        "userName": f"medarbeider.{number}@nes.example",
        "displayName": f"Medarbeider Eksempel {number}",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": f"medarbeider.{number}@nes.example"}],
        "preferredLanguage": "nb-NO",
        "title": "Fagarbeider",
        WORK: {"department": DEPARTMENTS[number % len(DEPARTMENTS)]},
    }


@dataclass(slots=True, kw_only=True)
class Directory:
    """Sends one request after another."""

    http: aiohttp.ClientSession
    url: str
    token: str
    works: asyncio.Event
    pace_seconds: float = 0.0
    next_at: float = 0.0
    ids: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        await self.works.wait()
        self.next_at = max(self.next_at, time.perf_counter()) + self.pace_seconds
        await asyncio.sleep(self.next_at - self.pace_seconds - time.perf_counter())
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, f"{self.url}/scim/v2{path}", json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text[:300]}"
            return await answer.json(content_type=None) if text else None

    async def patch(self, path: str, *operations: dict[str, Any]) -> None:
        await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    async def found(self, body: dict[str, Any]) -> list[Any]:
        """Return the accounts with the object id of this one."""
        query = quote(f'externalId eq "{body["externalId"]}"')
        return list((await self.ask("GET", f"/Users?filter={query}")).get("Resources", ()))

    async def create(self, number: int) -> None:
        """Look for an account, and create it."""
        body = account(number)
        assert not await self.found(body)
        self.ids.append((await self.ask("POST", "/Users", body))["id"])

    async def push(self, number: int) -> None:
        """Look for an account, and send what it is already."""
        body = account(number)
        [shown] = await self.found(body)
        operations = [{"op": "Replace", "path": name, "value": body[name]} for name in ("displayName", "userName")]
        operations.append({"op": "Replace", "path": "active", "value": "True"})
        await self.patch(f"/Users/{shown['id']}", *operations)

    async def group(self, name: str, members: list[str]) -> str:
        """Create a group and add its members in pages."""
        made = await self.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name})
        for start in range(0, len(members), PAGE):
            value = [{"value": id_} for id_ in members[start : start + PAGE]]
            await self.patch(f"/Groups/{made['id']}", {"op": "Add", "path": "members", "value": value})
        return str(made["id"])


@dataclass(slots=True, kw_only=True)
class Pulse:
    """Lets the directory work and rest in turn. ``works`` is set while it may begin a request."""

    works: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0

    async def beat(self) -> None:
        """Work and rest until cancelled."""
        while True:
            self.works.set()
            begun = time.perf_counter()
            try:
                await asyncio.sleep(WORK_SECONDS)
            finally:
                self.seconds += time.perf_counter() - begun
            self.works.clear()
            await asyncio.sleep(REST_SECONDS)


@dataclass(slots=True)
class Latency:
    """How long turns took, in milliseconds, by whether the directory worked when they began."""

    working: list[float] = field(default_factory=list)
    resting: list[float] = field(default_factory=list)
    failed: int = 0
    busy_working: list[float] = field(default_factory=list)
    busy_resting: list[float] = field(default_factory=list)


def processor_ms(heia: Program) -> float:
    """Return the processor time of the program's main thread until now."""
    text = Path(f"/proc/{heia.pid}/task/{heia.pid}/schedstat").read_text("ascii")
    return int(text.split()[0]) / 1e6


def p99(milliseconds: list[float]) -> float:
    """Return the 99th percentile; not a number for too few."""
    return quantiles(milliseconds, n=100)[98] if len(milliseconds) > 1 else float("nan")


@dataclass(slots=True, kw_only=True)
class Bench:
    """One program, and the questions asked of it."""

    heia: Program
    connector: Connector
    pulse: Pulse = field(default_factory=Pulse)
    turns: Iterator[int] = field(default_factory=lambda: count(1))
    stopped: bool = False

    async def asked(self, seconds: float) -> Latency:
        """Ask ``RATE`` questions a second, whether the earlier ones are answered or not; until cancelled."""
        first = next(self.turns) * 1_000_000
        service_url = self.connector.service_url()
        await self.connector.reset(Limits(), keep_bodies=False)
        latency, start = Latency(), time.perf_counter()
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as asking:

            async def ask(number: int) -> None:
                text = f"når kommer office 365? ({number})"
                body = message(service_url=service_url, user=number % ASKERS, turn=first + number, text=text)
                works = self.pulse.works.is_set()
                took = latency.working if works else latency.resting
                busy = latency.busy_working if works else latency.busy_resting
                began, used = time.perf_counter(), processor_ms(self.heia)
                async with session.post(self.heia.messages, json=body) as answer:
                    latency.failed += answer.status != 200
                took.append((time.perf_counter() - began) * 1000)
                busy.append(processor_ms(self.heia) - used)

            for number in range(int(seconds * RATE)):
                await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
                if self.stopped:
                    break
                asking.create_task(ask(number))
        return latency

    async def phase(self, name: str, work: Callable[[], Awaitable[int]]) -> None:
        """Carry out work while people ask; print its rate, what it did to turns, and how much memory it cost."""
        before, self.stopped, self.pulse.seconds = resident_megabytes(self.heia), False, 0.0
        asking = asyncio.create_task(self.asked(3600))
        await asyncio.sleep(REST_SECONDS)
        beating = asyncio.create_task(self.pulse.beat())
        number = await work()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        self.stopped = True
        self.pulse.works.clear()
        latency = await asking
        memory = resident_megabytes(self.heia)
        working, resting = p99(latency.working), p99(latency.resting)
        busy = p99(latency.busy_working) / p99(latency.busy_resting)
        print(
            f"  {name:<20} {number / self.pulse.seconds:7.1f} a second   turns p99 {working:6.1f} ms, at rest "
            f"{resting:6.1f} ms: {working / resting:.2f}, by processor time {busy:.2f} (wanted: at most 2), "
            f"{latency.failed} failed   "
            f"memory {memory:.0f} MB ({memory - before:+.0f})",
            flush=True,
        )


async def one_by_one(people: range, work: Callable[[int], Awaitable[None]]) -> int:
    """Do it for these people, one after the other."""
    for number in people:
        await work(number)
    return len(people)


async def measure(heia: Program, connector: Connector, settings: dict[str, str]) -> None:
    """Print the lines of one store."""
    code, token, err = await command(heia, "scim", "token", "new", "nes", **settings)
    assert code == 0, err
    bench = Bench(heia=heia, connector=connector)
    async with aiohttp.ClientSession() as http:  # the library makes its models at the first request
        warm = Directory(http=http, url=heia.url, token=token.strip(), works=bench.pulse.works)
        bench.pulse.works.set()
        await warm.create(PEOPLE + 1)
        await warm.push(PEOPLE + 1)
        await warm.group("Prøve", warm.ids)
        bench.pulse.works.clear()
    await bench.asked(ASKERS / RATE)  # everyone has been greeted
    print(f"  {resident_megabytes(heia):.0f} MB before", flush=True)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        directory = Directory(http=http, url=heia.url, token=token.strip(), works=bench.pulse.works)

        async def groups() -> int:
            await directory.group("Alle ansatte", directory.ids)
            await directory.group("Heia kunngjørere", directory.ids[:200])
            return PEOPLE + 200

        await bench.phase("accounts created", lambda: one_by_one(range(PEOPLE), directory.create))
        await bench.phase("members added", groups)
        await bench.phase("accounts sent again", lambda: one_by_one(range(SENT_AGAIN), directory.push))
        directory.pace_seconds = 60 / REQUESTS.per_minute
        print(f"  at the pace of the budget, {REQUESTS.per_minute / 60:.0f} requests a second:")
        more = range(PEOPLE + 10, PEOPLE + 10 + PACED)
        await bench.phase("accounts created", lambda: one_by_one(more, directory.create))
        await bench.phase("accounts sent again", lambda: one_by_one(more, directory.push))
        directory.pace_seconds = 0.0
        await leave(http, heia, directory)


async def leave(http: aiohttp.ClientSession, heia: Program, directory: Directory) -> None:
    """Deactivate one of all these people, whose page is open; print how soon it ends."""
    directory.works.set()
    object_id = account(PEOPLE - 1)["externalId"]
    page = await PageCaller.of(http, heia.url, account_person_id(TENANT, object_id))
    await asyncio.sleep(1)
    begun = time.perf_counter()
    ended = asyncio.create_task(page.ended())
    await directory.patch(f"/Users/{directory.ids[PEOPLE - 1]}", {"op": "Replace", "path": "active", "value": "False"})
    answered = time.perf_counter() - begun
    await ended
    print(f"  deactivated: answered after {answered * 1000:.0f} ms, page over after ", end="")
    print(f"{(time.perf_counter() - begun) * 1000:.0f} ms (wanted: within a second)", flush=True)
    await page.close()


@asynccontextmanager
async def running(folder: Path, database: str) -> AsyncIterator[tuple[Program, dict[str, str]]]:
    """Run a program on the tiny store, or on a database."""
    file = folder / "scim.toml"
    file.write_text(FILE, "utf-8")
    settings = {"HEIA_SCIM_FILE": str(file)}
    if database:
        settings |= {"HEIA_DATABASE_URL": database, "HEIA_WEB_KEY": "k" * 32, "HEIA_LEAVER_KEY": "l" * 32}
    heia = Program(folder, under=UNTHROTTLED, HEIA_LOG_LEVEL="error", **settings)
    await heia.start()
    try:
        yield heia, settings
    finally:
        await heia.kill()


async def measured(name: str, url: str, root: Path) -> None:
    """Measure one store."""
    print(f"{name}, {PEOPLE:,} people", flush=True)
    folder = root / name
    folder.mkdir()
    async with ConnectorProcess() as connector, running(folder, url) as (heia, settings):
        await measure(heia, connector, settings)


def main() -> None:
    """Print the numbers of both stores, or of ``HEIA_BENCH_STORE``."""
    chosen = os.environ.get("HEIA_BENCH_STORE", "")
    with tempfile.TemporaryDirectory() as root:
        if chosen != "postgres":
            asyncio.run(measured("tiny", "", Path(root)))
        if chosen != "tiny":
            with wheel_server() as server, server.database() as database:
                asyncio.run(measured("postgres", database, Path(root)))


if __name__ == "__main__":
    main()
