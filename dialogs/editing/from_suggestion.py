"""The end of a suggestion: an article made from it is published."""

from dataclasses import replace

from dialogs.core.decision import later
from dialogs.core.query import Asking
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition, AdditionResult
from dialogs.handoff.suggesting import IN_USE_AFTER, show_editors
from dialogs.handoff.suggestion import Suggestion
from dialogs.handoff.unit_of_work import UnitOfWork


def suggestion_published(work: UnitOfWork, published: ArticleRevision) -> Asking[None]:
    """Close the suggestion of a published article, from whichever page it was published; its effect is checked."""
    id_ = published.suggestion_id or ""
    addition = (yield from work.get(Addition, id_)) if id_ else None
    if addition is None or addition.article_id is not None or addition.undone_at is not None:
        return
    work.put(replace(addition, article_id=published.article_id, result=AdditionResult.PENDING))
    work.do(later(f"suggestion/{id_}/check", work.at + IN_USE_AFTER, "editor.check", suggestion_id=id_))
    suggestion = yield from work.get(Suggestion, id_)
    if suggestion is not None:
        yield from show_editors(work, suggestion)
