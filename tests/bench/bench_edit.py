"""Processor time of an edit on the shipped articles, with the encoder: from the press until it is live in full.

Three editions of one article, one after another. What the program does meanwhile when nothing is published, measured
before, is subtracted. Every thread counts.
"""

import asyncio
import time
from typing import Final

from tests.bench.bench_publishing import built, finds, publish, shipped_town

NEW: Final = ("dingsen på kontoret snurrer", "lampa over kaffemaskinen blinker rødt", "gardina i kantina henger skeivt")
IDLE_SECONDS: Final = 5.0


async def measure() -> None:
    """Publish, and print what each edition took."""
    async with shipped_town() as (service, town, logged):
        before = time.process_time()
        await asyncio.sleep(IDLE_SECONDS)
        idle = (time.process_time() - before) / IDLE_SECONDS
        print(f"{len(service.state.loaded.articles.ids())} articles, {len(service.state.loaded.phrasings())} phrasings")
        for question in NEW:
            assert not await finds(service, question)
            building = asyncio.create_task(built(service, logged))
            wall, processor = time.perf_counter(), time.process_time()
            await publish(town, question)
            await building
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            assert await finds(service, question)
            print(
                f"  an edit: {processor - idle * wall:.2f} s of processor, {wall:.2f} s   (wanted: at most 1 s)",
                flush=True,
            )


def main() -> None:
    """Measure."""
    asyncio.run(measure())
