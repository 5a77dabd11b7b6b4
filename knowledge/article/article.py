"""An article: the answer to one kind of question, in one language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

import frontmatter

from knowledge.article.house_style import opens_with_yes_or_no
from knowledge.article.links import is_private, links
from knowledge.article.placeholder import SERVICE_DESK, broken_placeholders, with_defaults
from knowledge.yaml_fault import BadYaml, yaml_faults

MAX_ANSWER_WORDS: Final = 90
MIN_PHRASINGS: Final = 8
_ACTION: Final = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,40}")


class Language(StrEnum):
    """Languages of the answers. Bokmål is the default."""

    NB = "nb"
    NN = "nn"
    EN = "en"

    @classmethod
    def from_code(cls, value: object, default: "Language | None" = None) -> "Language":
        """Return the language named ``value``, or ``default`` (Bokmål) for any other value."""
        return next((spoken for spoken in cls if spoken == value), default or cls.NB)


FALLBACK: Final[Mapping[Language, tuple[Language, ...]]] = {
    Language.NB: (Language.NB, Language.NN, Language.EN),
    Language.NN: (Language.NN, Language.NB, Language.EN),
    Language.EN: (Language.EN, Language.NB, Language.NN),
}


def closest_text(texts: Mapping[Language, str], language: Language) -> str:
    """Return the text in ``language``, else in the closest one; empty without any."""
    return next((texts[spoken] for spoken in FALLBACK[language] if texts.get(spoken)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source of an answer, shown below it.

    ``title`` is empty if the article names none. ``day`` is the date of the source, not of the text made of it.
    """

    title: str
    url: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFault:
    """An error in a content file, reported to its editor. A ``notice`` is advice: nothing is wrong for readers.

    Attributes:
        field: field of the article; empty if the fault concerns none.
        rule: name of the broken rule, for texts in other languages; empty for faults that only files can have.
        values: what the rule's text names.
    """

    file: str
    line: int
    reason: str
    notice: bool = False
    field: str = ""
    rule: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return ``file:line: reason``, a format that text editors can jump to."""
        return f"{self.file}:{self.line}: {'notice: ' if self.notice else ''}{self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleButton:
    """A button below an answer. ``action`` is the verb of a command of the chat."""

    title: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One answer in one language. With ``municipality_id`` it overrides the shared article.

    A ``sample`` is invented, and shown as an example. A ``new`` article still collects phrasings and may have few.
    """

    id: str
    language: Language
    title: str
    answer: str
    phrasings: tuple[str, ...]
    source: Source
    changed: date
    review_by: date
    topics: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    municipality_id: str | None = None
    button: ArticleButton | None = None
    sample: bool = False
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleBook:
    """All articles, by id, language and municipality.

    ``redirects`` maps the id of a retired article to the article that answers in its place.
    """

    articles: Mapping[tuple[str, Language, str | None], Article] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_articles(cls, articles: Iterable[Article]) -> "ArticleBook":
        """Create the book.

        The last article with the same id, language and municipality wins.
        """
        return cls(articles={(a.id, a.language, a.municipality_id): a for a in articles})

    def get(self, article_id: str, language: Language, municipality_id: str | None = None) -> Article | None:
        """Return the article in ``language``, else in the closest language.

        A municipality's own text comes first. A retired article is followed to the one in its place.
        """
        for owner in dict.fromkeys((municipality_id, None)):
            for spoken in FALLBACK[language]:
                article = self.articles.get((article_id, spoken, owner))
                if article:
                    return article
        target = self.redirects.get(article_id)
        # One step only: a redirect to a retired article would otherwise go round in circles.
        return replace(self, redirects={}).get(target, language, municipality_id) if target else None

    def texts_of(self, article_id: str, municipality_id: str | None = None) -> "tuple[Article, ...]":
        """Return an article's texts of exactly this municipality, by language."""
        keys = ((article_id, language, municipality_id) for language in Language)
        return tuple(self.articles[key] for key in keys if key in self.articles)

    def phrasings(self) -> frozenset[str]:
        """Return the phrasings of all articles."""
        return frozenset(phrasing for article in self.articles.values() for phrasing in article.phrasings)

    def ids(self) -> tuple[str, ...]:
        """Return every article id once, sorted."""
        return tuple(sorted({a.id for a in self.articles.values()}))


