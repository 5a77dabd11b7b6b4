"""Knowledge: content, the matcher trained on it, and the rules, made as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from bot.catalogue import commands_of
from bot.content import Content, load_content
from dialogs.texts import Texts
from dialogs.world import World
from knowledge.article import Language
from knowledge.encoder import Encoder
from knowledge.matcher import Matcher
from knowledge.policy import Policy


class Cache(Protocol):
    """Keeps what was learned from content, so that a restart need not learn it again."""

    def read(self, name: str) -> bytes | None:
        """Return what was kept under ``name``, or None."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep ``data``, whole or not at all."""
        ...


class FolderCache:
    """A cache in a folder; every file is replaced whole. A folder that cannot be written only costs time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """Return the file, or None."""
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write beside and rename, so that nobody reads half a file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = self._folder / f"{name}.new"
            beside.write_bytes(data)
            beside.rename(self._folder / name)
        except OSError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """One state of the content with the matcher trained on it. ``semantic``: the sentence encoder takes part."""

    content: Content
    matcher: Matcher
    world: World
    semantic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes knowledge from a content folder. ``years`` are those whose public holidays are needed."""

    texts: Mapping[Language, Texts]
    policy: Policy
    years: tuple[int, ...]
    cache: Cache
    log: FilteringBoundLogger

    def build(self, folder: Traversable, *, before: Knowledge | None, encoder: Encoder | None) -> Knowledge:
        """Read the folder and train the matcher; what ``before`` or the cache has learned is not learned again.

        Every fault of the content is logged. Raises OSError: the folder cannot be read.
        """
        content = load_content(folder, years=self.years)
        for fault in content.faults:
            self.log.error("content_fault", file=fault.file, line=fault.line, reason=fault.reason)
        name = "matcher-semantic" if encoder is not None else "matcher-lexical"
        known = self.cache.read(name)
        if before is not None and before.semantic == (encoder is not None):
            known = before.matcher.state()
        matcher = Matcher.build(content.phrasings(), encoder=encoder, state=known)
        state = matcher.state()
        if state != known:
            self.cache.write(name, state)
        world = world_of(content, texts=self.texts, policy=self.policy)
        return Knowledge(content=content, matcher=matcher, world=world, semantic=encoder is not None)


def world_of(content: Content, *, texts: Mapping[Language, Texts], policy: Policy) -> World:
    """Return what flows may read besides records."""
    return World(
        articles=content.articles,
        organisation=content.organisation,
        texts=texts,
        policy=policy,
        commands=commands_of(texts),
        milestones=content.milestones,
        programs=content.programs,
        courses=content.courses,
        holidays=content.holidays,
    )
