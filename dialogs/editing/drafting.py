"""Drafts: begin, save, discard. Two editors at once lose nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.query import Asking, Flow
from dialogs.editing.form import filled_in, phrasings_of
from dialogs.editing.model import ArticleRevision, ArticleText, RevisionState
from dialogs.editing.standing import standing_of_target
from dialogs.editing.target import EditTarget, audit, end_use, next_revision, revision_of, target_of
from dialogs.editing.unsaved import kept_unsaved, unsaved_dropped
from dialogs.editing.validation import problems_of
from knowledge.article.article import Language

# Time until an article must be looked at again, unless its editor sets another day.
REVIEWED_AGAIN: Final = timedelta(days=180)


def start_draft(event: Event, content: Content) -> Flow:
    """Begin a draft with what readers get now, or of a new article; an existing draft is kept."""
    target = yield from target_of(event, content)
    if (yield from revision_of(target.head.draft_id)) is not None and not _asked_for_more(event):
        return do(Notice(text=target.texts("article.draft_there")))
    draft = with_phrasings(event, (yield from _begun(target)))
    made, saved = yield from save_draft(target, draft)
    return saved + do(Notice(text=target.texts("article.draft_started", title=made.heading(target.texts.language))))


def save(event: Event, content: Content) -> Flow:
    """Save the fields of a form as the article's draft."""
    target = yield from target_of(event, content)
    filled = yield from _written(target)
    dropped = yield from unsaved_dropped(target)
    if target.head.draft_id not in {None, _base_id(target)}:
        return dropped + (yield from _beside(target, filled))
    made, saved = yield from save_draft(target, filled)
    saved += dropped
    faults = [problem for problem in problems_of(made, content, today=target.today) if not problem.notice]
    key = "article.saved_with_faults" if faults else "article.saved"
    return saved + do(Notice(text=target.texts.plural(key, len(faults)) if faults else target.texts(key)))


def keep_unsaved(event: Event, content: Content) -> Flow:
    """Keep the fields of a form for their editor, who has not saved them yet."""
    target = yield from target_of(event, content)
    return (yield from kept_unsaved(target, (yield from _written(target))))


def drop_unsaved(event: Event, content: Content) -> Flow:
    """Drop what the editor has not saved."""
    target = yield from target_of(event, content)
    return (yield from unsaved_dropped(target)) + do(Notice(text=target.texts("article.unsaved_dropped")))


def discard(event: Event, content: Content) -> Flow:
    """Drop the draft; it stays in the history for a while."""
    target = yield from target_of(event, content)
    dropped = yield from unsaved_dropped(target)
    if target.head.draft_id is None:
        return dropped + do(Notice(text=target.texts("article.no_draft")))
    ended = yield from end_use(target.head.draft_id)
    notice = Notice(text=target.texts("article.discarded"))
    return dropped + ended + put(replace(target.head, draft_id=None)) + do(audit(target, "discarded"), notice)


def save_draft(
    target: EditTarget, draft: ArticleRevision, *, import_id: str | None = None
) -> Asking[tuple[ArticleRevision, Decision]]:
    """Make ``draft`` the article's draft; return it as saved, and the decision."""
    fresh = replace(
        draft,
        state=RevisionState.DRAFT,
        base_id=draft.id or None,
        in_use=True,
        publish_at=None,
        redirect=None,
        file_digest="",
    )
    made = yield from next_revision(target, fresh, import_id=import_id)
    ended = yield from end_use(target.head.draft_id)
    head = replace(target.head, number=made.number, draft_id=made.id)
    return made, put(made) + ended + put(head) + do(audit(target, "saved", made))


def with_phrasings(event: Event, draft: ArticleRevision) -> ArticleRevision:
    """Return the draft with the title, answer and phrasings that the press adds.

    ``phrasings`` are in the press's ``language``, ``phrasings_nb`` and so on in theirs.
    """
    pressed = event.pressed
    language = Language.from_code(str(pressed.text("language")))
    text = draft.text_in(language)
    text = replace(
        text, title=text.title or str(pressed.text("title")), answer=text.answer or str(pressed.text("answer"))
    )
    by_language = {article_text.language: article_text for article_text in (*draft.texts, text)}
    for spoken, name in (
        (language, "phrasings"),
        *((other_language, f"phrasings_{other_language}") for other_language in Language),
    ):
        added = phrasings_of(str(pressed.text(name)))
        before = by_language.get(spoken) or draft.text_in(spoken)
        by_language[spoken] = replace(before, phrasings=tuple(dict.fromkeys((*before.phrasings, *added))))
    ordered = [by_language[language] for language in Language if language in by_language]
    return replace(draft, texts=tuple(text for text in ordered if text.written or text.phrasings))


def _asked_for_more(event: Event) -> bool:
    return any(name.startswith("phrasings") and event.pressed.text(name) for name in event.pressed.data)


def _base_id(target: EditTarget) -> str | None:
    return str(target.event.pressed.text("base_id")) or None


def _written(target: EditTarget) -> Asking[ArticleRevision]:
    """Return what the fields of the pressed form make of the text they were shown with."""
    base = yield from revision_of(_base_id(target))
    if base is not None and base.key != target.head.id:
        base = None
    return filled_in(base or (yield from _begun(target)), target.event.pressed)


def _begun(target: EditTarget) -> Asking[ArticleRevision]:
    """Return the draft that is there, else the planned text, else what readers get, else an empty article."""
    standing = yield from standing_of_target(target)
    if standing.unpublished is not None:
        return standing.unpublished
    revision = standing.text_to_edit(target.content, target.event.at)
    if revision is not None:
        # The day of the last review stays until publication.
        return replace(revision, review_by=max(revision.review_by, target.today + REVIEWED_AGAIN))
    return ArticleRevision(
        id="",
        article_id=target.article_id,
        number=0,
        state=RevisionState.DRAFT,
        texts=(ArticleText(language=target.texts.language),),
        new=target.municipality_id is None,
        changed=target.today,
        review_by=target.today + REVIEWED_AGAIN,
        owner_id=target.editor.id if target.editor else None,
        by="",
        made_at=target.event.at,
    )


def _beside(target: EditTarget, filled: ArticleRevision) -> Flow:
    """Keep the text beside a draft that another editor saved meanwhile, so that both can be compared."""
    theirs = yield from revision_of(target.head.draft_id)
    fresh = replace(filled, state=RevisionState.DRAFT, base_id=filled.id or None, in_use=False, publish_at=None)
    made = yield from next_revision(target, fresh)
    number = theirs.number if theirs is not None else 0
    notice = Notice(text=target.texts("article.saved_beside", own=made.number, other=number))
    head = replace(target.head, number=made.number)
    return put(made, head) + do(audit(target, "saved_beside", made), notice)


VERBS: Final[Verbs] = {
    "article.start": start_draft,
    "article.save": save,
    "article.keep_unsaved": keep_unsaved,
    "article.drop_unsaved": drop_unsaved,
    "article.discard": discard,
}
