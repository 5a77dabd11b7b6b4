"""An article: the answer to one kind of question, in one language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

import frontmatter

from knowledge.yaml_fault import BadYaml, yaml_faults

MAX_ANSWER_WORDS: Final = 90
MIN_PHRASINGS: Final = 8


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source of an answer, shown below it."""

    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFault:
    """An error in a content file, reported to its editor."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: reason``, a format that text editors can jump to."""
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One answer in one language. With ``municipality_id`` it overrides the shared article."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleBook:
    """All articles, by id, language and municipality."""

    articles: Mapping[tuple[str, Language, str | None], Article] = field(default_factory=dict)

    @classmethod
    def from_articles(cls, articles: Iterable[Article]) -> "ArticleBook":
        """Create the book.

        The last article with the same id, language and municipality wins.
        """
        return cls(articles={(a.id, a.language, a.municipality_id): a for a in articles})

    def get(self, article_id: str, language: Language, municipality_id: str | None = None) -> Article | None:
        """Return the article in ``language``, else in the closest language.

        A municipality's own text comes first.
        """
        for owner in dict.fromkeys((municipality_id, None)):
            for spoken in FALLBACK[language]:
                found = self.articles.get((article_id, spoken, owner))
                if found:
                    return found
        return None

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
    if len(phrasings) < MIN_PHRASINGS and not municipality:
        reader.fault("phrasings", f"has {len(phrasings)} phrasings, needs at least {MIN_PHRASINGS}")
    words = len(answer.split())
    if not answer:
        reader.fault("---", "the answer is empty")
    elif words > MAX_ANSWER_WORDS:
        reader.fault("---", f"the answer has {words} words, at most {MAX_ANSWER_WORDS} are read")
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
    )
    return tuple(sorted(reader.faults, key=lambda fault: fault.line)) or article


class _FieldReader:
    """Reads front matter field by field and collects faults with line numbers."""

    def __init__(self, *, text: str, file: str, meta: Mapping[str, Any]) -> None:
        self._lines = text.splitlines()
        self._file = file
        self._meta = meta
        self.faults: list[ArticleFault] = []
        known = {"title", "changed", "review_by", "source", "topics", "related", "phrasings"}
        for name in sorted(str(name) for name in meta if name not in known):
            self.fault(name, f"'{name}' is not a field of an article")

    def fault(self, name: str, reason: str) -> None:
        starts = (n for n, line in enumerate(self._lines, start=1) if line.startswith(name))
        self.faults.append(ArticleFault(file=self._file, line=next(starts, 1), reason=reason))

    def text(self, name: str) -> str:
        value = self._meta.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(name, f"'{name}' must be a text")
        return ""

    def texts(self, name: str, *, required: bool = True) -> tuple[str, ...]:
        value = self._meta.get(name, None if required else ())
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.fault(name, f"'{name}' must be a list of texts")
        return ()

    def day(self, name: str) -> date:
        value = self._meta.get(name)
        if type(value) is date:
            return value
        self.fault(name, f"'{name}' must be a date such as 2026-11-24")
        return date.min

    def source(self) -> Source:
        value = self._meta.get("source")
        if isinstance(value, Mapping) and isinstance(value.get("title"), str):
            url = value.get("url")
            if url is None or (isinstance(url, str) and url.startswith("https://")):
                return Source(title=value["title"], url=url)
            self.fault("source", "the source's url must start with https://")
        else:
            self.fault("source", "'source' must have a title")
        return Source(title="")
