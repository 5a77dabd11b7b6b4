"""Drafts and reviews that wait for an editor."""

from collections.abc import Iterator
from datetime import date

from dialogs.core.person import Role
from dialogs.core.query import Asking, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.waiting import WaitingItem, start_of
from dialogs.editing.model import EVERY, ArticleHead, ArticleRevision, article_key
from dialogs.editing.target import may_edit
from knowledge.article.article import Article


def waiting_drafts(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the drafts that the reader may edit."""
    if not _is_editor(viewer):
        return ()
    heads = yield from find_all(ArticleHead, EVERY)
    own = {
        head.draft_id: head.id
        for head in heads
        if head.draft_id and may_edit(viewer.content, viewer.person, head.municipality_id)
    }
    revisions = yield from find_each(ArticleRevision, sorted(own))
    return tuple(
        WaitingItem(
            title=draft.heading(viewer.texts.language), path=f"/desk/articles/{own[draft.id]}", since=draft.made_at
        )
        for draft in revisions.values()
    )


def waiting_reviews(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the published articles past their review date that the reader may edit."""
    yield from ()
    if not _is_editor(viewer):
        return ()
    due: dict[str, tuple[date, str]] = {}
    for article in _overdue(viewer):
        key = article_key(article.id, article.municipality_id)
        first, title = due.get(key, (article.review_by, article.title))
        due[key] = min(first, article.review_by), article.title if article.language is viewer.texts.language else title
    return tuple(
        WaitingItem(title=title, path=f"/desk/articles/{key}", since=start_of(day), due_at=start_of(day), by_day=True)
        for key, (day, title) in due.items()
    )


def _overdue(viewer: Viewer) -> Iterator[Article]:
    today = viewer.at.date()
    for article in viewer.content.articles.articles.values():
        if article.review_by < today and may_edit(viewer.content, viewer.person, article.municipality_id):
            yield article


def _is_editor(viewer: Viewer) -> bool:
    return not viewer.person.is_outsider and viewer.person.has(Role.EDITOR)
