"""Under pressure questions are answered by words alone, and no queue grows without end."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.library import MOST_WAIT_BY_WORDS_SECONDS, MOST_WAIT_SECONDS, Library
from bot.matching import OneThread
from bot.ports import Overloaded
from knowledge.encoder import Vectors
from tests.unit.few_articles import few_articles
from tests.unit.test_library import Letters, becomes, library

ASKED = "mon tro når det der office 365 kommer hit til oss"
"""Not a phrasing, so that the encoder has to read it."""


class Ticking:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Held(Letters):
    """An encoder that can be held, and can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()
        self.fails = False

    def encode(self, texts: object) -> Vectors:
        assert self.free.wait(20)
        if self.fails:
            raise RuntimeError
        return super().encode(texts)  # type: ignore[arg-type]


@pytest.fixture
def encoder() -> Held:
    return Held()


@pytest.fixture
async def opened(tmp_path: Path, encoder: Held) -> AsyncIterator[Library]:
    async with library(few_articles(tmp_path / "content"), lambda: encoder) as running:

        async def semantic() -> bool:
            return running.knowledge.semantic

        await becomes(semantic)
        yield running


def counted(opened: Library) -> list[str]:
    by: list[str] = []
    opened.counted = lambda what, _: by.append(what)
    return by


async def ask(opened: Library, text: str = ASKED) -> str:
    match = await opened.match(text, previous_article_id=None)
    return match.candidates[0].article_id


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - a thread makes it true
            await asyncio.sleep(0.001)


async def test_who_would_wait_too_long_for_the_encoder_is_answered_by_words_at_once(
    opened: Library, encoder: Held
) -> None:
    by = counted(opened)
    assert await ask(opened) == "rollout-when"
    assert by == ["encoder"]
    opened._by_meaning._service_seconds = 0.1
    encoder.free.clear()
    waiting = [asyncio.create_task(ask(opened, f"{ASKED} {n}")) for n in range(3)]
    await until(lambda: opened._by_meaning.wait_seconds > MOST_WAIT_SECONDS)
    async with asyncio.timeout(20):
        assert await ask(opened) == "rollout-when", "while three wait for the encoder"
    assert by == ["encoder", "words_pressed"]
    encoder.free.set()
    await asyncio.gather(*waiting)
    assert by.count("encoder") == 4
    await ask(opened, "citrix er tregt")
    assert by[-1] == "encoder", "when the queue is gone"


async def test_who_would_wait_too_long_for_words_too_is_put_off(opened: Library) -> None:
    by = counted(opened)
    free = threading.Event()
    held = []
    for queue in (opened._by_meaning, opened._by_words):
        queue._service_seconds = 3.0
        held.append(asyncio.ensure_future(queue.run(lambda: free.wait(20))))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await ask(opened)
    assert by == ["refused"]
    assert opened._by_words.wait_seconds > MOST_WAIT_BY_WORDS_SECONDS
    free.set()
    await asyncio.gather(*held)
    assert await ask(opened) == "rollout-when"


async def test_an_encoder_that_fails_costs_no_answer_and_is_told_once(opened: Library, encoder: Held) -> None:
    by = counted(opened)
    encoder.fails = True
    with capture_logs() as lines:
        for n in range(3):
            assert await ask(opened, f"{ASKED} {n}") == "rollout-when"
        encoder.fails = False
        await ask(opened, f"{ASKED} til slutt")
    assert by == ["words_pressed"] * 3 + ["encoder"]
    told = [line["event"] for line in lines if line.get("dependency") == "encoder"]
    assert told == ["dependency_failed", "dependency_healed"]


async def test_what_editors_approve_counts_by_words_too(opened: Library) -> None:
    assert opened.knowledge.by_meaning is not None
    assert opened.knowledge.by_words.trained.match(ASKED).candidates[0].article_id == "rollout-when"


class TestOneThread:
    async def test_the_wait_is_the_number_waiting_times_what_one_takes(self) -> None:
        clock, free = Ticking(), threading.Event()
        queue = OneThread("test", monotonic=clock)
        assert queue.wait_seconds == 0.0

        def work() -> None:
            clock.at += 0.5

        for _ in range(60):
            await queue.run(work)
        held = [asyncio.ensure_future(queue.run(lambda: free.wait(20))) for _ in range(4)]
        await asyncio.sleep(0)
        assert queue.wait_seconds == pytest.approx(4 * 0.5, rel=0.01)
        free.set()
        await asyncio.gather(*held)
        queue.close()

    async def test_work_that_does_not_end_is_seen_before_it_does(self) -> None:
        clock, free, begun = Ticking(), threading.Event(), threading.Event()
        queue = OneThread("test", monotonic=clock)

        def stuck() -> None:
            begun.set()
            free.wait(20)

        under_way = asyncio.ensure_future(queue.run(stuck))
        await until(begun.is_set)
        clock.at += 7
        assert queue.wait_seconds == pytest.approx(7)
        free.set()
        await under_way
        queue.close()

    async def test_work_that_fails_or_is_given_up_is_no_longer_waited_for(self) -> None:
        queue = OneThread("test")
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0)
        free = threading.Event()
        first = asyncio.ensure_future(queue.run(lambda: free.wait(20)))
        second = asyncio.ensure_future(queue.run(lambda: np.zeros(1)))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        free.set()
        await first
        assert queue.wait_seconds == 0.0
        queue.close()
