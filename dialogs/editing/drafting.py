"""Drafts: begin, save, discard. Two editors at once lose nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.query import Asking, Flow
from dialogs.editing.form import filled_in, phrasings_of
from dialogs.editing.model import ArticleRevision, ArticleText, RevisionState
from dialogs.editing.standing import standing_of_target
from dialogs.editing.target import EditTarget, append, audit, end_use, revision_of, target_of
from dialogs.editing.validation import problems_of
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.article.article import Language

# Time until an article must be looked at again, unless its editor sets another day.
REVIEWED_AGAIN: Final = timedelta(days=180)


def start_draft(event: Event, content: Content) -> Flow:
    """Begin a draft with what readers get now, or of a new article; an existing draft is kept."""
    work = UnitOfWork(event, content)
    target = yield from target_of(work)
    if (yield from revision_of(work, target.head.draft_id)) is not None and not _asked_for_more(work):
        return do(Notice(text=target.texts("article.draft_there")))
    draft = with_phrasings(work, (yield from _begun(work, target)))
    made = yield from save_draft(work, target, draft)
    work.do(Notice(text=target.texts("article.draft_started", title=made.heading(target.texts.language))))
    return work.decision()


def save(event: Event, content: Content) -> Flow:
    """Save the fields of a form as the article's draft."""
    work = UnitOfWork(event, content)
    target = yield from target_of(work)
    base_id = str(event.pressed.text("base_id")) or None
    base = yield from revision_of(work, base_id)
    if base is not None and base.key != target.head.id:
        base = None
    filled = filled_in(base or (yield from _begun(work, target)), event.pressed)
    if target.head.draft_id not in {None, base_id}:
        return (yield from _beside(work, target, filled))
    made = yield from save_draft(work, target, filled)
    faults = [problem for problem in problems_of(made, content, today=target.today) if not problem.notice]
    key = "article.saved_with_faults" if faults else "article.saved"
    work.do(Notice(text=target.texts.plural(key, len(faults)) if faults else target.texts(key)))
    return work.decision()


def discard(event: Event, content: Content) -> Flow:
    """Drop the draft; it stays in the history for a while."""
    work = UnitOfWork(event, content)
    target = yield from target_of(work)
    if target.head.draft_id is None:
        return do(Notice(text=target.texts("article.no_draft")))
    yield from end_use(work, target.head.draft_id)
    work.put(replace(target.head, draft_id=None))
    audit(work, target, "discarded")
    work.do(Notice(text=target.texts("article.discarded")))
    return work.decision()


def save_draft(work: UnitOfWork, target: EditTarget, draft: ArticleRevision) -> Asking[ArticleRevision]:
    """Make ``draft`` the article's draft."""
    fresh = replace(
        draft,
        state=RevisionState.DRAFT,
        base_id=draft.id or None,
        in_use=True,
        publish_at=None,
        redirect=None,
        file_digest="",
    )
    made = yield from append(work, target, fresh)
    yield from end_use(work, target.head.draft_id)
    work.put(replace(target.head, number=made.number, draft_id=made.id))
    audit(work, target, "saved", made)
    return made


def with_phrasings(work: UnitOfWork, draft: ArticleRevision) -> ArticleRevision:
    """Return the draft with the title, answer and phrasings that the press adds.

    ``phrasings`` are in the press's ``language``, ``phrasings_nb`` and so on in theirs.
    """
    pressed = work.event.pressed
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


def _asked_for_more(work: UnitOfWork) -> bool:
    return any(name.startswith("phrasings") and work.event.pressed.text(name) for name in work.event.pressed.data)


def _begun(work: UnitOfWork, target: EditTarget) -> Asking[ArticleRevision]:
    """Return the draft that is there, else the planned text, else what readers get, else an empty article."""
    standing = yield from standing_of_target(work, target)
    if standing.unpublished is not None:
        return standing.unpublished
    revision = standing.text_to_edit(work.content, work.at)
    if revision is not None:
        # The day of the last review stays until publication.
        return replace(revision, review_by=max(revision.review_by, target.today + REVIEWED_AGAIN))
    return ArticleRevision(
        id="",
        article_id=target.article_id,
        municipality_id=target.municipality_id,
        number=0,
        state=RevisionState.DRAFT,
        texts=(ArticleText(language=target.texts.language),),
        new=target.municipality_id is None,
        changed=target.today,
        review_by=target.today + REVIEWED_AGAIN,
        owner_id=target.editor.id if target.editor else None,
        by="",
        made_at=work.at,
    )


def _beside(work: UnitOfWork, target: EditTarget, filled: ArticleRevision) -> Flow:
    """Keep the text beside a draft that another editor saved meanwhile, so that both can be compared."""
    theirs = yield from revision_of(work, target.head.draft_id)
    fresh = replace(filled, state=RevisionState.DRAFT, base_id=filled.id or None, in_use=False, publish_at=None)
    made = yield from append(work, target, fresh)
    work.put(replace(target.head, number=made.number))
    audit(work, target, "saved_beside", made)
    number = theirs.number if theirs is not None else 0
    work.do(Notice(text=target.texts("article.saved_beside", own=made.number, other=number)))
    return work.decision()


VERBS: Final[Verbs] = {"article.start": start_draft, "article.save": save, "article.discard": discard}
