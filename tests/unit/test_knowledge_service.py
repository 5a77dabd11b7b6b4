"""The knowledge in force follows its folder, and the bot answers all the while."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from structlog.testing import capture_logs

from bot.app.clock import SystemClock
from bot.app.wiring import make_knowledge_service
from bot.content.catalogue import load_catalogue
from bot.content.index_builder import FolderCache, IndexBuilder, KnowledgeState, NoCache
from bot.content.learned_files import LEARNED, write_learned
from bot.content.loading import load_content
from bot.content.service import KnowledgeService, ReadAdditions, ReadProgramChanges, ReadRevisions
from bot.ports import Commit
from bot.records.codec import write_of
from bot.settings.model import load_settings
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.editing.model import ArticleRevision, RevisionState
from dialogs.handoff.addition import Addition
from knowledge.article.article import Language
from knowledge.article.writing import digest_of
from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.matcher import Matcher
from knowledge.matching.policy import Policy
from knowledge.software.everyday import TaskLesson
from knowledge.software.program import Program
from knowledge.software.register import ProgramChange, Register
from knowledge.software.task import shipped_tasks
from knowledge.software.words import name_line
from tests.unit.few_articles import KEPT, few_articles


class Letters:
    """An encoder for tests: a sentence is the letters it has."""

    name = "letters"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read.extend(texts)
        rows = np.array([[text.lower().count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts], np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return few_articles(tmp_path / "content")


@asynccontextmanager
async def library(
    folder: Path,
    load_encoder: Callable[[], Encoder | None] = lambda: None,
    read_additions: ReadAdditions | None = None,
    read_revisions: ReadRevisions | None = None,
    read_programs: ReadProgramChanges | None = None,
) -> AsyncIterator[KnowledgeService]:
    log = structlog.get_logger()
    index_builder = IndexBuilder(
        texts=load_catalogue(),
        policy=Policy(),
        years=(2026,),
        cache=FolderCache(folder.parent / "cache"),
        log=log,
    )
    opened = KnowledgeService(
        index_builder=index_builder,
        folder=folder,
        load_encoder=load_encoder,
        clock=SystemClock(),
        log=log,
        read_additions=read_additions,
        read_revisions=read_revisions,
        read_programs=read_programs,
    )
    await opened.open()
    running = asyncio.create_task(opened.run())
    try:
        yield opened
    finally:
        await opened.stop()
        await running


async def becomes(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so; a test that waits in vain fails."""
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - a thread of the library's makes it true
            await asyncio.sleep(0.05)


async def best(opened: KnowledgeService, utterance: str, municipality_id: str | None = None) -> str:
    match = (await opened.match_each([utterance], municipality_id=municipality_id))[0]
    return match.candidates[0].article_id if match.candidates else ""


@pytest.mark.full
async def test_a_phrasing_that_is_added_is_understood_without_a_restart(folder: Path) -> None:
    asked = "når går skyggetoget til fjells"
    async with library(folder) as opened:
        before = await best(opened, asked)
        other = next(name for name in KEPT if name != before)
        file = folder / "articles" / "nb" / f"{other}.md"
        file.write_text(file.read_text("utf-8").replace("phrasings:\n", f"phrasings:\n  - {asked}\n"), "utf-8")

        async def understood() -> bool:
            return await best(opened, asked) == other

        await becomes(understood)


async def test_the_names_in_articles_are_read_before_the_first_message(folder: Path) -> None:
    name_line.cache_clear()
    async with library(folder) as opened:
        read = name_line.cache_info().misses
        articles = opened.state.content.articles
        for each in articles.ids():
            article = articles.get(each, Language.NB)
            assert article is not None
            name_line(article.title)
            name_line(article.answer)
        assert name_line.cache_info().misses == read


@pytest.mark.full
@pytest.mark.parametrize("broken", [b"municipalities: [", b"\xff\xfe", b"", b"municipalities:\n  - id: nes\n"])
async def test_an_organisation_that_breaks_while_the_bot_runs_stays_as_it_was(folder: Path, broken: bytes) -> None:
    """Else everybody would be without a unit while somebody saves the file, and questions go astray."""
    with capture_logs() as lines:
        async with library(folder) as opened:
            before = opened.state.content.organisation
            (folder / "organisation.yaml").write_bytes(broken)

            async def told() -> bool:
                return any(line["event"] == "organisation_kept" for line in lines)

            await becomes(told)
            assert opened.state.content.organisation == before
            assert len(before.municipalities) > 1


