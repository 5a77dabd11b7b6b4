"""The list of articles for their editors, with their use, and the export of those an editor may change."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from dialogs.core.data_rules import latest_month_terms
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all, find_each, match
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.editing.model import EVERY, ArticleHead, ArticleRevision, article_key
from dialogs.editing.standing import ArticleStanding, named_ids, standing_of
from dialogs.editing.target import may_edit, seen_head
from dialogs.insight.model import ClosedPeriod, period_id
from dialogs.insight.suppression import CountedOutcome, Helpfulness, part
from dialogs.insight.table import BYTE_ORDER_MARK
from knowledge.article.article import Article, Language
from knowledge.article.writing import article_text, file_name
from knowledge.language.masking import mask
from knowledge.organisation.importers.rows import csv_of_rows

# How much articles were used, from the published statistics.

MONTHS: Final = 12
# Shares of fewer answers say little.
LEAST_ANSWERS: Final = 10
UNHELPFUL_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleUsage:
    """Answers of the closed months of the last year, as far as they are published.

    ``used``: articles that answered at all. ``hidden``: those with an unpublished number in a month. ``known``:
    whether a month is closed.
    """

    answers: Mapping[str, int] = field(default_factory=dict)
    not_helped: Mapping[str, int] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    known: bool = False

    def is_unhelpful(self, article_id: str) -> bool:
        """Return whether many readers of the answer say that it did not help."""
        answers = self.answers.get(article_id, 0)
        return answers >= LEAST_ANSWERS and self.not_helped.get(article_id, 0) >= UNHELPFUL_SHARE * answers

    def is_unused(self, article_id: str) -> bool:
        return self.known and article_id not in self.used

    def answers_told(self, article_id: str, texts: Texts) -> str:
        """Return the number of answers in words, as the overview says it."""
        number = self.answers.get(article_id, 0)
        if not self.known:
            return texts("article.unknown")
        if article_id not in self.hidden:
            return texts.number(number)
        return texts("insight.at_least", number=texts.number(number)) if number else texts("insight.hidden")


def usage_for(viewer: Viewer, municipality_ids: tuple[str, ...]) -> Asking[ArticleUsage]:
    """Return the usage in these municipalities."""
    months = [term.removeprefix("month:") for term in latest_month_terms(viewer.at, months=MONTHS + 1)]
    ids = [period_id(municipality_id, month) for municipality_id in municipality_ids for month in months]
    periods = (yield from find_each(ClosedPeriod, ids)).values()
    answers: Counter[str] = Counter()
    not_helped: Counter[str] = Counter()
    used: set[str] = set()
    hidden: set[str] = set()
    for closed in periods:
        for cell, number in closed.cells.items():
            above, _, article_id = cell.partition("#")
            if not article_id:
                continue
            if cell == part(CountedOutcome.ANSWER, article_id):
                used.add(article_id)
                answers[article_id] += number or 0
                if number is None:
                    hidden.add(article_id)
            elif above == Helpfulness.NOT_HELPED:
                not_helped[article_id] += number or 0
    return ArticleUsage(
        answers=answers,
        not_helped=not_helped,
        used=frozenset(used),
        hidden=frozenset(hidden),
        known=bool(periods),
    )


A_YEAR: Final = timedelta(days=365)


class ArticleFilter(StrEnum):
    """Part of the list."""

    ALL = "all"
    REVIEW = "review"
    LANGUAGE = "language"
    UNHELPFUL = "unhelpful"
    UNUSED = "unused"
    OVERRIDE = "override"
    DRAFT = "draft"
    FILE_CHANGED = "file_changed"
    MINE = "mine"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """One article in the list.

    Attributes:
        municipality: name of the municipality that owns the text; empty for everyone, as its id is.
        missing, behind: languages without a text, and with one that is older than another's.
        origin: key of the state as a word.
        answers: published number of answers in the last year, in words.
    """

    key: str
    article_id: str
    title: str
    municipality_id: str
    municipality: str
    topics: tuple[str, ...]
    missing: tuple[str, ...]
    behind: tuple[str, ...]
    review_by: str
    review_due: bool
    origin: str
    draft: bool
    scheduled: str
    file_changed: bool
    answers: str
    unhelpful: bool
    unused: bool
    owner: str
    own: bool
    override: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesPage:
    """The list as an editor sees it.

    Attributes:
        place, topic: chosen of ``places`` and ``topics``, those in the list; empty: any.
        counts: of each filter among what words, place and topic leave.
        municipalities: the editor may write their texts; empty id: everyone's.
    """

    rows: Paged[ArticleRow]
    words: str
    chosen: ArticleFilter
    place: str
    places: tuple[tuple[str, str], ...]
    topic: str
    topics: tuple[str, ...]
    municipalities: tuple[tuple[str, str], ...]
    counts: Mapping[ArticleFilter, int]


# As a place: the texts for everyone. No municipality has this id.
FOR_ALL: Final = "+all"


def articles_view(
    viewer: Viewer, *, words: str = "", chosen: str = "", place: str = "", topic: str = "", number: int = 1
) -> Asking[ArticlesPage]:
    """Return the articles that the editor may read, those that the words ask for first.

    Args:
        place: municipality id, or ``FOR_ALL``; with ``topic`` and ``chosen`` the list has what meets all of them.
    """
    viewer.require(Role.EDITOR)
    stored_heads = yield from find_all(ArticleHead, EVERY)
    seen = (seen_head(viewer.content, viewer.person, head) for head in stored_heads)
    heads = {head.id: head for head in seen if named_ids(head)}
    ids = {id_ for head in heads.values() for id_ in named_ids(head)}
    revisions = yield from find_each(ArticleRevision, sorted(ids))
    places = editable_municipalities(viewer)
    usage = yield from usage_for(viewer, tuple(id_ for id_, _ in places if id_) or _own(viewer))
    owner_ids = sorted({revision.owner_id for revision in revisions.values() if revision.owner_id})
    owners = yield from find_each(Person, owner_ids)
    standings = [
        standing_of(viewer.content, head, revisions) for head in _listed_heads(viewer, heads, frozenset(places))
    ]
    listed = [_article_row(viewer, standing, usage=usage, owners=owners) for standing in standings]
    ordered = sorted(listed, key=lambda row: row.title.lower())
    if words:
        ordered = yield from _searched(viewer, ordered, _texts_by_key(viewer, standings), words)
    rows = [row for row in ordered if _is_of(row, place, topic)]
    part = ArticleFilter(chosen) if chosen in set(ArticleFilter) else ArticleFilter.ALL
    return ArticlesPage(
        rows=paged([row for row in rows if _is_in(row, part)], number),
        words=words,
        chosen=part,
        place=place,
        places=_listed_places(viewer, listed),
        topic=topic,
        topics=tuple(sorted({topic for row in listed for topic in row.topics})),
        municipalities=places,
        counts={article_filter: sum(_is_in(row, article_filter) for row in rows) for article_filter in ArticleFilter},
    )


def _listed_places(viewer: Viewer, rows: Sequence[ArticleRow]) -> tuple[tuple[str, str], ...]:
    """Return id and name of the places that have a text in the list, those for everyone first."""
    named = {row.municipality_id or FOR_ALL: row.municipality or viewer.texts("article.for_all") for row in rows}
    return tuple(sorted(named.items(), key=lambda place: (place[0] != FOR_ALL, place[1])))


def _is_of(row: ArticleRow, place: str, topic: str) -> bool:
    is_there = not place or (row.municipality_id or FOR_ALL) == place
    return is_there and (not topic or topic in row.topics)


def editable_municipalities(viewer: Viewer) -> tuple[tuple[str, str], ...]:
    """Return id and name of what an editor may write for; the empty id stands for everyone."""
    known = viewer.content.organisation.municipalities
    language = viewer.texts.language
    editable = [
        (id_, municipality.names.text(language))
        for id_, municipality in known.items()
        if may_edit(viewer.content, viewer.person, id_)
    ]
    everyone = [("", viewer.texts("article.for_all"))] if may_edit(viewer.content, viewer.person, None) else []
    return (*everyone, *editable)


def _own(viewer: Viewer) -> tuple[str, ...]:
    return (viewer.person.municipality_id,) if viewer.person.municipality_id else ()


def _listed_heads(
    viewer: Viewer, heads: Mapping[str, ArticleHead], places: Collection[tuple[str, str]]
) -> Iterator[ArticleHead]:
    """Yield the heads of articles for everyone, and of the municipalities that the editor writes for."""
    own = {id_ for id_, _ in places if id_}
    keys = {(article.id, article.municipality_id) for article in viewer.content.articles.articles.values()}
    keys |= {(head.article_id, head.municipality_id) for head in heads.values()}
    keys |= {(article.id, article.municipality_id) for article in viewer.content.files.articles.values()}
    for article_id, municipality_id in sorted(keys, key=lambda key: (key[0], key[1] or "")):
        if municipality_id is None or municipality_id in own:
            key = article_key(article_id, municipality_id)
            yield heads.get(key) or ArticleHead(id=key, article_id=article_id, municipality_id=municipality_id)


def _article_row(
    viewer: Viewer, standing: ArticleStanding, *, usage: ArticleUsage, owners: Mapping[str, Person]
) -> ArticleRow:
    head, live, unpublished = standing.head, standing.live, standing.unpublished
    article_id, municipality_id = head.article_id, head.municipality_id or ""
    texts = viewer.content.articles.texts_of(article_id, head.municipality_id)
    shown = live or unpublished
    today = viewer.at.date()
    review_by = min((article.review_by for article in texts), default=shown.review_by if shown else today)
    municipality = viewer.content.organisation.municipalities.get(municipality_id)
    owner_id = shown.owner_id if shown else None
    owner = owners.get(owner_id or "")
    # People of other municipalities are hidden, the provider's too.
    owned_here = owner is not None and owner.municipality_id == viewer.person.municipality_id
    # An article that is not published has the languages of its draft.
    written = texts or (unpublished.articles() if unpublished is not None and live is None else ())
    title = next((article.title for article in _first(texts, viewer.texts.language)), "")
    return ArticleRow(
        key=head.id,
        article_id=article_id,
        title=title or (shown.heading(viewer.texts.language) if shown else article_id),
        municipality_id=municipality_id,
        municipality=municipality.names.text(viewer.texts.language) if municipality else "",
        topics=tuple(dict.fromkeys(topic for article in written for topic in article.topics)),
        missing=tuple(
            language for language in Language if written and language not in {text.language for text in written}
        ),
        behind=_behind(texts, standing.in_force),
        review_by=viewer.texts.day(review_by),
        review_due=bool(texts) and review_by < today,
        origin=standing.origin,
        draft=standing.draft is not None,
        scheduled=viewer.texts.moment(standing.scheduled_at) if standing.scheduled_at else "",
        file_changed=standing.file_changed,
        answers=usage.answers_told(article_id, viewer.texts),
        unhelpful=usage.is_unhelpful(article_id),
        unused=bool(texts) and not municipality_id and usage.is_unused(article_id) and not _is_young(viewer, head),
        owner=owner.name if owned_here and owner is not None else "",
        own=owner_id == viewer.person.id,
        override=bool(municipality_id),
    )


def _is_young(viewer: Viewer, head: ArticleHead) -> bool:
    """Return whether readers have had the article for less than the year that its use is counted for."""
    return head.published_at is not None and viewer.at - head.published_at < A_YEAR


def _first(texts: Sequence[Article], language: Language) -> Sequence[Article]:
    return sorted(texts, key=lambda text: text.language is not language)


def _behind(texts: Sequence[Article], live: ArticleRevision | None) -> tuple[str, ...]:
    """Return the languages with a text older than another language's."""
    if live is not None:
        return tuple(text.language for text in live.texts if text.behind)
    newest = max((article.changed for article in texts), default=None)
    return tuple(article.language for article in texts if newest is not None and article.changed < newest)


