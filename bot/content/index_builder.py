"""KnowledgeState: content, the matcher trained on it, and the rules, made as one."""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.content.catalogue import commands_of
from bot.content.holidays import norwegian_holidays
from bot.content.loading import LoadedContent, load_content, local_phrasings
from bot.ports import Cache
from dialogs.core.content import Content, GuestRules
from dialogs.core.texts import Texts
from dialogs.handoff.addition import Addition
from knowledge.article.article import Language
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.matching.memory import Vocabulary
from knowledge.matching.policy import Policy

VECTORS: Final = "vectors.bin"
"""A file beside the content with what the encoder made of it, so that a first start need not read every phrasing."""


class FolderCache:
    """A cache in a folder; every file is replaced whole. A folder that cannot be written only costs time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> memoryview | None:
        """Return the file, mapped into memory rather than read, or None."""
        try:
            with (self._folder / name).open("rb") as file:
                return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
        except (OSError, ValueError):  # an empty file cannot be mapped
            return None

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write beside and rename, so that nobody reads half a file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = self._folder / f"{name}.new"
            beside.write_bytes(data)
            beside.rename(self._folder / name)
        except OSError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchers:
    """A matcher trained on the content, and those that also know what editors approved.

    ``local`` has one for each municipality, by its id, or for all (None); ``spoken`` is what the encoder made of the
    approved phrasings.
    """

    trained: Matcher
    local: Mapping[str | None, Matcher] = field(default_factory=dict)
    spoken: Vocabulary = field(default_factory=Vocabulary)

    def of(self, municipality_id: str | None) -> Matcher:
        """Return the matcher for what people of this municipality ask; None: it is not known of which."""
        return self.local.get(municipality_id) or self.local.get(None) or self.trained


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeState:
    """One state of the content with the matchers trained on it.

    ``by_words`` match without the sentence encoder; ``by_meaning``, where it is loaded, with it.
    """

    content: LoadedContent
    world: Content
    by_words: Matchers
    by_meaning: Matchers | None = None

    @property
    def semantic(self) -> bool:
        """Whether the sentence encoder takes part."""
        return self.by_meaning is not None

    def matcher_for(self, municipality_id: str | None) -> Matcher:
        """Return the best matcher for what people of this municipality ask; None: it is not known of which."""
        return (self.by_meaning or self.by_words).of(municipality_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuilder:
    """Makes knowledge from a content folder.

    ``years`` are those whose public holidays are needed, ``homes`` the municipalities of each Entra tenant.
    """

    texts: Mapping[Language, Texts]
    policy: Policy
    years: tuple[int, ...]
    cache: Cache
    log: FilteringBoundLogger
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guests: GuestRules = field(default_factory=GuestRules)

    def build(
        self,
        folder: Traversable,
        *,
        before: KnowledgeState | None,
        encoder: Encoder | None,
        additions: Sequence[Addition] = (),
    ) -> KnowledgeState:
        """Read the folder and train the matcher; what ``before`` or the cache has learned is not learned again.

        ``additions`` are what editors approved in the chat; each counts where its editor's word does.
        Every fault of the content is logged. An organisation with faults does not replace the one of ``before``.
        Raises OSError: the folder cannot be read.
        """
        holidays = norwegian_holidays(self.years, cache=self.cache)
        content = load_content(folder, holidays=holidays)
        for fault in content.faults:
            self.log.error("content_fault", file=fault.file, line=fault.line, reason=fault.reason)
        if before is not None and not content.organisation_sound:
            # Half an organisation would take questions from people whose unit is only misspelt for a moment.
            content = replace(content, organisation=before.content.organisation)
            self.log.error("organisation_kept", reason="it has faults; the one before stays in force")
        world = world_of(content, texts=self.texts, policy=self.policy)
        world = replace(world, homes=self.homes, guests=self.guests)
        shipped: Vocabulary | None = None
        by_meaning: Matchers | None = None
        if encoder is not None:
            shipped = Vocabulary.shipped(_bytes_of(folder / VECTORS), encoder=encoder.name)
            earlier = before.by_meaning if before is not None else None
            by_meaning = self._matchers(content, additions, before=earlier, encoder=encoder, vocabulary=shipped)
        earlier = before.by_words if before is not None else None
        by_words = self._matchers(content, additions, before=earlier, encoder=None, vocabulary=None)
        return KnowledgeState(content=content, world=world, by_words=by_words, by_meaning=by_meaning)

    def _matchers(
        self,
        content: LoadedContent,
        additions: Sequence[Addition],
        *,
        before: Matchers | None,
        encoder: Encoder | None,
        vocabulary: Vocabulary | None,
    ) -> Matchers:
        """Return matchers with or without the encoder; what is known from before or the cache is not learned again."""
        name = "matcher-semantic" if encoder is not None else "matcher-lexical"
        known: bytes | memoryview | None = self.cache.read(name) if before is None else before.trained.state()
        phrasings = content.phrasings()
        matcher = Matcher.build(phrasings, encoder=encoder, state=known, vocabulary=vocabulary)
        if matcher.state() is not known:
            self.cache.write(name, matcher.state())
            # From the file it takes up a tenth of what it does after learning.
            matcher = Matcher.build(phrasings, encoder=encoder, state=self.cache.read(name) or matcher.state())
            give_back_memory()
        spoken = before.spoken if before is not None else Vocabulary()
        local = {
            reach: matcher.with_overlay(phrasings, spoken)
            for reach, phrasings in local_phrasings(content, additions).items()
        }
        return Matchers(trained=matcher, local=local, spoken=spoken)


def _bytes_of(file: Traversable) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def give_back_memory() -> None:
    """Return freed memory to the system where the C library can; learning takes ten times what it leaves."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def world_of(content: LoadedContent, *, texts: Mapping[Language, Texts], policy: Policy) -> Content:
    """Return what flows may read besides records."""
    return Content(
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
