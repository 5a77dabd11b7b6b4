"""Load the content folder. A broken article is left out and reported; the bot answers with the rest."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.content.fault_text import in_words
from dialogs.core.content import Course, Holidays, Milestone, Program
from dialogs.handoff.addition import Addition
from knowledge.article.article import Article, ArticleBook, ArticleFault, Language, parse_article
from knowledge.matching.matcher import Phrasing
from knowledge.organisation.organisation import Organisation
from knowledge.yaml_fault import BadYaml, yaml_faults

ORGANISATION: Final = "organisation.yaml"
ARTICLES: Final = "articles"
UNREAD: Final = f"is not read: articles are {ARTICLES}/{{{','.join(Language)}}}/<id>.md"
# Deep enough for a misplaced article; the folder may be a checkout with much else in it.
MAX_DEPTH: Final = 3
NOBODY: Final = Organisation.from_units(municipalities=(), units=())
NO_HOLIDAYS: Final = Holidays(days=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedContent:
    """All content that editors wrote, and every fault found in it."""

    articles: ArticleBook
    organisation: Organisation
    milestones: tuple[Milestone, ...]
    programs: tuple[Program, ...]
    courses: tuple[Course, ...]
    holidays: Holidays
    faults: tuple[ArticleFault, ...]

    @property
    def organisation_sound(self) -> bool:
        """Whether the organisation was read without leaving anything out."""
        return not any(fault.file == ORGANISATION for fault in self.faults)

    def topics(self) -> frozenset[str]:
        """Return every topic of an article or a course."""
        of_articles = {topic for article in self.articles.articles.values() for topic in article.topics}
        return frozenset(of_articles | {topic for course in self.courses for topic in course.topics})

    def phrasings(self) -> tuple[Phrasing, ...]:
        """Return every phrasing of every article, titles included, in a fixed order."""
        ordered = sorted(self.articles.articles.values(), key=lambda a: (a.id, a.language, a.municipality_id or ""))
        return tuple(
            Phrasing(article_id=article.id, language=article.language, text=text)
            for article in ordered
            for text in dict.fromkeys((article.title, *article.phrasings))
        )


def local_phrasings(loaded: LoadedContent, additions: Iterable[Addition]) -> Mapping[str | None, tuple[Phrasing, ...]]:
    """Return the approved phrasings by the municipality they apply to.

    Phrasings by the provider's editors apply everywhere: they are under None and included in every other entry.
    """
    found: dict[str | None, list[Phrasing]] = {None: []}
    for addition in additions:
        article = loaded.articles.get(addition.article_id or "", addition.language, addition.municipality_id)
        if article is None or not addition.live:
            continue
        everywhere = loaded.organisation.provides(addition.municipality_id)
        reach = None if everywhere else addition.municipality_id
        phrasing = Phrasing(article_id=article.id, language=article.language, text=addition.question)
        found.setdefault(reach, []).append(phrasing)
    shared = found[None]
    return {reach: tuple(shared if reach is None else [*shared, *own]) for reach, own in found.items()}


def content_folder(chosen: Path | None) -> Traversable:
    """Return the organisation's own folder, or the sample content inside the package."""
    return chosen if chosen else files("knowledge") / "content"


def load_content(folder: Traversable, *, holidays: Holidays = NO_HOLIDAYS) -> LoadedContent:
    """Read the folder. ``holidays`` are for rules that depend on office hours."""
    faults: list[ArticleFault] = []
    articles = tuple(_articles(folder / ARTICLES, faults))
    faults += [ArticleFault(file=name, line=1, reason=UNREAD) for name in _unread_articles(folder)]
    text = _read_text(folder / ORGANISATION, faults)
    organisation, found = Organisation.parse(text) if text is not None else (NOBODY, ())
    faults += [ArticleFault(file=ORGANISATION, line=f.line, reason=in_words(f)) for f in found]

    def strange(milestone: Milestone) -> str:
        nowhere = sorted(milestone.municipalities - set(organisation.municipalities))
        return f"there is no municipality {', '.join(nowhere)}" if nowhere else ""

    return LoadedContent(
        articles=ArticleBook.from_articles(articles),
        organisation=organisation,
        milestones=_listed(folder / "timeline.yaml", None, Milestone, faults, strange),
        programs=_listed(folder / "software.yaml", "programs", Program, faults),
        courses=_listed(folder / "courses.yaml", "courses", Course, faults),
        holidays=holidays,
        faults=tuple(faults),
    )


def _articles(folder: Traversable, faults: list[ArticleFault]) -> Iterable[Article]:
    for language in Language:
        place = folder / language
        if not place.is_dir():
            continue
        for file in sorted((f for f in place.iterdir() if f.name.endswith(".md")), key=lambda f: f.name):
            name = f"articles/{language}/{file.name}"
            text = _read_text(file, faults, name=name)
            if text is None:
                continue
            parsed = parse_article(text, file=name, language=language)
            if isinstance(parsed, Article):
                yield parsed
            else:
                faults += parsed


def _unread_articles(folder: Traversable, path: tuple[str, ...] = ()) -> Iterable[str]:
    """Return the names of Markdown files that are in no folder of a language; a README may be anywhere."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        inner = (*path, entry.name)
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if len(inner) <= MAX_DEPTH:
                yield from _unread_articles(entry, inner)
        elif entry.name.lower().endswith(".md") and not entry.name.lower().startswith("readme"):
            read = path in {(ARTICLES, language) for language in Language} and entry.name.endswith(".md")
            if not read:
                yield "/".join(inner)


def _listed(
    file: Traversable,
    key: str | None,
    kind: type[Any],
    faults: list[ArticleFault],
    wrong: Callable[[Any], str] = lambda _: "",
) -> tuple[Any, ...]:
    """Return the sound entries of a YAML list.

    Each faulty entry is reported as a separate fault.

    ``wrong`` returns a further reason to reject an entry, empty when it is sound.
    """
    text = _read_text(file, faults)
    if text is None:
        return ()
    try:
        with yaml_faults(text):
            loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    except BadYaml as bad:
        faults.append(ArticleFault(file=file.name, line=bad.line, reason=bad.reason))
        return ()
    rows = loaded.get(key, loaded) if key and isinstance(loaded, Mapping) else loaded
    if rows is None:
        return ()
    if not isinstance(rows, list):
        faults.append(ArticleFault(file=file.name, line=1, reason=f"must hold a list{f' under {key}' if key else ''}"))
        return ()
    lines = _starts(text)
    adapter = TypeAdapter(kind)
    sound = []
    for n, row in enumerate(rows):
        try:
            entry = adapter.validate_python(row)
            reason = wrong(entry)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            entry, reason = None, f"{where}: {first['msg']}"
        if reason:
            faults.append(ArticleFault(file=file.name, line=lines[n] if n < len(lines) else 1, reason=reason))
        else:
            sound.append(entry)
    return tuple(sound)


def _starts(text: str) -> list[int]:
    """Return the lines on which list entries start: those with the least indented dash."""
    dashes = [
        (len(line) - len(line.lstrip()), n)
        for n, line in enumerate(text.splitlines(), 1)
        if line.lstrip().startswith("- ")
    ]
    least = min((indent for indent, _ in dashes), default=0)
    return [n for indent, n in dashes if indent == least]


def _read_text(file: Traversable, faults: list[ArticleFault], *, name: str = "") -> str | None:
    """Return the text of a file, empty if the file is missing.

    None if it is not UTF-8, which is reported as a fault.
    """
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(ArticleFault(file=name or file.name, line=line, reason="is not UTF-8"))
        return None
