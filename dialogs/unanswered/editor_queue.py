"""What waits for an editor, as counts for the first page of the desk."""

from dialogs.core.person import Role
from dialogs.core.query import Asking, count
from dialogs.core.viewer import Viewer
from dialogs.editing.listing import ArticleFilter, articles_view
from dialogs.handoff.suggestion import Suggestion, Verdict


def waiting_counts(viewer: Viewer) -> Asking[tuple[tuple[str, str], ...]]:
    """Return pairs of page and text of waiting items; for editors only.

    Themes are not counted: grouping the questions takes seconds.
    """
    own = viewer.person.municipality_id
    if viewer.person.is_outsider or not viewer.person.has(Role.EDITOR) or own is None:
        return ()
    texts = viewer.texts
    suggestions = yield from count(Suggestion, f"{Verdict.WAITING}@{own}")
    counts = (yield from articles_view(viewer)).counts
    queues = (
        ("/desk/unanswered", "suggestions", suggestions),
        ("/desk/articles", "drafts", counts[ArticleFilter.DRAFT]),
        ("/desk/articles", "reviews", counts[ArticleFilter.REVIEW]),
    )
    return tuple((path, texts.plural(f"desk.waiting.{key}", number)) for path, key, number in queues if number)
