"""Build one KnowledgeState: content, the matcher trained on it, public holidays, and the register."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from importlib.resources.abc import Traversable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.content.catalogue import commands_of
from bot.content.learned_files import LEARNED, keep_learned, learned_in, log_unusable
from bot.content.loading import LoadedContent, load_content, local_phrasings
from bot.content.task_matchers import build_tasks, lesson_of
from bot.ports import Cache
from bot.support.memory import release_memory
from dialogs.core.channel import Channels
from dialogs.core.content import Content, GuestRules, Holidays, StepUp
from dialogs.core.import_preview import file_changed
from dialogs.core.texts import Texts
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition
from dialogs.rollout.software.lookup.offering import read_names
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from knowledge.article.writing import digest_of
from knowledge.matching.encoder import Encoder
from knowledge.matching.index import Learned
from knowledge.matching.matcher import Matcher
from knowledge.matching.policy import Policy
from knowledge.software.everyday import EverydayTasks
from knowledge.software.register import Register
from knowledge.software.task import EverydayTask

# Norway's public holidays, cached because the library loads every country of the world.


def norwegian_holidays(years: Iterable[int], *, cache: Cache | None = None) -> Holidays:
    """Return Norway's public holidays, Christmas Eve and New Year's Eve.

    A cached result is used only with the same version of the library.
    """
    chosen = sorted(set(years))
    name = f"holidays-{version('holidays')}-{'-'.join(map(str, chosen))}.json"
    known = cache.read(name) if cache is not None else None
    if known is not None:
        try:
            return Holidays(days=frozenset(map(date.fromisoformat, json.loads(bytes(known)))))
        except (ValueError, TypeError):
            pass  # an incomplete or foreign file: compute it again
    import holidays  # noqa: PLC0415 - a sixth of a second and 10 MB

    days: set[date] = set(holidays.country_holidays("NO", years=chosen))
    days |= {date(year, 12, day) for year in chosen for day in (24, 31)}
    if cache is not None:
        cache.write(name, json.dumps(sorted(day.isoformat() for day in days)).encode())
    return Holidays(days=frozenset(days))


# Files of 0.8.0 in the cache.
_OUTDATED: Final = ("matcher-lexical*", "matcher-semantic*", "tasks-lexical*", "tasks-semantic*")


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

    def drop_outdated(self) -> None:
        """Delete what version 0.8.0 kept: gigabytes that nothing reads any more."""
        for file in (file for pattern in _OUTDATED for file in self._folder.glob(pattern)):
            with suppress(OSError):
                file.unlink()

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


class NoCache:
    """Keeps nothing."""

    def read(self, name: str) -> memoryview | None:
        """Return None."""
        return None

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Drop the bytes."""


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
class Matchers:
    """A matcher trained on the content, and matchers that also include approved additions.

    ``local`` has one matcher per municipality id, and one for all municipalities (None).
    """

    trained: Matcher
    local: Mapping[str | None, Matcher] = field(default_factory=dict)

    def by_words(self) -> Matchers:
        """Return the matchers of the same indexes that never ask the encoder."""
        local = {reach: matcher.by_words() for reach, matcher in self.local.items()}
        return Matchers(trained=self.trained.by_words(), local=local)

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
        read: LoadedContent | None = None,
    ) -> KnowledgeState:
        """Read the folder and build its matchers; only what neither ``before`` nor files know is learned.

        ``additions`` were approved in the chat; each applies in its editor's area. ``revisions`` are the live ones of
        the store; each applies until its files change. ``read`` is what the folder says, if it was read already.
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
        if before is None or tasks is not before.content.tasks or content.register is not before.content.register:
            content.register.learn_tasks(
                lesson_of(tasks, content.register.programs.values(), cache=self.cache, encoder=encoder)
            )
        read_names(content.articles)
        matchers = self._matchers(loaded, additions, folder=folder, before=before, encoder=encoder)
        return _state_of(loaded, content, matchers, encoder)

    def publish_texts(self, state: KnowledgeState, revisions: Sequence[ArticleRevision]) -> KnowledgeState:
        """Return ``state`` with the texts of these revisions, found by the phrasings it knows; takes milliseconds."""
        loaded = state.loaded.with_changes(self._changes(state.loaded, revisions))
        return replace(state, loaded=loaded, content=self._content(loaded, state.content.tasks))

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
        others = (earlier for earlier in state.loaded.changes if earlier.concerns != change.concerns)
        loaded = state.loaded.with_changes((*others, change))
        trial = replace(self, cache=ReadOnlyCache(cache=self.cache))
        speaks = encoder if state.by_meaning is not None else None
        matchers = trial._matchers(loaded, additions, folder=None, before=state, encoder=speaks)
        return _state_of(loaded, self._content(loaded, state.content.tasks), matchers, speaks)

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
        for revision in set_aside:
            self.log.warning("revision_set_aside", article=revision.key, reason="its file changed after it")
        return [revision.to_change() for revision in applied]

    def _matchers(
        self,
        loaded: LoadedContent,
        additions: Sequence[Addition],
        *,
        folder: Traversable | None,
        before: KnowledgeState | None,
        encoder: Encoder | None,
    ) -> Matchers:
        """Return matchers with or without the encoder; cache newly learned data."""
        phrasings = loaded.phrasings()
        known = Learned() if before is None else (before.by_meaning or before.by_words).trained.learned
        if folder is not None and (known.frame is None or not known.speaks(encoder)):
            known = learned_in(folder / LEARNED, self.cache, phrasings).carrying(known)
        matcher = Matcher.build(phrasings, encoder=encoder, known=known, unanswered=loaded.unanswered())
        log_unusable(self.log, known, matcher.index)
        keep_learned(self.cache, matcher.index)
        release_memory()
        local = {
            reach: matcher.with_overlay(own, own=loaded.own_articles(reach))
            for reach, own in local_phrasings(loaded, additions).items()
        }
        return Matchers(trained=matcher, local=local)


def _state_of(loaded: LoadedContent, content: Content, matchers: Matchers, encoder: Encoder | None) -> KnowledgeState:
    if encoder is None:
        return KnowledgeState(loaded=loaded, content=content, by_words=matchers)
    return KnowledgeState(loaded=loaded, content=content, by_words=matchers.by_words(), by_meaning=matchers)


def with_register(state: KnowledgeState, register: Register) -> KnowledgeState:
    """Return the state with this register of programs."""
    if register is state.content.register:
        return state
    loaded, content = replace(state.loaded, register=register), replace(state.content, register=register)
    return replace(state, loaded=loaded, content=content)


def split_in_force(
    loaded: LoadedContent, revisions: Sequence[ArticleRevision]
) -> tuple[Sequence[ArticleRevision], Sequence[ArticleRevision]]:
    """Return revisions with files unchanged since publication, and with changed ones, each in a fixed order."""
    known = {None, *loaded.organisation.municipalities}
    applied: list[ArticleRevision] = []
    set_aside: list[ArticleRevision] = []
    for revision in sorted(revisions, key=lambda revision: (revision.key, revision.number)):
        if revision.municipality_id in known:
            digest = digest_of(loaded.files.texts_of(revision.article_id, revision.municipality_id))
            (set_aside if file_changed(revision.file_digest, digest, or_gone=True) else applied).append(revision)
    return applied, set_aside


def revised_content(loaded: LoadedContent, revisions: Sequence[ArticleRevision]) -> LoadedContent:
    """Return the content with what editors published in the store."""
    applied, _ = split_in_force(loaded, revisions)
    return loaded.with_changes(revision.to_change() for revision in applied)


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
