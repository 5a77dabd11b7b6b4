"""The content in force: articles, matcher and rules, swapped as one when an editor changes something."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from bot.catalogue import commands_of
from bot.content import Content
from dialogs.texts import Texts
from dialogs.world import World
from knowledge.article import Language
from knowledge.encoder import Encoder
from knowledge.matcher import Matcher, Phrasing
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
    """One state of the content with the matcher trained on it."""

    content: Content
    matcher: Matcher
    world: World


def build_knowledge(
    content: Content,
    *,
    texts: Mapping[Language, Texts],
    policy: Policy,
    encoder: Encoder | None,
    cache: Cache | None,
    log: FilteringBoundLogger,
) -> Knowledge:
    """Train the matcher on the content, or take it from the cache, and put the world together."""
    for fault in content.faults:
        log.error("content_fault", file=fault.file, line=fault.line, reason=fault.reason)
    world = world_of(content, texts=texts, policy=policy)
    return Knowledge(content=content, matcher=_matcher(content.phrasings(), encoder=encoder, cache=cache), world=world)


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


def _matcher(phrasings: Sequence[Phrasing], *, encoder: Encoder | None, cache: Cache | None) -> Matcher:
    if cache is None:
        return Matcher.build(phrasings, encoder=encoder)
    rows = [[p.article_id, p.language, p.text] for p in phrasings]
    digest = hashlib.sha256(json.dumps([encoder is not None, rows]).encode()).hexdigest()
    name = f"matcher-{digest[:32]}"
    known = cache.read(name)
    matcher = Matcher.build(phrasings, encoder=encoder, state=known)
    if known is None:
        cache.write(name, matcher.state())
    return matcher
