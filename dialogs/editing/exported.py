"""Export of the articles that an editor may change: as files, and as a table that the import reads."""

from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.editing.target import may_edit
from dialogs.insight.table import BYTE_ORDER_MARK
from knowledge.article.article import Article
from knowledge.article.writing import article_text, file_name
from knowledge.organisation.importers.rows import csv_of_rows

_COLUMNS = ("question", "answer", "source", "id", "title", "language", "municipality", "review_by")


def exported_files(viewer: Viewer) -> Asking[tuple[tuple[str, str], ...]]:
    """Return name and text of each published article's file that the editor may change. Raises EventRefused."""
    articles = yield from _editable(viewer)
    return tuple((file_name(article), article_text(article)) for article in articles)


def exported_table(viewer: Viewer) -> Asking[str]:
    """Return these articles as CSV, with one row for each phrasing. Raises EventRefused."""
    articles, texts = (yield from _editable(viewer)), viewer.texts
    rows = [
        (
            phrasing,
            article.answer,
            article.source.title,
            file_name(article).split("/")[-1].removesuffix(".md"),
            article.title,
            article.language,
            article.municipality_id or "",
            article.review_by.isoformat(),
        )
        for article in articles
        for phrasing in article.phrasings or (article.title,)
    ]
    header = [texts(f"article.export.{column}") for column in _COLUMNS]
    return BYTE_ORDER_MARK + csv_of_rows(header, rows, delimiter=";", end="\r\n")


def _editable(viewer: Viewer) -> Asking[tuple[Article, ...]]:
    viewer.require(Role.EDITOR)
    yield from ()
    editable = (
        article
        for article in viewer.content.articles.articles.values()
        if may_edit(viewer.content, viewer.person, article.municipality_id)
    )
    return tuple(sorted(editable, key=file_name))
