"""The knowledge in use. It starts with a quick version and swaps in a better or newer one when ready."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.content.index_builder import IndexBuilder, KnowledgeState, Matchers, with_register
from bot.content.loading import LoadedContent, shipped_sentences
from bot.content.matching_thread import MatchingThread, Pressure
from bot.content.rehearsing import Progress, no_progress, rehearse
from bot.ports import Clock, Overloaded, StoreUnavailable
from bot.support.dependencies import ENCODER, Dependencies
from dialogs.core.query import KeptWords
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.result import RehearsalResult
from knowledge.article.article import Article
from knowledge.article.change import ArticleChange
from knowledge.language.clauses import has_many_clauses
from knowledge.matching.encoder import Encoder
from knowledge.matching.grouping import group_questions, near_questions
from knowledge.matching.index import TrainedIndex
from knowledge.matching.match import NOTHING_ASKED, Asked, Match, Phrasing
from knowledge.matching.naming import nearest_sentences, terms_in
from knowledge.matching.passages import QuoteVectors, rate_quotes
from knowledge.matching.policy import Outcome
from knowledge.software.register import ProgramChange

LOOK_SECONDS: Final = 2.0
# The folder is looked at less often: each file of it is asked for its size and time.
FOLDER_LOOK_SECONDS: Final = 6.0
# A publication is one small read away. Together with the build it must be live everywhere within two seconds.
GLANCE_SECONDS: Final = 0.5
# Above this wait for the encoder, questions are answered by words alone.
MAX_WAIT_SECONDS: Final = 0.25
# Above this wait for matching by words, users are asked to try again, so that no queue grows without end.
MAX_WAIT_BY_WORDS_SECONDS: Final = 2.0
_GLANCES_A_LOOK: Final = round(LOOK_SECONDS / GLANCE_SECONDS)
_GLANCES_A_FOLDER_LOOK: Final = round(FOLDER_LOOK_SECONDS / GLANCE_SECONDS)
ReadAdditions = Callable[[], Awaitable[Sequence[Addition]]]
ReadRevisions = Callable[[], Awaitable[Sequence[ArticleRevision]]]
ReadProgramChanges = Callable[[], Awaitable[Sequence[ProgramChange]]]


class KnowledgeService:
    """Answers from one state of the content at a time.

    The next state is built in another thread.

    ``load_encoder`` is called once, in that thread: the bot answers by words alone until the sentence encoder has read
    every phrasing, the first time it sees them. ``read_additions`` returns the additions approved in the chat,
    ``read_revisions`` the live revisions of articles, and ``read_programs`` the changes of the program register; both
    are called often.
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
        read_revisions: ReadRevisions | None = None,
        read_programs: ReadProgramChanges | None = None,
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
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="knowledge-publisher")
        self._by_meaning = MatchingThread("matcher", monotonic=monotonic)
        self._by_words = MatchingThread("matcher-words", monotonic=monotonic)
        self._pressure = Pressure(self._by_meaning, most_wait_seconds=MAX_WAIT_SECONDS, monotonic=monotonic)
        self._encoder: Encoder | None = None
        self._quote_vectors: QuoteVectors | None = None
        self._read_additions = read_additions
        self._additions: Sequence[Addition] = ()
        self._read_revisions = read_revisions
        self._revisions: Sequence[ArticleRevision] = ()
        self._read_programs = read_programs
        self._programs: Sequence[ProgramChange] = ()
        self._unlearned = False
        # Outcomes of stored questions in one state of the knowledge, for rehearsals.
        self._baseline_of: KnowledgeState | None = None
        self._baseline: dict[str, Outcome] = {}
        self._shipped: tuple[LoadedContent, tuple[Phrasing, ...]] | None = None
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
        await self._refresh_revisions()
        await self._refresh_programs()
        self._state = await self._with_programs(await self._build(None, None))

    async def run(self) -> None:
        """Load the encoder, then watch the folder, the additions and the revisions until ``stop``.

        A running build is finished.
        """
        # Beside the builds: the first with the encoder takes minutes, too long for a publication to wait.
        following = asyncio.create_task(self._follow_revisions())
        try:
            await self._watch()
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        self._builder.shutdown(wait=False)
        self._publisher.shutdown(wait=False)
        self._by_meaning.close()
        self._by_words.close()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if self._encoder is None:
            self._encoder = await loop.run_in_executor(self._builder, self._load_encoder)
            self._quote_vectors = QuoteVectors(self._encoder) if self._encoder is not None else None
        if self._encoder is not None and not self.state.semantic and not self._stop.is_set():
            await self._swap(unread=False)  # what changed since the start is seen by the first look
        glances = 0
        while not await self._stopped_within(GLANCE_SECONDS):
            glances += 1
            now, changed = self._seen, self._unlearned
            if glances % _GLANCES_A_LOOK == 0:
                changed |= await self._refresh_additions()
            if glances % _GLANCES_A_FOLDER_LOOK == 0:
                now = await loop.run_in_executor(self._builder, _signature, self._folder)
            if now != self._seen or changed:
                unread, self._seen = now != self._seen, now
                await self._swap(unread=unread)

    async def _follow_revisions(self) -> None:
        """Let readers have published texts at once; ``_watch`` learns their phrasings."""
        while not await self._stopped_within(GLANCE_SECONDS):
            if await self._refresh_revisions():
                self._unlearned = True
                if not self.state.semantic and self._encoder is not None:
                    await self._learn_by_words()
            await self._refresh_programs()

    async def _learn_by_words(self) -> None:
        """Learn published phrasings by words, before the encoder has read them."""
        state = self.state
        learned = await self._with_programs(await self._build(state, None, unread=False, builder=self._publisher))
        if self._state is state:  # else the encoder was faster
            self._state = learned

    async def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str] = (),
        asked_before: Asked = NOTHING_ASKED,
        municipality_id: str | None = None,
        independent: bool = False,
    ) -> tuple[Match, ...]:
        """Return how well the articles answer each, by words alone where the encoder is too busy or fails.

        Raises Overloaded: the queue is too long even for that.
        """
        knowledge = self.state

        def with_(matchers: Matchers) -> Callable[[], tuple[Match, ...]]:
            matcher = matchers.for_municipality(municipality_id)
            return lambda: matcher.match_each(
                utterances, previous=previous_article_ids, asked_before=asked_before, independent=independent
            )

        by = "words"
        # A pasted thread, log or table is no sentence, and a long one would keep the encoder from others' questions.
        # The first utterance is the whole message; of independent texts one that is pasted says nothing of the others.
        pasted = all(map(has_many_clauses, utterances if independent else utterances[:1]))
        if knowledge.by_meaning is not None and not pasted:
            by = "words_pressed"
            if self._pressure.admits():
                try:
                    answer = await self._by_meaning.run(with_(knowledge.by_meaning))
                except Exception as fault:
                    self._dependencies.failed(ENCODER, type(fault).__name__)
                    self._log.debug("encoder_failed", exc_info=fault)
                else:
                    self._dependencies.healed(ENCODER)
                    self.counted("encoder", self._by_meaning.wait_seconds)
                    return answer
        if self._by_words.wait_seconds > MAX_WAIT_BY_WORDS_SECONDS:
            self.counted("refused", self._by_meaning.wait_seconds)
            raise Overloaded
        answer = await self._by_words.run(with_(knowledge.by_words))
        self.counted(by, self._by_meaning.wait_seconds)
        return answer

    async def rate_quotes(
        self, utterance: str, *, asked_before: Asked, vector: bytes, articles: Sequence[Article]
    ) -> tuple[tuple[float, ...], ...]:
        """Return for each article how well each of its quotes answers a follow-up, 0 to 1.

        By words alone where the encoder is missing, too busy or fails.
        """
        vectors = self._quote_vectors
        if vectors is not None and self.state.semantic and self._pressure.admits():
            try:
                return await self._by_meaning.run(
                    lambda: rate_quotes(articles, utterance, asked_before=asked_before, vector=vector, vectors=vectors)
                )
            except Exception as fault:
                self._dependencies.failed(ENCODER, type(fault).__name__)
                self._log.debug("encoder_failed", exc_info=fault)
        return await self._by_words.run(lambda: rate_quotes(articles, utterance, asked_before=asked_before))

    async def group_questions(self, asked: Sequence[KeptWords]) -> tuple[int, ...]:
        """Return for each question the position of the one that leads its group, made in another thread."""
        index = self._index()
        return await asyncio.to_thread(lambda: group_questions(index, asked))

    async def near_questions(self, asked: Sequence[KeptWords], anchors: Sequence[KeptWords]) -> tuple[int, ...]:
        """Return for each question the position of the nearest anchor, or -1; compared in another thread."""
        index = self._index()
        return await asyncio.to_thread(lambda: near_questions(index, asked, anchors))

    async def nearest_sentences(self, groups: Sequence[Sequence[KeptWords]]) -> tuple[Phrasing | None, ...]:
        """Return for each group of questions the nearest sentence that ships with the content, in another thread."""
        index, loaded = self._index(), self.state.loaded
        if self._shipped is None or self._shipped[0] is not loaded:
            tasks = self._index_builder.tasks
            self._shipped = (loaded, await asyncio.to_thread(lambda: shipped_sentences(loaded, tasks)))
        sentences = self._shipped[1]
        return await asyncio.to_thread(lambda: nearest_sentences(index, groups, sentences))

    async def terms_in(self, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
        """Return the terms of each text, without names of people, found in another thread."""
        index = self._index()
        return await asyncio.to_thread(lambda: terms_in(index, texts, names))

    def _index(self) -> TrainedIndex:
        """Return the index in use, for another thread."""
        return (self.state.by_meaning or self.state.by_words).trained.for_another_thread().index

    async def _refresh_additions(self) -> bool:
        """Read the approved additions; return whether they changed. False if the store is unavailable."""
        if self._read_additions is None:
            return False
        try:
            additions = await self._read_additions()
        except StoreUnavailable:
            return False
        before, self._additions = self._additions, additions
        return additions != before

    async def with_change(self, change: ArticleChange, *, by_meaning: bool = True) -> KnowledgeState:
        """Return the knowledge in use with one article changed; the knowledge in use stays as it is.

        It costs the phrasings of the article alone. ``by_meaning``: with the sentence encoder, if it is
        loaded.
        """
        state, encoder, additions = self.state, self._encoder if by_meaning else None, self._additions
        return await asyncio.get_running_loop().run_in_executor(
            self._builder,
            lambda: self._index_builder.build_changed(state, change, encoder=encoder, additions=additions),
        )

    async def rehearse(
        self, change: ArticleChange, asked: Sequence[AskedAgain], *, progress: Progress = no_progress
    ) -> RehearsalResult:
        """Ask questions without and with one article changed, in another thread."""
        state = self.state
        after = await self.with_change(change)
        if self._baseline_of is not state:
            self._baseline_of, self._baseline = state, {}
        baseline = self._baseline
        return await asyncio.to_thread(lambda: rehearse(state, after, asked, baseline=baseline, progress=progress))

    async def _refresh_revisions(self) -> bool:
        """Read the live revisions; return whether they changed. False if the store is unavailable."""
        if self._read_revisions is None:
            return False
        try:
            revisions = await self._read_revisions()
        except StoreUnavailable:
            return False
        before, self._revisions = self._revisions, revisions
        changed = revisions is not before and revisions != before
        if changed and self._state is not None:
            # Texts need no index: they are live at once, and the phrasings right after.
            self._state = self._index_builder.publish_texts(self._state, revisions)
        return changed

    async def _refresh_programs(self) -> None:
        """Read the changes of the program register, and let everyone have them at once."""
        if self._read_programs is None:
            return
        try:
            programs = await self._read_programs()
        except StoreUnavailable:
            return
        if programs is self._programs:
            return
        self._programs = programs
        before = None
        while self._state is not None and self._state is not before:
            before = self._state
            after = await self._with_programs(before)
            if self._state is before:
                self._state = before = after

    async def _with_programs(self, state: KnowledgeState) -> KnowledgeState:
        """Return the state with the changes of the program register; many are indexed in another thread."""
        programs: Sequence[ProgramChange] | None = None
        while programs is not self._programs:  # others may come during the work
            programs = self._programs
            register = await asyncio.to_thread(state.content.register.with_changes, programs)
            state = with_register(state, register)
        return state

    async def _swap(self, *, unread: bool = True) -> None:
        """Rebuild and replace the state; ``unread``: the folder must be read again.

        If the folder cannot be read, an error is logged and the old state stays.
        """
        encoder, revisions = self._encoder, self._revisions
        self._unlearned = False
        started = self._clock.now()
        try:
            state = await self._build(self._state, encoder, unread=unread)
        except OSError as fault:
            self._log.error("content_unreadable", reason=type(fault).__name__)
            return
        state = await self._with_programs(state)
        while self._revisions is not revisions:  # published during the build
            revisions = self._revisions
            state = await self._with_programs(await self._build(state, encoder, unread=False))
        self._state = state
        seconds = (self._clock.now() - started).total_seconds()
        self._log.info(
            "knowledge_swapped",
            articles=len(self.state.loaded.articles.ids()),
            semantic=encoder is not None,
            seconds=round(seconds, 2),
        )

    async def _build(
        self,
        before: KnowledgeState | None,
        encoder: Encoder | None,
        *,
        unread: bool = True,
        builder: ThreadPoolExecutor | None = None,
    ) -> KnowledgeState:
        additions, revisions = self._additions, self._revisions
        return await asyncio.get_running_loop().run_in_executor(
            builder or self._builder,
            lambda: self._index_builder.build(
                self._folder,
                before=before,
                encoder=encoder,
                additions=additions,
                revisions=revisions,
                read=None if unread or before is None else before.loaded,
            ),
        )

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True


# Folders with content files, and how these end; those of articles are beside.
_CONTENT: Final = ((".", ".yaml"), ("actions", ".yaml"), ("modules", ".yaml"), ("modules/pictures", ""))


def _signature(folder: Traversable) -> int:
    """Return a hash of name, size and time of every content file."""
    # Content inside a package does not change.
    if not isinstance(folder, Path):
        return 0
    files: list[tuple[int, str, int, int]] = []
    places = [(folder / name, ending) for name, ending in _CONTENT]
    places += [(place, ".md") for place in sorted((folder / "articles").glob("*/"))]
    for number, (place, ending) in enumerate(places):
        with suppress(FileNotFoundError), os.scandir(place) as entries:
            files += [
                (number, entry.name, (stat := entry.stat()).st_size, stat.st_mtime_ns)
                for entry in entries
                if entry.name.endswith(ending)
            ]
    return hash(frozenset(files))
