"""The real application, twice, in this process: as a demo without tokens, and as for real with them.

Both listen on loopback sockets and run their real loops (timers, courier, knowledge) on the memory store with the real
content and the sample people. Only time, ids and what lies outside the machine are the rig's.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp.web_app import _cached_build_middleware

from bot.app.application import Bot, running
from bot.app.listening import listening, open_socket
from bot.app.log import make_log
from bot.app.maintenance import JOB_VERBS
from bot.app.wiring import make_knowledge_service
from bot.content.service import KnowledgeService
from bot.directory import load_sample
from bot.ports import PENDING, DeliveryStatus, Key, Stored
from bot.records.codec import decode
from bot.settings.model import load_settings
from bot.stores.memory.state import Table
from bot.stores.memory.store import MemoryStore
from bot.support.dependencies import Dependencies
from dialogs.core.person import Person
from dialogs.privacy.inventory import INVENTORY
from dialogs.router import TIMERS
from tests.channels import WEB
from tests.fuzz.machine import Breach, LogLines, MovedClock, SeededChance, breaches_logged, let_go, logged, waiting
from tests.fuzz.mutate import NUMBER
from tests.fuzz.outside import APP, SOMEWHERE, TENANT, Outside, OutsideWorld
from tests.fuzz.wire import Answer, Wire
from tests.learned import sample_built_once
from tests.timers import due_timers

NOON: Final = datetime(2026, 11, 2, 11, 0, tzinfo=UTC)
MAX_MOMENTS: Final = 2_000
"""So often a check looks again, however long each look takes on a busy machine."""
CHECKED_SECONDS: Final = 600.0
"""For a check, and for the start and the stop of both applications. Only a hang takes so long."""
HOST: Final = "heia.kommune.example"
"""Where the application that runs as for real is reached, through a proxy."""
CANARY_QUESTION: Final = "hvordan bytter jeg passord"
_CANARY_ANSWER: Final = re.compile(r"passord", re.IGNORECASE)
RECORDS: Final = {holding.kind: holding.record for holding in INVENTORY if holding.record is not None}
WRITTEN: Final = {"question": "utterance", "web_utterance": "text", "handoff": "question", "unsent": "text"}
"""Fields that hold a person's own words, which are masked before they are stored."""
_PLAIN_NUMBER: Final = re.compile(rf"(?<![\w.,:;/+-]) ?{NUMBER} ?(?![\w.,:;/+-])")
CHORES: Final = frozenset(JOB_VERBS)
ALLOWED_ERRORS: Final = frozenset({"teams_token_unavailable", "dependency_failed"})
"""The production application has no way to Entra; it says so, and nothing else."""
MAX_TASKS_LEFT: Final = 12
TASKS_A_PAGE: Final = 6


