"""An announcement to everybody in the country's municipalities, while others go on asking.

600,000 people (``HEIA_BENCH_CROWD``) of 357 municipalities in 12 tenants, over PostgreSQL. One process answers
questions all the while; one beside it (``HEIA_BENCH_WORKERS``; several, or with 0 the same) writes down what is owed
to each and sends it at each tenant's rate. Then the announcement is corrected, while most are still to get it.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from bot.ports import Commit, Conflict, Key, TimerWrite
from bot.records.codec import decode, encode, write_of
from bot.stores.document import to_json
from bot.stores.postgres.store import PostgresStore
from dialogs.announce.audience import Audience
from dialogs.announce.deliver.launching import task_timers
from dialogs.announce.deliver.revising import revise
from dialogs.announce.model import Announcement, AnnouncementState, Pending, Task, TaskKind, Wording
from dialogs.core.decision import Put, Schedule
from dialogs.core.person import Address, Person
from knowledge.article.article import Language
from tests.bench.load import Load, drive, message
from tests.bench.processor import cpu_seconds_of, cpu_seconds_of_server
from tests.bench.swift_connector import SwiftConnector
from tests.channels import TEAMS
from tests.contract.postgres_server import Server, wheel_server
from tests.e2e.program import Program, program

PEOPLE = int(os.environ.get("HEIA_BENCH_CROWD", "600000"))
WORKERS = int(os.environ.get("HEIA_BENCH_WORKERS", "1"))
MUNICIPALITIES = 357
TENANTS = 12
ASKING = 4
IDLE_SECONDS = 30
LONGEST_SECONDS = 1800
QUESTIONS = Path(__file__).parents[1] / "questions" / "facts.json"
ID = "announcement-crowd"


def people(service_url: str) -> Iterator[Person]:
    """Yield everybody. A municipality lies in one tenant."""
    at = datetime.now(UTC)
    for number in range(PEOPLE):
        municipality = number % MUNICIPALITIES
        tenant = f"tenant-{municipality % TENANTS}"
        place = {"service_url": service_url, "conversation_id": f"a:c{number:06}", "tenant_id": tenant}
        yield Person(
            id=f"crowd-{number:06}",
            name=f"Medarbeider {number}",
            municipality_id=f"m{municipality:03}",
            unit_id=f"m{municipality:03}-u{number // MUNICIPALITIES % 40:02}",
            object_id=f"object-{number:06}",
            tenant_id=tenant,
            email=f"medarbeider{number}@kommune.example",
            addresses={TEAMS: Address(channel=TEAMS, data=place)},
            last_channel=TEAMS,
            registered=True,
            created_at=at,
        )


def fill(url: str, crowd: Iterable[Person]) -> None:
    """Write people into the database as fast as it takes them."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY record (kind, id, version, schema, terms, body) FROM STDIN") as copy:
            for person in crowd:
                body = to_json(encode(person)).decode("ascii")
                copy.write_row((Person.KIND, person.id, 1, Person.SCHEMA, sorted(person.terms()), body))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


async def announce(url: str) -> None:
    """Let an announcement to everybody begin, as if it had just been released."""
    at = datetime.now(UTC)
    announcement = Announcement(
        id=ID,
        author_id="nobody",
        municipality_id="m000",
        desk=f"announce/desk/{ID}",
        state=AnnouncementState.SENDING,
        version=1,
        wordings={Language.NB: Wording(title="Nytt om utrullingen", body="Office 365 er utsatt. " * 20)},
        audience=Audience(),
        reach=("all",),
        tasks=(Task(kind=TaskKind.SEND),),
        started_at=at,
        created_at=at,
        changed_at=at,
    )
    timers = tuple(_timer(effect) for effect in task_timers(announcement, at) if isinstance(effect, Schedule))
    store = PostgresStore(url=url)
    await store.open()
    await store.commit(Commit(at=at, records=(write_of(Put(record=announcement), {}),), timers=timers))
    await store.close()


async def correct(url: str) -> None:
    """Correct the announcement as its author would."""
    at = datetime.now(UTC)
    store = PostgresStore(url=url)
    await store.open()
    while True:
        key = Key(kind=Announcement.KIND, id=ID)
        stored = (await store.get([key]))[key]
        wordings = {Language.NB: Wording(title="Nytt om utrullingen", body="Office 365 kommer i januar. " * 20)}
        revised = revise(decode(Announcement, stored), Pending(wordings=wordings, confirm_again=False, by="nobody"), at)
        timers = tuple(_timer(effect) for effect in task_timers(revised, at) if isinstance(effect, Schedule))
        write = write_of(Put(record=revised), {key: stored.version})
        try:
            await store.commit(Commit(at=at, records=(write,), timers=timers))
            break
        except Conflict:  # the progress was noted in between
            continue
    await store.close()


