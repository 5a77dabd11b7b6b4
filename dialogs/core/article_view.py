"""Display of an article, in the bot's answer and in a helper's message."""

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.article.article import Article


def shown(texts: Texts, article: Article, *, applies_to: str | None) -> list[card.Element]:
    """Return title, answer, and source with date and scope."""
    origin = texts("ask.source", source=source_of(article), day=texts.day(article.changed))
    scope = texts("ask.applies_to", municipality=applies_to) if applies_to else texts("ask.applies_to_all")
    return [card.heading(article.title), card.paragraph(article.answer), card.small(f"{origin} · {scope}")]


def applies_to(texts: Texts, content: Content, article: Article) -> str | None:
    """Return the name of the article's municipality, or None for all."""
    municipality = content.organisation.municipalities.get(article.municipality_id or "")
    return municipality.names.text(texts.language) if municipality else None


def source_of(article: Article) -> str:
    """Return the source, as a link if it has a URL."""
    return f"[{article.source.title}]({article.source.url})" if article.source.url else article.source.title
