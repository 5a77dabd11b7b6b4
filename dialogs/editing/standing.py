"""The standing of an article: what readers get, and which texts wait behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dialogs.core.content import Content
from dialogs.core.import_preview import file_changed
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState
from dialogs.editing.target import EditTarget, revision_begun, seen_head
from knowledge.article.writing import digest_of


class ArticleState(StrEnum):
    """The state of an article for its editors; list, page, history and themes read it.

    A live or retired article may have a draft or a planned publication besides.
    """

    # Nothing was written under this key. A municipality's own text may begin with the one for everyone.
    ABSENT = "absent"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    RETIRED = "retired"
    # Only the history is left, of a draft or of a withdrawn text.
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleStanding:
    """An article's state, and its revisions that count.

    Attributes:
        head: as the reader may see it.
        live: what editors published last, even if the files changed since.
        last: the newest revision of a discarded article, where it was read.
        file_changed: the files say something else than at the publication.
    """

    head: ArticleHead
    state: ArticleState
    live: ArticleRevision | None = None
    scheduled: ArticleRevision | None = None
    draft: ArticleRevision | None = None
    last: ArticleRevision | None = None
    file_changed: bool = False

    @property
    def in_force(self) -> ArticleRevision | None:
        """The revision that readers get; None if they get the files' texts or nothing."""
        return None if self.file_changed else self.live

    @property
    def scheduled_at(self) -> datetime | None:
        """When the planned text is published, if there is one."""
        return self.head.scheduled_at if self.scheduled is not None else None

    @property
    def unpublished(self) -> ArticleRevision | None:
        """The text that editors wrote last and readers do not get yet."""
        return self.draft or self.scheduled

    @property
    def origin(self) -> str:
        """The key of the state in a word, as ``article.origin.…``."""
        if self.state is ArticleState.LIVE:
            return "file" if self.in_force is None else "desk"
        if self.state in {ArticleState.RETIRED, ArticleState.DRAFT}:
            return self.state.value
        return "none"

    def text_to_edit(self, content: Content, at: datetime) -> ArticleRevision | None:
        """Return what an editor goes on with: the draft, else the planned text, else what readers get."""
        begun = revision_begun(content, self.head, self.in_force, at)
        return self.unpublished or begun or self.live or self.last


def standing_of(content: Content, head: ArticleHead, revisions: Mapping[str, ArticleRevision]) -> ArticleStanding:
    """Return the standing of an article.

    Args:
        revisions: those that the head names, by id.
    """
    live, scheduled, draft = (_among(revisions, head, id_) for id_ in (head.live_id, head.scheduled_id, head.draft_id))
    files = content.files.texts_of(head.article_id, head.municipality_id)
    changed = live is not None and file_changed(live.file_digest, digest_of(files), or_gone=True)
    in_force = None if changed else live
    if in_force is not None and in_force.state is RevisionState.RETIRED:
        state = ArticleState.RETIRED
    elif in_force is not None or files:
        state = ArticleState.LIVE
    elif scheduled is not None:
        state = ArticleState.SCHEDULED
    elif draft is not None:
        state = ArticleState.DRAFT
    else:
        state = ArticleState.DISCARDED if head.number else ArticleState.ABSENT
    return ArticleStanding(head=head, state=state, live=live, scheduled=scheduled, draft=draft, file_changed=changed)


def named_ids(head: ArticleHead) -> tuple[str, ...]:
    """Return the ids of the revisions that a head names."""
    return tuple(id_ for id_ in (head.live_id, head.scheduled_id, head.draft_id) if id_)


def find_standing(viewer: Viewer, key: str) -> Asking[ArticleStanding]:
    """Return the standing of an article as the reader may see it."""
    article_id, _, municipality = key.partition("@")
    stored = yield from find(ArticleHead, key)
    head = stored or ArticleHead(id=key, article_id=article_id, municipality_id=municipality or None)
    head = seen_head(viewer.content, viewer.person, head)
    standing = standing_of(viewer.content, head, (yield from find_each(ArticleRevision, named_ids(head))))
    return (yield from _with_last(standing)) if head == stored else standing


def standing_of_target(target: EditTarget) -> Asking[ArticleStanding]:
    """Return the standing of the article that an editor acts on."""
    revisions = yield from find_each(ArticleRevision, named_ids(target.head))
    return (yield from _with_last(standing_of(target.content, target.head, revisions)))


def article_state(viewer: Viewer, key: str) -> Asking[ArticleState]:
    """Return the state of an article that the reader may edit or read."""
    return (yield from find_standing(viewer, key)).state


def _with_last(standing: ArticleStanding) -> Asking[ArticleStanding]:
    """Return the standing with the newest revision, if nothing else is left."""
    if standing.state is not ArticleState.DISCARDED:
        return standing
    history = yield from find_all(ArticleRevision, f"article:{standing.head.id}")
    return replace(standing, last=max(history, key=lambda revision: revision.number, default=None))


def _among(revisions: Mapping[str, ArticleRevision], head: ArticleHead, id_: str | None) -> ArticleRevision | None:
    revision = revisions.get(id_ or "")
    return revision if revision is not None and revision.key == head.id else None
