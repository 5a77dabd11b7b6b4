"""Duplicates among the new articles of an import: by title, and by what Heia answers to it now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialogs.core.query import Asking, match_each
from dialogs.core.speaker import Viewer
from dialogs.editing.model import article_key
from knowledge.article.article import Article
from knowledge.language.masking import mask
from knowledge.language.text import words

# Titles that are matched at a time, so that others' questions come between.
MATCHED_AT_A_TIME: Final = 100


class DuplicateKind(StrEnum):
    """What an article shares with one that is there; each has a catalogue text, ``article.import_like.…``."""

    TITLE = "title"
    # Heia answers its title with the other one.
    ANSWER = "answer"
    # An earlier article of the same import has its title.
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDuplicate:
    """The article that is there already."""

    kind: DuplicateKind
    key: str
    title: str


def find_duplicates(viewer: Viewer, articles: Sequence[Article]) -> Asking[Mapping[str, ArticleDuplicate]]:
    """Return the duplicates of an import's articles by key; a text of a known article is none.

    Args:
        articles: one text of each article.
    """
    book = viewer.content.articles
    known = {(article.id, article.municipality_id) for article in book.articles.values()}
    new = [article for article in articles if known.isdisjoint({(article.id, None), _concerns(article)})]
    duplicates = dict(_same_titles(new, book.articles.values()))
    asked = [article for article in new if _key(article) not in duplicates]
    for place in dict.fromkeys(article.municipality_id for article in asked):
        own = [article for article in asked if article.municipality_id == place]
        for at in range(0, len(own), MATCHED_AT_A_TIME):
            duplicates |= yield from _answered(viewer, own[at : at + MATCHED_AT_A_TIME], place)
    return duplicates


def _same_titles(new: Iterable[Article], published: Iterable[Article]) -> Iterator[tuple[str, ArticleDuplicate]]:
    """Yield the key of each article with the title of a published or an earlier one of its readers."""
    titles = {
        (_plain_title(article), article.municipality_id): ArticleDuplicate(
            kind=DuplicateKind.TITLE, key=_key(article), title=article.title
        )
        for article in published
    }
    for article in new:
        title, place = _plain_title(article), article.municipality_id
        duplicate = titles.get((title, place)) or titles.get((title, None))
        if duplicate is not None:
            yield _key(article), duplicate
            continue
        titles[title, place] = ArticleDuplicate(kind=DuplicateKind.IMPORT, key=_key(article), title=article.title)


def _answered(viewer: Viewer, articles: Sequence[Article], place: str | None) -> Asking[dict[str, ArticleDuplicate]]:
    """Return the articles whose titles Heia answers with another one now."""
    content, language = viewer.content, viewer.texts.language
    reach = place or viewer.person.municipality_id
    titles = [mask(article.title) for article in articles]
    matches = yield from match_each(titles, municipality_id=reach, independent=True)
    duplicates: dict[str, ArticleDuplicate] = {}
    for article, matched in zip(articles, matches, strict=True):
        answer_id = content.policy.outcome(matched).article_id
        answer = content.articles.get(answer_id, language, reach) if answer_id else None
        if answer is not None:
            duplicates[_key(article)] = ArticleDuplicate(
                kind=DuplicateKind.ANSWER, key=_key(answer), title=answer.title
            )
    return duplicates


def _concerns(article: Article) -> tuple[str, str | None]:
    return article.id, article.municipality_id


def _key(article: Article) -> str:
    return article_key(*_concerns(article))


def _plain_title(article: Article) -> str:
    """Return a title without capitals and punctuation."""
    return " ".join(words(article.title))