async def rows(url: str, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a statement whose first value is the announcement's id."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await (await connection.execute(statement, [ID, *values])).fetchall()


def _timer(effect: Schedule) -> TimerWrite:
    assert effect.what is not None
    return TimerWrite(key=effect.key, at=effect.at, verb=effect.what.verb, data=effect.what.data)


async def is_at_work(url: str) -> bool:
    """Tell whether there are people left to write down, or to correct."""
    statement: LiteralString = "SELECT json_array_length(body -> 'tasks') FROM record WHERE id = %s AND kind = %s"
    [[tasks]] = await rows(url, statement, Announcement.KIND)
    return bool(tasks)


async def standing(url: str) -> tuple[int, int]:
    """Return how many are owed it or have it, and how many texts there are among them."""
    statement: LiteralString = "SELECT count(*), count(DISTINCT content) FROM delivery WHERE group_name = %s"
    [[people, texts]] = await rows(url, statement)
    return int(people), int(texts)


def resident_mb(pid: int) -> float:
    """Return a process's memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def ask(
    heia: Program, service_url: str, *, seconds: float, round_: int, stop: asyncio.Event | None = None
) -> Load:
    """Let a few people ask real questions for a while, or until ``stop``."""
    texts = [query["text"] for query in json.loads(QUESTIONS.read_text("utf-8"))["queries"]]
    return await drive(
        heia.messages,
        make=lambda user, turn: message(
            service_url=service_url,
            user=user,
            turn=round_ * 1_000_000 + turn,
            text=texts[(user * 31 + turn) % len(texts)],
        ),
        seconds=seconds,
        users=ASKING,
        pause=0.1,
        stop=stop,
    )


class Meter:
    """Whose processor time passes: of the bot, of those at work beside it, of PostgreSQL, and of this program."""

    def __init__(self, heia: Program, works: Sequence[Program], server: Server) -> None:
        self._read = {
            "the bot": lambda: cpu_seconds_of(heia.pid),
            "heia work": lambda: sum(cpu_seconds_of(each.pid) for each in works),
            "PostgreSQL": lambda: cpu_seconds_of_server(server.data),
            "this program": lambda: cpu_seconds_of(os.getpid()),
        }
        self._began = time.monotonic()
        self._before = {name: read() for name, read in self._read.items()}

    def told(self) -> str:
        """Return the cores each has used on average since the beginning."""
        seconds = time.monotonic() - self._began
        used = {name: (read() - self._before[name]) / seconds for name, read in self._read.items()}
        return ", ".join(f"{name} {cores:.2f}" for name, cores in used.items()) + f" of {os.cpu_count()} cores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What runs, and what it was like while nobody was told anything."""

    heia: Program
    works: Sequence[Program]
    server: Server
    url: str
    service_url: str
    idle: Load

    async def watch(self, what: str, *, round_: int) -> None:
        """Let people ask until the work begun just now is done; print how long it took, and what asking was like."""
        began, done = time.monotonic(), asyncio.Event()
        worker = self.works[0] if self.works else self.heia
        before = most = resident_mb(worker.pid)
        meter = Meter(self.heia, self.works, self.server)

        async def look() -> float:
            nonlocal most
            while await is_at_work(self.url):
                most = max(most, resident_mb(worker.pid))
                await asyncio.sleep(0.5)
            done.set()
            return time.monotonic() - began

        looking = asyncio.create_task(look())
        load = await ask(self.heia, self.service_url, seconds=LONGEST_SECONDS, round_=round_, stop=done)
        took = await looking
        people, texts = await standing(self.url)
        print(f"{what} in {took:.0f} s, {PEOPLE / took:.0f} a second; owed to {people}, texts {texts}", flush=True)
        print(f"  processor: {meter.told()}")
        print(f"  memory of the process at work {before:.0f} MB before, {most:.0f} MB at most")
        print(
            f"  questions: p50 {load.p50_ms:.0f} ms, p99 {load.p99_ms:.0f} ms of {load.turns}"
            f" ({load.p99_ms / self.idle.p99_ms:.1f}x idle), failed {load.failed}"
        )


async def bench(folder: Path, server: Server, url: str) -> None:
    """Run and print."""
    async with AsyncExitStack() as stack:
        connector = await stack.enter_async_context(SwiftConnector())
        service_url = connector.service_url()
        began = time.monotonic()
        fill(url, people(service_url))
        print(f"{PEOPLE} people written in {time.monotonic() - began:.0f} s", flush=True)
        settings = {"HEIA_DATABASE_URL": url, "HEIA_WORK_APART": "true" if WORKERS else "false"}
        settings["HEIA_LEAVER_KEY"] = "l" * 32
        heia = await stack.enter_async_context(program(folder / "serve", **settings))
        works = [
            await stack.enter_async_context(program(folder / f"work{number}", command="work", **settings))
            for number in range(WORKERS)
        ]
        await ask(heia, service_url, seconds=3, round_=0)
        idle = await ask(heia, service_url, seconds=IDLE_SECONDS, round_=1)
        print(f"idle: p50 {idle.p50_ms:.0f} ms, p99 {idle.p99_ms:.0f} ms of {idle.turns} questions", flush=True)
        scene = Scene(heia=heia, works=works, server=server, url=url, service_url=service_url, idle=idle)
        await announce(url)
        await scene.watch("written down", round_=2)
        print(f"  {sum((await connector.report()).landed.values())} sent so far")
        await correct(url)
        await scene.watch("corrected", round_=3)
    size = "SELECT pg_total_relation_size('delivery'), pg_total_relation_size('record')"
    with psycopg.connect(url) as connection:
        delivery, record = connection.execute(size.encode()).fetchone() or (0, 0)
    print(f"bytes a delivery {delivery / PEOPLE:.0f}, bytes a person {record / PEOPLE:.0f}")


def main() -> None:
    """Run the benchmark."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(wheel_server(durable=True))
        url = stack.enter_context(server.database())
        asyncio.run(bench(folder, server, url))


if __name__ == "__main__":
    main()
