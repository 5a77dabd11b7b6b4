"""The sample content and what is shipped as learned from it: read once, not by every test that needs it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Final
from unittest.mock import patch

import structlog

from bot.app.commands import opening
from bot.app.wiring import make_index_builder
from bot.content import index_builder
from bot.content.index_builder import IndexBuilder, KnowledgeState, NoCache, norwegian_holidays
from bot.content.learned_files import LEARNED, learned_in
from bot.content.loading import NO_HOLIDAYS, LoadedContent, content_folder, load_content
from bot.content.task_matchers import build_tasks, lesson_of
from bot.settings.model import Settings
from dialogs.core.content import Holidays
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.software.everyday import EverydayTasks, TaskLesson
from knowledge.software.program import Program
from knowledge.software.task import shipped_tasks

_YEAR: Final = 2026
_BUILD: Final = IndexBuilder.build


@cache
def sample_content() -> LoadedContent:
    """Return the content Heia is delivered with."""
    return load_content(content_folder(None), holidays=norwegian_holidays((_YEAR,)))


@cache
def sample_matcher() -> Matcher:
    """Return a matcher of the sample content, without an encoder."""
    phrasings = sample_content().phrasings()
    known = learned_in(content_folder(None) / LEARNED, NoCache(), phrasings)
    return Matcher.build(phrasings, known=known, unanswered=sample_content().unanswered())


@cache
def sample_tasks(encoder: Encoder | None = None) -> EverydayTasks:
    """Return the everyday tasks that Heia is delivered with, with the encoder if given."""
    return build_tasks(shipped_tasks().tasks, cache=NoCache(), encoder=encoder, before=None)


def sample_lesson(programs: Sequence[Program], encoder: Encoder | None = None) -> TaskLesson:
    """Return what a register with these programs learns of the tasks."""
    return lesson_of(sample_tasks(encoder), programs, cache=NoCache(), encoder=encoder)


@contextmanager
def sample_built_once() -> Iterator[None]:
    """Let what starts on the sample content in the block have it read, and build on an index of it, as a rebuild does.

    Commands, too, have it read.
    """
    with ExitStack() as patched:
        patched.enter_context(patch.object(IndexBuilder, "build", _build))
        for module in (index_builder, opening):
            patched.enter_context(patch.object(module, "load_content", _load))
        yield


def _build(builder: IndexBuilder, folder: Traversable, *, before: Any, encoder: Any, **more: Any) -> KnowledgeState:
    if (before, encoder, folder) == (None, None, content_folder(None)):
        before = sample_knowledge()
    return _BUILD(builder, folder, before=before, encoder=encoder, **more)


def _load(folder: Traversable, *, holidays: Holidays = NO_HOLIDAYS) -> LoadedContent:
    if folder != content_folder(None):
        return load_content(folder, holidays=holidays)
    return replace(_built_content(), holidays=holidays)


@cache
def _built_content() -> LoadedContent:
    """Return the sample content whose register learns the tasks, which that of ``sample_content`` has not."""
    return load_content(content_folder(None))


@cache
def sample_knowledge() -> KnowledgeState:
    """Return what a start makes of the sample content, without an encoder."""
    builder = make_index_builder(Settings(), now=datetime(_YEAR, 1, 1, tzinfo=UTC), log=structlog.get_logger())
    return _BUILD(replace(builder, cache=NoCache()), content_folder(None), before=None, encoder=None)
