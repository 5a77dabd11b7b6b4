"""Import of questions and answers as drafts: what would become of each, and the drafts themselves."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find_each
from dialogs.core.refusal import EventRefused
from dialogs.core.slug import slug
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer
from dialogs.editing.drafting import REVIEWED_AGAIN, save_draft
from dialogs.editing.form import MAX_ANSWER, MAX_PHRASING, MAX_PHRASINGS, MAX_TITLE
from dialogs.editing.listing import editable_municipalities
from dialogs.editing.markdown_files import MAX_DRAFTS, MarkdownArticle, read_articles_of
from dialogs.editing.model import ArticleHead, ArticleRevision, article_key
from dialogs.editing.target import editor_of, found_target, may_edit
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.article.article import Article, ArticleBook, Language, Source
from knowledge.article.bundle import is_markdown
from knowledge.article.importing import BadImport, ImportedPair, ImportPlace, read_pairs
from knowledge.language.masking import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleImportRow:
    """One article of an import. ``result``: ``draft``, ``unchanged``, ``has_draft``, or ``faulty`` with a note."""

    key: str
    title: str
    place: str
    phrasings: int
    result: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """The form of an import with what would become of it. ``fault``: why the text cannot be read."""

    text: str
    language: str
    municipality_id: str
    municipalities: tuple[tuple[str, str], ...]
    rows: tuple[ArticleImportRow, ...] = ()
    fault: str = ""

    @property
    def drafts(self) -> int:
        return sum(row.result == "draft" for row in self.rows)


def import_view(
    viewer: Viewer, *, text: str = "", language: str = "nb", municipality_id: str = ""
) -> Asking[ImportPage]:
    """Return what an import would do; nothing is changed."""
    viewer.require(Role.EDITOR)
    places = editable_municipalities(viewer)
    page = ImportPage(text=text, language=language, municipality_id=municipality_id, municipalities=places)
    if not text.strip():
        return page
    if not may_edit(viewer.content, viewer.person, municipality_id or None):
        raise viewer.refusal("article.not_yours")
    try:
        if is_markdown(text):
            files = read_articles_of(viewer, text, language=language, municipality_id=municipality_id or None)
            return replace(page, rows=(yield from _file_rows(viewer, files)))
        placed_articles = _read(
            viewer.content, text, language=language, municipality_id=municipality_id or None, today=viewer.at.date()
        )
    except BadImport as fault:
        return replace(page, fault=viewer.texts("article.import_bad", reason=import_fault(viewer.texts, fault)))
    keys = [article_key(article.id, article.municipality_id) for _, article in placed_articles]
    heads = yield from find_each(ArticleHead, keys)
    return replace(page, rows=tuple(_import_row(viewer, place, article, heads) for place, article in placed_articles))


def import_drafts(event: Event, content: Content) -> Flow:
    """Save the drafts of an import; an article with a draft, and what says the same already, is left alone."""
    work = UnitOfWork(event, content)
    editor = yield from editor_of(work)
    texts = content.texts[editor.language]
    pressed = event.pressed
    place = str(pressed.text("municipality_id")) or None
    if not may_edit(content, editor, place):
        raise EventRefused(do(Notice(text=texts("article.not_yours"))))
    # Not ``pressed.text``, which strips the last empty cells of a table.
    raw = pressed.data.get("text", "")
    text = str(mask(raw)) if isinstance(raw, str) else ""
    try:
        if is_markdown(text):
            spoken = str(pressed.text("language"))
            return (yield from _markdown_drafts(work, editor, text, language=spoken, place=place))
        placed_articles = _read(
            content, text, language=str(pressed.text("language")), municipality_id=place, today=event.at.date()
        )
    except BadImport as fault:
        raise EventRefused(do(Notice(text=texts("article.import_bad", reason=import_fault(texts, fault))))) from None
    number = 0
    for where, article in placed_articles:
        target = yield from found_target(work, article.id, place, editor)
        if _result(content, article, target.head) == "draft":
            draft = ArticleRevision.from_articles([article], id="", number=0, by=editor.id, at=event.at)
            reason = texts("article.imported_from", place=import_place(texts, where))
            yield from save_draft(work, target, replace(draft, reason=reason))
            number += 1
    work.do(Notice(text=texts.plural("article.imported", number)))
    return work.decision()


def _file_rows(viewer: Viewer, files: Iterable[MarkdownArticle]) -> Asking[tuple[ArticleImportRow, ...]]:
    markdown_articles = tuple(files)
    heads = yield from find_each(ArticleHead, [file.draft_key for file in markdown_articles])
    return tuple(
        ArticleImportRow(
            key=file.draft_key,
            title=file.listed_title,
            place=file.place,
            phrasings=sum(len(text.phrasings) for text in file.texts),
            result=file.result(viewer.content, heads.get(file.draft_key)),
            note=file.fault,
        )
        for file in markdown_articles
    )


def _markdown_drafts(work: UnitOfWork, editor: Person, text: str, *, language: str, place: str | None) -> Flow:
    """Save the drafts of article files; languages that a file does not have stay as they are."""
    texts = work.content.texts[editor.language]
    viewer = Viewer(person=editor, texts=texts, content=work.content, at=work.at)
    number = 0
    for file in read_articles_of(viewer, text, language=language, municipality_id=place):
        target = yield from found_target(work, file.article_id, file.municipality_id, editor)
        if file.result(work.content, target.head) == "draft":
            draft = ArticleRevision.from_articles(
                file.with_others(work.content), id="", number=0, by=editor.id, at=work.at
            )
            reason = texts("article.imported_from", place=file.place)
            yield from save_draft(work, target, replace(draft, reason=reason))
            number += 1
    work.do(Notice(text=texts.plural("article.imported", number)))
    return work.decision()


def import_fault(texts: Texts, fault: BadImport) -> str:
    """Return why a file cannot be imported, as a sentence."""
    values = {name: texts.number(value) if isinstance(value, int) else value for name, value in fault.values.items()}
    return texts(f"article.import_fault.{fault.rule}", **values)


def import_place(texts: Texts, place: ImportPlace) -> str:
    return texts(f"article.import_place.{place.kind}", number=place.number)


def articles_of_pairs(
    pairs: Iterable[ImportedPair],
    *,
    known: ArticleBook,
    taken: Collection[str],
    language: Language,
    municipality_id: str | None,
    today: date,
) -> Iterator[tuple[ImportPlace, Article]]:
    """Yield an article for each pair with its place, under an id that no other article has unless it says the same.

    ``taken``: ids that no article may have.
    """
    used = set(taken)
    for pair in pairs:
        name = slug(pair.questions[0]) or "artikkel"
        answer = str(mask(pair.answer))[:MAX_ANSWER]
        id_ = next(
            candidate
            for candidate in (name, *(f"{name[:50]}-{number}" for number in range(2, 10_002)))
            if candidate not in used and _is_free(known, candidate, municipality_id, answer)
        )
        used.add(id_)
        phrasings = tuple(str(mask(question))[:MAX_PHRASING] for question in pair.questions)[:MAX_PHRASINGS]
        article = Article(
            id=id_,
            language=language,
            title=phrasings[0][:MAX_TITLE],
            answer=answer,
            phrasings=phrasings,
            source=Source(title=str(mask(pair.source))[:MAX_TITLE]),
            changed=today,
            review_by=today + REVIEWED_AGAIN,
            municipality_id=municipality_id,
            new=municipality_id is None,
        )
        yield pair.place, article


def _is_free(known: ArticleBook, id_: str, municipality_id: str | None, answer: str) -> bool:
    texts = known.texts_of(id_, municipality_id)
    return not texts or any(text.answer == answer for text in texts)


def _read(
    content: Content, text: str, *, language: str, municipality_id: str | None, today: date
) -> list[tuple[ImportPlace, Article]]:
    """Return the articles of a text. Raises BadImport."""
    pairs = read_pairs(text, most=MAX_DRAFTS)
    return list(
        articles_of_pairs(
            pairs,
            known=content.articles,
            taken=content.actions.actions,
            language=Language.from_code(language),
            municipality_id=municipality_id,
            today=today,
        )
    )


def _import_row(
    viewer: Viewer, place: ImportPlace, article: Article, heads: Mapping[str, ArticleHead]
) -> ArticleImportRow:
    key = article_key(article.id, article.municipality_id)
    return ArticleImportRow(
        key=key,
        title=article.title,
        place=import_place(viewer.texts, place),
        phrasings=len(article.phrasings),
        result=_result(viewer.content, article, heads.get(key)),
    )


def _result(content: Content, article: Article, head: ArticleHead | None) -> str:
    if head is not None and head.draft_id is not None:
        return "has_draft"
    live = {text.language: text for text in content.articles.texts_of(article.id, article.municipality_id)}
    there = live.get(article.language)
    return "unchanged" if there is not None and there.answer == article.answer else "draft"


VERBS: Final[Verbs] = {"article.import": import_drafts}