def parse_article(text: str, *, file: str, language: Language) -> Article | tuple[ArticleFault, ...]:
    """Parse an article; return it, or all faults found.

    Args:
        text: Markdown with YAML front matter.
        file: name shown in faults. Its stem is the article id; ``id@municipality`` is an override.
        language: language of the folder that contains the file.
    """
    try:
        with yaml_faults(text):
            post = frontmatter.loads(text)
    except BadYaml as bad:
        # The parser counts lines from the line after the dashes.
        return (ArticleFault(file=file, line=bad.line + 1, reason=bad.reason),)
    reader = _FieldReader(text=text, file=file, meta=post.metadata)
    article_id, _, municipality = PurePath(file).stem.partition("@")
    answer = post.content.strip()
    phrasings = tuple(dict.fromkeys(p.strip() for p in reader.texts("phrasings") if p.strip()))
    least = 0 if municipality else 1 if reader.flag("new") else MIN_PHRASINGS
    if len(phrasings) < least:
        reason = f"has {len(phrasings)} phrasings, needs at least {least}"
        reader.fault("phrasings", reason, rule="few_phrasings", number=len(phrasings), least=least)
    words = len(with_defaults(answer).split())
    if not answer:
        reader.fault("---", "the answer is empty", field="answer", rule="empty")
    elif words > MAX_ANSWER_WORDS:
        reason = f"the answer has {words} words, at most {MAX_ANSWER_WORDS} are read"
        reader.fault("---", reason, field="answer", rule="long", number=words, most=MAX_ANSWER_WORDS)
    if said := opens_with_yes_or_no(answer, language):
        reason = f"the answer opens with '{said}': it must be true without the question"
        reader.fault_at(answer.splitlines()[0], reason, rule="opening", word=said)
    for link in links(answer):
        if is_private(link.url):
            reader.fault_at(link.url, f"a link to a private address: {link.url}", rule="private_link", url=link.url)
    for broken in broken_placeholders(answer):
        reason = f"'{broken}' is no placeholder: write {SERVICE_DESK} or {{local:key|text for the others}}"
        reader.fault_at(broken, reason, rule="placeholder", word=broken)
    article = Article(
        id=article_id,
        language=language,
        title=reader.text("title"),
        answer=answer,
        phrasings=phrasings,
        source=reader.source(),
        changed=reader.day("changed"),
        review_by=reader.day("review_by"),
        topics=reader.texts("topics", required=False),
        related=reader.texts("related", required=False),
        municipality_id=municipality or None,
        button=reader.button(),
        sample=reader.flag("sample"),
        new=reader.flag("new"),
    )
    return tuple(sorted(reader.faults, key=lambda fault: fault.line)) or article


class _FieldReader:
    """Reads front matter field by field and collects faults with line numbers."""

    def __init__(self, *, text: str, file: str, meta: Mapping[str, Any]) -> None:
        self._lines = text.splitlines()
        self._file = file
        self._meta = meta
        self.faults: list[ArticleFault] = []
        known = {"title", "changed", "review_by", "source", "topics", "related", "phrasings", "button", "sample", "new"}
        for name in sorted(str(name) for name in meta if name not in known):
            self.fault(name, f"'{name}' is not a field of an article")

    def fault(self, name: str, reason: str, *, field: str = "", rule: str = "", **values: object) -> None:
        starts = (n for n, line in enumerate(self._lines, start=1) if line.startswith(name))
        told = tuple((key, str(value)) for key, value in values.items())
        line = next(starts, 1)
        self.faults.append(
            ArticleFault(file=self._file, line=line, reason=reason, field=field or name, rule=rule, values=told)
        )

    def fault_at(self, words: str, reason: str, *, rule: str, **values: object) -> None:
        """Add a fault at the first line of the answer that contains ``words``."""
        dashes = [n for n, line in enumerate(self._lines) if line.rstrip() == "---"][:2]
        answer = enumerate(self._lines[dashes[-1] :] if dashes else self._lines, start=dashes[-1] + 1 if dashes else 1)
        line = next((n for n, line in answer if words in line), 1)
        told = tuple((key, str(value)) for key, value in values.items())
        self.faults.append(
            ArticleFault(file=self._file, line=line, reason=reason, field="answer", rule=rule, values=told)
        )

    def text(self, name: str) -> str:
        value = self._meta.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(name, f"'{name}' must be a text", rule="text")
        return ""

    def texts(self, name: str, *, required: bool = True) -> tuple[str, ...]:
        value = self._meta.get(name, None if required else ())
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.fault(name, f"'{name}' must be a list of texts", rule="texts")
        return ()

    def day(self, name: str) -> date:
        value = self._meta.get(name)
        if type(value) is date:
            return value
        self.fault(name, f"'{name}' must be a date such as 2026-11-24", rule="date")
        return date.min

    def button(self) -> ArticleButton | None:
        value = self._meta.get("button")
        if value is None:
            return None
        if isinstance(value, Mapping) and set(value) == {"title", "action"}:
            title, action = value["title"], value["action"]
            if isinstance(title, str) and title.strip() and isinstance(action, str) and _ACTION.fullmatch(action):
                return ArticleButton(title=title.strip(), action=action)
        self.fault("button", "'button' must have a title and an action such as ambassador.apply", rule="button")
        return None

    def flag(self, name: str) -> bool:
        value = self._meta.get(name, False)
        if isinstance(value, bool):
            return value
        self.fault(name, f"'{name}' must be true or false")
        return False

    def source(self) -> Source:
        value = self._meta.get("source")
        if value is None:
            return Source(title="")
        if not (isinstance(value, Mapping) and isinstance(value.get("title"), str)):
            self.fault("source", "'source' must have a title", rule="source_title")
            return Source(title="")
        url, day = value.get("url"), value.get("date")
        if url is not None and not (isinstance(url, str) and url.startswith("https://")):
            self.fault("source", "the source's url must start with https://", rule="source_url")
        elif url is not None and is_private(url):
            self.fault("source", f"the source's url is a private address: {url}", rule="private_source", url=url)
        if day is not None and type(day) is not date:
            self.fault("source", "the source's date must be a date such as 2020-10-21", rule="date")
            day = None
        return Source(title=value["title"].strip(), url=url, day=day)
