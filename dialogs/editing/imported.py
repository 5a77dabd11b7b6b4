"""Import of articles as drafts, from files or pairs: what would become of each, the drafts, and to undo them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.import_preview import ImportResult, pasted_text, to_apply
from dialogs.core.person import Role
from dialogs.core.query import Asking, Flow, find_all, find_each, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.slug import slug
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.editing.drafting import REVIEWED_AGAIN, save_draft
from dialogs.editing.duplicates import ArticleDuplicate, find_duplicates
from dialogs.editing.form import MAX_ANSWER, MAX_PHRASING, MAX_PHRASINGS, MAX_REASON, MAX_TITLE
from dialogs.editing.listing import editable_municipalities
from dialogs.editing.model import IMPORTED, ArticleHead, ArticleRevision, article_key
from dialogs.editing.target import audit, editor_of, end_use, found_target, may_edit
from dialogs.editing.validation import problem_of
from knowledge.article.article import Article, ArticleBook, ArticleFault, Language, Source
from knowledge.article.bundle import BundledFile, is_markdown, read_bundle
from knowledge.article.importing import BadImport, ImportedPair, ImportPlace, ImportRule, read_pairs
from knowledge.article.sections import UnreadPart
from knowledge.language.masking import mask

# Drafts of one press; a larger file is imported by ``heia kb import``.
MAX_DRAFTS: Final = 200
_UNNAMED: Final = "artikkel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedArticle:
    """An article of an import, in the languages it has.

    Attributes:
        published: what readers get now in place of each of ``texts``.
        is_pair: only its answer is compared; it has no texts in other languages.
        note: why it cannot be saved; empty if it can.
        unread: what of its place could not be read, as a sentence.
        like: the article that says the same; ``taken``: the editor wants both.
        result: of ``planned``.
    """

    key: str
    article_id: str
    municipality_id: str | None
    texts: tuple[Article, ...]
    published: tuple[Article | None, ...]
    place: str
    is_pair: bool = False
    note: str = ""
    unread: str = ""
    like: ArticleDuplicate | None = None
    taken: bool = False
    result: ImportResult = ImportResult.DRAFT

    @property
    def listed_title(self) -> str:
        return self.texts[0].title if self.texts else self.place

    @property
    def phrasings(self) -> int:
        return sum(len(text.phrasings) for text in self.texts)

    def planned(self, head: ArticleHead | None) -> Self:
        """Return the article with what would become of it."""
        if self.note:
            return replace(self, result=ImportResult.REFUSED)
        if head is not None and head.draft_id is not None:
            return replace(self, result=ImportResult.HAS_DRAFT)
        if all(map(self._is_same, self.published, self.texts)):
            return replace(self, result=ImportResult.UNCHANGED)
        is_double = self.like is not None and not self.taken
        return replace(self, result=ImportResult.DUPLICATE if is_double else ImportResult.DRAFT)

    def _is_same(self, published: Article | None, text: Article) -> bool:
        if published is None or published.answer != text.answer:
            return False
        return self.is_pair or (published.title, published.phrasings) == (text.title, text.phrasings)

    def with_others(self, content: Content) -> tuple[Article, ...]:
        """Return its texts, and the published ones in other languages."""
        live = () if self.is_pair else content.articles.texts_of(self.article_id, self.municipality_id)
        whole = {text.language: text for text in (*live, *self.texts)}
        return tuple(whole[language] for language in Language if language in whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """The form of an import with what would become of it.

    ``fault``: why the text cannot be read. ``before``: the imports that can be undone, newest first.
    """

    text: str
    language: str
    municipality_id: str
    municipalities: tuple[tuple[str, str], ...]
    rows: tuple[ImportedArticle, ...] = ()
    fault: str = ""
    before: tuple["EarlierImport", ...] = ()

    @property
    def drafts(self) -> int:
        return len(to_apply(self.rows))

    @property
    def duplicates(self) -> int:
        return sum(row.like is not None for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierImport:
    """An import with drafts that nobody has changed. ``about``: its time, and the title of the first draft."""

    id: str
    about: str
    drafts: int


def import_view(
    viewer: Viewer, *, text: str = "", language: str = "nb", municipality_id: str = "", taken: str = ""
) -> Asking[ImportPage]:
    """Return what an import would do; nothing is changed.

    Args:
        taken: keys of duplicates that the editor wants all the same, with commas.
    """
    viewer.require(Role.EDITOR)
    places = editable_municipalities(viewer)
    page = ImportPage(
        text=text,
        language=language,
        municipality_id=municipality_id,
        municipalities=places,
        before=(yield from _earlier_imports(viewer)),
    )
    if not text.strip():
        return page
    if not may_edit(viewer.content, viewer.person, municipality_id or None):
        raise viewer.refusal("article.not_yours")
    try:
        articles = _read(viewer, text, language=language, municipality_id=municipality_id or None)
    except BadImport as fault:
        return replace(page, fault=_unreadable(viewer.texts, fault))
    compared = yield from _with_duplicates(viewer, articles, taken)
    return replace(page, rows=(yield from plan_articles(compared)))


def _earlier_imports(viewer: Viewer) -> Asking[tuple[EarlierImport, ...]]:
    """Return the imports whose unchanged drafts the editor may all discard."""
    drafts = yield from find_all(ArticleRevision, IMPORTED)
    by_import: dict[str, list[ArticleRevision]] = {}
    for draft in sorted(drafts, key=lambda draft: (draft.made_at, draft.id), reverse=True):
        by_import.setdefault(draft.import_id or "", []).append(draft)
    texts = viewer.texts
    return tuple(
        EarlierImport(
            id=id_,
            about=f"{texts.moment(made[-1].made_at)}: {made[-1].heading(texts.language)}",
            drafts=len(made),
        )
        for id_, made in by_import.items()
        if all(may_edit(viewer.content, viewer.person, draft.municipality_id) for draft in made)
    )


def _with_duplicates(
    viewer: Viewer, articles: Sequence[ImportedArticle], taken: str
) -> Asking[Sequence[ImportedArticle]]:
    """Return the articles with those that say the same; ``taken``: keys that are wanted all the same."""
    chosen = frozenset(taken.split(","))
    sound = [article.texts[0] for article in articles if article.texts and not article.note]
    duplicates = yield from find_duplicates(viewer, sound)
    return [replace(article, like=duplicates.get(article.key), taken=article.key in chosen) for article in articles]


def plan_articles(articles: Sequence[ImportedArticle]) -> Asking[tuple[ImportedArticle, ...]]:
    """Return each article with what would become of it."""
    heads = yield from find_each(ArticleHead, [article.key for article in articles])
    return tuple(article.planned(heads.get(article.key)) for article in articles)


def import_drafts(event: Event, content: Content) -> Flow:
    """Save the drafts of an import; an article with a draft, and what is there already, is left alone."""
    editor = yield from editor_of(event, content)
    texts = content.texts[editor.language]
    viewer = Viewer(person=editor, texts=texts, content=content, at=event.at)
    place = str(event.pressed.text("municipality_id")) or None
    if not may_edit(content, editor, place):
        raise viewer.refusal("article.not_yours")
    language = str(event.pressed.text("language"))
    try:
        articles = _read(viewer, pasted_text(event), language=language, municipality_id=place)
    except BadImport as fault:
        raise EventRefused(do(Notice(text=_unreadable(texts, fault)))) from None
    number, decision, import_id = 0, NOTHING, (yield from new_id("import"))
    for article in (yield from _with_duplicates(viewer, articles, str(event.pressed.text("take")))):
        target = yield from found_target(event, content, article.article_id, article.municipality_id, editor=editor)
        if article.planned(target.head).result is ImportResult.DRAFT:
            written = article.with_others(content)
            draft = ArticleRevision.from_articles(written, id="", number=0, by=editor.id, at=event.at)
            reason = ". ".join(filter(None, (texts("article.imported_from", place=article.place), article.unread)))
            told = replace(draft, reason=reason[:MAX_REASON])
            _, saved = yield from save_draft(target, told, import_id=import_id)
            number, decision = number + 1, decision + saved
    return decision + do(Notice(text=texts.plural("article.imported", number)))


def undo_import(event: Event, content: Content) -> Flow:
    """Discard the drafts of an import; what was changed, published or discarded since is left alone."""
    editor = yield from editor_of(event, content)
    texts, import_id = content.texts[editor.language], str(event.pressed.text("import_id"))
    made = yield from find_all(ArticleRevision, f"import:{import_id}")
    if not all(may_edit(content, editor, draft.municipality_id) for draft in made):
        raise EventRefused(do(Notice(text=texts("article.not_yours"))))
    undone, decision = 0, NOTHING
    for draft in made:
        target = yield from found_target(event, content, draft.article_id, draft.municipality_id, editor=editor)
        if target.head.draft_id == draft.id:
            decision += (yield from end_use(draft.id)) + put(replace(target.head, draft_id=None))
            decision += do(audit(target, "discarded"))
            undone += 1
    told = texts.plural("article.import_undone", undone) if undone else texts("article.import_nothing_left")
    if undone and len(made) > undone:
        told = f"{told} {texts.plural('article.import_kept', len(made) - undone)}"
    return decision + do(Notice(text=told))


def _unreadable(texts: Texts, fault: BadImport) -> str:
    return texts("article.import_bad", reason=import_fault(texts, fault))


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
) -> Iterator[tuple[ImportedPair, Article]]:
    """Yield each pair and its article, under an id that no other article has unless it says the same.

    ``taken``: ids that no article may have.
    """
    used = set(taken)
    for pair in pairs:
        name = slug(pair.questions[0]) or _UNNAMED
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
        yield pair, article


def _is_free(known: ArticleBook, id_: str, municipality_id: str | None, answer: str) -> bool:
    texts = known.texts_of(id_, municipality_id)
    return not texts or any(text.answer == answer for text in texts)


def _read(viewer: Viewer, text: str, *, language: str, municipality_id: str | None) -> Sequence[ImportedArticle]:
    """Return the articles of a text. Raises BadImport.

    Args:
        language: of pairs, and of a single file without a name.
        municipality_id: gets the pairs, and the files that name no municipality.
    """
    content, spoken = viewer.content, Language.from_code(language)
    if is_markdown(text):
        return _read_files(viewer, read_bundle(text, language=spoken, stem=_UNNAMED), municipality_id)
    pairs = articles_of_pairs(
        read_pairs(text, most=MAX_DRAFTS),
        known=content.articles,
        taken=content.actions.actions,
        language=spoken,
        municipality_id=municipality_id,
        today=viewer.at.date(),
    )
    texts = viewer.texts
    return [
        replace(
            imported_article((article,), content.articles),
            is_pair=True,
            place=import_place(texts, pair.place),
            note="" if article.answer else texts("article.import_empty"),
            unread=unread_told(texts, pair),
        )
        for pair, article in pairs
    ]


def unread_told(texts: Texts, pair: ImportedPair) -> str:
    """Return what of a pair's place the article lacks, as a sentence; empty if nothing."""
    parts = [texts.plural(f"article.unread.{part}", pair.unread[part]) for part in UnreadPart if part in pair.unread]
    if len(pair.answer) > MAX_ANSWER:
        parts.append(texts("article.unread_rest", most=texts.number(MAX_ANSWER)))
    return texts("article.unread", parts=", ".join(parts)) if parts else ""