@pytest.mark.full
async def test_an_article_that_breaks_while_the_bot_runs_is_left_out_and_told(folder: Path) -> None:
    with capture_logs() as lines:
        async with library(folder) as opened:
            for language in ("nb", "nn", "en"):
                (folder / "articles" / language / "citrix-slow.md").write_text("---\ntitle: [\n---\n", "utf-8")

            async def gone() -> bool:
                return "citrix-slow" not in opened.state.loaded.articles.ids()

            await becomes(gone)
            assert await best(opened, "når kommer office 365") == "rollout-when"
    assert {line["file"] for line in lines if line["event"] == "content_fault"} >= {"articles/nb/citrix-slow.md"}


@pytest.mark.full
async def test_the_bot_answers_by_words_until_the_encoder_has_read_everything(folder: Path) -> None:
    async with library(folder, Letters) as opened:
        assert await best(opened, "når kommer office 365") == "rollout-when"

        async def semantic() -> bool:
            return opened.state.semantic

        await becomes(semantic)
        assert await best(opened, "når kommer office 365") == "rollout-when"


@pytest.mark.full
async def test_what_was_learned_is_kept_for_the_next_start(folder: Path) -> None:
    async with library(folder) as opened:
        first = (await opened.match_each(["citrix er tregt i dag"]))[0]
    kept = {file.name: file.stat().st_mtime_ns for file in (folder.parent / "cache").iterdir()}
    assert kept
    async with library(folder) as opened:
        assert (await opened.match_each(["citrix er tregt i dag"]))[0] == first
    assert {file.name: file.stat().st_mtime_ns for file in (folder.parent / "cache").iterdir()} == kept


def test_what_earlier_versions_kept_is_deleted(tmp_path: Path) -> None:
    for name in ("matcher-lexical", "matcher-semantic-factor", "tasks-lexical", "tasks-purposes", "outlook-sort.part"):
        (tmp_path / name).write_bytes(b"x")
    FolderCache(tmp_path).drop_outdated()
    assert {file.name for file in tmp_path.iterdir()} == {"tasks-purposes", "outlook-sort.part"}


