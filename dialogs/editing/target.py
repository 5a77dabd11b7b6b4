"""The article that an editor acts on, after the check of role and municipality."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from dialogs.editing.model import ArticleHead, ArticleRevision, KnowledgeEdition, article_key, ended
from dialogs.editing.taken import taken_in
from dialogs.handoff.refusal import refusal
from knowledge.article.article import Article, Language
from knowledge.language.masking import mask


def may_edit(content: Content, editor: Person, municipality_id: str | None) -> bool:
    """Return whether an editor may change the texts of a municipality; None: those for everyone."""
    own = editor.municipality_id
    return own is not None and (municipality_id == own or content.organisation.provides(own))


def seen_head(content: Content, reader: Person, head: ArticleHead) -> ArticleHead:
    """Return the head of an article as an editor may see it: drafts only with the right to edit."""
    if may_edit(content, reader, head.municipality_id):
        return head
    return replace(head, draft_id=None, scheduled_id=None, scheduled_at=None)


def pressed_by_editor(event: Event, _: Content) -> Asking[bool]:
    """Return whether an editor presses; others are refused by the flow."""
    person = yield from find(Person, event.person_id)
    return person is not None and person.has(Role.EDITOR)


def editor_of(event: Event, content: Content) -> Asking[Person]:
    """Return the acting editor, or raise the refusal."""
    speaker = yield from speaker_of(event, content)
    person = speaker.person
    if not person.has(Role.EDITOR) or person.municipality_id is None or person.left:
        raise EventRefused(refusal(event, speaker.texts, "not_editor", "articles"))
    return person


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTarget:
    """An article, its head, and the editor that acts on it; ``editor`` is None for a timer."""

    event: Event
    content: Content
    article_id: str
    municipality_id: str | None
    head: ArticleHead
    editor: Person | None
    texts: Texts
    today: date

    @property
    def file_texts(self) -> tuple[Article, ...]:
        """The article as its files have it."""
        return self.content.files.texts_of(self.article_id, self.municipality_id)


def target_of(event: Event, content: Content) -> Asking[EditTarget]:
    """Return the pressed article, or raise the refusal."""
    editor = yield from editor_of(event, content)
    pressed, texts = event.pressed, content.texts[editor.language]
    article_id, municipality = str(pressed.text("article_id")), str(pressed.text("municipality_id"))
    municipality_id = municipality or None
    known = municipality_id is None or municipality_id in content.organisation.municipalities
    if not article_id or not known:
        raise EventRefused(refusal(event, texts, "no_article", article_id))
    if not may_edit(content, editor, municipality_id):
        audit = Audit(
            act="article.refused",
            subject=mask(article_key(article_id, municipality_id), most=120),
            by=editor.id,
            details=(("verb", pressed.verb),),
            repeatable=True,
        )
        raise EventRefused(do(Notice(text=texts("article.not_yours")), audit))
    return (yield from found_target(event, content, article_id, municipality_id, editor=editor))


def found_target(
    event: Event, content: Content, article_id: str, municipality_id: str | None, *, editor: Person | None
) -> Asking[EditTarget]:
    """Return an article without a check."""
    key = article_key(article_id, municipality_id)
    head = (yield from find(ArticleHead, key)) or ArticleHead(
        id=key, article_id=article_id, municipality_id=municipality_id
    )
    day = today(content, (editor.municipality_id if editor else municipality_id) or "", event.at)
    return EditTarget(
        event=event,
        content=content,
        article_id=article_id,
        municipality_id=municipality_id,
        head=head,
        editor=editor,
        texts=content.texts[editor.language if editor else Language.NB],
        today=day,
    )


def revision_begun(
    content: Content, head: ArticleHead, live: ArticleRevision | None, at: datetime
) -> ArticleRevision | None:
    """Return what readers get now, from the store or the files; for a municipality else the text for everyone."""
    if live is not None:
        return live
    articles = content.files.texts_of(head.article_id, head.municipality_id)
    if articles:
        return ArticleRevision.from_articles(articles, id="", number=0, by="", at=at)
    shared = content.articles.texts_of(head.article_id)
    if not shared or head.municipality_id is None:
        return None
    # A municipality's own text begins with the one for everyone: those phrasings find it anyway.
    first = ArticleRevision.from_articles(shared, id="", number=0, by="", at=at)
    texts = tuple(replace(text, phrasings=()) for text in first.texts)
    return replace(first, municipality_id=head.municipality_id, texts=texts, new=False)


def revision_of(id_: str | None) -> Asking[ArticleRevision | None]:
    return (yield from find(ArticleRevision, id_)) if id_ else None


def next_revision(
    target: EditTarget, revision: ArticleRevision, *, reason: str = "", import_id: str | None = None
) -> Asking[ArticleRevision]:
    """Return a revision as a new one with the next number. The head is the caller's."""
    made = replace(
        revision,
        id=(yield from new_id("revision")),
        article_id=target.article_id,
        municipality_id=target.municipality_id,
        number=target.head.number + 1,
        by=target.editor.id if target.editor else revision.by,
        made_at=target.event.at,
        reason=reason or revision.reason,
        import_id=import_id,
    )
    of = target.editor.municipality_id if target.editor else target.municipality_id
    return replace(made, taken=(yield from taken_in(made, of)))


def end_use(id_: str | None) -> Asking[Decision]:
    """End the use of a revision, so that its time in the store begins."""
    revision = yield from revision_of(id_)
    return put(ended(revision)) if revision is not None and revision.in_use else NOTHING


def count_edition(at: datetime) -> Asking[Decision]:
    """Let every process read the live revisions again."""
    edition = (yield from find(KnowledgeEdition, KnowledgeEdition.ID)) or KnowledgeEdition()
    return put(edition.next_at(at))


def audit(target: EditTarget, act: str, revision: ArticleRevision | None = None) -> Audit:
    """Return the audit entry of an act."""
    details = () if revision is None else (("revision", revision.id), ("number", str(revision.number)))
    by = target.event.person_id or "clock"
    return Audit(act=f"article.{act}", subject=target.head.id, by=by, details=details)
