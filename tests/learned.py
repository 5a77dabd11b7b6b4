"""The sample content and what is shipped as learned from it: read once, not by every test that needs it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Final
from unittest.mock import patch

import structlog

from bot.app.wiring import make_index_builder
from bot.content.holidays import norwegian_holidays
from bot.content.index_builder import IndexBuilder, KnowledgeState, NoCache
from bot.content.loading import LoadedContent, content_folder, load_content
from bot.content.task_matchers import LEARNED, build_tasks, learned_in, lesson_of
from bot.settings.model import Settings
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


def sample_built_once() -> AbstractContextManager[object]:
    """Let what starts on the sample content in the block take it from memory, as a rebuild of the index does."""
    return patch.object(IndexBuilder, "build", _build)


def _build(builder: IndexBuilder, folder: Traversable, *, before: Any, encoder: Any, **more: Any) -> KnowledgeState:
    if (before, encoder, folder) == (None, None, content_folder(None)):
        before = _sample_knowledge(builder.years)
        more["read"] = before.loaded
    return _BUILD(builder, folder, before=before, encoder=encoder, **more)


@cache
def _sample_knowledge(years: Sequence[int]) -> KnowledgeState:
    builder = make_index_builder(Settings(), now=datetime(years[0], 1, 1, tzinfo=UTC), log=structlog.get_logger())
    return _BUILD(replace(builder, cache=NoCache()), content_folder(None), before=None, encoder=None)