def _searched(
    viewer: Viewer, rows: Sequence[ArticleRow], texts: Mapping[str, str], words: str
) -> Asking[list[ArticleRow]]:
    """Return the articles that answer the words, best first, then those with all words in title or id, then in a text.

    Args:
        texts: all that is written of each article, by its key.
    """
    matched = yield from match(mask(words), municipality_id=viewer.person.municipality_id)
    order = {candidate.article_id: at for at, candidate in enumerate(matched.candidates)}
    wanted = words.casefold().split()

    def rank(row: ArticleRow) -> int | None:
        if row.article_id in order:
            return order[row.article_id]
        named = f"{row.title}\n{row.key}".casefold()
        if all(word in named for word in wanted):
            return len(order)
        return len(order) + 1 if all(word in texts[row.key] for word in wanted) else None

    ranked = [(at, row) for row in rows if (at := rank(row)) is not None]
    return [row for _, row in sorted(ranked, key=lambda hit: hit[0])]


def _texts_by_key(viewer: Viewer, standings: Iterable[ArticleStanding]) -> Mapping[str, str]:
    """Return what readers get of each article, and the unpublished text, in all languages, to search in."""
    return {standing.head.id: "\n".join(_words_of(viewer, standing)).casefold() for standing in standings}


def _words_of(viewer: Viewer, standing: ArticleStanding) -> Iterator[str]:
    unpublished = standing.unpublished
    live = viewer.content.articles.texts_of(standing.head.article_id, standing.head.municipality_id)
    for article in (*live, *(unpublished.articles() if unpublished is not None else ())):
        yield from (article.title, article.answer, *article.phrasings)


_TESTS: Final[Mapping[ArticleFilter, Callable[[ArticleRow], bool]]] = {
    ArticleFilter.ALL: lambda _: True,
    ArticleFilter.REVIEW: lambda row: row.review_due,
    ArticleFilter.LANGUAGE: lambda row: bool(row.missing or row.behind),
    ArticleFilter.UNHELPFUL: lambda row: row.unhelpful,
    ArticleFilter.UNUSED: lambda row: row.unused,
    ArticleFilter.OVERRIDE: lambda row: row.override,
    ArticleFilter.DRAFT: lambda row: row.draft or bool(row.scheduled),
    ArticleFilter.FILE_CHANGED: lambda row: row.file_changed,
    ArticleFilter.MINE: lambda row: row.own,
}


def _is_in(row: ArticleRow, part: ArticleFilter) -> bool:
    return _TESTS[part](row)


# Export of the articles that an editor may change: as files, and as a table that the import reads.

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
