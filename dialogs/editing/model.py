"""Revisions of articles in the store, which override the files of the content folder."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.edition import Edition
from dialogs.core.word_runs import TakenWords, words_terms
from knowledge.article.article import FALLBACK, Article, ArticleButton, Language, Source
from knowledge.article.change import ArticleChange
from knowledge.organisation.unit import PersonId

EVERY: Final = "all"
# Search term of the revisions that readers get now.
LIVE: Final = "live"
# Search term of the drafts of imports that nobody has changed since.
IMPORTED: Final = "imported"


class RevisionState(StrEnum):
    """What a revision was made as; a later one replaces it, and history keeps both."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    RETIRED = "retired"
    # Readers get the file's texts again.
    WITHDRAWN = "withdrawn"


# States of revisions that readers got, and can get again.
WAS_PUBLIC: Final = frozenset({RevisionState.PUBLISHED, RevisionState.RETIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """An article in one language, as an editor writes it. Empty texts: the language is missing.

    ``behind``: another language changed after it.
    """

    language: Annotated[Language, Purpose.IMPROVE]
    title: Annotated[str, Purpose.IMPROVE] = ""
    answer: Annotated[str, Purpose.IMPROVE] = ""
    phrasings: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    source_title: Annotated[str, Purpose.IMPROVE] = ""
    button_title: Annotated[str, Purpose.IMPROVE] = ""
    behind: Annotated[bool, Purpose.IMPROVE] = False

    @property
    def written(self) -> bool:
        """Whether there is a text in this language."""
        return bool(self.title or self.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevision:
    """One saved state of an article, in all its languages. Never changed, except that ``in_use`` ends.

    Attributes:
        municipality_id: the municipality that owns the text; None: for everyone.
        number: counts the revisions of the article, from 1.
        texts: one for each language that has a text.
        changed: the day shown to readers, of the publication.
        redirect: of a retired article: the article that answers in its place.
        base_id: the revision it was made from; None: the files.
        file_digest: of the files at the publication, for ``file_changed``; empty without files.
        suggestion_id: the suggestion it was made from.
        import_id: the import that saved it; later revisions of the article have none.
        taken: words of people in it; ``of`` is empty for words of unknown origin, from earlier versions.
        in_use: readers get it now, or it waits to be published.
    """

    KIND: ClassVar[str] = "article_revision"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each time an editor saves or publishes",
        whose=Whose.ACTOR,
        months=24,
        longer_in_use=True,
        dated="made_at",
        terms=("editor:{id}", "owner:{id}"),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    article_id: Annotated[str, Purpose.IMPROVE]
    municipality_id: Annotated[str | None, Purpose.PLACE] = None
    number: Annotated[int, Purpose.ORDER]
    state: Annotated[RevisionState, Purpose.IMPROVE]
    texts: Annotated[tuple[ArticleText, ...], Purpose.IMPROVE] = ()
    source_url: Annotated[str, Purpose.IMPROVE] = ""
    source_day: Annotated[date | None, Purpose.TIME] = None
    button_action: Annotated[str, Purpose.IMPROVE] = ""
    topics: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    related: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    sample: Annotated[bool, Purpose.IMPROVE] = False
    new: Annotated[bool, Purpose.IMPROVE] = False
    changed: Annotated[date, Purpose.TIME]
    review_by: Annotated[date, Purpose.TIME]
    owner_id: Annotated[PersonId | None, Purpose.ORDER] = None
    redirect: Annotated[str | None, Purpose.IMPROVE] = None
    reason: Annotated[str, Purpose.EVIDENCE] = ""
    by: Annotated[PersonId, Purpose.EVIDENCE]
    made_at: Annotated[datetime, Purpose.TIME]
    publish_at: Annotated[datetime | None, Purpose.TIME] = None
    base_id: Annotated[str | None, Purpose.ORDER] = None
    file_digest: Annotated[str, Purpose.ORDER] = ""
    suggestion_id: Annotated[str | None, Purpose.ORDER] = None
    import_id: Annotated[str | None, Purpose.ORDER] = None
    taken: Annotated[tuple[TakenWords, ...], Purpose.EVIDENCE] = ()
    in_use: Annotated[bool, Purpose.ORDER] = False

    def terms(self) -> Iterable[str]:
        yield EVERY
        yield f"article:{self.key}"
        yield f"editor:{self.by}"
        if self.owner_id:
            yield f"owner:{self.owner_id}"
        yield from words_terms({taken.of for taken in self.taken})
        if self.in_use and self.state in WAS_PUBLIC:
            yield LIVE
        if self.import_id:
            yield f"import:{self.import_id}"
            if self.in_use:
                yield IMPORTED
        if not self.in_use:
            yield month_term(self.made_at)

    @property
    def key(self) -> str:
        """The article and its municipality, as in a file name: ``print-new-pc@nes``."""
        return article_key(self.article_id, self.municipality_id)

    @property
    def is_fresh(self) -> bool:
        """Whether it is the first draft of a new article, without an answer."""
        begun = self.state is RevisionState.DRAFT and self.base_id is None
        return begun and not any(text.answer for text in self.texts)

    def text_in(self, language: Language) -> ArticleText:
        """Return the text in a language, empty if there is none."""
        return next((text for text in self.texts if text.language is language), ArticleText(language=language))

    def heading(self, language: Language) -> str:
        """Return the title in a language, else in the first that has one, else the article id."""
        spoken = (self.text_in(fallback).title for fallback in FALLBACK[language])
        return next(filter(None, spoken), self.article_id)

    def articles(self) -> tuple[Article, ...]:
        """Return the article in each language that has a text."""
        return tuple(self._article(text) for text in self.texts if text.written)

    def to_change(self) -> ArticleChange:
        """Return the change for readers."""
        if self.state is not RevisionState.RETIRED:
            return ArticleChange(
                article_id=self.article_id, municipality_id=self.municipality_id, articles=self.articles()
            )
        asked = tuple((text.language, words) for text in self.texts for words in (text.title, *text.phrasings) if words)
        return ArticleChange(
            article_id=self.article_id,
            municipality_id=self.municipality_id,
            redirect=self.redirect,
            phrasings=asked if self.redirect else (),
        )

    def _article(self, text: ArticleText) -> Article:
        button = ArticleButton(title=text.button_title, action=self.button_action) if self.button_action else None
        return Article(
            id=self.article_id,
            language=text.language,
            title=text.title,
            answer=text.answer,
            phrasings=text.phrasings,
            source=Source(title=text.source_title, url=self.source_url or None, day=self.source_day),
            changed=self.changed,
            review_by=self.review_by,
            topics=self.topics,
            related=self.related,
            municipality_id=self.municipality_id,
            button=button,
            sample=self.sample,
            new=self.new,
        )

    @classmethod
    def from_articles(cls, articles: Iterable[Article], *, id: str, number: int, by: str, at: datetime) -> Self:
        """Return a draft with the texts of an article, which has at least one."""
        texts = tuple(articles)
        first = texts[0]
        return cls(
            id=id,
            article_id=first.id,
            municipality_id=first.municipality_id,
            number=number,
            state=RevisionState.DRAFT,
            texts=tuple(text_of(article) for article in texts),
            source_url=first.source.url or "",
            source_day=first.source.day,
            button_action=first.button.action if first.button else "",
            topics=first.topics,
            related=first.related,
            sample=any(article.sample for article in texts),
            new=any(article.new for article in texts),
            changed=first.changed,
            review_by=min(article.review_by for article in texts),
            by=by,
            made_at=at,
        )


def text_of(article: Article) -> ArticleText:
    """Return what an editor writes of an article in one language."""
    return ArticleText(
        language=article.language,
        title=article.title,
        answer=article.answer,
        phrasings=article.phrasings,
        source_title=article.source.title,
        button_title=article.button.title if article.button else "",
    )


def article_key(article_id: str, municipality_id: str | None) -> str:
    """Return the key of an article for everyone, or of a municipality's own text."""
    return f"{article_id}@{municipality_id}" if municipality_id else article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleHead:
    """Which revisions of one article count now. Every act on the article writes it, so that two at once conflict.

    Attributes:
        id: ``article_key``.
        number: of the newest revision.
        draft_id: the draft being written; a save names the one it was made from.
        live_id: what readers get, if the files have not changed since.
        scheduled_id: waits for ``scheduled_at``.
        told_digest: of changed files reported to the editors.
        published_at: when readers first got the article, if it began here; None for one from the files.
    """

    KIND: ClassVar[str] = "article_head"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each article", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    article_id: Annotated[str, Purpose.IMPROVE]
    municipality_id: Annotated[str | None, Purpose.PLACE] = None
    number: Annotated[int, Purpose.ORDER] = 0
    draft_id: Annotated[str | None, Purpose.ORDER] = None
    live_id: Annotated[str | None, Purpose.ORDER] = None
    scheduled_id: Annotated[str | None, Purpose.ORDER] = None
    scheduled_at: Annotated[datetime | None, Purpose.TIME] = None
    told_digest: Annotated[str, Purpose.ORDER] = ""
    published_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        yield EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeEdition(Edition):
    """Counts publications: a process reads the live revisions again when the number changed."""

    KIND: ClassVar[str] = "knowledge_edition"


def ended(revision: ArticleRevision) -> ArticleRevision:
    """Return a revision that readers no longer get."""
    return replace(revision, in_use=False)
