"""Article files of an import as an editor may bring them: one article a row, with all its languages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.core.content import Content
from dialogs.core.slug import slug
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer
from dialogs.editing.model import ArticleHead, article_key
from dialogs.editing.target import may_edit
from dialogs.editing.validation import problem_of
from knowledge.article.article import Article, ArticleFault, Language
from knowledge.article.bundle import BundledFile, read_bundle
from knowledge.article.importing import BadImport, ImportRule
from knowledge.language.masking import mask

# Drafts of one press; a larger file is imported by ``heia kb import``.
MAX_DRAFTS: Final = 200
_UNNAMED: Final = "artikkel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownArticle:
    """An article of an import. ``fault``: why it cannot be saved; empty if it can."""

    article_id: str
    municipality_id: str | None
    texts: tuple[Article, ...]
    place: str
    fault: str = ""

    @property
    def draft_key(self) -> str:
        return article_key(self.article_id, self.municipality_id)

    @property
    def listed_title(self) -> str:
        return self.texts[0].title if self.texts else self.place

    def result(self, content: Content, head: ArticleHead | None) -> str:
        """Return what would become of it: ``faulty``, ``has_draft``, ``unchanged`` or ``draft``."""
        if self.fault:
            return "faulty"
        if head is not None and head.draft_id is not None:
            return "has_draft"
        # What readers get: a municipality's copy of a text for everyone would only grow old.
        same = (content.articles.get(self.article_id, text.language, self.municipality_id) for text in self.texts)
        alike = (_words(there) == _words(text) for there, text in zip(same, self.texts, strict=True))
        return "unchanged" if all(alike) else "draft"

    def with_others(self, content: Content) -> tuple[Article, ...]:
        """Return its texts, and the published ones in other languages."""
        brought = {text.language: text for text in self.texts}
        live = content.articles.texts_of(self.article_id, self.municipality_id)
        whole = {**{text.language: text for text in live}, **brought}
        return tuple(whole[language] for language in Language if language in whole)


def read_articles_of(
    viewer: Viewer, text: str, *, language: str, municipality_id: str | None
) -> Sequence[MarkdownArticle]:
    """Return the articles of a text that ``is_markdown``, each with its faults. Raises BadImport.

    Args:
        language: of a single file without a name.
        municipality_id: gets the files that name no municipality.
    """
    files = read_bundle(text, language=Language.from_code(language), stem=_UNNAMED)
    articles: dict[str, MarkdownArticle] = {}
    for file in files:
        article = _as_article(viewer, file, municipality_id)
        before = articles.get(article.draft_key)
        if before is not None:
            article = replace(
                before,
                texts=(*before.texts, *article.texts),
                fault=" ".join(filter(None, (before.fault, article.fault))),
            )
        articles[article.draft_key] = article
    if len(articles) > MAX_DRAFTS:
        raise BadImport(ImportRule.TOO_MANY, number=len(articles), most=MAX_DRAFTS)
    return tuple(articles.values())


def _as_article(viewer: Viewer, file: BundledFile, municipality_id: str | None) -> MarkdownArticle:
    texts = viewer.texts
    stem = file.name.rsplit("/", 1)[-1].removesuffix(".md")
    article_id, _, owner = stem.partition("@")
    if article_id == _UNNAMED and file.article is not None:
        article_id = slug(file.article.title) or _UNNAMED
    place = owner or municipality_id
    fault = _told(texts, file.faults)
    if not may_edit(viewer.content, viewer.person, place):
        fault = texts("article.not_yours")
    elif place is not None and place not in viewer.content.organisation.municipalities:
        fault = texts("article.import_no_municipality", id=place)
    elif article_id in viewer.content.actions.actions:
        fault = texts("article.fault.action_id")
    masked = () if file.article is None else (_masked(file.article, article_id, place),)
    where = texts("article.import_place.file", number=file.name.removeprefix("articles/"))
    return MarkdownArticle(article_id=article_id, municipality_id=place, texts=masked, place=where, fault=fault)


def _masked(article: Article, article_id: str, municipality_id: str | None) -> Article:
    """Return the article without numbers of people, as everything is before it is stored."""
    return replace(
        article,
        id=article_id,
        municipality_id=municipality_id,
        title=str(mask(article.title)),
        answer=str(mask(article.answer)),
        phrasings=tuple(str(mask(phrasing)) for phrasing in article.phrasings),
        source=replace(article.source, title=str(mask(article.source.title))),
    )


def _told(texts: Texts, faults: Sequence[ArticleFault]) -> str:
    return " ".join(problem_of(fault).told(texts) if fault.field else _line(texts, fault) for fault in faults[:3])


def _line(texts: Texts, fault: ArticleFault) -> str:
    key = f"article.import_file.{fault.rule}"
    if key in texts.sentences:
        return texts(key)
    return texts("article.import_file.line", line=fault.line, reason=fault.reason)


def _words(article: Article | None) -> object:
    return None if article is None else (article.title, article.answer, article.phrasings)
