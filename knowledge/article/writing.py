"""Write articles as files, compare their texts, and change one in place of its files."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import frontmatter

from knowledge.article.article import Article, ArticleBook, Language


def file_name(article: Article) -> str:
    """Return the path of an article's file in a content folder."""
    owner = f"@{article.municipality_id}" if article.municipality_id else ""
    return f"articles/{article.language}/{article.id}{owner}.md"


def article_text(article: Article) -> str:
    """Return an article as the text of its file, which ``parse_article`` reads back as the same article."""
    source: dict[str, Any] = {"title": article.source.title}
    if article.source.url:
        source["url"] = article.source.url
    if article.source.day:
        source["date"] = article.source.day
    fields: dict[str, Any] = {"title": article.title, "changed": article.changed, "review_by": article.review_by}
    if article.source.title:
        fields["source"] = source
    if article.topics:
        fields["topics"] = list(article.topics)
    if article.related:
        fields["related"] = list(article.related)
    if article.button is not None:
        fields["button"] = {"title": article.button.title, "action": article.button.action}
    for name in ("sample", "new"):
        if getattr(article, name):
            fields[name] = True
    fields["phrasings"] = list(article.phrasings)
    text = frontmatter.dumps(frontmatter.Post(article.answer, **fields), allow_unicode=True, sort_keys=False, width=120)
    return f"{text}\n"


def digest_of(articles: Iterable[Article]) -> str:
    """Return a digest of what the texts say, in any order; empty without texts."""
    texts = sorted(f"{file_name(article)}\n{article_text(article)}" for article in articles)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32] if texts else ""


# A change of one article: the texts that replace those of its files, or its retirement.


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """The state of one article in all its languages, for everyone or for one municipality.

    ``articles`` are the texts, one a language; without any the article is retired. ``redirect`` is the article that
    answers in the place of a retired one, and is then asked by ``phrasings``, too.
    """

    article_id: str
    municipality_id: str | None = None
    articles: tuple[Article, ...] = ()
    redirect: str | None = None
    phrasings: tuple[tuple[Language, str], ...] = ()

    @classmethod
    def from_articles(cls, articles: Iterable[Article]) -> "tuple[ArticleChange, ...]":
        """Return the changes that publish these texts, one for each article and municipality."""
        by_article: dict[tuple[str, str | None], list[Article]] = {}
        for article in articles:
            by_article.setdefault((article.id, article.municipality_id), []).append(article)
        return tuple(
            cls(article_id=id_, municipality_id=municipality, articles=tuple(texts))
            for (id_, municipality), texts in by_article.items()
        )

    @property
    def concerns(self) -> tuple[str, str | None]:
        """The article and the municipality it is for."""
        return self.article_id, self.municipality_id

    def applied_to(self, book: ArticleBook) -> ArticleBook:
        """Return the book with this change."""
        kept = {
            key: article
            for key, article in book.articles.items()
            if (article.id, article.municipality_id) != self.concerns
        }
        kept |= {(article.id, article.language, article.municipality_id): article for article in self.articles}
        redirects = {old: new for old, new in book.redirects.items() if old != self.article_id}
        if not self.articles and self.redirect and self.municipality_id is None:
            redirects[self.article_id] = self.redirect
        return ArticleBook(articles=kept, redirects=redirects)
