"""Under pressure questions are answered by words alone, and no queue grows without end."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.content.matching_thread import MatchingThread, Pressure
from bot.content.service import MAX_WAIT_BY_WORDS_SECONDS, MAX_WAIT_SECONDS, KnowledgeService
from bot.ports import Overloaded
from knowledge.matching.encoder import Vectors
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Asked, Match
from knowledge.matching.matcher import Matcher
from knowledge.matching.passages import rate_quotes
from tests.unit.few_articles import few_articles
from tests.unit.test_knowledge_service import Letters, becomes, library

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
async def opened(tmp_path: Path, encoder: Held) -> AsyncIterator[KnowledgeService]:
    async with library(few_articles(tmp_path / "content"), lambda: encoder) as running:

        async def semantic() -> bool:
            return running.state.semantic

        await becomes(semantic)
        yield running


def counted(opened: KnowledgeService) -> list[str]:
    by: list[str] = []
    opened.counted = lambda what, _: by.append(what)
    return by


async def ask(opened: KnowledgeService, text: str = ASKED) -> str:
    match = (await opened.match_each([text]))[0]
    return match.candidates[0].article_id


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - a thread makes it true
            await asyncio.sleep(0.001)


@pytest.mark.full
async def test_who_would_wait_too_long_for_the_encoder_is_answered_by_words_at_once(
    opened: KnowledgeService, encoder: Held
) -> None:
    by = counted(opened)
    assert await ask(opened) == "rollout-when"
    assert by == ["encoder"]
    opened._by_meaning._service_seconds = 0.1
    encoder.free.clear()
    waiting = [asyncio.create_task(ask(opened, f"{ASKED} {n}")) for n in range(3)]
    await until(lambda: opened._by_meaning.wait_seconds > MAX_WAIT_SECONDS)
    async with asyncio.timeout(20):
        assert await ask(opened) == "rollout-when", "while three wait for the encoder"
    assert by == ["encoder", "words_pressed"]
    encoder.free.set()
    await asyncio.gather(*waiting)
    assert by.count("encoder") == 4
    opened._by_meaning._service_seconds = 0.01
    await ask(opened, "citrix er tregt")
    assert by[-1] == "encoder", "when the queue is gone"


@pytest.mark.full
async def test_who_would_wait_too_long_for_words_too_is_put_off(opened: KnowledgeService) -> None:
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
    assert opened._by_words.wait_seconds > MAX_WAIT_BY_WORDS_SECONDS
    free.set()
    await asyncio.gather(*held)
    assert await ask(opened) == "rollout-when"


@pytest.mark.full
async def test_an_encoder_that_fails_costs_no_answer_and_is_told_once(opened: KnowledgeService, encoder: Held) -> None:
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


async def test_quotes_are_rated_with_the_encoder_and_by_words_where_it_is_missing_or_fails(
    opened: KnowledgeService, encoder: Held, tmp_path: Path
) -> None:
    articles = tuple(opened.state.content.articles.articles.values())[:2]

    async def rated(service: KnowledgeService) -> tuple[tuple[float, ...], ...]:
        return await service.rate_quotes(
            "gjelder det alle?", asked_before=Asked(text=ASKED), vector=vector, articles=articles
        )

    [read] = encoder.encode(["gjelder det alle?"])
    vector = pack_vector(read, encoder=encoder.name)
    with_it = await rated(opened)
    encoder.fails = True
    without = await rated(opened)
    assert with_it != without
    assert without == rate_quotes(articles, "gjelder det alle?", asked_before=Asked(text=ASKED))
    async with library(few_articles(tmp_path / "words"), lambda: None) as by_words:
        assert await rated(by_words) == without


@pytest.mark.parametrize("pressed", [False, True])
@pytest.mark.full
async def test_nothing_is_matched_on_the_event_loop(
    opened: KnowledgeService, monkeypatch: pytest.MonkeyPatch, pressed: bool
) -> None:
    """A text of the greatest length takes longer than others may be held up."""
    threads: list[threading.Thread] = []
    match = Matcher.match

    def noted(matcher: Matcher, utterance: str, **given: Any) -> Match:
        threads.append(threading.current_thread())
        return match(matcher, utterance, **given)

    monkeypatch.setattr(Matcher, "match", noted)
    monkeypatch.setattr(opened._pressure, "admits", lambda: not pressed)
    await ask(opened, f"{ASKED} " * 200)
    [thread] = threads
    assert thread is not threading.current_thread()


@pytest.mark.full
async def test_what_editors_approve_counts_by_words_too(opened: KnowledgeService) -> None:
    assert opened.state.by_meaning is not None
    assert opened.state.by_words.trained.match(ASKED).candidates[0].article_id == "rollout-when"


class TestPressure:
    """The encoder is left alone while more ask than it can read, but for a probe now and then."""

    @pytest.fixture
    def clock(self) -> Ticking:
        return Ticking()

    @pytest.fixture
    async def thread(self, clock: Ticking) -> AsyncIterator[MatchingThread]:
        thread = MatchingThread("test", monotonic=clock)
        yield thread
        thread.close()

    async def press(self, thread: MatchingThread, pressure: Pressure) -> None:
        """Let the wait pass the limit, and end again."""
        free = threading.Event()
        thread._service_seconds = 0.2
        held = [asyncio.ensure_future(thread.run(lambda: free.wait(20))) for _ in range(2)]
        await asyncio.sleep(0)
        assert not pressure.admits()
        free.set()
        await asyncio.gather(*held)
        thread._service_seconds = 0.2

    async def test_all_are_let_through_while_the_queue_is_short(self, thread: MatchingThread, clock: Ticking) -> None:
        pressure = Pressure(thread, most_wait_seconds=0.25, monotonic=clock)
        assert all(pressure.admits() for _ in range(100))

    async def test_after_a_long_queue_one_in_a_while_is_let_through_until_fewer_ask(
        self, thread: MatchingThread, clock: Ticking
    ) -> None:
        pressure = Pressure(thread, most_wait_seconds=0.25, monotonic=clock)
        for _ in range(40):
            clock.at += 0.05
            assert pressure.admits()
        await self.press(thread, pressure)
        let = 0
        for _ in range(40):  # 20 a second, for two seconds: 4 times what one of 0.2 s can take
            clock.at += 0.05
            let += pressure.admits()
        assert 6 <= let <= 9
        clock.at += 3
        assert all(pressure.admits() for _ in range(3)), "one a second is no pressure"

    async def test_an_encoder_that_is_quick_again_is_found_out_by_the_probes(
        self, thread: MatchingThread, clock: Ticking
    ) -> None:
        pressure = Pressure(thread, most_wait_seconds=0.25, monotonic=clock)
        for _ in range(40):
            clock.at += 0.05
            pressure.admits()
        await self.press(thread, pressure)
        assert [pressure.admits(), pressure.admits()] == [True, False], "a probe, and no other"
        for _ in range(80):
            clock.at += 0.05
            if pressure.admits():
                await thread.run(lambda: None)  # in no time
        assert all(pressure.admits() for _ in range(10))


class TestOneThread:
    async def test_the_wait_is_the_number_waiting_times_what_one_takes(self) -> None:
        clock, free = Ticking(), threading.Event()
        queue = MatchingThread("test", monotonic=clock)
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
        queue = MatchingThread("test", monotonic=clock)

        def stuck() -> None:
            begun.set()
            free.wait(20)

        in_flight = asyncio.ensure_future(queue.run(stuck))
        await until(begun.is_set)
        clock.at += 7
        assert queue.wait_seconds == pytest.approx(7)
        free.set()
        await in_flight
        queue.close()

    async def test_work_that_fails_or_is_given_up_is_no_longer_waited_for(self) -> None:
        queue = MatchingThread("test")
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


PASTED: Final = "hvordan bytter jeg passord? " * 9


async def test_a_pasted_thread_is_matched_by_words_alone(opened: KnowledgeService) -> None:
    by = counted(opened)
    await ask(opened)
    await ask(opened, PASTED)
    assert by == ["encoder", "words"]


async def test_a_pasted_text_does_not_keep_independent_ones_from_the_encoder(opened: KnowledgeService) -> None:
    by = counted(opened)
    _, first = await opened.match_each([PASTED, ASKED], independent=True)
    assert by == ["encoder"]
    assert first == (await opened.match_each([ASKED]))[0]
    await opened.match_each([PASTED, PASTED], independent=True)
    assert by[-1] == "words"
