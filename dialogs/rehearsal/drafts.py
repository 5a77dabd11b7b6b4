"""View of the drafts that can be rehearsed, and of the test questions."""

from collections.abc import Iterable
from dataclasses import dataclass

from dialogs.core.query import Asking, find_all, find_each
from dialogs.core.viewer import Viewer
from dialogs.editing.model import EVERY as EVERY_ARTICLE
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.rehearsal.asked import AskedAgain, asked_again
from dialogs.rehearsal.model import EVERY, TestQuestion
from dialogs.unanswered.questions import questions_scope
from dialogs.unanswered.themes import entry_title
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft that may be rehearsed."""

    key: str
    title: str
    saved: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """A test question. ``right`` is the title of the entry that should answer it."""

    id: str
    words: str
    language: Language
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsPage:
    """The drafts, and the test questions."""

    drafts: tuple[DraftRow, ...]
    tests: tuple[TestRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalTask:
    """All that a rehearsal of a draft needs. ``revision_id``: a newer draft is another task."""

    revision_id: str
    title: str
    change: ArticleChange
    asked: tuple[AskedAgain, ...]


def drafts_view(viewer: Viewer) -> Asking[DraftsPage]:
    """Show an editor the drafts of their area. Raises EventRefused."""
    scope = questions_scope(viewer)
    heads = [each for each in (yield from find_all(ArticleHead, EVERY_ARTICLE)) if _may_rehearse(viewer, each)]
    drafts = yield from find_each(ArticleRevision, [each.draft_id for each in heads if each.draft_id])
    tests = yield from find_all(TestQuestion, EVERY)
    none = viewer.texts("rehearsal.right.none")
    return DraftsPage(
        drafts=tuple(
            DraftRow(key=head.id, title=draft.heading(viewer.person.language), saved=viewer.texts.moment(draft.made_at))
            for head, draft in _newest_first((each, drafts.get(each.draft_id or "")) for each in heads)
        ),
        tests=tuple(
            TestRow(
                id=each.id,
                words=each.utterance,
                language=each.language,
                right=entry_title(viewer, each.expected_id) or none,
            )
            for each in tests
            if each.municipality_id in scope
        ),
    )


def task_view(viewer: Viewer, key: str) -> Asking[RehearsalTask]:
    """Return the task of rehearsing an article's draft. Raises EventRefused."""
    scope = questions_scope(viewer)
    draft = yield from _draft(viewer, key)
    return RehearsalTask(
        revision_id=draft.id,
        title=draft.heading(viewer.person.language),
        change=draft.to_change(),
        asked=(yield from asked_again(scope, viewer.at)),
    )


def draft_id_view(viewer: Viewer, key: str) -> Asking[tuple[str, str]]:
    """Return the id and the title of an article's draft. Raises EventRefused."""
    questions_scope(viewer)
    draft = yield from _draft(viewer, key)
    return draft.id, draft.heading(viewer.person.language)


def _newest_first(
    found: Iterable[tuple[ArticleHead, ArticleRevision | None]],
) -> list[tuple[ArticleHead, ArticleRevision]]:
    there = [(head, draft) for head, draft in found if draft is not None]
    return sorted(there, key=lambda each: each[1].made_at, reverse=True)


def _draft(viewer: Viewer, key: str) -> Asking[ArticleRevision]:
    heads = yield from find_each(ArticleHead, [key])
    head = heads.get(key)
    if head is None or head.draft_id is None or not _may_rehearse(viewer, head):
        raise viewer.refusal("rehearsal.gone")
    drafts = yield from find_each(ArticleRevision, [head.draft_id])
    if head.draft_id not in drafts:
        raise viewer.refusal("rehearsal.gone")
    return drafts[head.draft_id]


def _may_rehearse(viewer: Viewer, head: ArticleHead) -> bool:
    """Return whether the draft is of the editor's area: drafts for everyone are the provider's."""
    own = viewer.person.municipality_id or ""
    return head.municipality_id == own or viewer.content.organisation.provides(own)
