"""The knowledge in use. It starts with a quick version and swaps in a better or newer one when ready."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.content.index_builder import IndexBuilder, KnowledgeState, Matchers
from bot.content.matching_thread import MatchingThread, Pressure
from bot.ports import Clock, Overloaded, StoreUnavailable
from bot.support.dependencies import ENCODER, Dependencies
from dialogs.handoff.addition import Addition
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Match

LOOK_SECONDS: Final = 2.0
# Above this wait for the encoder, questions are answered by words alone.
MAX_WAIT_SECONDS: Final = 0.25
# Above this wait for matching by words, users are asked to try again, so that no queue grows without end.
MAX_WAIT_BY_WORDS_SECONDS: Final = 2.0
ReadAdditions = Callable[[], Awaitable[Sequence[Addition]]]


class KnowledgeService:
    """Answers from one state of the content at a time.

    The next state is built in another thread.

    ``load_encoder`` is called once, in that thread: the bot answers by words alone until the sentence encoder has read
    every phrasing, the first time it sees them. ``read_additions`` returns the additions approved in the chat.
    ``counted`` is called for each utterance with the kind of matching and the wait for the encoder, in seconds.
    ``monotonic`` is the clock for measuring waits.
    """

    def __init__(
        self,
        *,
        index_builder: IndexBuilder,
        folder: Traversable,
        load_encoder: Callable[[], Encoder | None],
        clock: Clock,
        log: FilteringBoundLogger,
        read_additions: ReadAdditions | None = None,
        dependencies: Dependencies | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counted: Callable[[str, float], None] = lambda _, __: None
        self._dependencies = dependencies or Dependencies(clock=clock, log=log)
        self._index_builder = index_builder
        self._folder = folder
        self._load_encoder = load_encoder
        self._clock = clock
        self._log = log
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="knowledge-builder")
        self._by_meaning = MatchingThread("matcher", monotonic=monotonic)
        self._by_words = MatchingThread("matcher-words", monotonic=monotonic)
        self._pressure = Pressure(self._by_meaning, most_wait_seconds=MAX_WAIT_SECONDS, monotonic=monotonic)
        self._encoder: Encoder | None = None
        self._read_additions = read_additions
        self._additions: Sequence[Addition] = ()
        self._seen = _signature(folder)
        self._state: KnowledgeState | None = None
        self._stop = asyncio.Event()

    @property
    def state(self) -> KnowledgeState:
        """The current state. Raises RuntimeError before ``open``."""
        if self._state is None:
            raise RuntimeError("the knowledge service is not open")
        return self._state

    async def open(self) -> None:
        """Prepare answers by words: a second or two, less when the matcher's state was cached."""
        await self._refresh_additions()
        self._state = await self._build(None, None)

    async def run(self) -> None:
        """Load the encoder, then watch the folder and the additions until ``stop``.

        A running build is finished.
        """
        loop = asyncio.get_running_loop()
        if self._encoder is None:
            self._encoder = await loop.run_in_executor(self._builder, self._load_encoder)
        if self._encoder is not None and not self.state.semantic and not self._stop.is_set():
            await self._swap()
        while not await self._stopped_within(LOOK_SECONDS):
            now = await loop.run_in_executor(self._builder, _signature, self._folder)
            added = await self._refresh_additions()
            if now != self._seen or added:
                self._seen = now
                await self._swap()
        self._builder.shutdown(wait=False)
        self._by_meaning.close()
        self._by_words.close()

    async def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()

    async def match(
        self, utterance: str, *, previous_article_id: str | None, municipality_id: str | None = None
    ) -> Match:
        """Return how well the articles answer, by words alone where the encoder is too busy or fails.

        Raises Overloaded: the queue is too long even for that.
        """
        knowledge = self.state

        def with_(matchers: Matchers) -> Callable[[], Match]:
            matcher = matchers.for_municipality(municipality_id)
            return lambda: matcher.match(utterance, previous_article_id=previous_article_id)

        by = "words"
        if knowledge.by_meaning is not None:
            by = "words_pressed"
            if self._pressure.admits():
                try:
                    match = await self._by_meaning.run(with_(knowledge.by_meaning))
                except Exception as fault:
                    self._dependencies.failed(ENCODER, type(fault).__name__)
                    self._log.debug("encoder_failed", exc_info=fault)
                else:
                    self._dependencies.healed(ENCODER)
                    self.counted("encoder", self._by_meaning.wait_seconds)
                    return match
        if self._by_words.wait_seconds > MAX_WAIT_BY_WORDS_SECONDS:
            self.counted("refused", self._by_meaning.wait_seconds)
            raise Overloaded
        match = await self._by_words.run(with_(knowledge.by_words))
        self.counted(by, self._by_meaning.wait_seconds)
        return match

    async def _refresh_additions(self) -> bool:
        """Read the approved additions; return whether they changed. False if the store is unavailable."""
        if self._read_additions is None:
            return False
        try:
            found = await self._read_additions()
        except StoreUnavailable:
            return False
        before, self._additions = self._additions, found
        return found != before

    async def _swap(self) -> None:
        """Rebuild and replace the state.

        If the folder cannot be read, an error is logged and the old state stays.
        """
        encoder = self._encoder
        started = self._clock.now()
        try:
            self._state = await self._build(self._state, encoder)
        except OSError as fault:
            self._log.error("content_unreadable", reason=type(fault).__name__)
            return
        seconds = (self._clock.now() - started).total_seconds()
        self._log.info(
            "knowledge_swapped",
            articles=len(self.state.loaded.articles.ids()),
            semantic=encoder is not None,
            seconds=round(seconds, 2),
        )

    async def _build(self, before: KnowledgeState | None, encoder: Encoder | None) -> KnowledgeState:
        additions = self._additions
        return await asyncio.get_running_loop().run_in_executor(
            self._builder,
            lambda: self._index_builder.build(self._folder, before=before, encoder=encoder, additions=additions),
        )

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True


def _signature(folder: Traversable) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of every content file."""
    # Empty for content inside a package, which does not change.
    if not isinstance(folder, Path):
        return ()
    found = sorted(path for pattern in ("*.yaml", "articles/*/*.md") for path in folder.glob(pattern))
    return tuple((str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in found)
