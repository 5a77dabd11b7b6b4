"""From the press that publishes an article until a question finds its new phrasings, with the encoder.

Alone, and while eight clients ask one question after the other. Before the first line Heia learns the shipped articles,
a minute or two. Seconds on the wall, and as a share of the build that makes the phrasings part of the indexes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemClock
from bot.app.wiring import make_knowledge_service
from bot.content.service import KnowledgeService
from bot.ports import Commit
from bot.records.codec import write_of
from bot.settings.model import load_settings
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.unit.driver import TUESDAY
from tests.unit.editing.town import Town
from tests.unit.handoff.scene import person

ARTICLE = "citrix-slow"
CLIENTS = 8
# Nothing in the articles is like them, nor is one like the other.
NEW = ("dingsen på kontoret snurrer", "lampa over kaffemaskinen blinker rødt")
ASKED = ("hvordan får jeg nytt passord", "teams vil ikke starte", "når får vi office 365", "printeren virker ikke")


async def keep_asking(service: KnowledgeService, number: int) -> None:
    while True:
        number += 1
        await service.match_each([f"{ASKED[number % len(ASKED)]} {number}"], municipality_id="nes")
        await asyncio.sleep(0.02)


async def finds(service: KnowledgeService, question: str) -> bool:
    """Return whether the article answers a question best."""
    [match] = await service.match_each([question])
    return bool(match.candidates) and match.candidates[0].article_id == ARTICLE


async def live_after(service: KnowledgeService, town: Town, question: str) -> float:
    """Publish phrasings that are like nothing else, and return the seconds until a question finds them."""
    assert not await finds(service, question)
    await publish(town, question)
    begun = time.perf_counter()
    while not await finds(service, question):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return time.perf_counter() - begun


async def publish(town: Town, question: str) -> None:
    """Publish phrasings that are like nothing else."""
    asked = {
        f"phrasings_{each}": "\n".join((question, *(f"{question} {each} {number}" for number in range(8))))
        for each in Language
    }
    await town.publish("eva", ARTICLE, **asked)


async def built(service: KnowledgeService, logged: Sequence[Mapping[str, Any]]) -> float:
    """Wait for the build that follows, and return its seconds."""
    before = len(logged)
    while not any(each["event"] == "knowledge_swapped" for each in logged[before:]):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return float(logged[-1]["seconds"])


@asynccontextmanager
async def shipped_town() -> AsyncIterator[tuple[KnowledgeService, Town, Sequence[Mapping[str, Any]]]]:
    """Yield the knowledge of the shipped articles with the encoder, an editor's town, and the log."""
    with TemporaryDirectory() as place, capture_logs() as logged:
        store = MemoryStore()
        await store.open()
        editor = person("eva", "dgi", Role.EDITOR, municipality_id="dgi")
        await store.commit(Commit(at=TUESDAY, records=(write_of(Put(record=editor), {}),)))
        settings = load_settings(data_dir=Path(place), semantic="auto")
        service = make_knowledge_service(settings, store=store, clock=SystemClock(), log=structlog.get_logger())
        await service.open()
        running = asyncio.create_task(service.run())
        while not service.state.semantic:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        yield service, Town([service], store), logged
        await service.stop()
        await running
        await store.close()


async def measure() -> None:
    """Publish without and with others that ask."""
    async with shipped_town() as (service, town, logged):
        for clients, question in ((0, NEW[0]), (CLIENTS, NEW[1])):
            async with AsyncExitStack() as stack:
                for number in range(clients):
                    task = asyncio.create_task(keep_asking(service, number))
                    stack.callback(task.cancel)
                building = asyncio.create_task(built(service, logged))
                await asyncio.sleep(1)
                took = await live_after(service, town, question)
                whole = await building
                phrasings = len(service.state.loaded.phrasings())
                print(
                    f"{phrasings} phrasings, {clients} others ask: found after {took:.2f} s   (limit 2), "
                    f"the build behind it took {whole:.2f} s, {took / whole:.2f} of it",
                    flush=True,
                )


def main() -> None:
    """Measure."""
    asyncio.run(measure())