def imported_article(texts: tuple[Article, ...], book: ArticleBook) -> ImportedArticle:
    """Return an article of an import beside the published texts of exactly its municipality; the place is missing."""
    article_id, owner = texts[0].id, texts[0].municipality_id
    live = {text.language: text for text in book.texts_of(article_id, owner)}
    published = tuple(live.get(text.language) for text in texts)
    return ImportedArticle(
        key=article_key(article_id, owner),
        article_id=article_id,
        municipality_id=owner,
        texts=texts,
        published=published,
        place="",
    )


def _read_files(viewer: Viewer, files: Iterable[BundledFile], municipality_id: str | None) -> Sequence[ImportedArticle]:
    articles: dict[str, ImportedArticle] = {}
    for file in files:
        article = _article_of_file(viewer, file, municipality_id)
        before = articles.get(article.key)
        if before is not None:
            article = replace(
                before,
                texts=before.texts + article.texts,
                published=before.published + article.published,
                note=" ".join(filter(None, (before.note, article.note))),
            )
        articles[article.key] = article
    if len(articles) > MAX_DRAFTS:
        raise BadImport(ImportRule.TOO_MANY, number=len(articles), most=MAX_DRAFTS)
    return tuple(articles.values())


def _article_of_file(viewer: Viewer, file: BundledFile, municipality_id: str | None) -> ImportedArticle:
    texts, content = viewer.texts, viewer.content
    stem = file.name.rsplit("/", 1)[-1].removesuffix(".md")
    article_id, _, owner = stem.partition("@")
    if article_id == _UNNAMED and file.article is not None:
        article_id = slug(file.article.title) or _UNNAMED
    place = owner or municipality_id
    note = " ".join(problem_of(fault).told(texts) if fault.field else _line(texts, fault) for fault in file.faults[:3])
    if not may_edit(content, viewer.person, place):
        note = texts("article.not_yours")
    elif place is not None and place not in content.organisation.municipalities:
        note = texts("article.import_no_municipality", id=place)
    elif article_id in content.actions.actions:
        note = texts("article.fault.action_id")
    written: tuple[Article, ...] = ()
    if file.article is not None:
        source = replace(file.article.source, title=str(mask(file.article.source.title)))
        written = (replace(masked_article(file.article), id=article_id, municipality_id=place, source=source),)
    return ImportedArticle(
        key=article_key(article_id, place),
        article_id=article_id,
        municipality_id=place,
        texts=written,
        # What readers get: a municipality's copy of a text for everyone would only grow old.
        published=tuple(content.articles.get(article_id, text.language, place) for text in written),
        place=texts("article.import_place.file", number=file.name.removeprefix("articles/")),
        note=note,
    )


def masked_article(article: Article) -> Article:
    """Return the article without numbers of people, as everything is before it is stored."""
    return replace(
        article,
        title=str(mask(article.title)),
        answer=str(mask(article.answer)),
        phrasings=tuple(str(mask(phrasing)) for phrasing in article.phrasings),
    )


def _line(texts: Texts, fault: ArticleFault) -> str:
    key = f"article.import_file.{fault.rule}"
    if key in texts.sentences:
        return texts(key)
    return texts("article.import_file.line", line=fault.line, reason=fault.reason)


VERBS: Final[Verbs] = {"article.import": import_drafts, "article.undo_import": undo_import}
