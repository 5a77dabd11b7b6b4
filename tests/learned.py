"""The sample content and what a first start learns from it: learned once, not by every test that needs it."""

import fcntl
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import structlog

from bot.app.wiring import load_knowledge
from bot.content.holidays import norwegian_holidays
from bot.content.index_builder import FolderCache
from bot.content.loading import LoadedContent, content_folder, load_content
from bot.content.task_matchers import build_tasks, lesson_of
from bot.settings.model import load_settings
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.software.everyday import EverydayTasks, TaskLesson
from knowledge.software.program import Program
from knowledge.software.task import shipped_tasks

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / ".cache" / "learned"


@cache
def sample_content() -> LoadedContent:
    """Return the content Heia is delivered with."""
    return load_content(content_folder(None), holidays=norwegian_holidays((2026,)))


@cache
def sample_matcher() -> Matcher:
    """Return a matcher of the sample content, without an encoder.

    Training takes seconds. The processes of a run share it, and so do runs as long as nothing below ``knowledge`` has
    changed.
    """
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_digest()}.state"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        matcher = Matcher.build(
            sample_content().phrasings(),
            state=kept.read_bytes() if kept.exists() else None,
            unanswered=sample_content().unanswered(),
        )
        if not kept.exists():
            for outdated in KEPT.glob("*.state"):
                outdated.unlink()
            kept.write_bytes(matcher.state())
    return matcher


@cache
def sample_tasks(encoder: Encoder | None = None) -> EverydayTasks:
    """Return the everyday tasks that Heia is delivered with, with the encoder if given; kept as the matcher is."""
    with _tasks_folder() as folder:
        return build_tasks(shipped_tasks().tasks, cache=FolderCache(folder), encoder=encoder, before=None)


def sample_lesson(programs: Sequence[Program], encoder: Encoder | None = None) -> TaskLesson:
    """Return what a register with these programs learns of the tasks; kept, too."""
    tasks = sample_tasks(encoder)
    with _tasks_folder() as folder:
        return lesson_of(tasks, programs, cache=FolderCache(folder), encoder=encoder)


@contextmanager
def _tasks_folder() -> Iterator[Path]:
    folder = KEPT / f"{_digest()}.tasks"
    folder.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for outdated in set(KEPT.glob("*.tasks")) - {folder}:
            rmtree(outdated)
        yield folder


def _digest() -> str:
    """Return a digest of all that a training depends on."""
    digest = sha256(f"{platform.python_version()} {np.__version__}".encode())
    for file in sorted(each for each in (ROOT / "knowledge").rglob("*") if each.suffix not in {"", ".pyc"}):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def lay_learned(data: Path) -> None:
    """Fill the cache of a data directory, as an earlier start without the encoder would have; keep one that is there.

    Content of another folder is still learned, as far as it differs.
    """
    folder = data / "cache"
    if not folder.exists():
        folder.mkdir(parents=True)
        for name, learned in _learned().items():
            (folder / name).write_bytes(learned)


@cache
def _learned() -> Mapping[str, bytes]:
    """Return the files of the cache; runs share them as they share the matcher."""
    matcher = sample_matcher()
    kept = KEPT / f"{_digest()}.cache"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for outdated in KEPT.glob("*.cache"):
                rmtree(outdated)
            with TemporaryDirectory(dir=KEPT) as place:
                (Path(place) / "cache").mkdir()
                (Path(place) / "cache" / "matcher-lexical").write_bytes(matcher.state())
                settings = load_settings(data_dir=Path(place), content_dir=None, semantic="off")
                load_knowledge(
                    settings, now=datetime.now(UTC), log=structlog.get_logger(), wrap=lambda encoder: encoder
                )
                # The factors serve edits only, and are hundreds of megabytes.
                for factor in (Path(place) / "cache").glob("*-factor"):
                    factor.unlink()
                (Path(place) / "cache").rename(kept)
    return {file.name: file.read_bytes() for file in kept.iterdir()}