class MovedStore(MemoryStore):
    """A store that a moved clock wakes too, which otherwise waits in real time for what is due later."""

    def __init__(self, clock: MovedClock) -> None:
        super().__init__()
        self._clock = clock

    async def wait_for_post(self, timeout_seconds: float) -> None:
        waits = [
            asyncio.ensure_future(super().wait_for_post(timeout_seconds)),
            asyncio.ensure_future(self._clock.sleep(timeout_seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


@dataclass(slots=True, kw_only=True)
class App:
    """One running application and the connections the surfaces share."""

    bot: Bot
    store: MemoryStore
    knowledge: KnowledgeService
    port: int
    clock: MovedClock
    wire: Wire
    host: str
    origin: str
    sockets: dict[str, Any] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, body: bytes = b"", *headers: str, kind: str = "application/json"
    ) -> Answer:
        """Send a proper request of our own page's and return the answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"Origin: {self.origin}", *headers]
        if body:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        return await self.wire.ask(("\r\n".join(lines) + "\r\n\r\n").encode() + body)


@dataclass(slots=True, kw_only=True)
class Rig:
    """Everything a surface may use."""

    demo: App
    real: App
    outside: OutsideWorld
    clock: MovedClock
    log: LogLines
    folder: Path
    people: tuple[Person, ...]
    canary: Person
    tasks: int = 0
    canaries: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    async def hand_in(self, activity: bytes) -> Answer:
        """Post an activity to the demo as the Bot Connector would."""
        return await self.demo.ask("POST", "/api/messages", self.outside.reached(activity))

    def logged(self) -> list[Breach]:
        """Return what is wrong with the log since the last call."""
        return list(breaches_logged(self.log.take(), ALLOWED_ERRORS))

    async def settle(self, hours: float) -> list[Breach]:
        """Let time pass, and wait until nothing that is due is left; return what stays."""
        self.clock.advance(timedelta(hours=hours, seconds=40))
        for _ in range(MAX_MOMENTS):
            if not await self._is_due():
                return []
            await self._moment()
        return [Breach("what is due is not done", f"{await self._left_due()}; {self.clock.now()} now; {waiting()}")]

    async def _moment(self) -> None:
        """Let a little time pass."""
        # A lease must not run out while its message is under way, which takes real time.
        sending = await self.demo.store.deliveries_in_state(DeliveryStatus.LEASED, limit=1)
        self.clock.advance(timedelta(seconds=0.1 if sending else 10))
        await asyncio.sleep(0.01)

    async def _is_due(self) -> bool:
        now = self.clock.now()
        due = await self.demo.store.next_due_at()
        return bool(await due_timers(self.demo.store, now=now, limit=1)) or (due is not None and due <= now)

    async def _left_due(self) -> str:
        """Return the first timers and deliveries that are due."""
        store = self.demo.store
        timers = [f"timer {each.verb} at {each.at}" for each in await due_timers(store, now=self.clock.now(), limit=3)]
        deliveries = [
            f"{each.status} {each.slot} of {each.recipient} due {each.due_at}, leased until {each.lease_until}, "
            f"{each.attempts} attempts, {each.reason}"
            for state in PENDING
            for each in await store.deliveries_in_state(state, limit=3)
        ]
        return "; ".join((*timers, *deliveries))

    async def check_whole(self) -> list[Breach]:
        """Return what is wrong with the applications and their stores: a canary, leftovers, what does not decode."""
        found = [breach async for breach in self._canary()]
        found += await self._leftovers()
        for app in (self.demo, self.real):
            found += [breach async for breach in store_breaches(app.store)]
        return found + self.logged()

    async def _canary(self) -> AsyncIterator[Breach]:
        for app in (self.demo, self.real):
            for path in ("/healthz", "/readyz", "/chat"):
                answer = await app.ask("GET", path)
                if answer.status != 200:
                    yield Breach(f"the canary is not served {path}", str(answer))
        self.canaries += 1
        conversation = f"canary-{self.canaries}"
        said = activity(self.canary, text=CANARY_QUESTION, id=conversation)
        said["conversation"]["id"] = conversation
        answer = await self.hand_in(json.dumps(said).encode())
        heard = self.outside.heard.get(conversation, "")
        if answer.status != 200 or not _CANARY_ANSWER.search(heard):
            yield Breach("the canary question is not answered", f"{answer.status} {heard[:500]}")

    async def _leftovers(self) -> list[Breach]:
        """Return what requests have left behind although they are over. What is under way may take a while."""
        for _ in range(MAX_MOMENTS):
            if not any(self._left_now()):
                return []
            await self._moment()
        return list(self._left_now())

    def _left_now(self) -> Iterator[Breach]:
        tasks = asyncio.all_tasks()
        pages = sum(socket.closed is None for socket in self.demo.sockets.values())
        if len(tasks) > self.tasks + MAX_TASKS_LEFT + pages * TASKS_A_PAGE:
            names = Counter(str(task.get_coro()).split(" at ")[0] for task in tasks)
            yield Breach("tasks are left", f"{len(tasks)}, of them {names.most_common(4)}")
        for app in (self.demo, self.real):
            pages, open_ = len(app.bot.engine.channels[WEB].channel.connections), len(app.sockets)
            if pages > open_ + 2:
                yield Breach("lines to closed pages are left", f"{pages}, and {open_} pages are open")


@asynccontextmanager
async def open_rig(folder: Path, seed: str) -> AsyncIterator[Rig]:
    """Start everything, and stop it when the block ends. Raises TimeoutError: the start or the stop hangs."""
    with logged() as log:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(CHECKED_SECONDS):
                rig = await _start(stack, folder, seed, log)
            try:
                yield rig
            finally:
                for app in (rig.demo, rig.real):
                    await app.wire.close()
                    for socket in app.sockets.values():
                        socket.hang_up()
                async with asyncio.timeout(CHECKED_SECONDS):
                    await stack.aclose()
    let_go()
    _cached_build_middleware.cache_clear()  # aiohttp's, which would keep every application there ever was


async def _start(stack: AsyncExitStack, folder: Path, seed: str, log: LogLines) -> Rig:
    clock, outside = MovedClock(NOON), OutsideWorld()
    server = await asyncio.get_running_loop().create_server(lambda: Outside(outside), "127.0.0.1", 0)
    stack.callback(server.close)
    outside.port = server.sockets[0].getsockname()[1]
    demo = await stack.enter_async_context(_app(folder / "demo", clock, seed, dev=True))
    real = await stack.enter_async_context(
        _app(
            folder / "real",
            clock,
            seed,
            dev=False,
            app_id=APP,
            app_tenant_id=TENANT,
            app_certificate=folder / "none.pem",
            openid_metadata_url=f"{outside.here}/openid",
            public_url=f"https://{HOST}",
            trusted_proxies="127.0.0.1",
        )
    )
    people = [decode(Person, each) for each in await demo.store.find(Person.KIND, "registered")]
    *others, canary = sorted(people, key=lambda each: each.id)
    rig = Rig(
        demo=demo,
        real=real,
        outside=outside,
        clock=clock,
        log=log,
        folder=folder,
        people=tuple(others),
        canary=canary,
    )
    async for _ in rig._canary():
        pass  # what the first requests set up is there from now on
    rig.tasks = len(asyncio.all_tasks())
    return rig


@asynccontextmanager
async def _app(folder: Path, clock: MovedClock, seed: str, *, dev: bool, **given: Any) -> AsyncIterator[App]:
    settings = load_settings(
        data_dir=folder,
        semantic="off",
        web_guests=True,
        web_key="k" * 40,
        send_rate_per_second=1e6,
        turns_per_minute=600,
        **given,
    )
    log, store = make_log(), MovedStore(clock)
    dependencies = Dependencies(clock=clock, log=log)
    knowledge = make_knowledge_service(settings, store=store, clock=clock, log=log, dependencies=dependencies)
    with sample_built_once():
        await knowledge.open()
    content = knowledge.state.loaded
    places = knowledge.state.content.channels.waiting_places()
    await load_sample(store, content.organisation, topics=content.topics(), addresses=places, at=clock.now())
    parts = {"store": store, "knowledge": knowledge, "dependencies": dependencies, "clock": clock, "log": log}
    async with (
        running(settings, dev=dev, rng=SeededChance(seed), **parts) as bot,
        listening(bot.app, open_socket("127.0.0.1", 0)) as port,
    ):
        host = f"127.0.0.1:{port}" if dev else HOST
        origin = f"http://{host}" if dev else f"https://{host}"
        yield App(
            bot=bot, store=store, knowledge=knowledge, port=port, clock=clock, wire=Wire(port), host=host, origin=origin
        )


async def store_breaches(store: MemoryStore) -> AsyncIterator[Breach]:
    """Yield what in a store breaks a promise."""
    people: set[str] = set()
    async for _, document in _rows(store, Table.RECORD):
        kind, body = document["kind"], document["body"]
        if kind not in RECORDS:
            yield Breach(f"a record is of a kind the inventory does not know, {kind}")
            continue
        try:
            stored = Stored(key=Key(kind=kind, id=document["id"]), version=1, schema=document["schema"], body=body)
            decode(RECORDS[kind], stored)
        except Exception as fault:  # whatever it raises, the record cannot be read any more
            yield Breach(f"a record does not decode, {kind}", f"{type(fault).__name__} {str(body)[:500]}")
        if kind == Person.KIND:
            people.add(document["id"])
        if _PLAIN_NUMBER.search(str(body.get(WRITTEN.get(kind, "")))):
            yield Breach(f"an identity number is stored, {kind}", str(body)[:500])
    async for _, document in _rows(store, Table.DELIVERY):
        owner = document["recipient"]
        if owner not in people and not owner.startswith(("conversation:", "channel:")):
            yield Breach("a delivery has no owner", f"{document['slot'][:60]} of {owner[:60]}")
    async for _, document in _rows(store, Table.TIMER):
        if document["verb"] not in TIMERS and document["verb"] not in CHORES:
            yield Breach(f"a timer has no flow, {document['verb']}")


async def _rows(store: MemoryStore, table: Table) -> AsyncIterator[tuple[str, Any]]:
    after = ""
    while page := await store.read_rows(table, after=after, limit=100_000):
        for row in page:
            yield row
        after = page[-1][0]


def activity(person: Person, **changes: Any) -> dict[str, Any]:
    """Return a message of a sample person in their own chat, with fields changed."""
    return {
        "type": "message",
        "id": "1",
        "timestamp": "2026-11-02T12:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": f"{SOMEWHERE}/t/",
        "from": {"id": f"29:{person.id}", "name": person.name, "aadObjectId": person.object_id},
        "conversation": {"id": f"a:{person.id}", "conversationType": "personal", "tenantId": TENANT},
        "recipient": {"id": f"28:{APP}", "name": "Heia"},
        "text": "hei",
        "textFormat": "plain",
        "locale": "nb-NO",
        "channelData": {"tenant": {"id": TENANT}},
        **changes,
    }
