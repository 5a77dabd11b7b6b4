"""Build one KnowledgeState: content, the matcher trained on it, and the rules."""

import ctypes
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.content.catalogue import commands_of
from bot.content.holidays import norwegian_holidays
from bot.content.loading import LoadedContent, load_content, local_phrasings
from bot.content.task_matchers import build_tasks, lesson_of
from bot.ports import Cache
from dialogs.core.channel import Channels
from dialogs.core.content import Content, GuestRules, StepUp
from dialogs.core.texts import Texts
from dialogs.editing.model import ArticleRevision, in_force
from dialogs.handoff.addition import Addition
from dialogs.rollout.software.lookup.offering import read_names
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from knowledge.article.writing import digest_of
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.matching.memory import Vocabulary
from knowledge.matching.policy import Policy
from knowledge.software.everyday import EverydayTasks
from knowledge.software.register import Register
from knowledge.software.task import EverydayTask

# File beside the content with the encoder's vectors, so that a first start need not encode every phrasing.
VECTORS: Final = "vectors.bin"
# Most published phrasings that are laid over an index: they are compared with each other, and each is encoded.
MAX_OVERLAID: Final = 300


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
        beside = self._folder / f"{name}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.rename(self._folder / name)
        except OSError:
            with suppress(OSError):
                beside.unlink()  # on a full disk, half of a large file would stay for good


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyCache:
    """Reads from a cache and writes nothing into it."""

    cache: Cache

    def read(self, name: str) -> memoryview | None:
        """Return what the cache has."""
        return self.cache.read(name)

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Drop the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedFactor:
    """The factor of a trained matcher, in the cache: 200 MB for 10,000 phrasings, read only after an edit."""

    cache: Cache
    name: str

    def read(self) -> memoryview | None:
        """Return the bytes of the last ``write``, or None."""
        return self.cache.read(self.name)

    def write(self, data: bytes | memoryview) -> None:
        """Replace the bytes."""
        self.cache.write(self.name, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchers:
    """A matcher trained on the content, and matchers that also include approved additions.

    ``local`` has one matcher per municipality id, and one for all municipalities (None). ``spoken`` holds the encoder's
    vectors of the approved phrasings. ``taught`` are the phrasings the training was given, by article and text: more
    than its index has, which leaves out those that read alike.
    """

    trained: Matcher
    taught: frozenset[tuple[str, str]]
    local: Mapping[str | None, Matcher] = field(default_factory=dict)
    spoken: Vocabulary = field(default_factory=Vocabulary)

    def for_municipality(self, municipality_id: str | None) -> Matcher:
        """Return the matcher for a municipality; None: the municipality is unknown."""
        return self.local.get(municipality_id) or self.local.get(None) or self.trained


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeState:
    """One state of the content with the matchers trained on it.

    ``by_words`` match without the sentence encoder, ``by_meaning`` with it, once it is loaded. ``behind``: texts were
    published with phrasings that the matchers do not know.
    """

    loaded: LoadedContent
    content: Content
    by_words: Matchers
    by_meaning: Matchers | None = None
    behind: bool = False

    @property
    def semantic(self) -> bool:
        """Whether the sentence encoder takes part."""
        return self.by_meaning is not None

    @property
    def drift(self) -> float:
        """Share of the phrasings, 0 to 1, that was edited since a matcher was last trained on all of them."""
        return max(matchers.trained.drift for matchers in (self.by_words, self.by_meaning) if matchers is not None)

    def matcher_for(self, municipality_id: str | None) -> Matcher:
        """Return the best matcher for a municipality; None: the municipality is unknown."""
        return (self.by_meaning or self.by_words).for_municipality(municipality_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuilder:
    """Builds knowledge from a content folder.

    ``years`` are the years of the public holidays to load, ``homes`` the municipalities of each Entra tenant, ``tasks``
    the everyday tasks that requests for programs are matched with.
    """

    texts: Mapping[Language, Texts]
    policy: Policy
    years: tuple[int, ...]
    cache: Cache
    log: FilteringBoundLogger
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guests: GuestRules = field(default_factory=GuestRules)
    step_up: StepUp | None = None
    origin: str = ""
    public_calendar: bool = True
    channels: Channels = field(default_factory=Channels)
    tasks: Sequence[EverydayTask] = ()

    def build(
        self,
        folder: Traversable,
        *,
        before: KnowledgeState | None,
        encoder: Encoder | None,
        additions: Sequence[Addition] = (),
        revisions: Sequence[ArticleRevision] = (),
        retrain: bool = False,
        read: LoadedContent | None = None,
    ) -> KnowledgeState:
        """Read the folder and train the matcher, reusing training results of ``before`` or the cache.

        ``additions`` were approved in the chat; each applies in its editor's area. ``revisions`` are the live ones of
        the store; each applies until its files change. A small edit changes the results of the last training;
        ``retrain`` trains on all phrasings even then. ``read`` is what the folder says, if it was read already.
        Every content fault is logged. An organisation with faults does not replace the one of ``before``.
        Raises OSError: the folder cannot be read.
        """
        loaded = read if read is not None else self._read(folder)
        if before is not None and not loaded.organisation_sound:
            # Half an organisation would reject questions from people while their unit is misspelt.
            loaded = replace(loaded, organisation=before.loaded.organisation)
            self.log.error("organisation_kept", reason="it has faults; the one before stays in force")
        loaded = loaded.with_changes(self._changes(loaded, revisions))
        tasks = build_tasks(
            self.tasks, cache=self.cache, encoder=encoder, before=before.content.tasks if before is not None else None
        )
        content = self._content(loaded, tasks)
        content.register.learn_tasks(
            lesson_of(tasks, content.register.programs.values(), cache=self.cache, encoder=encoder)
        )
        read_names(content.articles)
        shipped: Vocabulary | None = None
        by_meaning: Matchers | None = None
        if encoder is not None:
            shipped = Vocabulary.shipped(bytes_of(folder / VECTORS), encoder=encoder.name)
            earlier = before.by_meaning if before is not None else None
            by_meaning = self._matchers(
                loaded, additions, before=earlier, encoder=encoder, vocabulary=shipped, retrain=retrain
            )
        earlier = before.by_words if before is not None else None
        by_words = self._matchers(loaded, additions, before=earlier, encoder=None, vocabulary=None, retrain=retrain)
        return KnowledgeState(loaded=loaded, content=content, by_words=by_words, by_meaning=by_meaning)

    def publish_texts(self, state: KnowledgeState, revisions: Sequence[ArticleRevision]) -> KnowledgeState:
        """Return ``state`` with the texts of these revisions, found by the phrasings it knows; takes milliseconds."""
        loaded = state.loaded.with_changes(self._changes(state.loaded, revisions))
        return replace(state, loaded=loaded, content=self._content(loaded, state.content.tasks), behind=True)

    def overlay_published(self, state: KnowledgeState, *, additions: Sequence[Addition] = ()) -> KnowledgeState:
        """Return ``state`` with the phrasings of published texts laid over the trained indexes.

        It costs those phrasings alone, so readers need not wait for the build that makes them part of the indexes.
        Until then phrasings that were taken away are still known.
        """

        shared, local = state.loaded.phrasings(), local_phrasings(state.loaded, additions)

        def overlaid(matchers: Matchers) -> Matchers:
            trained = matchers.trained.for_another_thread()
            added = [each for each in shared if (each.article_id, each.text) not in matchers.taught]
            if len(added) > MAX_OVERLAID:
                return matchers
            new = {each.article_id for each in added}
            spoken = Vocabulary(names=matchers.spoken.names, rows=matchers.spoken.rows)
            known = {
                reach: trained.with_overlay((*added, *own), spoken, own=state.loaded.own_articles(reach) | new)
                for reach, own in local.items()
            }
            return replace(matchers, local=known, spoken=spoken)

        by_meaning = overlaid(state.by_meaning) if state.by_meaning is not None else None
        return replace(state, by_words=overlaid(state.by_words), by_meaning=by_meaning, behind=False)

    def build_changed(
        self,
        state: KnowledgeState,
        change: ArticleChange,
        *,
        encoder: Encoder | None,
        additions: Sequence[Addition] = (),
    ) -> KnowledgeState:
        """Return ``state`` with one article changed, at the cost of its phrasings; nothing is kept in the cache.

        ``encoder``: None for matching by words only.
        """
        others = (each for each in state.loaded.changes if each.concerns != change.concerns)
        loaded = state.loaded.with_changes((*others, change))
        trial = replace(self, cache=ReadOnlyCache(cache=self.cache))
        by_meaning: Matchers | None = None
        if encoder is not None and state.by_meaning is not None:
            by_meaning = trial._matchers(
                loaded, additions, before=state.by_meaning, encoder=encoder, vocabulary=Vocabulary(), retrain=False
            )
        by_words = trial._matchers(
            loaded, additions, before=state.by_words, encoder=None, vocabulary=None, retrain=False
        )
        content = self._content(loaded, state.content.tasks)
        return KnowledgeState(loaded=loaded, content=content, by_words=by_words, by_meaning=by_meaning)

    def _read(self, folder: Traversable) -> LoadedContent:
        """Read the folder and log its faults."""
        loaded = load_content(folder, holidays=norwegian_holidays(self.years, cache=self.cache))
        for fault in loaded.faults:
            self.log.error("content_fault", file=fault.file, line=fault.line, reason=fault.reason)
        return loaded

    def _content(self, loaded: LoadedContent, tasks: EverydayTasks) -> Content:
        content = published_content(loaded, texts=self.texts, policy=self.policy)
        return replace(
            content,
            tasks=tasks,
            homes=self.homes,
            guests=self.guests,
            channels=self.channels,
            step_up=self.step_up,
            origin=self.origin,
            public_calendar=self.public_calendar,
        )

    def _changes(self, loaded: LoadedContent, revisions: Sequence[ArticleRevision]) -> Sequence[ArticleChange]:
        """Return the changes of the revisions in force, and log the others."""
        applied, set_aside = split_in_force(loaded, revisions)
        for each in set_aside:
            self.log.warning("revision_set_aside", article=each.key, reason="its file changed after it")
        return [each.to_change() for each in applied]

    def _matchers(
        self,
        loaded: LoadedContent,
        additions: Sequence[Addition],
        *,
        before: Matchers | None,
        encoder: Encoder | None,
        vocabulary: Vocabulary | None,
        retrain: bool,
    ) -> Matchers:
        """Return matchers with or without the encoder, reusing earlier or cached training results."""
        name = "matcher-semantic" if encoder is not None else "matcher-lexical"
        known: bytes | memoryview | None = self.cache.read(name) if before is None else before.trained.state()
        phrasings = loaded.phrasings()
        if before is not None and vocabulary is not None:
            edited = before.trained.vocabulary()  # with the phrasings since the last training
            vocabulary.add(edited.names, edited.rows)
        matcher = Matcher.build(
            phrasings,
            encoder=encoder,
            state=known,
            vocabulary=vocabulary,
            factors=CachedFactor(cache=self.cache, name=f"{name}-factor"),
            retrain=retrain,
            unanswered=loaded.unanswered(),
        )
        if matcher.state() is not known:
            self.cache.write(name, matcher.state())
            # Loaded from the file, it needs a tenth of the memory it holds after training.
            matcher = Matcher.build(phrasings, encoder=encoder, state=self.cache.read(name) or matcher.state())
        if matcher.state() is not known or matcher.drift:
            release_memory()
        spoken = before.spoken if before is not None else Vocabulary()
        local = {
            reach: matcher.with_overlay(phrasings, spoken, own=loaded.own_articles(reach))
            for reach, phrasings in local_phrasings(loaded, additions).items()
        }
        taught = frozenset((each.article_id, each.text) for each in phrasings)
        return Matchers(trained=matcher, taught=taught, local=local, spoken=spoken)


def with_register(state: KnowledgeState, register: Register) -> KnowledgeState:
    """Return the state with this register of programs."""
    if register is state.content.register:
        return state
    loaded, content = replace(state.loaded, register=register), replace(state.content, register=register)
    return replace(state, loaded=loaded, content=content)


def split_in_force(
    loaded: LoadedContent, revisions: Sequence[ArticleRevision]
) -> tuple[Sequence[ArticleRevision], Sequence[ArticleRevision]]:
    """Return the revisions whose files say what they said at the publication, and those whose files changed."""
    known = loaded.organisation.municipalities
    usable = [each for each in revisions if each.municipality_id is None or each.municipality_id in known]
    digests = {each.key: digest_of(loaded.files.texts_of(each.article_id, each.municipality_id)) for each in usable}
    applied = in_force(usable, digests)
    return applied, [each for each in usable if each not in applied]


def revised_content(loaded: LoadedContent, revisions: Sequence[ArticleRevision]) -> LoadedContent:
    """Return the content with what editors published in the store."""
    applied, _ = split_in_force(loaded, revisions)
    return loaded.with_changes(each.to_change() for each in applied)


def bytes_of(file: Traversable) -> bytes | None:
    """Return the bytes of a file, None if it cannot be read."""
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
        files=loaded.files,
        actions=loaded.actions,
        organisation=loaded.organisation,
        texts=texts,
        policy=policy,
        commands=commands_of(texts),
        milestones=loaded.milestones,
        register=loaded.register,
        curriculum=loaded.curriculum,
        holidays=loaded.holidays,
    )
