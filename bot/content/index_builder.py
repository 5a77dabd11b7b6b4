"""Build one KnowledgeState: content, the matcher trained on it, and the rules."""

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
from dialogs.core.channel import Channels
from dialogs.core.content import Content, GuestRules, StepUp
from dialogs.core.texts import Texts
from dialogs.handoff.addition import Addition
from knowledge.article.article import Language
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.matching.memory import Vocabulary
from knowledge.matching.policy import Policy

# File beside the content with the encoder's vectors, so that a first start need not encode every phrasing.
VECTORS: Final = "vectors.bin"


class FolderCache:
    """A cache in a folder; files are replaced as a whole. An unwritable folder only costs time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> memoryview | None:
        """Return the memory-mapped file, or None."""
        try:
            with (self._folder / name).open("rb") as file:
                return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
        except (OSError, ValueError):  # an empty file cannot be mapped
            return None

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write to a second file and rename it, so that readers never see half a file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = self._folder / f"{name}.new"
            beside.write_bytes(data)
            beside.rename(self._folder / name)
        except OSError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchers:
    """A matcher trained on the content, and matchers that also include approved additions.

    ``local`` has one matcher per municipality id, and one for all municipalities (None). ``spoken`` holds the encoder's
    vectors of the approved phrasings.
    """

    trained: Matcher
    local: Mapping[str | None, Matcher] = field(default_factory=dict)
    spoken: Vocabulary = field(default_factory=Vocabulary)

    def for_municipality(self, municipality_id: str | None) -> Matcher:
        """Return the matcher for a municipality; None: the municipality is unknown."""
        return self.local.get(municipality_id) or self.local.get(None) or self.trained


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeState:
    """One state of the content with the matchers trained on it.

    ``by_words`` match without the sentence encoder, ``by_meaning`` with it, once it is loaded.
    """

    loaded: LoadedContent
    content: Content
    by_words: Matchers
    by_meaning: Matchers | None = None

    @property
    def semantic(self) -> bool:
        """Whether the sentence encoder takes part."""
        return self.by_meaning is not None

    def matcher_for(self, municipality_id: str | None) -> Matcher:
        """Return the best matcher for a municipality; None: the municipality is unknown."""
        return (self.by_meaning or self.by_words).for_municipality(municipality_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuilder:
    """Builds knowledge from a content folder.

    ``years`` are the years of the public holidays to load, ``homes`` the municipalities of each Entra tenant.
    """

    texts: Mapping[Language, Texts]
    policy: Policy
    years: tuple[int, ...]
    cache: Cache
    log: FilteringBoundLogger
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guests: GuestRules = field(default_factory=GuestRules)
    step_up: StepUp | None = None
    channels: Channels = field(default_factory=Channels)

    def build(
        self,
        folder: Traversable,
        *,
        before: KnowledgeState | None,
        encoder: Encoder | None,
        additions: Sequence[Addition] = (),
    ) -> KnowledgeState:
        """Read the folder and train the matcher, reusing training results of ``before`` or the cache.

        ``additions`` were approved in the chat; each applies in its editor's area.
        Every content fault is logged. An organisation with faults does not replace the one of ``before``.
        Raises OSError: the folder cannot be read.
        """
        holidays = norwegian_holidays(self.years, cache=self.cache)
        loaded = load_content(folder, holidays=holidays)
        for fault in loaded.faults:
            self.log.error("content_fault", file=fault.file, line=fault.line, reason=fault.reason)
        if before is not None and not loaded.organisation_sound:
            # Half an organisation would reject questions from people while their unit is misspelt.
            loaded = replace(loaded, organisation=before.loaded.organisation)
            self.log.error("organisation_kept", reason="it has faults; the one before stays in force")
        content = published_content(loaded, texts=self.texts, policy=self.policy)
        content = replace(content, homes=self.homes, guests=self.guests, channels=self.channels, step_up=self.step_up)
        shipped: Vocabulary | None = None
        by_meaning: Matchers | None = None
        if encoder is not None:
            shipped = Vocabulary.shipped(_bytes_of(folder / VECTORS), encoder=encoder.name)
            earlier = before.by_meaning if before is not None else None
            by_meaning = self._matchers(loaded, additions, before=earlier, encoder=encoder, vocabulary=shipped)
        earlier = before.by_words if before is not None else None
        by_words = self._matchers(loaded, additions, before=earlier, encoder=None, vocabulary=None)
        return KnowledgeState(loaded=loaded, content=content, by_words=by_words, by_meaning=by_meaning)

    def _matchers(
        self,
        loaded: LoadedContent,
        additions: Sequence[Addition],
        *,
        before: Matchers | None,
        encoder: Encoder | None,
        vocabulary: Vocabulary | None,
    ) -> Matchers:
        """Return matchers with or without the encoder, reusing earlier or cached training results."""
        name = "matcher-semantic" if encoder is not None else "matcher-lexical"
        known: bytes | memoryview | None = self.cache.read(name) if before is None else before.trained.state()
        phrasings = loaded.phrasings()
        matcher = Matcher.build(phrasings, encoder=encoder, state=known, vocabulary=vocabulary)
        if matcher.state() is not known:
            self.cache.write(name, matcher.state())
            # Loaded from the file, it needs a tenth of the memory it holds after training.
            matcher = Matcher.build(phrasings, encoder=encoder, state=self.cache.read(name) or matcher.state())
            release_memory()
        spoken = before.spoken if before is not None else Vocabulary()
        local = {
            reach: matcher.with_overlay(phrasings, spoken)
            for reach, phrasings in local_phrasings(loaded, additions).items()
        }
        return Matchers(trained=matcher, local=local, spoken=spoken)


def _bytes_of(file: Traversable) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def release_memory() -> None:
    """Return freed memory to the system where the C library can."""
    # Training peaks at ten times the memory of its result.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def published_content(loaded: LoadedContent, *, texts: Mapping[Language, Texts], policy: Policy) -> Content:
    """Return the part of the content that flows may read."""
    return Content(
        articles=loaded.articles,
        organisation=loaded.organisation,
        texts=texts,
        policy=policy,
        commands=commands_of(texts),
        milestones=loaded.milestones,
        programs=loaded.programs,
        courses=loaded.courses,
        holidays=loaded.holidays,
    )
