"""Write articles as files, and compare the texts of an article."""

import hashlib
from collections.abc import Iterable
from typing import Any

import frontmatter

from knowledge.article.article import Article


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
