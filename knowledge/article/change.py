"""A change of one article: the texts that replace those of its files, or its retirement."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.article.article import Article, ArticleBook, Language


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
