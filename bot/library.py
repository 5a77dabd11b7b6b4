"""The knowledge in force. It opens with what is at hand, and swaps itself when something better or newer is ready."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.knowledge import Knowledge, Workshop
from bot.ports import Clock, StoreUnavailable
from dialogs.handoff.addition import Addition
from knowledge.encoder import Encoder
from knowledge.matcher import Match

LOOK_SECONDS: Final = 2.0
ReadAdditions = Callable[[], Awaitable[Sequence[Addition]]]


class Library:
    """Answers from one state of the content at a time, while the next one is made in another thread.

    ``load_encoder`` is called once, in that thread: the bot answers by words alone until the sentence encoder has read
    every phrasing, the first time it sees them. ``read_additions`` tells what editors have approved in the chat.
    """

    def __init__(
        self,
        *,
        workshop: Workshop,
        folder: Traversable,
        load_encoder: Callable[[], Encoder | None],
        clock: Clock,
        log: FilteringBoundLogger,
        read_additions: ReadAdditions | None = None,
    ) -> None:
        self._workshop = workshop
        self._folder = folder
        self._load_encoder = load_encoder
        self._clock = clock
        self._log = log
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="knowledge-builder")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="matcher")
        self._read_additions = read_additions
        self._additions: Sequence[Addition] = ()
        self._seen = _signature(folder)
        self._knowledge: Knowledge | None = None
        self._stop = asyncio.Event()

    @property
    def knowledge(self) -> Knowledge:
        """What is in force now. Raises RuntimeError before ``open``."""
        if self._knowledge is None:
            raise RuntimeError("the library is not open")
        return self._knowledge

    async def open(self) -> None:
        """Make ready to answer by words: a second or two, less when the matcher's state was kept."""
        await self._look_for_additions()
        self._knowledge = await self._build(None, None)

    async def run(self) -> None:
        """Load the encoder, then watch the folder and the additions until ``stop``; what is under way is finished."""
        loop = asyncio.get_running_loop()
        try:
            encoder = await loop.run_in_executor(self._builder, self._load_encoder)
            if encoder is not None and not self._stop.is_set():
                await self._swap(encoder)
            while not await self._stopped_within(LOOK_SECONDS):
                now = await loop.run_in_executor(self._builder, _signature, self._folder)
                added = await self._look_for_additions()
                if now != self._seen or added:
                    self._seen = now
                    await self._swap(encoder)
        finally:
            self._builder.shutdown(wait=False)
            self._reader.shutdown(wait=False)

    async def stop(self) -> None:
        """Make ``run`` come to its end."""
        self._stop.set()

    async def match(
        self, utterance: str, *, previous_article_id: str | None, municipality_id: str | None = None
    ) -> Match:
        """Return how well the articles answer. With the encoder it works off the event loop."""
        knowledge = self.knowledge
        matcher = knowledge.matcher_for(municipality_id)
        if not knowledge.semantic:
            return matcher.match(utterance, previous_article_id=previous_article_id)
        return await asyncio.get_running_loop().run_in_executor(
            self._reader, lambda: matcher.match(utterance, previous_article_id=previous_article_id)
        )

    async def _look_for_additions(self) -> bool:
        """Read what editors approved; return whether it is something else than before. Without the store: no."""
        if self._read_additions is None:
            return False
        try:
            found = await self._read_additions()
        except StoreUnavailable:
            return False
        before, self._additions = self._additions, found
        return found != before

    async def _swap(self, encoder: Encoder | None) -> None:
        """Build anew and put it in force; a folder that cannot be read leaves the old state there, loudly."""
        started = self._clock.now()
        try:
            self._knowledge = await self._build(self._knowledge, encoder)
        except OSError as fault:
            self._log.error("content_unreadable", reason=type(fault).__name__)
            return
        seconds = (self._clock.now() - started).total_seconds()
        self._log.info(
            "knowledge_swapped",
            articles=len(self.knowledge.content.articles.ids()),
            semantic=encoder is not None,
            seconds=round(seconds, 2),
        )

    async def _build(self, before: Knowledge | None, encoder: Encoder | None) -> Knowledge:
        additions = self._additions
        return await asyncio.get_running_loop().run_in_executor(
            self._builder,
            lambda: self._workshop.build(self._folder, before=before, encoder=encoder, additions=additions),
        )

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True


def _signature(folder: Traversable) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of every content file; empty for content inside a package, which does not change."""
    if not isinstance(folder, Path):
        return ()
    found = sorted(path for pattern in ("*.yaml", "articles/*/*.md") for path in folder.glob(pattern))
    return tuple((str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in found)
