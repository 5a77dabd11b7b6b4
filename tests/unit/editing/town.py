"""Processes with the real knowledge over one store, and editors of the provider and of two municipalities."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.wiring import make_knowledge_service
from bot.content.service import KnowledgeService
from bot.ports import Commit, Incoming, Sender, Store
from bot.records.codec import write_of
from bot.settings.model import load_settings
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.core.decision import Put
from dialogs.core.event import Pressed
from dialogs.core.person import Address, Role
from dialogs.editing.model import ArticleHead
from dialogs.router import route
from knowledge.article.article import Language
from tests.channels import WEB
from tests.contract.test_handoff_limits import Lands, Now, Untimed
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import person

ASKED = "dingsen på kontoret snurrer og snurrer"
ANSWER = "Trekk ut støpselet på dingsen."


@asynccontextmanager
async def process(store: Store, folder: Path, data: Path) -> AsyncIterator[KnowledgeService]:
    """Return the knowledge of one process with this store."""
    settings = load_settings(content_dir=folder, data_dir=data, semantic="off")
    service = make_knowledge_service(settings, store=store, clock=SystemClock(), log=structlog.get_logger())
    await service.open()
    running = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        await service.stop()
        await running


class Town:
    """Processes over one store; presses are those of the first."""

    def __init__(self, services: Sequence[KnowledgeService], store: Store) -> None:
        self.services = services
        self._store = store
        self._presses = 0

    async def press(self, who: str, verb: str, article_id: str, **data: str) -> str:
        """Press in the first process and return the notice."""
        first = self.services[0]
        runtime = Runtime(
            store=self._store,
            directory=Directory(store=self._store, former=FormerMarks(b"l" * 32)),
            understanding=first,
            route=route,
            content=lambda: first.state.content,
            sender=Lands(),
            jobs={},
            former=FormerMarks(b"l" * 32),
            clock=Now(),
            rng=SystemRandomSource(),
            stages=Untimed(),
            log=structlog.get_logger(),
        )
        self._presses += 1
        incoming = Incoming(
            id=f"press-{self._presses}",
            channel=WEB,
            sender=Sender(name="", person_id=who),
            address=Address(channel=WEB),
            conversation_id=f"web:{who}",
            what=Pressed(verb=f"article.{verb}", data={"article_id": article_id, **data}),
        )
        return (await runtime.receive(incoming)).notice or ""

    async def draft_id(self, key: str) -> str:
        [found] = [each for each in await self._store.find(ArticleHead.KIND, "all") if each.key.id == key]
        return str(found.body["draft_id"])

    async def publish(self, who: str, article_id: str, *, municipality_id: str = "", **fields: str) -> str:
        key = f"{article_id}@{municipality_id}" if municipality_id else article_id
        await self.press(who, "start", article_id, municipality_id=municipality_id)
        base = await self.draft_id(key)
        fields = {"municipality_id": municipality_id, "related": "", **fields}  # few articles are there
        await self.press(who, "save", article_id, base_id=base, **fields)
        base = await self.draft_id(key)
        return await self.press(who, "publish", article_id, municipality_id=municipality_id, base_id=base)

    async def means(self, municipality_id: str | None) -> list[str]:
        """Return the best article for the question in each process."""
        found = [await each.match_each([ASKED], municipality_id=municipality_id) for each in self.services]
        return [match[0].candidates[0].article_id for match in found]

    def answers(self, article_id: str, municipality_id: str | None) -> list[str | None]:
        found = [each.state.content.articles.get(article_id, Language.NB, municipality_id) for each in self.services]
        return [None if each is None else each.answer for each in found]


async def opened_town(stack: AsyncExitStack, stores: Sequence[Store], folder: Path, data: Path) -> Town:
    """Return a town with one process a store; ``data`` has what a start learns."""
    editors = [
        person(id_, unit, Role.EDITOR, municipality_id=municipality)
        for id_, unit, municipality in (
            ("eva", "dgi", "dgi"),
            ("ed", "eidsvoll-radhus", "eidsvoll"),
            ("nina", "nes", "nes"),
        )
    ]
    writes = tuple(write_of(Put(record=each), {}) for each in editors)
    await stores[0].commit(Commit(at=TUESDAY, records=writes))
    services = [await stack.enter_async_context(process(each, folder, data)) for each in stores]
    return Town(services, stores[0])


async def comes_true(true: Callable[[], Awaitable[bool]]) -> float:
    """Wait until it is so, and return the seconds it took; a test that waits in vain fails."""
    started = time.monotonic()
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - the processes look for themselves
            await asyncio.sleep(0.02)
    return time.monotonic() - started
