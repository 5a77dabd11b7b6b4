"""Validation of a revision by the rules of ``heia kb check``, with faults named by field and language."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath
from typing import Final

from dialogs.core.content import Content
from dialogs.core.texts import Texts
from dialogs.editing.model import ArticleRevision
from knowledge.article.article import Article, ArticleFault, Language, parse_article
from knowledge.article.review import ArticleFile, review_one
from knowledge.article.writing import article_text, file_name

# Rules about fields that all languages share.
_OF_ALL: Final = frozenset(
    {
        "related_unknown",
        "related_itself",
        "related_many",
        "review_past",
        "source_url",
        "private_source",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleProblem:
    """A fault of a revision, or with ``notice`` advice that does not prevent publishing.

    ``language`` is None if it concerns the article as a whole.
    """

    field: str
    rule: str
    values: tuple[tuple[str, str], ...] = ()
    language: Language | None = None
    notice: bool = False
    reason: str = ""

    def told(self, texts: Texts) -> str:
        """Return the problem in the reader's language, with the field in front."""
        told = self.sentence(texts)
        field = texts(f"article.field.{self.field}") if f"article.field.{self.field}" in texts.sentences else ""
        language = texts(f"article.language.{self.language}") if self.language else ""
        where = ", ".join(filter(None, (language, field)))
        return f"{where}: {told}" if where else told

    def sentence(self, texts: Texts) -> str:
        """Return the problem in the reader's language, without the field."""
        key = f"article.fault.{self.rule}"
        if key not in texts.sentences:
            return self.reason
        values = dict(self.values)
        if self.rule == "language_missing":
            codes = values["languages"].split(", ")
            values["languages"] = ", ".join(texts(f"article.language.{code}") for code in codes)
        return texts(key, **values)


def problems_of(revision: ArticleRevision, content: Content, *, today: date) -> tuple[ArticleProblem, ...]:
    """Return the faults of a revision, then the advice."""
    # What all languages share is found in each.
    problems = list(dict.fromkeys(_problems(revision, content, today)))
    return (
        *(problem for problem in problems if not problem.notice),
        *(problem for problem in problems if problem.notice),
    )


def _problems(revision: ArticleRevision, content: Content, today: date) -> Iterator[ArticleProblem]:
    files: list[ArticleFile] = []
    if not revision.articles():
        yield ArticleProblem(field="title", rule="no_text")
    for article in revision.articles():
        name = file_name(article)
        parsed = parse_article(article_text(article), file=name, language=article.language)
        if not isinstance(parsed, Article):
            yield from (problem_of(fault) for fault in parsed)
        # Also one with faults, so that an editor sees all of them at once.
        files.append(ArticleFile(name=name, text="", article=article))
    actions = frozenset(content.actions.actions)
    if revision.article_id in actions:
        yield ArticleProblem(field="title", rule="action_id")
    if revision.button_action and revision.button_action not in content.commands.values():
        yield ArticleProblem(field="button", rule="no_command", values=(("action", revision.button_action),))
    others = content.articles.articles.values()
    # Which languages are missing does not depend on whether those that are there have faults.
    reviewed = review_one(files, others, today=today)
    yield from (_titled(problem_of(fault), revision, content) for fault in reviewed if fault.rule != "language_missing")
    yield from _unknown_topics(revision, content)
    missing = [language for language in Language if language not in {text.language for text in revision.articles()}]
    if missing:
        yield ArticleProblem(
            field="", rule="language_missing", values=(("languages", ", ".join(missing)),), notice=True
        )


def known_topics(content: Content, but: str = "") -> tuple[str, ...]:
    """Return the topics of all articles, without those of the article ``but`` alone."""
    return tuple(
        sorted(
            {topic for article in content.articles.articles.values() if article.id != but for topic in article.topics}
        )
    )


def _unknown_topics(revision: ArticleRevision, content: Content) -> Iterator[ArticleProblem]:
    """Yield advice about topics that no other article has: no ambassador or module is found by them."""
    known = known_topics(content, but=revision.article_id)
    for topic in revision.topics if known else ():
        if topic not in known:
            yield ArticleProblem(field="topics", rule="topic_unknown", values=(("topic", topic),), notice=True)


def _titled(problem: ArticleProblem, revision: ArticleRevision, content: Content) -> ArticleProblem:
    """Return the problem with the title of the other article in place of its id."""
    values = dict(problem.values)
    if problem.rule != "same_phrasing" or problem.language is None:
        return problem
    other_article = content.articles.get(values["other"], problem.language, revision.municipality_id)
    if other_article is not None:
        values["other"] = other_article.title
    return replace(problem, values=tuple(values.items()))


def problem_of(fault: ArticleFault) -> ArticleProblem:
    # The file's name has the language: articles/nb/print.md.
    language = Language.from_code(PurePath(fault.file).parts[1])
    return ArticleProblem(
        field=fault.field,
        rule=fault.rule,
        values=fault.values,
        language=None if fault.rule in _OF_ALL else language,
        notice=fault.notice,
        reason=fault.reason,
    )