def addition(question: str, *, article_id: str, municipality_id: str = "eidsvoll") -> Addition:
    return Addition(
        id="suggestion-1",
        municipality_id=municipality_id,
        handoff_id="handoff-1",
        language=Language.NB,
        article_id=article_id,
        question=question,
        answer="",
        suggested_at=datetime(2026, 11, 24, 11, tzinfo=UTC),
        added_by="ed",
        added_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


@pytest.mark.full
async def test_what_an_editor_approves_is_understood_at_once_after_a_restart_too_and_until_it_is_undone(
    folder: Path,
) -> None:
    asked = "dingsen på kontoret snurrer og snurrer"
    approved: list[Addition] = []

    async def read() -> Sequence[Addition]:
        return tuple(approved)

    async def understood() -> bool:
        return await best(opened, asked, "eidsvoll") == meant

    async def forgotten() -> bool:
        return not await understood()

    async with library(folder, read_additions=read) as opened:
        before = await best(opened, asked)
        meant = next(name for name in KEPT if name != before)
        approved.append(addition(asked, article_id=meant))
        await becomes(understood)
    async with library(folder, read_additions=read) as opened:
        assert await understood(), "before anything has changed"
        approved.clear()
        await becomes(forgotten)


@pytest.mark.full
async def test_what_an_editor_approves_counts_where_the_editor_does_and_changes_nothing_elsewhere(folder: Path) -> None:
    asked = "dingsen på kontoret snurrer og snurrer"
    approved: list[Addition] = []

    async def read() -> Sequence[Addition]:
        return tuple(approved)

    async with library(folder, read_additions=read) as opened:
        before = (await opened.match_each([asked], municipality_id="nes"))[0]
        meant = next(name for name in KEPT if name != before.candidates[0].article_id)
    approved.append(addition(asked, article_id=meant, municipality_id="eidsvoll"))
    async with library(folder, read_additions=read) as opened:
        assert await best(opened, asked, "eidsvoll") == meant
        for elsewhere in ("nes", "dgi", None):
            assert (await opened.match_each([asked], municipality_id=elsewhere))[0] == before
    approved[:] = [addition(asked, article_id=meant, municipality_id="dgi")]
    async with library(folder, read_additions=read) as opened:
        for everywhere in ("nes", "dgi", None):
            assert await best(opened, asked, everywhere) == meant


@pytest.mark.full
async def test_vectors_beside_the_content_need_not_be_made_again(folder: Path) -> None:
    content = load_content(folder)
    made = Matcher.build(content.phrasings(), encoder=Letters(), unanswered=content.unanswered())
    write_learned(folder / LEARNED, made.index)
    encoder = Letters()
    async with library(folder, lambda: encoder) as opened:

        async def semantic() -> bool:
            return opened.state.semantic

        await becomes(semantic)
    assert encoder.read == []


async def test_a_running_bot_reads_the_additions_from_its_store(folder: Path, tmp_path: Path) -> None:
    asked = "dingsen på kontoret snurrer og snurrer"
    store, log = MemoryStore(), structlog.get_logger()
    await store.open()
    meant = addition(asked, article_id="password-forgotten")
    await store.commit(Commit(at=meant.added_at, records=(write_of(Put(record=meant), {}),)))
    settings = load_settings(content_dir=folder, data_dir=tmp_path / "data", semantic="off")
    opened = make_knowledge_service(settings, store=store, clock=SystemClock(), log=log)
    await opened.open()
    assert await best(opened, asked, "eidsvoll") == "password-forgotten"
    await opened.stop()
    await opened.run()


def published(opened: KnowledgeService, *phrasings: str) -> ArticleRevision:
    """Return the live revision of an article with another answer and more phrasings."""
    texts = opened.state.content.files.texts_of("citrix-slow")
    changed = [replace(each, answer="Vent litt.", phrasings=(*each.phrasings, *phrasings)) for each in texts]
    made = ArticleRevision.from_articles(changed, id="r1", number=1, by="eva", at=datetime.now(UTC))
    return replace(made, state=RevisionState.PUBLISHED, in_use=True, file_digest=digest_of(texts))


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Hold every build after the first one: return the events that one began, and that it may end."""
    begun, may_end = threading.Event(), threading.Event()
    build = IndexBuilder.build

    def slow(builder: IndexBuilder, *given: Any, **more: Any) -> KnowledgeState:
        if more["encoder"] is not None and not may_end.is_set():
            begun.set()
            assert may_end.wait(20)
        return build(builder, *given, **more)

    monkeypatch.setattr(IndexBuilder, "build", slow)
    return begun, may_end


@pytest.mark.full
async def test_what_is_published_is_read_and_found_while_a_build_still_runs_and_the_build_does_not_undo_it(
    folder: Path, building: tuple[threading.Event, threading.Event]
) -> None:
    asked, begun, may_end = "hvem passer på skyggetoget", *building
    live: list[ArticleRevision] = []

    async def read() -> Sequence[ArticleRevision]:
        return tuple(live)

    async def is_building() -> bool:
        return begun.is_set()

    async with library(folder, Letters, read_revisions=read) as opened:
        await becomes(is_building)
        assert await best(opened, asked) != "citrix-slow"
        live.append(published(opened, asked))

        async def is_live() -> bool:
            found = opened.state.content.articles.get("citrix-slow", Language.NB)
            return found is not None and found.answer == "Vent litt." and await best(opened, asked) == "citrix-slow"

        async def is_semantic() -> bool:
            return opened.state.semantic

        await becomes(is_live)
        assert not opened.state.semantic, "the build still runs"
        may_end.set()
        await becomes(is_semantic)
        assert await is_live()


async def test_a_changed_program_is_found_at_once_and_stays_when_the_folder_is_read_again(folder: Path) -> None:
    changes: tuple[ProgramChange, ...] = ()

    async def read() -> Sequence[ProgramChange]:
        return changes

    async def is_listed() -> bool:
        return bool(opened.state.content.register.called("Kvikkly", None))

    async with library(folder, read_programs=read) as opened:
        before = opened.state
        changes = (ProgramChange(program_id="kvikkly", number=1, program=Program(id="kvikkly", name="Kvikkly")),)
        await becomes(is_listed)
        assert opened.state.by_words is before.by_words, "nothing is trained for it"
        (folder / "software.yaml").write_text("programs:\n  - {id: other, name: Other}\n", encoding="utf-8")

        async def is_read_again() -> bool:
            return bool(opened.state.content.register.called("Other", None))

        await becomes(is_read_again)
        assert await is_listed()


def test_programs_of_tasks_are_looked_for_again_only_when_the_folder_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_builder = IndexBuilder(
        texts=load_catalogue(),
        policy=Policy(),
        years=(2026,),
        cache=NoCache(),
        log=structlog.get_logger(),
        tasks=shipped_tasks().tasks[:2],
    )
    state = index_builder.build(folder, before=None, encoder=None)
    lessons: list[TaskLesson] = []
    monkeypatch.setattr(Register, "learn_tasks", lambda _, lesson: lessons.append(lesson))
    index_builder.build(folder, before=state, encoder=None, read=state.loaded)
    assert not lessons
    index_builder.build(folder, before=state, encoder=None)
    assert len(lessons) == 1
